"""By which address the rates of sign-ins are counted: what our own proxies saw, never what a client says of itself."""

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.settings import api_settings
from rest_framework.test import APIRequestFactory

from accounts.api.throttles import LenientScopedRateThrottle

CLIENT, OUTER, INNER = "203.0.113.7", "198.51.100.1", "10.0.0.2"


def counted_by(proxies: int, forwarded: str | None, peer: str) -> str:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = APIRequestFactory().post("/", REMOTE_ADDR=peer, **headers)
    with override_settings(REST_FRAMEWORK={**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}):
        return str(LenientScopedRateThrottle().get_ident(request))


@pytest.mark.parametrize("claimed", ["", "1.2.3.4, ", "1.2.3.4, 5.6.7.8, "])
def test_what_a_client_claims_changes_nothing(claimed: str) -> None:
    assert counted_by(1, f"{claimed}{CLIENT}", OUTER) == CLIENT
    assert counted_by(2, f"{claimed}{CLIENT}, {OUTER}", INNER) == CLIENT
    assert counted_by(0, f"{claimed}1.2.3.4", CLIENT) == CLIENT


def test_without_proxies_the_header_is_not_believed() -> None:
    assert api_settings.NUM_PROXIES == 0
    assert counted_by(0, None, CLIENT) == CLIENT
