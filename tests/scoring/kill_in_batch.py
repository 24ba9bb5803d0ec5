"""Run by a test as a process of its own: `score_now` in small batches, which stops for good before its second one is committed.

    python -m tests.scoring.kill_in_batch DATABASE HOSPITAL_CODE

Prints a line once the standings of the second batch are written and not yet committed, and waits to be killed.
"""

import sys
import time
from typing import Any

import django

KEYS_A_BATCH = 2
LONGER_THAN_ANY_TEST = 120


def main(database: str, hospital_code: str) -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from scoring.services import batches

    connection.settings_dict["NAME"] = database
    settings.SCORING_CONNECTIONS = 1
    batches.MOST_KEYS = KEYS_A_BATCH
    noted, calls = batches.note_months_due, 0

    def stop_at_the_second(**given: Any) -> None:
        """The last step of a batch before its commit."""
        nonlocal calls
        calls += 1
        noted(**given)
        if calls == 2:
            sys.stdout.write("within the second batch\n")
            sys.stdout.flush()
            time.sleep(LONGER_THAN_ANY_TEST)

    batches.note_months_due = stop_at_the_second
    call_command("score_now", "--hospital", hospital_code, "--everyone")


if __name__ == "__main__":
    main(*sys.argv[1:])
