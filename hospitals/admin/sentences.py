"""The words for a refusal, for staff as for patients."""

from rest_framework.settings import api_settings

from accounts.errors import Refusal


def refusal_sentence(refusal: Refusal) -> str:
    """The Chinese sentence that the API would answer. The table of sentences belongs to the top layer, which may know every
    refusal; it is reached through the setting that names it, not by an import.
    """
    response = api_settings.EXCEPTION_HANDLER(refusal, {})  # type: ignore[operator]
    return str(response.data["message"])
