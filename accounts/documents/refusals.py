"""Why a document was refused. Each class has its own Chinese sentence in `config.api_error_table`."""

from accounts.errors import Refusal


class DocumentRefused(Refusal):
    """Base: the document, or what was said about its holder, cannot be right."""


class ResidentIdLengthWrong(DocumentRefused):
    """Not 18 characters."""


class ResidentIdCharacterWrong(DocumentRefused):
    """The first 17 must be digits, the last a digit or X."""


class ResidentIdBirthDateImpossible(DocumentRefused):
    """Digits 7 to 14 are no day of the calendar."""


class ResidentIdCheckCharacterWrong(DocumentRefused):
    """The last character does not follow from the first 17."""


class BirthDateInFuture(DocumentRefused):
    """Born after today."""


class BirthDateTooLongAgo(DocumentRefused):
    """Born longer ago than anyone has lived."""


class BirthDateDisagrees(DocumentRefused):
    """The birth date given is not the document's."""


class SexDisagrees(DocumentRefused):
    """The sex given is not the document's."""


class BirthDateMissing(DocumentRefused):
    """The document does not tell the birth date, and none was given."""


class SexMissing(DocumentRefused):
    """The document does not tell the sex, and none was given."""


class DocumentNumberMissing(DocumentRefused):
    """A document type without a number."""


class DocumentTypeUnknown(DocumentRefused):
    """Not a code of WS 364 CV02.01.101."""


class DocumentFormatWrong(DocumentRefused):
    """The number does not look like one of this type. Detail: `document`, `rule` (both Chinese)."""
