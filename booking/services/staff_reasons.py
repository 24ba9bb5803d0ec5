"""Why staff did what they did: asked for wherever they go beyond what patients can do themselves."""

from accounts.errors import Refusal


class StaffReasonMissing(Refusal):
    """Who books for a patient says why."""


def staff_reason(reason: str) -> str:
    """The reason without white space around it. Raises StaffReasonMissing."""
    if not reason.strip():
        raise StaffReasonMissing()
    return reason.strip()
