"""The pages on the way to a booking, one request each: what the requests say that they stand for, as the patient may book."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from booking.models import Tier
from hospitals.models import ClinicSession
from hospitals.services.policies import effective_policy
from tests.booking.rated import rate
from tests.factories.accounts import make_patient
from tests.factories.booking import Account, api_client, make_account, make_clinic, slot_of
from tests.factories.hospitals import make_doctor, make_registration_type, make_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    clinic = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), fee_fen=5000)
    effective_policy(hospital_id=clinic.hospital_id, registration_type_id=None, at=now)
    return clinic


@pytest.fixture
def account() -> Account:
    return make_account()


def get(path: str, account: Account | None = None, **query: Any) -> Any:
    answer = (api_client(account.user) if account else APIClient()).get(f"/api/v1/{path}", query)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


class TestAsEveryoneSeesThem:
    def test_a_doctor(self, session: ClinicSession) -> None:
        page = get(f"doctors/{session.doctor_id}/page")
        assert page == {
            "doctor": get(f"doctors/{session.doctor_id}"),
            "hospital": get(f"hospitals/{session.hospital.code}"),
            "sessions": get("sessions", doctor=session.doctor_id)["results"],
            "viewer": None,
        }
        assert [each["id"] for each in page["sessions"]] == [session.pk]

    def test_a_department(self, session: ClinicSession) -> None:
        idle = make_doctor(department=session.department)
        page = get(f"departments/{session.department_id}/page")
        (group,) = get(f"hospitals/{session.hospital.code}/departments")
        assert page == {
            "department": group["departments"][0],
            "hospital": get(f"hospitals/{session.hospital.code}"),
            "days": get(f"departments/{session.department_id}/availability"),
            "doctors": get(f"hospitals/{session.hospital.code}/doctors", department=session.department_id)["results"],
            "sessions": get("sessions", department=session.department_id)["results"],
            "viewer": None,
        }
        assert {each["id"] for each in page["doctors"]} == {session.doctor_id, idle.pk}

    def test_a_session(self, session: ClinicSession) -> None:
        assert get(f"sessions/{session.pk}/page") == get(f"sessions/{session.pk}/slots") | {"viewer": None}

    @pytest.mark.parametrize("path", ["doctors/0/page", "departments/0/page", "sessions/0/page"])
    def test_nobodys_is_not_found(self, path: str) -> None:
        assert APIClient().get(f"/api/v1/{path}").status_code == 404

    def test_a_period_that_is_too_long_is_refused(self, session: ClinicSession) -> None:
        today = timezone.localdate()
        query = {"from": today.isoformat(), "to": (today + timedelta(days=31)).isoformat()}
        assert APIClient().get(f"/api/v1/doctors/{session.doctor_id}/page", query).json()["detail"].keys() == {"to"}

    def test_for_a_patient_only_who_has_signed_in(self, session: ClinicSession, account: Account) -> None:
        answer = APIClient().get(f"/api/v1/sessions/{session.pk}/page", {"patient": account.patient.pk})
        assert answer.status_code == 401


class TestForAPatient:
    @pytest.fixture
    def hot(self, session: ClinicSession, now: datetime) -> ClinicSession:
        """Out for everyone in an hour, and long since for tier A."""
        ClinicSession.objects.filter(pk=session.pk).update(is_hot=True, releases_at=now + timedelta(hours=1))
        session.refresh_from_db()
        return session

    def paths(self, session: ClinicSession) -> list[str]:
        return [f"doctors/{session.doctor_id}/page", f"departments/{session.department_id}/page", f"sessions/{session.pk}/page"]

    def states(self, session: ClinicSession, account: Account | None, **query: Any) -> list[str]:
        pages = [get(path, account, **query) for path in self.paths(session)]
        return [(page.get("sessions") or [page["session"]])[0]["state"] for page in pages]

    def test_what_opens_early_to_their_tier_is_open(self, hot: ClinicSession, account: Account) -> None:
        rate(account, hot.hospital, Tier.A, now=timezone.now())
        assert self.states(hot, account) == ["open"] * 3
        assert self.states(hot, make_account()) == self.states(hot, None) == ["not-released"] * 3

    def test_the_day_of_a_department_agrees_with_its_sessions(self, hot: ClinicSession, account: Account) -> None:
        rate(account, hot.hospital, Tier.A, now=timezone.now())
        days = get(f"departments/{hot.department_id}/page", account)["days"]
        assert [day["state"] for day in days if day["sessions"]] == ["open"]

    def test_the_one_who_is_named_else_the_first(self, session: ClinicSession, account: Account) -> None:
        second = make_patient(user=account.user, name="李晓红")
        rate(account, session.hospital, Tier.B, now=timezone.now())
        first = {"patient": account.patient.pk, "name": account.patient.name, "tier": "B", "tier_label": "B 级", "closed": []}
        other = {"patient": second.pk, "name": "李晓红", "tier": "unrated", "tier_label": "未评级", "closed": []}
        for path in self.paths(session):
            assert get(path, account)["viewer"] == first
            assert get(path, account, patient=second.pk)["viewer"] == other

    def test_of_another_hospital_a_tier_says_nothing(self, hot: ClinicSession, account: Account) -> None:
        rate(account, make_clinic(visit_date=hot.visit_date).hospital, Tier.A, now=timezone.now())
        assert self.states(hot, account) == ["not-released"] * 3

    def test_anothers_patient_is_not_found(self, session: ClinicSession, account: Account) -> None:
        foreign = {"patient": make_account().patient.pk}
        for path in [*self.paths(session), f"slots/{slot_of(session).pk}/page"]:
            answer = api_client(account.user).get(f"/api/v1/{path}", foreign)
            assert (answer.status_code, answer.json()["code"]) == (404, "patient-not-found"), path


class TestConfirmation:
    def test_is_judged_for_the_one_who_is_named_else_for_the_first(self, session: ClinicSession, account: Account) -> None:
        second = make_patient(user=account.user, name="李晓红")
        window, patients = slot_of(session).pk, get("patients", account)
        for given, judged in (({}, account.patient.pk), ({"patient": second.pk}, second.pk)):
            page = get(f"slots/{window}/page", account, **given)
            assert page == get(f"slots/{window}", account, patient=judged) | {"patients": patients}
            assert page["chance"]["patient"] == judged

    def test_of_an_account_without_patients_judges_nobody(self, session: ClinicSession, account: Account) -> None:
        account.user.patient_links.update(removed_at=timezone.now())
        page = get(f"slots/{slot_of(session).pk}/page", account)
        assert (page["patients"], page["chance"]) == ([], None)

    def test_needs_signing_in(self, session: ClinicSession) -> None:
        assert APIClient().get(f"/api/v1/slots/{slot_of(session).pk}/page").status_code == 401

    def test_of_no_window_is_not_found(self, account: Account) -> None:
        assert api_client(account.user).get("/api/v1/slots/0/page").status_code == 404


def test_cost_stays_with_more_sessions_and_patients(session: ClinicSession, account: Account) -> None:
    paths = [*TestForAPatient().paths(session), f"slots/{slot_of(session).pk}/page"]
    get(paths[-1], account)  # versions of a policy are kept once they are read
    little = [cost(path, account) for path in paths]
    make_patient(user=account.user, name="李晓红")
    for days in (4, 5):
        make_session(
            visit_date=timezone.localdate() + timedelta(days=days),
            doctor=session.doctor,
            department=session.department,
            registration_type=make_registration_type(hospital=session.hospital),
        )
    assert [cost(path, account) for path in paths] == little


def cost(path: str, account: Account) -> int:
    with CaptureQueriesContext(connection) as captured:
        get(path, account)
    return len(captured)
