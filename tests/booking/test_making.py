"""A booking that nothing speaks against."""

from datetime import timedelta

import pytest

from accounts.selectors import PatientNotInAccount
from booking.models import Appointment, AppointmentStatus, CancelledBy, Channel, EventKind, OrderState, PaymentOrder
from booking.services.cancellation import cancel_appointment
from booking.services.orders import WeChatIdentityMissing
from booking.services.transitions import SYSTEM
from booking.services.wanted import SlotNotFound
from hospitals.models import BookingPolicy
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW, VISIT, at
from tests.booking.snapshot import everything
from tests.factories.accounts import make_patient
from tests.factories.booking import Account, book, make_account, make_clinic, slot_of


def test_a_free_appointment_is_booked_at_once(account: Account) -> None:
    session = make_clinic(visit_date=VISIT, rated_capacity=8)
    slot = slot_of(session, 2)

    appointment = book(account, slot, now=NOW)

    appointment.refresh_from_db()
    assert (appointment.status, appointment.channel, appointment.number) == (AppointmentStatus.BOOKED, Channel.ADVANCE, 1)
    assert (appointment.booked_at, appointment.hold_expires_at) == (NOW, None)
    assert (appointment.hospital_id, appointment.department_id, appointment.doctor_id, appointment.visit_date) == (
        session.hospital_id,
        session.department_id,
        session.doctor_id,
        VISIT,
    )
    assert appointment.age_at_visit == 40  # born 1985-06-15
    assert appointment.cancel_deadline == at("23:59:59", days=-1)
    assert appointment.policy == BookingPolicy.objects.get(hospital=session.hospital)
    assert not PaymentOrder.objects.exists()
    event = appointment.events.get()
    assert (event.kind, event.actor, event.at, event.detail) == (EventKind.BOOKED, account.user, NOW, {"channel": "advance"})
    slot.refresh_from_db()
    session.refresh_from_db()
    assert (slot.taken, session.advance_taken, session.next_number) == (1, 1, 2)


def test_a_fee_holds_the_seat_for_ten_minutes(account: Account) -> None:
    session = make_clinic(visit_date=VISIT, fee_fen=5000)

    appointment = book(account, session, now=NOW)

    assert (appointment.status, appointment.booked_at) == (AppointmentStatus.PENDING, None)
    assert appointment.hold_expires_at == NOW + timedelta(minutes=10)
    order = appointment.payment_order
    assert (order.state, order.amount_fen, order.paid_fen) == (OrderState.CREATED, 5000, 0)
    assert (order.openid, order.expires_at) == (account.user.wechat_identity.openid, appointment.hold_expires_at)
    assert appointment.events.get().kind == EventKind.CREATED
    session.refresh_from_db()
    assert session.advance_taken == 1


def test_the_hold_is_as_long_as_the_policy_says(account: Account) -> None:
    session = make_clinic(visit_date=VISIT, fee_fen=5000)
    revise_policy(hospital=session.hospital, registration_type=None, changes={"hold_minutes": 30}, by=None, now=NOW)

    assert book(account, session, now=NOW).hold_expires_at == NOW + timedelta(minutes=30)


def test_no_hold_outlasts_its_window(account: Account) -> None:
    session = make_clinic(visit_date=VISIT, fee_fen=5000)

    appointment = book(account, slot_of(session, -1), now=at("11:55"))

    assert appointment.hold_expires_at == at("12:00")


def test_the_policy_of_the_moment_stays_with_the_appointment(account: Account) -> None:
    session = make_clinic(visit_date=VISIT)
    old = revise_policy(hospital=session.hospital, registration_type=None, changes={}, by=None, now=NOW)
    appointment = book(account, session, now=NOW)

    changes = {"cancel_deadline_days": 2}
    revise_policy(hospital=session.hospital, registration_type=None, changes=changes, by=None, now=NOW)

    appointment.refresh_from_db()
    assert (appointment.policy, appointment.cancel_deadline) == (old, at("23:59:59", days=-1))


def test_numbers_count_up_and_are_not_used_again() -> None:
    session = make_clinic(visit_date=VISIT)
    first, second = (book(make_account(), session, now=NOW) for _ in range(2))
    cancel_appointment(appointment_id=second.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=NOW)
    third = book(make_account(), session, now=NOW)

    assert [first.number, second.number, third.number] == [1, 2, 3]


def test_without_a_wechat_identity_nothing_that_costs_can_be_booked() -> None:
    account = make_account(with_wechat=False)
    paid = make_clinic(visit_date=VISIT, fee_fen=5000)
    free = make_clinic(visit_date=VISIT)
    before = everything()

    with pytest.raises(WeChatIdentityMissing):
        book(account, paid, now=NOW)
    assert everything() == before
    assert book(account, free, now=NOW).status == AppointmentStatus.BOOKED


def test_another_accounts_patient_is_not_to_be_booked_for(account: Account) -> None:
    session = make_clinic(visit_date=VISIT)
    before = everything()
    for patient in (make_account().patient, make_patient()):
        with pytest.raises(PatientNotInAccount):
            book(Account(account.user, patient), session, now=NOW)
    assert everything() == before


def test_a_removed_patient_is_not_to_be_booked_for(account: Account) -> None:
    session = make_clinic(visit_date=VISIT)
    account.user.patient_links.update(removed_at=NOW)
    with pytest.raises(PatientNotInAccount):
        book(account, session, now=NOW)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("part", ["hospital", "department"])
def test_what_is_not_open_to_patients_cannot_be_booked(account: Account, part: str) -> None:
    session = make_clinic(visit_date=VISIT)
    hidden = getattr(session, part)
    hidden.is_active = False
    hidden.save()
    with pytest.raises(SlotNotFound):
        book(account, session, now=NOW)
    assert not Appointment.objects.exists()
