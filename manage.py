#!/usr/bin/env python
"""Django's command line for Yuezhen; settings default to the local ones, which need nothing installed."""

import os
import sys
from argparse import ArgumentParser

# SQLSTATE of a table that is not there.
UNDEFINED_TABLE = "42P01"


def print_nothing(parser: ArgumentParser, file: object = None) -> None:
    """In the place of `ArgumentParser.print_usage`."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    from django.core.management import CommandParser, execute_from_command_line
    from django.db.utils import OperationalError, ProgrammingError

    # argparse prints the usage, up to nine lines, in front of the one that says what is wrong; --help has it.
    setattr(CommandParser, "print_usage", print_nothing)  # noqa: B010 - mypy takes no method for another
    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as error:
        if getattr(error.__cause__, "pgcode", None) != UNDEFINED_TABLE:
            raise
        sys.exit("Error: the database lacks tables of this version: run `manage.py migrate` first.")
    except OperationalError as error:
        # With an SQLSTATE the server answered, and what it said is a fault to be seen whole; without, there is none to talk to.
        if getattr(error.__cause__, "pgcode", None) is not None:
            raise
        sys.exit(f"Error: the database cannot be reached: {' '.join(str(error).split())}")


if __name__ == "__main__":
    main()
