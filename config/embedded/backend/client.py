"""``manage.py dbshell`` on the embedded server, with the wheel's own psql."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import client

from config.embedded import postgres


class DatabaseClient(client.DatabaseClient):
    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        server = postgres.server()
        server.use()
        found = server.connection_parameters()
        arguments, environment = super().settings_to_cmd_args_env(
            settings_dict | {"HOST": found["host"], "USER": found["user"]}, parameters
        )
        return [str(postgres.programs() / "psql"), *arguments[1:]], environment
