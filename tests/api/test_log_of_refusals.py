"""What the log says of pages that may not be opened: a line, and of errors the whole traceback."""

import logging
from types import ModuleType

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from config import urls
from tests.factories.accounts import make_staff

pytestmark = pytest.mark.django_db


def breaks(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("by design")


def forbids(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


WITH_FAULTS = ModuleType("with_faults")
WITH_FAULTS.urlpatterns = [path("breaks", breaks), path("forbids", forbids), *urls.urlpatterns]
WITH_FAULTS.handler404, WITH_FAULTS.handler500 = urls.handler404, urls.handler500


@pytest.fixture
def client(settings: object) -> Client:
    settings.ROOT_URLCONF = WITH_FAULTS  # type: ignore[attr-defined]
    client = Client(raise_request_exception=False)
    client.force_login(make_staff())
    return client


def test_a_forbidden_page_of_the_admin_is_one_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    page = reverse("admin:auth_group_changelist")
    with caplog.at_level(logging.INFO):
        assert client.get(page).status_code == 403
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert (record.levelname, record.getMessage(), record.exc_info) == (
        "WARNING",
        f"Forbidden (Permission denied): {page}",
        None,
    )
    assert "Traceback" not in caplog.text


def test_an_error_keeps_its_traceback(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/forbids").status_code == 403
    assert client.get("/breaks").status_code == 500
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.exc_info is not None
    assert "ZeroDivisionError: by design" in caplog.text
