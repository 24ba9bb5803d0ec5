"""PostgreSQL and Redis of this checkout, brought by wheels, for machines where nothing is installed.

Nothing starts on import. The first process that needs a server starts it, the others find it, and the last one to end
stops it (``sharing``). With ``DATABASE_URL`` or ``REDIS_URL`` set none of this is used.
"""

from pathlib import Path

LOCAL = Path(__file__).resolve().parents[2] / ".local"
"""Everything this checkout keeps on this machine: data, logs, generated keys. Never in git; `make clean` removes it."""


class EmbeddedServerError(Exception):
    """An embedded server could not be found, started or used; the message is one sentence for the operator."""
