"""Reads a deployment's settings from its environment and, when some are missing, names all of them at once."""

from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


class Environment:
    """Environment variables; each may be given instead as NAME_FILE, the path of a file that holds the value."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._missing: list[str] = []
        self.names: set[str] = set()
        """Every variable that was asked for: what a deployment may set."""

    def required(self, name: str) -> str:
        """Returns the value; where there is none, "" for the moment: `refuse_missing` will end the matter."""
        value = self.optional(name)
        if not value:
            self._missing.append(name)
        return value

    def optional(self, name: str, default: str = "") -> str:
        """Returns the value, `default` where it is unset or empty. ImproperlyConfigured for a file that cannot be read."""
        self.names |= {name, f"{name}_FILE"}
        path = self._environ.get(f"{name}_FILE")
        if not path:
            return self._environ.get(name) or default
        try:
            return Path(path).read_text(encoding="utf-8").strip() or default
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {error.strerror}: {path}") from error

    def flag(self, name: str, *, default: bool) -> bool:
        """Returns whether it is "true"; ImproperlyConfigured where it is set to anything but true or false."""
        value = self.optional(name, str(default)).lower()
        if value not in ("true", "false"):
            raise ImproperlyConfigured(f"{name} must be true or false, not {value}")
        return value == "true"

    def count(self, name: str, *, default: int) -> int:
        """Returns a whole number from 0 on; ImproperlyConfigured where it is set to anything else."""
        value = self.optional(name, str(default))
        if not value.isdecimal():
            raise ImproperlyConfigured(f"{name} must be a whole number, not {value}")
        return int(value)

    def refuse_missing(self) -> None:
        """Raises ImproperlyConfigured with every required variable that was asked for and not found."""
        if self._missing:
            raise ImproperlyConfigured(f"Missing in the environment (or as NAME_FILE): {', '.join(self._missing)}")


def listed(value: str) -> list[str]:
    """Returns the parts of a comma-separated value, without blanks."""
    return [part.strip() for part in value.split(",") if part.strip()]
