"""Identity documents: what a number must look like, and what it says about the person who holds it.

`checked_document` is the one entry; everything it refuses is a class of `accounts.documents.refusals`.
"""

from accounts.documents.checks import CheckedDocument, checked_document, document_index
from accounts.documents.resident_id import ResidentId, check_character, parse_resident_id

__all__ = [
    "CheckedDocument",
    "ResidentId",
    "check_character",
    "checked_document",
    "document_index",
    "parse_resident_id",
]
