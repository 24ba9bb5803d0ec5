"""`manage.py demo`: the whole platform on this machine, until Ctrl-C."""

import argparse
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.world import World
from config.embedded import EmbeddedServerError
from config.supervisor import demo
from config.supervisor.addresses import Addresses
from config.supervisor.processes import ServiceEnded, Supervisor
from config.supervisor.progress import Steps
from config.supervisor.signals import Terminal, asking_to_stop, interrupting

INTERRUPTED = 130


def port_number(text: str) -> int:
    """Returns a TCP port; argparse turns the error into a line and exit status 2."""
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)


class Command(BaseCommand):
    help = (
        "Start the servers of this checkout, load the demo world, then run the WeChat emulator, the web server, a Celery "
        "worker, beat and, where Node is installed, the mini-program in a browser, until Ctrl-C. Data stays in .local, so that "
        "a second start takes seconds. A port that is taken is replaced by a free one, and that is said."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000, help="of the web server (default: 8000)")
        parser.add_argument("--emulator-port", type=port_number, default=8001, help="of the WeChat emulator (default: 8001)")
        parser.add_argument("--preview-port", type=port_number, default=8002, help="of the mini-program (default: 8002)")
        parser.add_argument("--no-preview", action="store_true", help="leave the mini-program out")
        parser.add_argument("--no-serve", action="store_true", help="prepare the database and the demo world, then end")

    def handle(self, *_args: Any, **options: Any) -> None:
        # The streams themselves: Django's wrapper ends every piece that is written with a line break.
        steps = Steps(sys.stdout, sys.stderr)
        try:
            with demo.only_demo():
                try:
                    with interrupting():
                        world = demo.prepare(steps)
                    if not options["no_serve"]:
                        with interrupting():
                            is_shown = not options["no_preview"] and demo.has_preview(steps)
                        preview_port = options["preview_port"] if is_shown else None
                        self._serve(steps, Addresses(options["port"], options["emulator_port"], preview_port), world)
                finally:
                    demo.release()
        except KeyboardInterrupt:
            raise CommandError("Interrupted before the demo was ready.", returncode=INTERRUPTED) from None
        except (EmbeddedServerError, demo.AlreadyRunning) as error:
            raise CommandError(str(error)) from error
        except ServiceEnded as error:
            self.stderr.write("\n".join(error.log_tail), self.style.NOTICE)
            raise CommandError(str(error)) from error

    def _serve(self, steps: Steps, addresses: Addresses, world: World) -> None:
        for notice in addresses.notices:
            steps.say(notice)
        terminal = Terminal()
        supervisor = Supervisor(folder=settings.BASE_DIR, log_folder=demo.LOGS, environment=addresses.environment())
        with asking_to_stop(supervisor.stopping):
            try:
                demo.start(steps, supervisor, addresses)
                if not supervisor.stopping.is_set():
                    steps.say(demo.banner(addresses, world))
                supervisor.watch(terminal.is_there)
                steps.say("\nStopping ...")
            finally:
                supervisor.stop()
        steps.say("Stopped; nothing is left running.")
