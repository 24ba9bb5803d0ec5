"""Document numbers, phones and pictures at rest: encrypted; what must be found again has a keyed index.

The ciphertext (Fernet: AES-128-CBC with HMAC-SHA256, random IV) cannot be searched, so each value that must be found carries an
HMAC-SHA256 beside it. The index key is apart from the encryption keys: a leaked database alone reveals neither the values nor
whether two hospitals' dumps hold the same person, and encryption keys can be rotated without rebuilding the index.
"""

import functools
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.signals import setting_changed
from django.db import models


@functools.cache
def _cipher() -> MultiFernet:
    """The configured keys; the first encrypts, all decrypt."""
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


def _forget_cipher(*, setting: str, **_: Any) -> None:
    if setting == "FIELD_ENCRYPTION_KEYS":
        _cipher.cache_clear()


setting_changed.connect(_forget_cipher)


def lookup_index(purpose: str, value: str) -> str:
    """Return the 64-hex-digit keyed index of `value`; `purpose` keeps equal values of different kinds apart."""
    message = f"{purpose}\x00{value}".encode()
    return hmac.new(settings.LOOKUP_INDEX_KEY.encode(), message, hashlib.sha256).hexdigest()


def encrypted_bytes(content: bytes) -> bytes:
    """Content that is kept in a BinaryField, such as a picture; about a third longer than it was."""
    return _cipher().encrypt(content)


def decrypted_bytes(token: bytes) -> bytes:
    """What `encrypted_bytes` was given. Raises cryptography.fernet.InvalidToken where it was changed or the key is gone."""
    return _cipher().decrypt(token)


class EncryptedTextField(models.TextField):
    """A text column whose content is encrypted at rest. Empty stays empty, so that `blank` keeps its meaning."""

    description = "Text, encrypted at rest"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return _cipher().encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> str | None:
        return _cipher().decrypt(value.encode()).decode() if value else value

    def get_lookup(self, lookup_name: str) -> Callable[..., Any] | None:  # type: ignore[override]
        # A ciphertext never equals another one: a filter on this column would silently find nothing.
        if lookup_name not in ("isnull",):
            raise TypeError(f"{self.name} is encrypted: filter by its lookup index instead")
        return super().get_lookup(lookup_name)


def masked_phone(phone: str) -> str:
    """`13800138000` → `138****8000`."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "*" * len(phone)


def masked_document(number: str) -> str:
    """Keep the first three and the last two characters of a document number."""
    if len(number) <= 5:
        return "*" * len(number)
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"


def masked_name(name: str) -> str:
    """`张三` → `张*`, `张小三` → `张*三`."""
    if len(name) <= 1:
        return name
    return f"{name[0]}*" if len(name) == 2 else f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"
