"""The schema is valid, says how errors look, and its page is served."""

import pytest
from django.core.management import call_command
from django.test import Client

from config.api_schema import MEANINGS


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    import yaml

    path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(path))
    return yaml.safe_load(path.read_text())


def test_every_refusal_of_every_operation_has_the_one_shape(schema):
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert len(operations) > 25
    for operation in operations:
        refusals = {status: answer for status, answer in operation["responses"].items() if not status.startswith("2")}
        # Method and format can be wrong of any; what else is said below, and by the conformance tests.
        assert {"405", "406"} <= refusals.keys() <= {str(status) for status in MEANINGS}
        for answer in refusals.values():
            assert answer["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/Error"
    assert schema["components"]["schemas"]["Error"]["required"] == ["code", "message", "detail"]


def test_refusals_are_said_where_they_can_happen(schema):
    def refusals(method, path):
        return {int(status) for status in schema["paths"][f"/api/v1/{path}"][method]["responses"] if int(status) >= 400}

    # A page beyond the last is not there.
    assert refusals("get", "hospitals") == {400, 404, 405, 406}
    assert refusals("get", "hospitals/{code}") == {400, 404, 405, 406}
    assert refusals("get", "me") == {400, 401, 403, 404, 405, 406, 409}
    assert refusals("post", "auth/sms-login") == {400, 401, 403, 404, 405, 406, 409, 413, 415, 429, 503}
    assert refusals("post", "appointments") == {400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 503}


def test_every_operation_is_named_in_chinese(schema):
    unnamed = [
        f"{method} {path}"
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if not any("\u4e00" <= character <= "\u9fff" for character in operation.get("summary", ""))
    ]
    assert unnamed == []


@pytest.mark.django_db
def test_the_page_and_the_schema_are_served():
    client = Client()
    assert "swagger" in client.get("/api/v1/docs").content.decode().lower()
    assert client.get("/api/v1/schema").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing", "/wechat/nothing"])
def test_an_unknown_address_answers_in_the_same_shape(path):
    response = Client().get(path)
    assert response.status_code == 404
    assert response.json() == {"code": "not-found", "message": "没有找到您要的内容。", "detail": {}}
