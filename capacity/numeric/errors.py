"""What the capacity model refuses. Each error names the argument at fault."""


class InvalidInput(ValueError):
    """A number outside the model. `argument` is its name as the caller wrote it, `reason` says what is wrong with it."""

    def __init__(self, argument: str, reason: str) -> None:
        super().__init__(f"{argument} {reason}")
        self.argument = argument
        self.reason = reason


class InvalidDemand(InvalidInput):
    """The demand law cannot exist, or is larger than a table can hold."""


class OverloadTooCheap(InvalidInput):
    """β ≤ 1: each extra seat pays for its own overload, so no number of them is too many and there is no optimum."""
