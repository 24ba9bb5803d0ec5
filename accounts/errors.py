"""The base of every refusal the product makes on purpose. The class says what was refused, `detail` the facts of this case."""

from typing import Any


class Refusal(Exception):
    """A request was understood and refused; nothing was changed.

    Subclasses stand beside the function that raises them. `config.api_errors` maps each class to an HTTP status, a stable
    code and a Chinese sentence, into which `detail` is formatted.
    """

    def __init__(self, **detail: Any) -> None:
        super().__init__(", ".join(f"{key}={value}" for key, value in detail.items()))
        self.detail = detail
