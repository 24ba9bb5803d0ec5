"""Serve the local stand-in for WeChat."""

import signal
import sqlite3
import threading
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from wechat.configuration import current_settings, is_local
from wechat.emulator.keys import EmulatorKeys, load_or_create_keys
from wechat.emulator.server import HOST, running_emulator
from wechat.emulator.store import Store
from wechat.emulator.world import World

DEFAULT_PORT = 8190


class Command(BaseCommand):
    help = (
        "Serve a local stand-in for WeChat: login, phone numbers, subscription messages and Pay v3, with a page at / "
        "where orders are paid or not. It listens on 127.0.0.1 until it is interrupted."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        local = Path(settings.BASE_DIR) / ".local" / "wechat"
        parser.add_argument(
            "--port", type=_port, help="default: the port of WECHAT['api_base_url'] when that is this machine, else 8190"
        )
        parser.add_argument("--state", type=Path, default=local / "emulator.sqlite3", metavar="FILE", help="default: %(default)s")
        parser.add_argument("--keys", type=Path, default=local, metavar="DIR", help="default: %(default)s")
        parser.add_argument(
            "--notify-factor",
            type=_factor,
            default=1.0,
            help="multiplies the waits between attempts to notify; WeChat's own begin with 15 s (default: 1)",
        )
        parser.add_argument("--bill-at-once", action="store_true", help="serve a day's bill before 10:00 of the next day")

    def handle(self, *args: Any, **options: Any) -> None:
        world = World(
            keys=_keys(options["keys"]),
            store=_store(options["state"]),
            notify_factor=options["notify_factor"],
            bill_at_once=options["bill_at_once"],
        )
        self._warn_of_other_keys(world.keys)
        try:
            self._serve(world, options["port"] or _settings_port() or DEFAULT_PORT)
        finally:
            world.store.close()

    def _serve(self, world: World, port: int) -> None:
        stop = threading.Event()
        before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with running_emulator(world, port=port) as base_url:
                self.stdout.write(f"WeChat emulator on {base_url}/")
                self.stdout.flush()
                # With a timeout, as an endless wait does not hear signals on Windows.
                while not stop.wait(0.5):
                    pass
        except OSError as error:
            raise CommandError(f"cannot listen on {HOST}:{port}: {error.strerror}", returncode=1) from error
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _warn_of_other_keys(self, keys: EmulatorKeys) -> None:
        if current_settings().appid != keys.appid:
            self.stderr.write("warning: settings.WECHAT uses other keys than this emulator; the site will be refused")


def _keys(folder: Path) -> EmulatorKeys:
    try:
        return load_or_create_keys(folder)
    except OSError as error:
        raise CommandError(f"cannot keep keys in {folder}: {error.strerror}", returncode=1) from error
    except ValueError as error:
        raise CommandError(str(error), returncode=1) from error


def _store(path: Path) -> Store:
    try:
        return Store(path)
    except (OSError, sqlite3.Error) as error:
        raise CommandError(f"cannot keep state in {path}: {error}", returncode=1) from error


def _settings_port() -> int | None:
    address = current_settings().api_base_url
    return urlsplit(address).port if is_local(address) else None


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _factor(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ArgumentTypeError("a factor is a number from 0 to 1")
    return value
