import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings.environment import Environment, listed
from scripts.production_manage import THROWAWAY

from .conftest import ROOT

IMPORT = (
    "from config.settings import production as p; print(p.ALLOWED_HOSTS, p.WECHAT['notify_url'], p.DATABASES['default']['HOST'])"
)


def import_production(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    bare = {"PATH": "/usr/bin:/bin"}
    return subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, env=bare | environment, capture_output=True, text=True)


def test_production_names_everything_that_is_missing_at_once() -> None:
    refused = import_production({})

    assert refused.returncode == 1
    last = refused.stderr.splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: Missing in the environment (or as NAME_FILE): ")
    assert set(last.rpartition("FILE): ")[2].split(", ")) == set(THROWAWAY)


def test_production_starts_with_exactly_what_it_asks_for() -> None:
    accepted = import_production(THROWAWAY)

    assert accepted.stderr == ""
    assert accepted.stdout == "['yuezhen.invalid'] https://yuezhen.invalid/wechat/pay/notify 127.0.0.1\n"


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the file\n")

    environment = Environment({"KEY_FILE": str(tmp_path / "secret")})

    assert environment.required("KEY") == "of the file"
    environment.refuse_missing()


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="KEY_FILE: No such file or directory"):
        Environment({"KEY_FILE": str(tmp_path / "absent")}).required("KEY")


def test_an_empty_value_counts_as_missing() -> None:
    environment = Environment({"EMPTY": "", "GIVEN": "x"})
    for name in ("EMPTY", "GIVEN", "ABSENT"):
        environment.required(name)

    with pytest.raises(ImproperlyConfigured, match=r"EMPTY, ABSENT$"):
        environment.refuse_missing()


def test_lists_lose_their_blanks() -> None:
    assert listed(" a, ,b ,") == ["a", "b"]


@pytest.mark.parametrize(("value", "expected"), [(None, True), ("", True), ("TRUE", True), ("false", False)])
def test_a_flag_is_true_or_false(value: str | None, expected: bool) -> None:
    environment = Environment({} if value is None else {"DATABASE_PREPARES": value})
    assert environment.flag("DATABASE_PREPARES", default=True) is expected


def test_a_flag_is_nothing_else() -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_PREPARES must be true or false, not off"):
        Environment({"DATABASE_PREPARES": "off"}).flag("DATABASE_PREPARES", default=True)


def test_a_count_is_a_whole_number() -> None:
    environment = Environment({"GIVEN": "2", "NONE": "0", "WORD": "two", "NEGATIVE": "-1"})

    assert (environment.count("GIVEN", default=1), environment.count("NONE", default=1)) == (2, 0)
    assert environment.count("ABSENT", default=1) == 1
    for name in ("WORD", "NEGATIVE"):
        with pytest.raises(ImproperlyConfigured, match=f"{name} must be a whole number"):
            environment.count(name, default=1)


@pytest.mark.parametrize(("given", "expected"), [({}, "1"), ({"TRUSTED_PROXIES": "2"}, "2"), ({"TRUSTED_PROXIES": "0"}, "0")])
def test_the_proxies_are_counted_by_the_environment(given: dict[str, str], expected: str) -> None:
    asked = "from config.settings import production as p; print(p.REST_FRAMEWORK['NUM_PROXIES'], len(p.REST_FRAMEWORK) > 5)"
    read = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"} | THROWAWAY | given,
        capture_output=True,
        text=True,
        check=True,
    )

    assert read.stdout == f"{expected} True\n"
