"""One table for all refusals: complete, without twins, and with sentences that can be said."""

import importlib
import pkgutil
import re

import pytest
from django.apps import apps

from accounts.errors import Refusal
from config.api_error_table import REFUSALS
from config.api_errors import refusal_body

OURS = ("wechat", "accounts", "hospitals", "booking", "scoring", "capacity", "notifications")


def every_refusal() -> set[type[Refusal]]:
    """All subclasses in the code, whether or not anything has imported their module yet."""
    for app in OURS:
        package = importlib.import_module(app)
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
    found: set[type[Refusal]] = set()
    waiting = list(Refusal.__subclasses__())
    while waiting:
        cls = waiting.pop()
        found.add(cls)
        waiting += cls.__subclasses__()
    return {cls for cls in found if cls.__module__.split(".")[0] in OURS}


def test_every_app_is_looked_at():
    assert {config.name for config in apps.get_app_configs()} >= set(OURS)


def test_every_refusal_has_a_row():
    # A base that is never raised itself needs none.
    raised = {cls for cls in every_refusal() if not cls.__subclasses__()}
    missing = {cls.__name__ for cls in raised if not REFUSALS.keys() & set(cls.__mro__)}
    assert missing == set()


def test_codes_are_stable_words_and_differ():
    codes = [code for _, code, _ in REFUSALS.values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_sentences_are_chinese_and_end_like_sentences():
    for cls, (_, _, sentence) in REFUSALS.items():
        assert re.search(r"[\u4e00-\u9fff]", sentence), cls
        assert sentence.endswith(("。", "！", "？")), cls


def test_statuses_blame_the_request_or_ask_to_come_back():
    assert {status for status, _, _ in REFUSALS.values()} <= {400, 401, 403, 404, 409, 413, 422, 429, 503}


def test_several_refusals_are_all_told():
    from booking.rules.caps import DayCapReached
    from booking.services.seats import SessionFull

    first = SessionFull(others=[DayCapReached(limit=2)])
    body = refusal_body(first)
    assert (body["code"], body["message"]) == ("session-full", "该班次已约满。")
    assert body["detail"]["refusals"] == [
        {"code": "session-full", "message": "该班次已约满。"},
        {"code": "day-cap", "message": "同一天最多预约 2 次。"},
    ]


def test_a_class_without_a_row_is_a_fault_of_ours():
    class Unknown(Refusal):
        pass

    with pytest.raises(LookupError, match="Unknown is missing"):
        refusal_body(Unknown())
