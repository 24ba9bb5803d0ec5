"""Accepting a seat that was offered and costs nothing."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from booking.models import Appointment, AppointmentStatus, CancelledBy
from booking.services.acceptance import AcceptedByPaying, OfferEnded, accept_offer
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import check_in
from booking.services.grants import grant_extra_seat
from booking.services.holds import expire_due_holds
from booking.services.transitions import patient_actor
from hospitals.models import ClinicSession
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.booking.suspended import suspend
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, api_client, make_account, make_appointment, make_clinic, slot_of

UNTIL = NOW + timedelta(minutes=30)
URL = "/api/v1/appointments"


def offer(session: ClinicSession, account: Account, *, now: datetime = NOW) -> Appointment:
    """A number held for the account's patient for half an hour, as a doctor's grant offers it; the waitlist does the same."""
    return grant_extra_seat(
        session_id=session.pk,
        patient_id=account.patient.pk,
        slot_id=slot_of(session).pk,
        reason="复查",
        by=make_staff(),
        now=now,
    ).appointment


@pytest.fixture
def session() -> ClinicSession:
    return make_clinic(visit_date=VISIT, extra_quota=1)


def accept(offered: Appointment, *, now: datetime = NOW) -> Appointment:
    assert offered.booked_by is not None
    return accept_offer(appointment_id=offered.pk, user=offered.booked_by, now=now)


def test_the_word_books_the_seat(session: ClinicSession, account: Account) -> None:
    offered = offer(session, account)

    accepted = accept(offered, now=UNTIL - ONE_SECOND)

    accepted.refresh_from_db()
    assert (accepted.status, accepted.booked_at, accepted.hold_expires_at) == (
        AppointmentStatus.BOOKED,
        UNTIL - ONE_SECOND,
        None,
    )
    event = accepted.events.last()
    assert event is not None
    assert (event.kind, event.actor_id, event.from_status, event.to_status) == ("booked", account.user.pk, "pending", "booked")
    session.refresh_from_db()
    assert session.extra_taken == 1


def test_twice_is_once(session: ClinicSession, account: Account) -> None:
    offered = offer(session, account)
    accept(offered)
    before = everything()
    # As late as you like: the first answer was lost on its way.
    assert accept(offered, now=UNTIL + ONE_SECOND).status == AppointmentStatus.BOOKED
    assert everything() == before


def test_nor_does_it_undo_what_came_after(session: ClinicSession, account: Account) -> None:
    offered = offer(session, account)
    accept(offered)
    check_in(appointment_id=offered.pk, actor=patient_actor(account.user), now=at("08:00"))
    before = everything()
    assert accept(offered, now=at("08:01")).status == AppointmentStatus.CHECKED_IN
    assert everything() == before


def test_too_late_by_a_second_even_before_the_sweep(session: ClinicSession, account: Account) -> None:
    offered = offer(session, account)
    before = everything()
    with pytest.raises(OfferEnded):
        accept(offered, now=UNTIL)
    assert everything() == before
    assert expire_due_holds(now=UNTIL).expired == 1
    offered.refresh_from_db()
    assert (offered.status, offered.cancel_reason) == (AppointmentStatus.CANCELLED, "超时未确认")
    with pytest.raises(OfferEnded):
        accept(offered)


@pytest.mark.parametrize("by", [CancelledBy.PATIENT, CancelledBy.HOSPITAL])
def test_not_after_it_was_withdrawn(session: ClinicSession, account: Account, by: CancelledBy) -> None:
    offered = offer(session, account)
    cancel_appointment(appointment_id=offered.pk, by=by, actor=patient_actor(account.user), now=NOW)
    before = everything()
    with pytest.raises(OfferEnded):
        accept(offered)
    assert everything() == before


def test_a_suspension_takes_it_back(session: ClinicSession, account: Account) -> None:
    offered = offer(session, account)
    assert suspend(session).withdrawn == 1
    with pytest.raises(OfferEnded):
        accept(offered)


def test_what_costs_something_is_accepted_by_paying(account: Account) -> None:
    offered = offer(make_clinic(visit_date=VISIT, fee_fen=5000, extra_quota=1), account)
    assert offered.payment_order.amount_fen == 5000
    before = everything()
    with pytest.raises(AcceptedByPaying):
        accept(offered)
    assert everything() == before


class TestOverHttp:
    @pytest.fixture
    def offered(self, account: Account, now: datetime) -> Appointment:
        return offer(make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), extra_quota=1), account, now=now)

    def test_accepted(self, account: Account, offered: Appointment) -> None:
        client = api_client(account.user)
        shown = client.get(f"{URL}/{offered.code}").json()
        assert (shown["status"], shown["status_label"]) == ("pending", "待确认")
        for _ in range(2):
            answer = client.post(f"{URL}/{offered.code}/accept")
            assert (answer.status_code, answer.json()["status"], answer.json()["status_label"]) == (200, "booked", "已预约")
        assert offered.events.count() == 2

    def test_nobody_elses(self, offered: Appointment) -> None:
        before = everything()
        assert api_client(make_account().user).post(f"{URL}/{offered.code}/accept").status_code == 404
        assert everything() == before

    def test_not_without_consent(self, account: Account, offered: Appointment) -> None:
        account.user.consents.update(withdrawn_at=timezone.now())
        before = everything()
        answer = api_client(account.user).post(f"{URL}/{offered.code}/accept")
        assert (answer.status_code, answer.json()["code"]) == (403, "health-consent-missing")
        assert everything() == before

    def test_the_sentence_of_a_fee(self, account: Account, now: datetime) -> None:
        paid = make_appointment(now=now, account=account, fee_fen=5000, is_paid=False)
        client = api_client(account.user)
        assert client.get(f"{URL}/{paid.code}").json()["status_label"] == "待支付"
        answer = client.post(f"{URL}/{paid.code}/accept")
        assert (answer.status_code, answer.json()["code"]) == (409, "accepted-by-paying")
