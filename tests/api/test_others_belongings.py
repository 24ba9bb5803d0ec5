"""What belongs to another account is not found, by whichever operation of the schema it is asked for, and stays as it is."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from tests.api.belongings import Belongings
from tests.booking.appealing import picture
from tests.factories.booking import api_client, make_account

pytestmark = pytest.mark.django_db

OURS = ("accounts", "hospitals", "booking", "scoring", "capacity", "notifications")
# What a parameter in a path identifies stands before it.
NAMED = re.compile(r"/([a-z-]+)/\{\w+\}")
# Anybody may read these.
PUBLIC = {"hospital", "doctor", "department", "session", "slot"}
# Bodies that would do for one's own, where an empty one would not.
BODIES: dict[str, dict[str, Any]] = {
    "move": {"slot": 0},
    "suspension-choice": {"choice": "refund"},
    "patients": {"relationship": "other"},
}


def singular(segment: str) -> str:
    """`doctors` → `doctor`."""
    return segment.removesuffix("s")


def operations() -> list[tuple[str, str, str]]:
    """(method, path, what the path names) for each operation with a parameter in its path; new ones come by themselves."""
    published = SchemaGenerator().get_schema(public=True)["paths"]
    return [
        (method, path, singular(named[-1]))
        for path, methods in published.items()
        for method in methods
        if (named := re.findall(NAMED, path)) and singular(named[-1]) not in PUBLIC
    ]


def test_is_not_found_and_not_touched(belongings: Belongings) -> None:
    client, before = api_client(make_account().user), None
    for method, path, owned in operations():
        assert belongings.ids.get(owned), f"give the belongings a {owned}, and {path} is tried"
        before = before or every_row()
        for wanted in belongings.ids[owned]:
            answer = ask(client, method, path, owned, wanted, belongings)
            told = f"{method} {path} of another account: {answer.status_code} {answer.content.decode()}"
            assert (answer.status_code, answer.json()["code"].rpartition("not-found")[1]) == (404, "not-found"), told
        assert every_row() == before, f"{method} {path} changed what is another's"


def test_is_found_by_the_account_itself(belongings: Belongings) -> None:
    """The control: the very same requests find what is one's own, so that it is not the address that is wrong."""
    client = api_client(belongings.account.user)
    for method, path, owned in operations():
        if method == "get":
            answers = {ask(client, method, path, owned, wanted, belongings).status_code for wanted in belongings.ids[owned]}
            assert answers <= {200, 409}, path
            assert 200 in answers, path


def ask(client: APIClient, method: str, path: str, owned: str, wanted: Any, belongings: Belongings) -> Any:
    body = next((body for name, body in BODIES.items() if f"/{name}" in path), {})
    if "slot" in body:
        body = {"slot": belongings.ids["slot"][0]}
    if path.endswith("/proofs"):
        body = {"proof": SimpleUploadedFile("proof.jpg", picture(), "image/jpeg")}
    ids = {name: belongings.ids[name][0] for name in map(singular, re.findall(NAMED, path))} | {owned: wanted}
    address = re.sub(NAMED, lambda found: f"/{found[1]}/{ids[singular(found[1])]}", path)
    return getattr(client, method)(address, None if method == "get" else body, format="multipart" if "proof" in body else "json")


def every_row() -> dict[str, list[dict[str, Any]]]:
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}
