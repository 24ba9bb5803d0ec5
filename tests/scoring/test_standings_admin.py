"""The page of a standing: what it was before, and scoring a patient anew at once."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.models import Outcome, PastStanding, Standing, Tier
from hospitals.models import Hospital, StaffMembership, StaffRole
from scoring.admin import standings
from scoring.models import ScoringRun
from scoring.services.nightly import score_hospital
from tests.factories.accounts import make_patient, make_staff
from tests.factories.hospitals import make_hospital
from tests.scoring.history import closed, patient_with

pytestmark = pytest.mark.django_db
LIST = "admin:booking_standing_changelist"


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


@pytest.fixture
def today(hospital: Hospital) -> dt.date:
    return timezone.now().astimezone(hospital.zone).date()


def signed_in(*hospitals: Hospital, role: str = StaffRole.CLINIC_OFFICE) -> Client:
    user = make_staff()
    for hospital in hospitals:
        StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def scored(hospital: Hospital, today: dt.date) -> Standing:
    patient = make_patient(name="王小明")
    closed(hospital, patient, Outcome.FULFILLED, today)
    score_hospital(hospital_id=hospital.pk, now=timezone.now())
    return Standing.objects.get(patient=patient)


def page_of(standing: Standing) -> str:
    return reverse("admin:booking_standing_change", args=[standing.pk])


def press(client: Client, standing: Standing) -> Any:
    return client.post(reverse("admin:scoring_standing_rescore", args=[standing.pk]), follow=True)


def choose(client: Client, *chosen: Standing) -> Any:
    ids = [str(standing.pk) for standing in chosen]
    return client.post(reverse(LIST), {"action": "rescore_selected", ACTION_CHECKBOX_NAME: ids}, follow=True)


def sentences(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)] or [str(m) for m in response.context["messages"]]


def test_pressing_the_button_scores_the_patient_as_of_now(hospital: Hospital, today: dt.date) -> None:
    standing, client = scored(hospital, today), signed_in(hospital)
    closed(hospital, standing.patient, Outcome.MISSED, today)
    assert "没有变更过。" in client.get(page_of(standing)).content.decode()

    done = press(client, standing)

    assert done.redirect_chain == [(page_of(standing), 302)]
    shown = done.content.decode()
    assert "王*明：A 级 100.00 → C 级 70.00" in shown
    assert "王小明" not in shown
    past = PastStanding.objects.get()
    assert (past.tier, [row.pk for row in done.context["past"]]) == (Tier.A, [past.pk])
    assert ScoringRun.objects.count() == 1

    assert sentences(press(client, standing)) == ["已重新评分 1 位患者，未列出的没有变化。"]
    assert PastStanding.objects.count() == 1


def test_a_selection_is_scored_and_says_who_has_changed(hospital: Hospital, today: dt.date) -> None:
    first, second = scored(hospital, today), scored(hospital, today)
    closed(hospital, second.patient, Outcome.MISSED, today)

    told = sentences(choose(signed_in(hospital), first, second))

    assert told == ["王*明：A 级 100.00 → C 级 70.00", "已重新评分 2 位患者，未列出的没有变化。"]
    assert list(Standing.objects.order_by("pk").values_list("tier", flat=True)) == [Tier.A, Tier.C]


def test_who_may_not_scores_nobody(hospital: Hospital, today: dt.date) -> None:
    standing, elsewhere = scored(hospital, today), make_hospital()
    closed(hospital, standing.patient, Outcome.MISSED, today)
    desk, stranger = signed_in(hospital, role=StaffRole.DESK), signed_in(elsewhere)

    assert press(desk, standing).status_code == 403
    assert press(stranger, standing).status_code == 404
    choose(desk, standing), choose(stranger, standing)
    asked = signed_in(hospital).get(reverse("admin:scoring_standing_rescore", args=[standing.pk]))

    assert asked.status_code == 405
    assert "重新评分" not in desk.get(page_of(standing)).content.decode()
    assert Standing.objects.get().tier == Tier.A


def test_of_two_hospitals_only_where_the_role_allows_it(hospital: Hospital, today: dt.date) -> None:
    other = make_hospital()
    standing, foreign = scored(hospital, today), scored(other, today)
    client = signed_in(hospital)
    person = int(client.session["_auth_user_id"])
    StaffMembership.objects.create(user_id=person, hospital=other, role=StaffRole.DESK)
    for row in (standing, foreign):
        closed(row.hospital, row.patient, Outcome.MISSED, today)

    choose(client, standing, foreign)

    assert list(Standing.objects.order_by("pk").values_list("tier", flat=True)) == [Tier.C, Tier.A]


def test_a_whole_hospital_is_left_to_the_night(hospital: Hospital, today: dt.date, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standings, "MOST_AT_ONCE", 1)
    chosen = [scored(hospital, today), scored(hospital, today)]
    for row in chosen:
        closed(hospital, row.patient, Outcome.MISSED, today)

    told = sentences(choose(signed_in(hospital), *chosen))

    assert told == ["一次最多重新评分 1 位患者；全院由夜间评分完成。"]
    assert PastStanding.objects.count() == 0


def test_the_history_takes_no_query_more_for_more_rows(hospital: Hospital, today: dt.date) -> None:
    standing, client = scored(hospital, today), signed_in(hospital)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(page_of(standing))
        return len(captured)

    none = queries()
    for days in range(3):
        now = timezone.now() - dt.timedelta(days=days)
        PastStanding.objects.create(
            hospital=hospital, patient=standing.patient, tier=Tier.B, score=80, total=3, fulfilled=2, missed=1, as_of=today,
            held_from=now, held_until=now,
        )  # fmt: skip
    assert queries() == none


def test_too_few_appointments_are_explained(hospital: Hospital, today: dt.date) -> None:
    patient = patient_with(hospital, day=today, fulfilled=1)
    few = Standing.objects.create(
        hospital=hospital, patient=patient, tier=Tier.UNRATED, score=100, total=1, fulfilled=1, as_of=today,
        changed_at=timezone.now(),
    )  # fmt: skip
    none = Standing.objects.create(
        hospital=hospital, patient=make_patient(), tier=Tier.UNRATED, as_of=today, changed_at=timezone.now()
    )
    client = signed_in(hospital)

    assert "= 100" in client.get(page_of(few)).content.decode()
    assert "预约次数少于医院评级所需，暂不评级" in client.get(page_of(few)).content.decode()
    assert "评分窗口内没有已结束的预约，不评级" in client.get(page_of(none)).content.decode()
