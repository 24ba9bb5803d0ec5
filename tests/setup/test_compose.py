"""docker-compose.yml is not run by the tests; that each thing it names exists is proved here."""

import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from celery import Celery
from celery.bin.base import CLIContext
from celery.bin.celery import celery as celery_cli
from django.core.management import get_commands
from granian.cli import cli as granian_cli

from config.supervisor.demo import BACKLOG
from scripts.production_manage import THROWAWAY

from .conftest import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def resolve_python(arguments: list[str]) -> None:
    """Fails unless `python` with these arguments would find what it is told to run, with options that exist there."""
    if arguments[0] == "manage.py":
        assert arguments[1] in get_commands()
    elif arguments[:2] == ["-m", "granian"]:
        context = granian_cli.make_context("granian", arguments[2:])
        module, _, attribute = context.params["app"].partition(":")
        assert callable(getattr(import_module(module), attribute))
    elif arguments[:4] == ["-m", "celery", "--app", "config"]:
        app = getattr(import_module("config"), "celery_app", None)
        assert isinstance(app, Celery)
        parent = celery_cli.make_context("celery", ["--app", "config", arguments[4]])
        parent.obj = CLIContext(app=app, no_color=True, workdir=None)
        celery_cli.commands[arguments[4]].make_context(arguments[4], arguments[5:], parent=parent)
    elif arguments[0] == "-c":
        compile(arguments[1], "compose", "exec")
    else:
        pytest.fail(f"no way to check python {arguments}")


def commands() -> list[Any]:
    found = [pytest.param(service["command"], id=name) for name, service in OURS.items()]
    checks = {name: service["healthcheck"]["test"] for name, service in OURS.items() if "healthcheck" in service}
    return found + [pytest.param(test[1:], id=f"{name} healthcheck") for name, test in checks.items()]


def test_it_has_the_services_of_the_architecture() -> None:
    assert set(SERVICES) == {"web", "worker", "beat", "postgres", "redis", "migrate"}
    assert set(OURS) == {"web", "worker", "beat", "migrate"}


@pytest.mark.parametrize("command", commands())
def test_each_command_exists(command: list[str]) -> None:
    assert command[0] == "python"

    resolve_python(command[1:])


@pytest.mark.parametrize(
    ("wrong", "noticed_by"),
    [
        (["manage.py", "migrate_all"], AssertionError),
        (["-m", "granian", "--interface", "wsgi", "config.wsgi:nothing"], AttributeError),
        (["-m", "granian", "--threads-of-gold", "2", "config.wsgi:application"], click.NoSuchOption),
        (["-m", "celery", "--app", "config", "labour"], KeyError),
        (["-m", "celery", "--app", "config", "beat", "--no-such-option"], click.NoSuchOption),
        (["-c", "import ("], SyntaxError),
    ],
)
def test_a_wrong_command_would_be_noticed(wrong: list[str], noticed_by: type[Exception]) -> None:
    with pytest.raises(noticed_by):
        resolve_python(wrong)


@pytest.mark.parametrize("name", OURS)
def test_the_environment_is_what_production_reads(name: str) -> None:
    program = "import json; from config.settings.production import ENVIRONMENT; print(json.dumps(sorted(ENVIRONMENT.names)))"
    read = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={"PATH": "/bin", **THROWAWAY}, capture_output=True, text=True, check=True
    )
    given = set(OURS[name]["environment"])

    assert given - set(json.loads(read.stdout)) == {"DJANGO_SETTINGS_MODULE"}
    assert {variable for variable in THROWAWAY if not given & {variable, f"{variable}_FILE"}} == set()


def test_volumes_secrets_and_dependencies_are_declared() -> None:
    for service in SERVICES.values():
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        files = [value for key, value in service.get("environment", {}).items() if key.endswith("_FILE")]
        assert {Path(file).name for file in files} == set(service.get("secrets", []))


def test_the_image_is_built_from_files_that_exist() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert re.findall(r"^COPY (\S+) \./$", dockerfile, re.MULTILINE) == ["requirements-production.lock"]
    assert "pip install --require-hashes --only-binary :all: -r requirements-production.lock" in dockerfile
    assert (ROOT / "requirements-production.lock").exists()
    (script,) = re.findall(r"python (\S+\.py) collectstatic", dockerfile)
    assert (ROOT / script).exists()
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", ".local", "secrets", ".env"} <= set(ignored)


def test_every_value_is_in_the_example_and_marked_as_it_is() -> None:
    """Required ones stand there to be filled in, the others behind a comment sign with what they are otherwise."""
    compose = (ROOT / "docker-compose.yml").read_text()
    required = set(re.findall(r"\$\{([A-Z0-9_]+):\?", compose))
    optional = set(re.findall(r"\$\{([A-Z0-9_]+):-", compose))
    example = (ROOT / ".env.example").read_text()

    assert set(re.findall(r"^([A-Z0-9_]+)=", example, re.MULTILINE)) == required
    assert set(re.findall(r"^# ([A-Z0-9_]+)=", example, re.MULTILINE)) == optional


def test_the_web_server_holds_what_a_rush_opens_at_once() -> None:
    """As many as the demo and the benchmarks hold."""
    context = granian_cli.make_context("granian", SERVICES["web"]["command"][3:])

    assert context.params["backlog"] == int(BACKLOG)
