"""The secrets of a development checkout: random, made once, kept in ``.local/keys.json`` for their owner's eyes only."""

import base64
import json
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FILE_NAME = "keys.json"


@dataclass(frozen=True)
class GeneratedKeys:
    """Values for the settings of the same names in capitals."""

    secret_key: str
    field_encryption_keys: list[str]
    lookup_index_key: str


def load_or_create(folder: Path) -> GeneratedKeys:
    """Returns the keys kept in `folder`; of several processes that ask at once, all get the same ones."""
    path = folder / FILE_NAME
    if not path.exists():
        _publish(path, json.dumps(asdict(_new_keys()), indent=1))
    return GeneratedKeys(**json.loads(path.read_text()))


def _new_keys() -> GeneratedKeys:
    fernet_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return GeneratedKeys(secrets.token_urlsafe(50), [fernet_key], secrets.token_urlsafe(32))


def _publish(path: Path, text: str) -> None:
    """Writes the whole file at once; whoever comes second leaves the first one's in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
