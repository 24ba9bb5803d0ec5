"""What a hospital's staff see of appeals, each look at a proof recorded, and how they decide and correct."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import SensitiveAccess
from booking.models import Appeal, AppealState, AppointmentStatus, Outcome, Restriction
from booking.services.appeals.filing import file_appeal, withdraw_appeal
from hospitals.models import Hospital, StaffMembership, StaffRole
from scoring.services.nightly import score_hospital
from tests.booking.appealing import NIGHT, missed, missed_often, picture
from tests.booking.snapshot import everything
from tests.booking.test_appeals import LATER, file
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_hospital

LIST = reverse("admin:booking_appeal_changelist")
APPOINTMENTS = reverse("admin:booking_appointment_changelist")


def signed_in(hospital: Hospital, role: StaffRole = StaffRole.CLINIC_OFFICE) -> Client:
    user = make_staff(last_name="陈", first_name="静")
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def page_of(appeal: Appeal) -> str:
    return reverse("admin:booking_appeal_change", args=[appeal.pk])


@pytest.fixture
def appeal() -> Appeal:
    return file(missed(), proofs=[picture(), picture(colour="red")])


def test_the_list_begins_with_those_that_wait_longest(appeal: Appeal) -> None:
    hospital = appeal.hospital
    older = file(missed(hospital=hospital), now=LATER - timedelta(hours=1))
    gone = file(missed(hospital=hospital), now=LATER - timedelta(hours=2))
    withdraw_appeal(user=gone.by, appeal_id=gone.pk, now=LATER)
    elsewhere = file(missed())
    client = signed_in(hospital)
    rows = client.get(LIST).context["cl"].result_list
    assert [row.pk for row in rows] == [older.pk, appeal.pk, gone.pk]
    assert elsewhere.pk not in {row.pk for row in rows}
    waiting = client.get(LIST, {"state__exact": "pending"}).context["cl"].result_list
    assert [row.pk for row in waiting] == [older.pk, appeal.pk]


def test_the_page_shows_all_but_who_it_is(appeal: Appeal) -> None:
    body = signed_in(appeal.hospital).get(page_of(appeal)).content.decode()
    for shown in (
        "突发疾病",
        appeal.statement,
        appeal.patient.masked_name,
        appeal.appointment.code,
        "申诉事由：突发疾病",
        "失约",
    ):
        assert shown in body
    assert appeal.patient.name not in body
    assert body.count("<img") == 2
    assert SensitiveAccess.objects.count() == 0


def test_each_look_at_a_proof_is_recorded(appeal: Appeal) -> None:
    client = signed_in(appeal.hospital)
    proof = appeal.proofs.first()
    path = reverse("admin:booking_appeal_proof", args=[appeal.pk, proof.pk])
    assert path in client.get(page_of(appeal)).content.decode()
    for looks in (1, 2):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert SensitiveAccess.objects.filter(patient=appeal.patient, field="appeals").count() == looks
    look = SensitiveAccess.objects.last()
    assert (look.user_id, look.reason) == (
        int(client.session["_auth_user_id"]),
        f"查看申诉 {appeal.pk} 的证明图片 {proof.pk}",
    )
    auditor = Client()
    auditor.force_login(make_staff(is_superuser=True))
    page = auditor.get(reverse("admin:accounts_sensitiveaccess_changelist")).content.decode()
    assert ("申诉" in page, look.reason in page) == (True, True)


@pytest.mark.parametrize("who", ["desk", "another hospital's", "nobody's", "not signed in"])
def test_nobody_else_sees_anything(appeal: Appeal, who: str) -> None:
    client = Client()
    if who == "desk":
        client = signed_in(appeal.hospital, StaffRole.DESK)
    elif who == "another hospital's":
        client = signed_in(make_hospital(), StaffRole.ADMINISTRATOR)
    elif who == "nobody's":
        client.force_login(make_staff())
    proof = reverse("admin:booking_appeal_proof", args=[appeal.pk, appeal.proofs.first().pk])
    before = everything()
    told = {
        client.get(page_of(appeal)).status_code,
        client.post(page_of(appeal), {"verdict": "upheld", "decision": "x"}).status_code,
        client.get(proof).status_code,
    }
    assert told == ({302} if who == "not signed in" else {404})
    assert everything() == before
    assert SensitiveAccess.objects.count() == 0


class TestDeciding:
    def test_upheld(self, appeal: Appeal) -> None:
        client = signed_in(appeal.hospital)
        answer = client.post(page_of(appeal), {"verdict": "upheld", "decision": "住院证明属实"}, follow=True)
        body = answer.content.decode()
        appeal.refresh_from_db()
        assert (appeal.state, appeal.decision, appeal.appointment.outcome) == ("upheld", "住院证明属实", Outcome.VOID)
        assert ("申诉已处理：予以豁免。" in body, "陈静" in body, "确认处理" in body) == (True, True, False)
        assert LogEntry.objects.get().change_message == "处理申诉：予以豁免"

    def test_there_after_all(self, appeal: Appeal) -> None:
        signed_in(appeal.hospital).post(page_of(appeal), {"verdict": "attended", "decision": "签到记录遗漏"})
        appeal.appointment.refresh_from_db()
        assert (appeal.appointment.status, appeal.appointment.outcome) == (AppointmentStatus.FULFILLED, Outcome.FULFILLED)

    @pytest.mark.parametrize(
        "told",
        [
            {},
            {"verdict": "upheld"},
            {"verdict": "upheld", "decision": "  "},
            {"verdict": "upheld", "decision": "长" * 501},
            {"verdict": "upheld", "decision": "a\x00b"},
            {"verdict": "pending", "decision": "x"},
            {"verdict": "withdrawn", "decision": "x"},
            {"decision": "x"},
        ],
    )
    def test_ill_filled_it_is_asked_again_and_nothing_changes(self, appeal: Appeal, told: dict[str, str]) -> None:
        before = everything()
        answer = signed_in(appeal.hospital).post(page_of(appeal), told)
        assert (answer.status_code, "errorlist" in answer.content.decode()) == (200, True)
        assert everything() == before

    def test_second_comer_hears_that_it_is_decided(self, appeal: Appeal) -> None:
        first, second = signed_in(appeal.hospital), signed_in(appeal.hospital, StaffRole.ADMINISTRATOR)
        first.post(page_of(appeal), {"verdict": "rejected", "decision": "证明与日期不符"})
        before = everything()
        body = second.post(page_of(appeal), {"verdict": "upheld", "decision": "属实"}, follow=True).content.decode()
        assert "该申诉当前为“未予采纳”" in body
        assert everything() == before

    def test_a_pause(self) -> None:
        hospital = make_hospital()
        account, _ = missed_often(hospital, 40, 20, 0)
        score_hospital(hospital_id=hospital.pk, now=NIGHT)
        pause = Restriction.objects.get()
        appeal = file_appeal(user=account.user, restriction_id=pause.pk, cause="other", statement="说明", now=LATER)
        client = signed_in(hospital)
        pauses = client.get(reverse("admin:booking_restriction_changelist")).content.decode()
        assert page_of(appeal) in pauses
        body = client.get(page_of(appeal)).content.decode()
        assert ("部分采纳" in body, "申诉成立：立即解除限制" in body) == (False, True)
        # Real time is past the pause's end here: the decision stands, there is nothing left to lift.
        client.post(page_of(appeal), {"verdict": "upheld", "decision": "属实"})
        appeal.refresh_from_db()
        assert appeal.state == AppealState.UPHELD


class TestCorrecting:
    def correct(self, client: Client, *appointments: Any, **told: str) -> Any:
        chosen = [one.pk for one in appointments]
        return client.post(APPOINTMENTS, {"action": "correct_selected", ACTION_CHECKBOX_NAME: chosen, **told}, follow=True)

    def test_it_asks_then_corrects_and_tells_the_history(self) -> None:
        appointment = missed()
        client = signed_in(appointment.hospital)
        before = everything()
        body = self.correct(client, appointment).content.decode()
        assert (appointment.code in body, "更正原因" in body) == (True, True)
        assert everything() == before
        told = self.correct(client, appointment, outcome="fulfilled", reason="签到机故障").content.decode()
        appointment.refresh_from_db()
        assert (appointment.outcome, "1 个预约的结果已更正为“履约”" in told) == (Outcome.FULFILLED, True)
        page = client.get(reverse("admin:booking_appointment_change", args=[appointment.pk])).content.decode()
        assert "原结果：失约；结果：履约；原因：签到机故障" in page

    def test_what_cannot_be_is_said(self, appeal: Appeal) -> None:
        client = signed_in(appeal.hospital)
        before = everything()
        told = self.correct(client, appeal.appointment, outcome="void", reason="x").content.decode()
        assert f"{appeal.appointment.code}：患者已就该结果提出申诉，请处理申诉。" in told
        assert everything() == before

    @pytest.mark.parametrize("role", [StaffRole.DESK, None])
    def test_not_by_the_desk_nor_by_another_hospital(self, role: StaffRole | None) -> None:
        appointment = missed()
        client = signed_in(appointment.hospital, role) if role else signed_in(make_hospital())
        before = everything()
        self.correct(client, appointment, outcome="void", reason="x")
        assert everything() == before


def test_the_number_of_queries_does_not_grow_with_the_list(appeal: Appeal) -> None:
    client = signed_in(appeal.hospital)
    client.get(LIST)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        counts.append(len(captured))
        for _ in range(3):
            file(missed(hospital=appeal.hospital))
    assert counts[0] == counts[1]
