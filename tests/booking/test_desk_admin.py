"""How staff add a number for a patient and book at the desk: from the session's page, for a patient whom they may find."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient, Sex
from accounts.phones import phone_index
from booking.admin.event_facts import event_facts
from booking.models import Appointment, AppointmentStatus, Channel, ExtraGrant
from booking.patient_search import find_patients
from booking.services.acceptance import accept_offer
from booking.services.cancellation import expire_hold
from hospitals.models import ClinicSession, HospitalPatient, StaffRole
from tests.booking.snapshot import everything
from tests.booking.suspended import suspend
from tests.booking.test_admin import staff_client
from tests.factories.accounts import make_patient, make_user
from tests.factories.booking import Account, make_account, make_appointment, make_clinic, slot_of
from tests.factories.hospitals import make_department, make_hospital

pytestmark = pytest.mark.django_db

GRANT, DESK = reverse("admin:booking_extragrant_add"), reverse("admin:booking_appointment_add")
GRANTS = reverse("admin:booking_extragrant_changelist")


@pytest.fixture
def session(now) -> ClinicSession:
    return make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), extra_quota=1)


@pytest.fixture
def office(session) -> Client:
    return staff_client(session.hospital, StaffRole.CLINIC_OFFICE)


def address(page: str, session: ClinicSession) -> str:
    return f"{page}?session={session.pk}"


def wanted(patient: Patient, session: ClinicSession, **changes: Any) -> dict[str, Any]:
    """The second step: who was looked for, and what is to be booked."""
    found_by = {"q": patient.document_number}
    return found_by | {"patient": patient.pk, "slot": slot_of(session).pk, "reason": "术后复查"} | changes


class TestFinding:
    def test_by_name_only_whom_the_hospital_knows(self, now, session):
        known = make_account(name="欧阳小燕").patient
        make_appointment(now=now, session=session, account=Account(known.account_links.get().user, known))
        make_account(name="欧阳小燕")
        assert find_patients(hospital_id=session.hospital_id, term="欧阳") == [known]
        assert find_patients(hospital_id=session.hospital_id, term="小燕 ") == [known]
        assert find_patients(hospital_id=make_hospital().pk, term="欧阳小燕") == []

    @pytest.mark.parametrize("term", ["欧", "", "  "])
    def test_not_by_less_than_two_characters(self, now, session, term):
        make_appointment(now=now, session=session, account=make_account(name="欧阳小燕"))
        assert find_patients(hospital_id=session.hospital_id, term=term) == []

    def test_by_the_record_number_of_the_own_hospital(self, session):
        patient, elsewhere = make_patient(), make_hospital()
        for hospital in (session.hospital, elsewhere):
            HospitalPatient.objects.create(hospital=hospital, patient=patient, record_number=f"A-{hospital.pk}")
        assert find_patients(hospital_id=session.hospital_id, term=f"A-{session.hospital_id}") == [patient]
        assert find_patients(hospital_id=session.hospital_id, term=f"A-{elsewhere.pk}") == []

    def test_anybody_by_the_whole_document_and_their_children(self, session):
        guardian = make_patient(name="甲甲")
        child = Patient.objects.create(name="乙乙", guardian=guardian, created_at=timezone.now())
        found = find_patients(hospital_id=session.hospital_id, term=f" {guardian.document_number.lower()} ")
        assert set(found) == {guardian, child}
        assert find_patients(hospital_id=session.hospital_id, term=guardian.document_number[:-1]) == []

    def test_anybody_by_the_whole_number_of_their_account(self, session):
        user = make_user(phone="13800138000")
        patient, removed = make_patient(user=user), make_patient(user=user)
        removed.account_links.update(removed_at=timezone.now())
        assert user.phone_index == phone_index("13800138000")
        assert find_patients(hospital_id=session.hospital_id, term="+86 138-0013-8000") == [patient]
        assert find_patients(hospital_id=session.hospital_id, term="1380013800") == []


class TestThePage:
    def test_the_sessions_page_leads_to_both(self, office, session, now):
        page = reverse("admin:hospitals_clinicsession_change", args=[session.pk])
        body = office.get(page).content.decode()
        assert f"{GRANT}?session={session.pk}" in body
        assert f"{DESK}?session={session.pk}" in body
        desk = staff_client(session.hospital, StaffRole.DESK).get(page).content.decode()
        assert GRANT not in desk
        assert f"{DESK}?session={session.pk}" in desk
        suspend(session, now=now)
        assert f"{DESK}?session=" not in office.get(page).content.decode()

    def test_patients_are_shown_masked(self, office, session):
        patient = make_account(name="欧阳小燕").patient
        body = office.post(address(GRANT, session), {"q": patient.document_number}).content.decode()
        assert patient.masked_name in body
        assert patient.masked_document_number in body
        # What was typed stands in the search field and goes along with the second step.
        assert body.count(patient.document_number) == 2
        assert "欧阳小燕" not in body

    @pytest.mark.parametrize("page", [GRANT, DESK])
    def test_whom_one_looks_for_does_not_stand_in_the_address(self, office, session, page):
        patient = make_account().patient
        body = office.get(f"{address(page, session)}&q={patient.document_number}").content.decode()
        assert patient.masked_name not in body
        assert "没有找到" in office.post(address(page, session), {"q": "无此人"}).content.decode()

    def test_a_grant_needs_a_scheduling_role(self, session):
        client, patient = staff_client(session.hospital, StaffRole.DESK), make_account().patient
        before = everything()
        assert client.get(address(GRANT, session)).status_code == 403
        assert client.post(address(GRANT, session), wanted(patient, session)).status_code == 403
        assert everything() == before

    @pytest.mark.parametrize("page", [GRANT, DESK])
    def test_not_another_hospitals_session(self, office, page, now):
        other, patient = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), extra_quota=1), make_patient()
        before = everything()
        assert office.get(address(page, other)).status_code == 404
        assert office.post(address(page, other), wanted(patient, other)).status_code == 404
        for odd in ("x", "0", str(2**63), ""):
            assert office.get(f"{page}?session={odd}").status_code == 404
        assert office.get(page).status_code == 302
        assert everything() == before

    @pytest.mark.parametrize("page", [GRANT, DESK])
    def test_nor_whoever_was_not_found(self, office, session, page):
        found, other = make_account().patient, make_account().patient
        before = everything()
        office.post(address(page, session), wanted(other, session, q=found.document_number))
        office.post(address(page, session), wanted(found, session, q=""))
        without = wanted(found, session)
        del without["q"]
        office.post(address(page, session), without)
        assert everything() == before

    @pytest.mark.parametrize("page", [GRANT, DESK])
    @pytest.mark.parametrize("changes", [{"reason": " "}, {"reason": "长" * 201}, {"slot": 0}, {"patient": "x"}])
    def test_half_a_form_books_nothing(self, office, session, page, changes):
        patient = make_account().patient
        before = everything()
        answer = office.post(address(page, session), wanted(patient, session) | changes)
        assert (answer.status_code, "errorlist" in answer.content.decode()) == (200, True)
        assert everything() == before

    def test_every_refusal_is_told(self, now):
        department = make_department(maximum_age=13, sex_limit=Sex.FEMALE, name="儿科")
        session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), department=department, extra_quota=1)
        client, patient = staff_client(session.hospital), make_account().patient
        before = everything()
        for page in (GRANT, DESK):
            answer = client.post(address(page, session), wanted(patient, session))
            body = answer.content.decode()
            assert "儿科只接诊未满 14 岁的患者。" in body
            assert "儿科只接诊女性患者。" in body
        assert everything() == before
        client.post(address(DESK, session), wanted(patient, session, override_limits="on"))
        told = event_facts(Appointment.objects.get().events.get())
        assert told == "渠道：预约号；电话或窗口预约；突破限制：年龄、性别；原因：术后复查"


class TestGranting:
    def test_granted_and_listed(self, office, session, now):
        account = make_account(name="欧阳小燕")
        page = address(GRANT, session)
        answer = office.post(page, wanted(account.patient, session, slot=slot_of(session, -1).pk), follow=True)
        grant = ExtraGrant.objects.get()
        assert (grant.session, grant.reason, grant.appointment.patient) == (session, "术后复查", account.patient)
        body = answer.content.decode()
        until = grant.accept_until.astimezone(session.hospital.zone)
        assert f"已为{account.patient.masked_name}加号（1 号），患者须在 {until:%m-%d %H:%M} 前确认。" in body
        assert f"待确认，{until:%m-%d %H:%M} 前" in body
        assert "欧阳小燕" not in body
        accept_offer(appointment_id=grant.appointment_id, user=account.user, now=now)
        assert "已预约" in office.get(GRANTS).content.decode()
        assert office.get(reverse("admin:booking_extragrant_change", args=[grant.pk])).status_code == 200

    def test_what_became_of_one_that_nobody_accepted(self, office, session):
        account = make_account()
        office.post(address(GRANT, session), wanted(account.patient, session))
        grant = ExtraGrant.objects.get()
        expire_hold(appointment_id=grant.appointment_id, now=grant.accept_until)
        assert "未接受（超时未确认）" in office.get(GRANTS).content.decode()

    def test_a_patient_without_an_account_is_told_by_staff(self, office, session):
        patient = make_patient()
        page = address(GRANT, session)
        answer = office.post(page, wanted(patient, session), follow=True)
        assert "该患者没有账户，无需确认" in answer.content.decode()
        assert Appointment.objects.get().status == AppointmentStatus.BOOKED

    def test_the_limit_is_told(self, office, session):
        for serial in range(2):
            patient = make_account().patient
            answer = office.post(address(GRANT, session), wanted(patient, session))
            assert answer.status_code == (302, 200)[serial]
        assert "该班次的 1 个加号已用完。" in answer.content.decode()
        assert ExtraGrant.objects.count() == 1

    def test_the_list_asks_as_much_for_many_as_for_one(self, office, session):
        ClinicSession.objects.filter(pk=session.pk).update(extra_quota=4)

        def count(more: int) -> int:
            for _ in range(more):
                patient = make_account().patient
                office.post(address(GRANT, session), wanted(patient, session))
            with CaptureQueriesContext(connection) as captured:
                assert office.get(GRANTS).content.decode().count("术后复查") == ExtraGrant.objects.count()
            return len(captured)

        # What is read once in the life of a process has been read.
        count(1)
        one = count(0)
        assert count(3) == one

    def test_others_see_none_of_it(self, office, session):
        patient = make_account().patient
        office.post(address(GRANT, session), wanted(patient, session))
        grant = ExtraGrant.objects.get()
        stranger = staff_client(make_hospital())
        assert "术后复查" not in stranger.get(GRANTS).content.decode()
        assert stranger.get(reverse("admin:booking_extragrant_change", args=[grant.pk])).status_code == 404
        assert Client().get(GRANTS).status_code == 302


class TestTheDesk:
    def test_booked_at_once_where_it_is_free(self, session):
        client, patient = staff_client(session.hospital, StaffRole.DESK), make_account().patient
        answer = client.post(address(DESK, session), wanted(patient, session), follow=True)
        booked = Appointment.objects.get()
        assert (booked.status, booked.channel, booked.slot) == (AppointmentStatus.BOOKED, Channel.ADVANCE, slot_of(session))
        assert f"约诊单号 {booked.code}（1 号）。" in answer.content.decode()

    def test_a_fee_is_waited_for(self, now):
        session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), fee_fen=5000)
        client, patient = staff_client(session.hospital, StaffRole.DESK), make_account().patient
        answer = client.post(address(DESK, session), wanted(patient, session), follow=True)
        assert "前用微信支付。" in answer.content.decode()
        assert Appointment.objects.get().payment_order.amount_fen == 5000

    def test_only_windows_with_a_seat_are_offered(self, now):
        session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), rated_capacity=8)
        make_appointment(now=now, session=session)
        client, patient = staff_client(session.hospital, StaffRole.DESK), make_account().patient
        body = client.post(address(DESK, session), {"q": patient.document_number}).content.decode()
        assert "08:00–08:30" not in body
        assert "08:30–09:00（余 1）" in body
