"""What the operators' commands share: how they describe themselves, show progress and read their arguments."""

from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter

from hospitals.models import Hospital

BAD_INPUT = 2


class OperatorHelp(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """The command's own arguments before those of all commands, the description as it is written."""


class OperatorCommand(BaseCommand):
    """A command whose description keeps its paragraphs, with a progress line."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = OperatorHelp
        return parser

    def show_progress(self, text: str) -> None:
        """Replace the progress line, where there is a terminal to show it on; an empty text takes it away."""
        if self.stderr.isatty():
            self.stderr.write(f"\r\x1b[K{text}", style_func=str, ending="")
            self.stderr.flush()


def hospital_with_code(code: str) -> Hospital:
    """The hospital that --hospital names; CommandError (exit 2) where there is none."""
    try:
        return Hospital.objects.get(code=code)
    except Hospital.DoesNotExist as error:
        raise CommandError(f"there is no hospital with the code {code!r}", returncode=BAD_INPUT) from error


def iso_day(text: str) -> date:
    """An argument's type: a date as ISO 8601 writes it."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date like 2026-03-31") from error
