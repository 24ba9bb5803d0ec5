"""The mini-program's part of the demo, with a Node that writes down what it is asked for."""

import os
import shutil
from pathlib import Path

import pytest

from config.supervisor import preview
from config.supervisor.addresses import Addresses
from config.supervisor.preview import NoPreview, install

NODE = "#!/bin/sh\necho {version}\n"
NPM = "#!/bin/sh\necho $* >> asked\nmkdir -p node_modules\n{then}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mini-program of which only the lock file matters."""
    folder = tmp_path / "mini program"
    folder.mkdir()
    (folder / "package-lock.json").write_text("{}")
    monkeypatch.setattr(preview, "FOLDER", folder)
    monkeypatch.setattr(preview, "INSTALLED_FROM", folder / "node_modules" / ".installed-from")
    return folder


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is found on the path beside the system's own tools, which have no Node here."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in ("sh", "mkdir"):
        found = shutil.which(tool)
        assert found is not None
        (programs / tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(programs))
    return programs


def provide(programs: Path, *, version: str = "v22.1.0", then: str = "") -> None:
    for name, text in (("node", NODE.format(version=version)), ("npm", NPM.format(then=then))):
        (programs / name).write_text(text)
        os.chmod(programs / name, 0o755)


def asked(folder: Path) -> list[str]:
    file = folder / "asked"
    return file.read_text().splitlines() if file.exists() else []


def test_packages_are_installed_once_and_again_when_the_lock_file_changes(folder: Path, programs: Path) -> None:
    provide(programs)
    told: list[str] = []

    install(told.append)
    install(told.append)
    assert asked(folder) == ["ci --no-audit --no-fund --loglevel error"]
    (folder / "package-lock.json").write_text('{"packages": {}}')
    install(told.append)

    assert len(asked(folder)) == len(told) == 2


@pytest.mark.parametrize(
    ("version", "then", "reason"),
    [
        ("v18.19.0", "", "Node 20 or newer is needed, this is v18.19.0"),
        ("v22.1.0", "echo no network >&2; exit 1", "npm ci failed: no network"),
    ],
)
def test_what_does_not_do_is_said(folder: Path, programs: Path, version: str, then: str, reason: str) -> None:
    provide(programs, version=version, then=then)

    with pytest.raises(NoPreview, match=f"^{reason}$"):
        install(lambda _: None)

    assert not preview.INSTALLED_FROM.exists()


def test_without_node_there_is_no_preview(folder: Path, programs: Path) -> None:
    with pytest.raises(NoPreview, match=r"^Node is not installed$"):
        install(lambda _: None)


def test_the_server_is_told_where_the_others_are() -> None:
    addresses = Addresses(0, 0, 0)

    command = preview.command(addresses)

    assert command[0] == "node"
    assert command[-4:] == ("--backend", addresses.web, "--emulator", addresses.emulator)
    assert addresses.preview == f"http://127.0.0.1:{addresses.preview_port}/preview/"
    assert Addresses(0, 0).preview == ""
