"""A query parameter that an operation does not know is refused, by whichever operation of the schema it is sent to."""

import contextlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

from config import api_queries
from config.api_queries import query_names
from config.api_schema import TruthfulSchema
from tests.api.belongings import Belongings
from tests.api.conftest import undone
from tests.factories.booking import api_client

SENTENCE = "不支持该查询参数。"


@pytest.fixture(scope="module")
def belongings(kept_belongings: Belongings) -> Belongings:
    return kept_belongings


@pytest.fixture(scope="module")
def reads() -> dict[str, Any]:
    """Path → operation of every GET."""
    published = SchemaGenerator().get_schema(public=True)["paths"]
    return {path: methods["get"] for path, methods in published.items() if "get" in methods}


def address(path: str, belongings: Belongings) -> str:
    """With the account's own things in the places of the parameters."""
    return re.sub(r"/([a-z-]+)/\{\w+\}", lambda found: f"/{found[1]}/{belongings.ids[found[1].removesuffix('s')][0]}", path)


def test_each_read_refuses_what_it_does_not_know(belongings: Belongings, reads: dict[str, Any]) -> None:
    client = api_client(belongings.account.user)
    for path in reads:
        answer = client.get(address(path, belongings), {"nonsense": "1"})
        assert (answer.status_code, answer.json()["detail"]) == (400, {"nonsense": [SENTENCE]}), path
    assert len(reads) > 25


def test_each_read_knows_what_its_schema_says(belongings: Belongings, reads: dict[str, Any]) -> None:
    for path, operation in reads.items():
        published = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
        assert query_names(resolve(address(path, belongings)).func) == published, path


def test_each_unknown_name_is_told(belongings: Belongings) -> None:
    answer = api_client(belongings.account.user).get("/api/v1/appointments", {"State": "past", "page": 1, "pagesize": 5})
    assert answer.json() == {
        "code": "invalid",
        "message": SENTENCE,
        "detail": {"State": [SENTENCE], "pagesize": [SENTENCE]},
    }


def test_what_is_known_is_answered(belongings: Belongings) -> None:
    client = api_client(belongings.account.user)
    with undone():
        assert client.get("/api/v1/appointments", {"state": "past", "page": 1, "page_size": 5}).status_code == 200
        assert client.get("/api/v1/hospitals", {"near": "116.4,39.9", "q": ""}).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/schema?format=json", "/api/v1/docs?any=1", "/screen/none?x=1"])
def test_what_is_no_operation_is_left_alone(belongings: Belongings, path: str) -> None:
    assert api_client(belongings.account.user).get(path).status_code != 400


def test_first_reads_at_the_same_time_do_not_meet_in_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables that drf-spectacular fills while it reads are shared by all threads of a server."""
    views = [resolve(path).func for path in ("/api/v1/hospitals", "/api/v1/appointments", "/api/v1/patients")]
    all_inside = threading.Barrier(len(views), timeout=0.3)
    read, met = TruthfulSchema.get_operation, []

    def watched(*args: Any, **kwargs: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):
            all_inside.wait()
            met.append(True)
        return read(*args, **kwargs)

    monkeypatch.setattr(TruthfulSchema, "get_operation", watched)
    api_queries._names_in_schema.cache_clear()
    with ThreadPoolExecutor(len(views)) as threads:
        names = list(threads.map(query_names, views))

    assert met == []
    assert "page" in names[1]
