"""The schema is valid, says how errors look, and its page is served."""

import pytest
from django.core.management import call_command
from django.test import Client


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    import yaml

    path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(path))
    return yaml.safe_load(path.read_text())


def test_every_operation_can_answer_with_the_error_shape(schema):
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert len(operations) > 25
    for operation in operations:
        reference = operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"]
        assert reference == "#/components/schemas/Error"
    assert schema["components"]["schemas"]["Error"]["required"] == ["code", "message", "detail"]


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
