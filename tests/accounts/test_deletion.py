"""An account deleted at its person's request: bookings stay and lead to nobody."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccountDeletion, ConsentKind, Patient, Relationship, User
from accounts.phones import phone_index
from accounts.services.deletion import delete_account
from accounts.services.login import sign_in_identity
from accounts.services.patients import PatientDetails, add_patient
from accounts.services.tokens import issue_tokens
from booking.models import Appeal, AppealCause, Appointment, CancelledBy, Refund, RefundState, Standing, WaitlistEntry
from booking.services.appeals.filing import file_appeal, withdraw_appeal
from booking.services.cancellation import cancel_appointment
from booking.services.transitions import patient_actor
from notifications.models import OutboxMessage
from notifications.services.collecting import collect_messages
from tests.api.test_others_belongings import every_row
from tests.booking.appealing import missed, picture
from tests.factories.accounts import link_patient, make_patient, make_staff
from tests.factories.booking import Account, api_client, make_account, make_appointment
from wechat.miniprogram import MiniProgramSession

pytestmark = pytest.mark.django_db

NAME, PHONE, CONTACT = "欧阳某某", "13800138000", "13700137000"
STATEMENT = "欧阳某某当天住院"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def account() -> Account:
    account = make_account(name=NAME, phone=CONTACT)
    account.user.patient_links.update(phone=CONTACT)
    User.objects.filter(pk=account.user.pk).update(phone_index=phone_index(PHONE))
    account.user.phone = PHONE
    account.user.save(update_fields=["phone"])
    return account


def with_a_past(account: Account, now: datetime) -> Appointment:
    """A visit that was cancelled with a reason, a standing, messages, a look by staff and an appeal that was taken back."""
    appointment = make_appointment(now=now, account=account)
    cancelled = {"by": CancelledBy.PATIENT, "actor": patient_actor(account.user), "reason": f"{NAME}不来了"}
    cancel_appointment(appointment_id=appointment.pk, **cancelled, now=now)
    collect_messages(now=now)
    Standing.objects.create(
        hospital=appointment.hospital, patient=account.patient, as_of=timezone.localdate(now), total=1, changed_at=now
    )
    account.patient.sensitiveaccess_set.create(user=make_staff(), field="phone", reason=f"致电{NAME} {CONTACT}", at=now)
    return appointment


def delete(user: User) -> Any:
    return api_client(user).delete("/api/v1/me")


def texts() -> str:
    """Every value of every column of ours that can hold text, decrypted where it is encrypted."""
    models = [model for app in apps.get_app_configs() for model in app.get_models() if model._meta.managed]
    return "\n".join(str(row) for model in models for row in model._default_manager.values())


def test_nothing_says_whose_it_was(account: Account, now: datetime) -> None:
    appointment = with_a_past(account, now)
    secrets = {
        "name": NAME,
        "phone": PHONE,
        "contact": CONTACT,
        "document": account.patient.document_number,
        "index": account.patient.document_index,
        "phone index": phone_index(PHONE),
        "openid": account.user.wechat_identity.openid,
        "username": account.user.username,
    }
    before = texts()
    assert [what for what, secret in secrets.items() if secret not in before] == []

    assert delete(account.user).status_code == 204

    after = texts()
    assert [what for what, secret in secrets.items() if secret in after] == []
    kept = Appointment.objects.get(pk=appointment.pk)
    assert (kept.status, kept.patient.name, kept.patient.birth_date, kept.cancel_reason) == ("cancelled", "已注销", None, "")
    assert [event.detail.get("reason") for event in kept.events.filter(kind="cancelled")] == [None]
    assert kept.patient.sensitiveaccess_set.get().reason == "致电*** ***"
    assert (Standing.objects.count(), OutboxMessage.objects.count()) == (0, 0)
    record = AccountDeletion.objects.get()
    assert (record.user_id, record.patients_deidentified, record.patients_kept) == (account.user.pk, 1, 0)
    assert account.user.consents.filter(withdrawn_at__isnull=True).count() == 0


def test_old_tokens_open_nothing(account: Account, now: datetime) -> None:
    client, refresh = api_client(account.user), issue_tokens(user=account.user, now=now).refresh
    assert client.delete("/api/v1/me").status_code == 204
    for path in ("me", "patients", "appointments", "me/export"):
        assert client.get(f"/api/v1/{path}").status_code == 401, path
    assert client.post("/api/v1/auth/refresh", {"refresh": refresh}, format="json").status_code == 401


def test_the_same_person_begins_anew(account: Account, now: datetime) -> None:
    identity, number = account.user.wechat_identity, account.patient.document_number
    with_a_past(account, now)
    delete(account.user)
    session = MiniProgramSession(openid=identity.openid, unionid=None)
    again = sign_in_identity(appid=identity.appid, session=session, now=now)
    assert again.is_new
    details = PatientDetails(name=NAME, document_type="01", document_number=number)
    consents = {"consents": [ConsentKind.HEALTH_DATA], "consent_version": "2026-11"}
    link = add_patient(user=again.user, details=details, relationship=Relationship.SELF, **consents, now=now)
    assert link.patient_id != account.patient.pk
    client = api_client(again.user)
    for path in ("appointments", "messages", "waitlist", "appeals"):
        assert client.get(f"/api/v1/{path}").json()["count"] == 0, path


def test_deleting_twice_changes_nothing_more(account: Account, now: datetime) -> None:
    first = delete_account(user=account.user, now=now)
    before = every_row()
    assert delete_account(user=account.user, now=now + timedelta(days=1)) == first
    assert every_row() == before


def test_a_patient_of_another_account_stays_who_they_are(account: Account, now: datetime) -> None:
    other = make_account()
    link_patient(user=other.user, patient=account.patient)
    standing = with_a_past(account, now).hospital.standings.get()
    delete(account.user)
    patient = Patient.objects.get(pk=account.patient.pk)
    assert (patient.name, patient.document_number) == (NAME, account.patient.document_number)
    assert Standing.objects.get() == standing
    assert AccountDeletion.objects.get().patients_kept == 1
    assert api_client(other.user).get(f"/api/v1/patients/{patient.pk}").status_code == 200


def test_a_guardian_stays_with_a_child_of_another_account(account: Account) -> None:
    child = make_patient(name="欧阳小小", guardian=account.patient, document_type="", document_number="", document_index=None)
    link_patient(user=make_account().user, patient=child)
    delete(account.user)
    assert Patient.objects.get(pk=account.patient.pk).name == NAME


def test_others_are_left_alone(account: Account, now: datetime) -> None:
    other = make_account(name="司马路人")
    with_a_past(other, now)
    mine = {row["id"] for rows in every_row().values() for row in rows if "username" in row}
    client = api_client(other.user)
    before = {path: client.get(f"/api/v1/{path}").json() for path in ("me", "patients", "appointments", "messages", "consents")}
    assert delete(account.user).status_code == 204
    assert {path: client.get(f"/api/v1/{path}").json() for path in before} == before
    assert mine == set(User.objects.values_list("pk", flat=True))


def test_a_waiting_place_is_given_up(account: Account, now: datetime) -> None:
    from tests.booking.waiting import full_session, wait_for

    morning = timezone.localtime(now).replace(hour=10) - timedelta(days=1)
    session, _ = full_session(visit_date=timezone.localdate(now) + timedelta(days=7), now=morning)
    entry = wait_for(session, account, now=morning)
    assert delete(account.user).status_code == 204
    assert WaitlistEntry.objects.get(pk=entry.pk).end == "left"


def refused(user: User) -> list[str]:
    before = every_row()
    answer = delete(user)
    assert answer.status_code == 409, answer.content.decode()
    assert {label: rows for label, rows in every_row().items() if rows != before[label]} == {}
    body = answer.json()
    return [each["code"] for each in body["detail"].get("refusals", [body])]


def test_refused_while_a_booking_is_live(account: Account, now: datetime) -> None:
    appointment = make_appointment(now=now, account=account)
    assert refused(account.user) == ["bookings-are-live"]
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=patient_actor(account.user), now=now)
    assert delete(account.user).status_code == 204


def test_refused_while_a_payment_is_open(account: Account, now: datetime) -> None:
    make_appointment(now=now, account=account, fee_fen=5000, is_paid=False)
    assert refused(account.user) == ["bookings-are-live", "payments-are-open"]


def test_refused_while_a_refund_is_open(account: Account, now: datetime) -> None:
    appointment = make_appointment(now=now, account=account, fee_fen=5000)
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=patient_actor(account.user), now=now)
    assert refused(account.user) == ["refunds-are-open"]
    Refund.objects.update(state=RefundState.SUCCEEDED)
    assert delete(account.user).status_code == 204


def test_refused_while_an_appeal_waits(account: Account) -> None:
    appointment = missed(account=account)
    appealed_at = appointment.closed_at + timedelta(hours=1)
    appeal = file_appeal(
        user=account.user,
        appointment_code=appointment.code,
        cause=AppealCause.ILLNESS,
        statement=STATEMENT,
        proofs=[picture()],
        now=appealed_at,
    )
    assert refused(account.user) == ["appeals-wait"]
    withdraw_appeal(user=account.user, appeal_id=appeal.pk, now=appealed_at)
    assert delete(account.user).status_code == 204
    assert Appeal.objects.count() == 0
    assert NAME not in texts()


def test_staff_cannot_delete_themselves() -> None:
    answer = delete(make_staff())
    assert (answer.status_code, answer.json()["code"]) == (403, "staff-account")
    assert AccountDeletion.objects.count() == 0


def test_costs_the_same_for_one_patient_and_for_many(now: datetime) -> None:
    first, one, many = make_account(), make_account(), make_account()
    for _ in range(3):
        make_patient(user=many.user)
    for each in (first, one, many):
        with_a_past(each, now)
    # The first of a process asks for the content types, which are known from then on.
    delete_account(user=first.user, now=now)
    costs = []
    for each in (one, many):
        with CaptureQueriesContext(connection) as captured:
            delete_account(user=each.user, now=now)
        costs.append(len(captured))
    assert costs[0] == costs[1]
