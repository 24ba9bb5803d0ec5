"""Requests drawn from the published schema, right and wrong ones: nothing fails, and no answer is outside of the schema."""

import re
import zlib
from datetime import datetime
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, Phase, settings
from rest_framework.test import APIClient
from rest_framework.throttling import SimpleRateThrottle
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.services.tokens import issue_tokens
from tests.api.belongings import Belongings
from tests.api.conftest import undone
from tests.booking.snapshot import everything

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES = 8


def is_guarded(context: Any) -> bool:
    """Whether the operation is for those who have signed in. One that is for others too names an empty way beside the token."""
    return all(context.operation.definition.raw.get("security", [{}]))


published = schemathesis.openapi.from_wsgi("/api/v1/schema", WSGIHandler())
published.config.generation.update(deterministic=True)
guarded, public = published.include(is_guarded), published.exclude(is_guarded)

bounded = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    # The data are made once for all examples, and each one's traces are undone.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(scope="module")
def belongings(kept_belongings: Belongings) -> Belongings:
    """Made once: every request's traces are undone."""
    return kept_belongings


@pytest.fixture(autouse=True)
def _plenty_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits by address are tested elsewhere; here all requests come from one."""
    for scope in SimpleRateThrottle.THROTTLE_RATES:
        monkeypatch.setitem(SimpleRateThrottle.THROTTLE_RATES, scope, "100000/min")


def test_every_operation_is_asked() -> None:
    operations = [len(list(which.get_all_operations())) for which in (public, guarded)]
    assert min(operations) >= 10
    assert sum(operations) == len(list(published.get_all_operations()))


@public.parametrize()
@bounded
def test_open_to_everyone(case: Case, belongings: Belongings) -> None:
    aim(case, belongings)
    with undone():
        case.call_and_validate(checks=CHECKS)


@guarded.parametrize()
@bounded
def test_for_a_patient(case: Case, belongings: Belongings, now: datetime) -> None:
    aim(case, belongings)
    access = issue_tokens(user=belongings.account.user, now=now).access
    with undone():
        case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {access}"})


def test_closed_to_a_stranger(belongings: Belongings) -> None:
    """Nothing of what is asked for is looked at, and nothing is told."""
    before = everything()
    operations = [found.ok() for found in guarded.get_all_operations()]
    for operation in operations:
        address = operation.path.format(**ids_in_path(operation.path, belongings))
        answer = APIClient().generic(operation.method.upper(), address, b"{}", content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated"), operation.label
        assert answer.json().keys() == {"code", "message", "detail"}
    assert len(operations) > 20
    assert everything() == before


def aim(case: Case, belongings: Belongings) -> None:
    """Let most requests that are right in form ask for what there is: an id drawn from all numbers is never anybody's.

    What negative generation has made wrong stays wrong. The choice hangs on the request alone, so a run can be repeated.
    """
    chance = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode(errors="replace"))
    if chance % 4 == 0:
        return
    for location, names in (
        (ParameterLocation.PATH, owners_of_path_parameters(case.operation.path)),
        (ParameterLocation.QUERY, {name: name for name in belongings.ids}),
        (ParameterLocation.BODY, {name: name for name in belongings.ids}),
    ):
        given = case.get_container(location) if location != ParameterLocation.BODY else case.body
        if case.meta is None or case.meta.is_negative_at(location) or not isinstance(given, dict):
            continue
        for name in names.keys() & given.keys():
            known = belongings.ids[names[name]]
            wanted = known[chance // 4 % len(known)]
            given[name] = str(wanted) if isinstance(given[name], str) else wanted


def ids_in_path(path: str, belongings: Belongings) -> dict[str, Any]:
    return {name: belongings.ids[owner][0] for name, owner in owners_of_path_parameters(path).items()}


def owners_of_path_parameters(path: str) -> dict[str, str]:
    """`/api/v1/doctors/{id}` → {"id": "doctor"}: what the parameter identifies is what stands before it."""
    return {name: segment.removesuffix("s") for segment, name in re.findall(r"/([a-z-]+)/\{(\w+)\}", path)}
