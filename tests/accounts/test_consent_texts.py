"""The texts that are agreed to can be read by anybody, in the version that is in force and in those before."""

from typing import Any

from django.conf import settings
from rest_framework.test import APIClient

from accounts.consent_texts import versions
from accounts.models import ConsentKind


def texts(**query: Any) -> Any:
    return APIClient().get("/api/v1/consent-texts", query)


def test_each_kind_of_the_version_in_force() -> None:
    found = texts().json()
    assert [(text["kind"], text["version"]) for text in found] == [
        (kind, settings.CONSENT_VERSION) for kind in ConsentKind.values
    ]
    assert [text["is_of_account"] for text in found] == [True, False, False]
    for text in found:
        assert text["title"]
        assert text["summary"]
        assert all(section["heading"] and section["paragraphs"] for section in text["sections"])


def test_the_version_in_force_is_published() -> None:
    assert settings.CONSENT_VERSION in versions()
    assert texts(version=settings.CONSENT_VERSION).json() == texts().json() == texts(version="").json()


def test_a_version_that_never_was_is_refused() -> None:
    answer = texts(version="1999-01")
    assert (answer.status_code, answer.json()["detail"]) == (400, {"version": ["没有这个版本的文本。"]})
