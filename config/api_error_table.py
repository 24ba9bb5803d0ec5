"""Refusal class → (HTTP status, stable code, Chinese sentence). A sentence may use the refusal's `detail` by name."""

from accounts.errors import Refusal

REFUSALS: dict[type[Refusal], tuple[int, str, str]] = {}
