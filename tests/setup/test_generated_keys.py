import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from config.embedded import generated_keys


def test_keys_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    first = generated_keys.load_or_create(tmp_path / "new")

    assert generated_keys.load_or_create(tmp_path / "new") == first
    assert (tmp_path / "new" / "keys.json").stat().st_mode & 0o777 == 0o600
    assert len(base64.urlsafe_b64decode(first.field_encryption_keys[0])) == 32
    assert generated_keys.load_or_create(tmp_path / "elsewhere") != first


def test_all_who_ask_at_once_get_the_same_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: generated_keys.load_or_create(tmp_path), range(32)))

    assert len({keys.secret_key for keys in got}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
