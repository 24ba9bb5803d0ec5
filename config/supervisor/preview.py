"""The mini-program in an ordinary browser, where this machine has Node: its packages, its server."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from django.conf import settings

from config.supervisor.addresses import PREVIEW_PATH, Addresses
from config.supervisor.progress import Tell

FOLDER: Path = settings.BASE_DIR / "miniprogram"
# What the lock file was when the packages were installed from it.
INSTALLED_FROM = FOLDER / "node_modules" / ".installed-from"
OLDEST_NODE = 20
INSTALL_SECONDS = 300


class NoPreview(Exception):
    """The mini-program cannot be shown on this machine, and why."""


def install(tell: Tell) -> None:
    """Bring the mini-program's packages to what the lock file says; NoPreview where that cannot be."""
    npm = _npm()
    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if INSTALLED_FROM.exists() and INSTALLED_FROM.read_text() == lock:
        return
    tell("installing the mini-program's packages")
    command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel", "error"]
    try:
        told = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NoPreview(f"npm ci took more than {INSTALL_SECONDS} s") from None
    if told.returncode:
        lines = told.stderr.strip().splitlines() or ["no reason given"]
        raise NoPreview(f"npm ci failed: {lines[0]}")
    INSTALLED_FROM.write_text(lock)


def command(addresses: Addresses) -> tuple[str, ...]:
    """The command of the preview's server, which builds the mini-program as it starts."""
    where = ("--port", str(addresses.preview_port), "--base", PREVIEW_PATH)
    return ("node", str(FOLDER / "runner" / "serve.mjs"), *where, "--backend", addresses.web, "--emulator", addresses.emulator)


def _npm() -> str:
    if not (FOLDER / "package-lock.json").exists():
        raise NoPreview("this checkout has no miniprogram/")
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NoPreview("Node is not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    found = re.match(r"v(\d+)", version)
    if found is None or int(found[1]) < OLDEST_NODE:
        raise NoPreview(f"Node {OLDEST_NODE} or newer is needed, this is {version.strip() or 'no Node'}")
    return npm
