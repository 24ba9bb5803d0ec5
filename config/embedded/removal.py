"""``python -m config.embedded.removal``: removes ``.local``, unless one of its servers is in use. `make clean` runs it."""

import fcntl
import shutil
import sys
from contextlib import ExitStack

from config.embedded import LOCAL, EmbeddedServerError, postgres, redis


def remove() -> None:
    """Removes the local data; EmbeddedServerError, and nothing removed, while a process of the checkout uses a server."""
    with ExitStack() as held:
        for name in (postgres.EmbeddedPostgres.name, redis.EmbeddedRedis.name):
            users = held.enter_context((LOCAL / f"{name}.users").open("a"))
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                message = f"The embedded {name} of this checkout is in use: stop the demo, tests or shell that uses it"
                raise EmbeddedServerError(message) from None
        shutil.rmtree(LOCAL)


if __name__ == "__main__":
    try:
        remove()
    except EmbeddedServerError as error:
        sys.exit(str(error))
