"""How much each screen asks the backend: on the way to a booking, to a later day or into a waitlist, none asks more than once."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.signals import request_started
from django.utils import timezone

from booking.api import pages
from booking.models import Appointment, Tier
from hospitals.models import ClinicSession
from tests.booking.rated import rate
from tests.booking.waiting import full_session_now
from tests.e2e.phones import Phone
from tests.factories.accounts import give_health_consent, make_patient
from tests.factories.booking import Account, book


class Asked:
    """What the backend was asked since it was last looked at: methods and paths, those of the API."""

    def __init__(self) -> None:
        self._paths: list[str] = []

    def note(self, environ: dict[str, Any], **_: Any) -> None:
        path = environ["PATH_INFO"]
        if path.startswith("/api/v1/"):
            self._paths.append(f"{environ['REQUEST_METHOD']} {path.removeprefix('/api/v1')}")

    def since(self) -> list[str]:
        told, self._paths = self._paths, []
        return told


@pytest.fixture
def asked() -> Iterator[Asked]:
    """The web server runs in this process, and tells Django's signal of each request."""
    kept = Asked()
    request_started.connect(kept.note)
    yield kept
    request_started.disconnect(kept.note)


Screen = Callable[[Callable[[], None], str], list[str]]


@pytest.fixture
def screen(phone: Phone, asked: Asked) -> Screen:
    """Goes to a screen and tells what was asked until it shows something that came with the answer."""
    # Whoever has used it before is signed in.
    phone.tab("我")
    phone.sees("的履约等级")
    asked.since()

    def go_and_look(go: Callable[[], None], shown: str) -> list[str]:
        go()
        phone.sees(shown)
        return asked.since()

    return go_and_look


def test_one_request_a_screen_on_the_way_to_a_booking(phone: Phone, clinic: ClinicSession, screen: Screen) -> None:
    assert clinic.doctor is not None
    hospital, department = clinic.hospital.name, clinic.department.name
    slot = clinic.slots.order_by("starts_at")[0]
    assert screen(lambda: phone.opens("/pages/home/index"), hospital) == ["GET /home"]
    assert screen(lambda: phone.tap(hospital), department) == [f"GET /hospitals/{clinic.hospital.code}/page"]
    assert screen(lambda: phone.tap(department), clinic.doctor.name) == [f"GET /departments/{clinic.department_id}/page"]
    assert screen(lambda: phone.tap(clinic.doctor.name), "选择就诊时段") == [f"GET /sessions/{clinic.pk}/page"]
    assert screen(lambda: phone.tap("08:00–08:30"), "预约须知") == [f"GET /slots/{slot.pk}/page"]
    doctor = f"/packages/booking/doctor/index?id={clinic.doctor_id}"
    assert screen(lambda: phone.opens(doctor), "出诊安排") == [f"GET /doctors/{clinic.doctor_id}/page"]
    assert screen(lambda: phone.opens("/pages/me/index"), "的履约等级") == ["GET /me/summary"]


def test_one_request_a_screen_when_a_visit_is_moved(
    phone: Phone, clinic: ClinicSession, account: Account, screen: Screen
) -> None:
    visit = book(account, clinic, now=timezone.now())
    assert clinic.doctor is not None
    move = f"/packages/visit/move/index?code={visit.code}"
    assert screen(lambda: phone.opens(move), clinic.doctor.name) == [f"GET /appointments/{visit.code}/move/page"]
    assert screen(lambda: phone.tap(clinic.doctor.name), "08:30–09:00") == [f"GET /sessions/{clinic.pk}/page"]


def test_one_request_a_screen_on_the_way_into_a_waitlist(phone: Phone, screen: Screen) -> None:
    full = full_session_now(timezone.now())
    join = f"/packages/waitlist/join/index?session={full.pk}"
    assert screen(lambda: phone.opens(join), "候补规则") == [f"GET /waitlist/sessions/{full.pk}/page"]


def test_who_is_chosen_to_be_booked_for_is_judged_first_and_that_is_said(
    phone: Phone, clinic: ClinicSession, account: Account, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = make_patient(user=account.user, name="周小满")
    give_health_consent(user=account.user, patient=second)
    slot = clinic.slots.order_by("starts_at")[0]
    phone.opens(f"/packages/booking/confirm/index?slot={slot.pk}")
    phone.sees("确认并支付")
    asked.since()
    may_answer, answer = threading.Event(), pages.slot_to_book

    def answer_later(**given: Any) -> Any:
        assert may_answer.wait(20)
        return answer(**given)

    monkeypatch.setattr(pages, "slot_to_book", answer_later)
    phone.tap("周小满")
    phone.refuses("正在核对")
    may_answer.set()
    phone.tap("确认并支付")
    phone.answer("支付")
    phone.sees("预约成功")
    assert Appointment.objects.get().patient == second
    assert asked.since()[:2] == [f"GET /slots/{slot.pk}/page", "POST /appointments"]


def test_a_hot_session_is_open_early_to_whose_tier_it_is(phone: Phone, clinic: ClinicSession, account: Account) -> None:
    now = timezone.now()
    rate(account, clinic.hospital, Tier.A, now=now)
    ClinicSession.objects.filter(pk=clinic.pk).update(is_hot=True, releases_at=now + timedelta(hours=1))
    phone.tab("我")
    phone.sees("A 级")
    phone.tab("首页")
    phone.tap(clinic.hospital.name, clinic.department.name)
    assert clinic.doctor is not None
    phone.tap(clinic.doctor.name)
    phone.sees("可以提前预约这一场")
    phone.tap("08:00–08:30")
    phone.sees("确认并支付")
