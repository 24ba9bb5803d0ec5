"""What pages say before anybody tries: which sessions are closed to a tier, where a visit may go, who may join a waitlist."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from booking.models import Appointment, Tier
from hospitals.models import ClinicSession, SessionStatus
from tests.booking.rated import rate
from tests.booking.snapshot import everything
from tests.booking.suspended import another_session
from tests.booking.test_pages import get
from tests.booking.waiting import full_session_now, set_policy_from, wait_for
from tests.factories.accounts import give_health_consent, make_patient
from tests.factories.booking import Account, api_client, book, make_account, make_appointment, make_clinic, slot_of

pytestmark = pytest.mark.django_db

HOT = "hot-not-open-to-tier"
NEAR = "lead-too-short"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def hot(now: datetime) -> ClinicSession:
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), is_hot=True)
    set_policy_from(now, session.hospital, is_hot_open_to_d=False, hot_reserve_percent=0, lead_days_d=0)
    return session


@pytest.fixture
def ordinary(hot: ClinicSession) -> ClinicSession:
    """Of the same doctor, the day after."""
    session = another_session(hot, visit_date=hot.visit_date + timedelta(days=1))
    ClinicSession.objects.filter(pk=session.pk).update(doctor=hot.doctor)
    session.refresh_from_db()
    return session


def pages(session: ClinicSession) -> list[str]:
    return [f"departments/{session.department_id}/page", f"doctors/{session.doctor_id}/page", f"sessions/{session.pk}/page"]


def closed(path: str, account: Account, **query: Any) -> dict[int, str]:
    """Session → the code of the reason."""
    return {each["session"]: each["code"] for each in get(path, account, **query)["viewer"]["closed"]}


class TestClosed:
    def test_hot_sessions_to_tier_d(self, hot: ClinicSession, ordinary: ClinicSession, account: Account, now: datetime) -> None:
        rate(account, hot.hospital, Tier.D, now=now)
        for path in pages(hot):
            assert closed(path, account) == {hot.pk: HOT}, path
        assert closed(f"sessions/{ordinary.pk}/page", account) == {}

    def test_in_the_words_of_the_refusal(self, hot: ClinicSession, account: Account, now: datetime) -> None:
        rate(account, hot.hospital, Tier.D, now=now)
        (told,) = get(f"sessions/{hot.pk}/page", account)["viewer"]["closed"]
        body = {"patient": account.patient.pk, "slot": slot_of(hot).pk}
        before = everything()
        refused = api_client(account.user).post("/api/v1/appointments", body, format="json")
        assert refused.status_code == 403
        assert everything() == before
        assert told == {"session": hot.pk, "code": refused.json()["code"], "message": refused.json()["message"]}

    def test_visits_that_are_too_near_to_tier_d(self, hot: ClinicSession, ordinary: ClinicSession, account: Account) -> None:
        set_policy_from(timezone.now(), hot.hospital, is_hot_open_to_d=True, hot_reserve_percent=0, lead_days_d=4)
        rate(account, hot.hospital, Tier.D, now=timezone.now())
        assert closed(f"doctors/{hot.doctor_id}/page", account) == {hot.pk: NEAR}

    @pytest.mark.parametrize("tier", [Tier.A, Tier.B, Tier.C, Tier.UNRATED])
    def test_nothing_to_other_tiers(self, tier: Tier, hot: ClinicSession, account: Account, now: datetime) -> None:
        set_policy_from(now, hot.hospital, is_hot_open_to_c=True, is_hot_open_to_d=False, lead_days_d=9)
        rate(account, hot.hospital, tier, now=now)
        assert [closed(path, account) for path in pages(hot)] == [{}, {}, {}]

    def test_to_whom_is_named(self, hot: ClinicSession, account: Account, now: datetime) -> None:
        rate(account, hot.hospital, Tier.D, now=now)
        second = make_patient(user=account.user, name="李晓红")
        assert closed(f"sessions/{hot.pk}/page", account, patient=second.pk) == {}

    def test_nothing_more_is_said_of_what_nobody_can_book(self, hot: ClinicSession, account: Account, now: datetime) -> None:
        rate(account, hot.hospital, Tier.D, now=now)
        ClinicSession.objects.filter(pk=hot.pk).update(status=SessionStatus.SUSPENDED)
        assert [closed(path, account) for path in pages(hot)] == [{}, {}, {}]

    def test_strangers_are_answered_as_ever(self, hot: ClinicSession, account: Account, now: datetime) -> None:
        before = [get(path) for path in pages(hot)]
        rate(account, hot.hospital, Tier.D, now=now)
        assert [get(path) for path in pages(hot)] == before
        assert [page["viewer"] for page in before] == [None, None, None]


class TestWhereToMove:
    @pytest.fixture
    def visit(self, ordinary: ClinicSession, account: Account, now: datetime) -> Appointment:
        return make_appointment(now=now, account=account, session=ordinary)

    def test_all_that_the_page_shows(self, visit: Appointment, hot: ClinicSession, account: Account, now: datetime) -> None:
        page = get(f"appointments/{visit.code}/move/page", account)
        listed = get("appointments", account)["results"]
        today = timezone.localdate(now)
        period = {"from": f"{today}", "to": f"{today + timedelta(days=27)}", "patient": account.patient.pk}
        department = get(f"departments/{visit.department_id}/page", account, **period)
        assert page == {"appointment": listed[0], **{key: department[key] for key in ("days", "sessions", "viewer")}}
        assert [each["id"] for each in page["sessions"]] == [hot.pk, visit.session_id]

    def test_is_seen_by_the_visits_patient(self, hot: ClinicSession, account: Account, now: datetime) -> None:
        second = Account(account.user, make_patient(user=account.user, name="李晓红"))
        give_health_consent(user=second.user, patient=second.patient)
        visit = make_appointment(now=now, account=second, session=another_session(hot))
        rate(second, hot.hospital, Tier.D, now=now)
        assert get(f"appointments/{visit.code}/move/page", account)["viewer"]["patient"] == second.patient.pk
        assert closed(f"appointments/{visit.code}/move/page", account) == {hot.pk: HOT}

    def test_within_its_session_it_is_never_closed(self, hot: ClinicSession, account: Account, now: datetime) -> None:
        visit = book(account, hot, now=now)
        other = another_session(hot, is_hot=True)
        rate(account, hot.hospital, Tier.D, now=now)
        assert closed(f"appointments/{visit.code}/move/page", account) == {other.pk: HOT}
        body = {"slot": slot_of(hot, 1).pk}
        answer = api_client(account.user).post(f"/api/v1/appointments/{visit.code}/move", body, format="json")
        assert answer.status_code == 201

    def test_after_a_suspension_no_tier_is_held_against_it(
        self, visit: Appointment, hot: ClinicSession, account: Account
    ) -> None:
        rate(account, hot.hospital, Tier.D, now=timezone.now())
        ClinicSession.objects.filter(pk=visit.session_id).update(status=SessionStatus.SUSPENDED)
        assert closed(f"appointments/{visit.code}/move/page", account) == {}

    def test_of_anothers_visit_is_not_found(self, visit: Appointment) -> None:
        path = f"/api/v1/appointments/{visit.code}/move/page"
        assert api_client(make_account().user).get(path).status_code == 404
        assert APIClient().get(path).status_code == 401


class TestJoiningAWaitlist:
    def test_all_that_the_page_shows(self, account: Account, now: datetime) -> None:
        full = full_session_now(now)
        wait_for(full, now=now)
        page = get(f"waitlist/sessions/{full.pk}/page", account)
        assert page == {
            "session": get(f"sessions/{full.pk}/slots")["session"],
            "waitlist": get(f"waitlist/sessions/{full.pk}", account),
            "patients": get("patients", account),
        }
        assert (page["session"]["state"], page["waitlist"]["length"], len(page["patients"])) == ("full", 1, 1)

    def test_needs_signing_in_and_a_session(self, account: Account) -> None:
        assert APIClient().get("/api/v1/waitlist/sessions/1/page").status_code == 401
        assert api_client(account.user).get("/api/v1/waitlist/sessions/0/page").status_code == 404
