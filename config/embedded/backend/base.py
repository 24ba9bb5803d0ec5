"""Django's PostgreSQL backend on the embedded server, which is started by the first connection and not before."""

from typing import Any

from django.db.backends.postgresql import base
from django.db.utils import OperationalError

from config.embedded import EmbeddedServerError, postgres
from config.embedded.backend.client import DatabaseClient


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        server = postgres.server()
        try:
            server.use()
        except EmbeddedServerError as error:
            raise OperationalError(str(error)) from error
        return super().get_connection_params() | server.connection_parameters()
