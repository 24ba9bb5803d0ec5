#!/usr/bin/env python
"""Django's command line for Yuezhen; settings default to the local ones, which need nothing installed."""

import os
import sys

# SQLSTATE of a table that is not there.
UNDEFINED_TABLE = "42P01"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError, ProgrammingError

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
