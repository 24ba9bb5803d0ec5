"""What past sessions say: every patient counts once, with what they asked for first, and nobody twice."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from booking.models import CancelledBy, Channel, Outcome
from booking.services.acceptance import accept_offer
from booking.services.closing import close_days_before
from booking.services.seats import SessionFull
from booking.services.waitlist.passing import pass_on_seats
from capacity.services.history import History, PastSession, past_sessions
from capacity.services.planning import clinic_key
from hospitals.models import ClinicSession, SessionStatus
from tests.booking.clock import NOW, VISIT, at
from tests.booking.waiting import cancel, full_session, reread, wait_for
from tests.capacity.past import WEEK, make_patients, write_appointment, write_past_session, write_refusal
from tests.factories.booking import book, make_account
from tests.factories.hospitals import make_doctor, make_hospital, make_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def read(session: ClinicSession, **window: object) -> History:
    return past_sessions(**{"hospital": session.hospital, "before": timezone.localdate(), "days": 365} | window)


def only(session: ClinicSession) -> PastSession:
    (row,) = read(session)
    return row


def demand(row: PastSession) -> tuple[int, int, int, int]:
    """Wanted in advance and on the day, refused in advance and on the day."""
    return row.advance_wanted, row.same_day_wanted, row.advance_refused, row.same_day_refused


def test_a_session_is_one_row(today: date) -> None:
    session = write_past_session(make_doctor(), today - WEEK, advance=15, same_day=5, missed_advance=3, refused=4)
    row = only(session)
    assert row.clinic == clinic_key(session)
    assert row.visit_date == today - WEEK
    assert demand(row) == (15, 5, 4, 0)
    assert (row.advance_visits, row.advance_missed, row.same_day_visits, row.same_day_missed) == (15, 3, 5, 0)
    assert row.advance_sold_out is True
    assert row.same_day_sold_out is True


def test_a_session_that_nobody_wanted_is_a_row_as_well(today: date) -> None:
    row = only(write_past_session(make_doctor(), today - WEEK, advance=0, same_day=0))
    assert demand(row) == (0, 0, 0, 0)
    assert (row.advance_sold_out, row.same_day_sold_out) == (False, False)


def test_waiting_and_being_served_is_one_wish() -> None:
    # Given a session of two seats that are taken
    session, (leaving, _) = full_session(seats=2)
    # When one person is refused and joins the waitlist, one joins it, and one is only refused
    first, second, third = make_account(), make_account(), make_account()
    for account in (first, third):
        with pytest.raises(SessionFull):
            book(account, session, now=NOW)
    places = [wait_for(session, account) for account in (first, second)]
    # and a seat that comes back is offered to the first, who takes it
    cancel(leaving, by=CancelledBy.PATIENT)
    assert pass_on_seats(now=NOW).offered == 1
    offered = reread(places[0]).appointment
    accept_offer(appointment_id=offered.pk, user=first.user, now=NOW)
    close_days_before(hospital=session.hospital, day=VISIT + timedelta(days=1), now=at("00:30", days=1))
    # Then two had a number to the end (who withdrew left it to the first), and two are known to have gone without
    (row,) = read(session, before=VISIT + timedelta(days=1))
    assert demand(row) == (2, 0, 2, 0)
    assert row.advance_sold_out is True


@pytest.fixture
def half_full(today: date) -> ClinicSession:
    """Ten in advance and five on the day, of 20 seats of which 15 were for advance."""
    return write_past_session(make_doctor(), today - WEEK, advance=10, same_day=5)


def test_who_was_refused_in_advance_and_came_on_the_day_wanted_an_advance_number(half_full: ClinicSession) -> None:
    (patient,) = make_patients(1)
    write_refusal(half_full, patient, Channel.ADVANCE)
    write_appointment(half_full, patient, Channel.SAME_DAY, Outcome.FULFILLED)
    row = only(half_full)
    assert demand(row) == (10, 5, 1, 0)
    # The visit itself is one of the day.
    assert row.same_day_visits == 6


def test_who_was_refused_in_both_channels_counts_once(half_full: ClinicSession) -> None:
    (patient,) = make_patients(1)
    write_refusal(half_full, patient, Channel.ADVANCE)
    write_refusal(half_full, patient, Channel.SAME_DAY)
    assert demand(only(half_full)) == (10, 5, 1, 0)


def test_of_who_withdrew_in_time_only_what_came_after_counts(half_full: ClinicSession) -> None:
    again, moved, back = make_patients(3)
    write_appointment(half_full, again, Channel.ADVANCE, Outcome.CANCELLED)
    write_appointment(half_full, again, Channel.ADVANCE, Outcome.FULFILLED)
    write_appointment(half_full, moved, Channel.ADVANCE, Outcome.CANCELLED)
    write_appointment(half_full, moved, Channel.SAME_DAY, Outcome.FULFILLED)
    write_appointment(half_full, back, Channel.ADVANCE, Outcome.CANCELLED)
    write_refusal(half_full, back, Channel.SAME_DAY)
    row = only(half_full)
    # One booked again, one came on the day instead, one found nothing left on the day.
    assert demand(row) == (11, 6, 0, 1)
    # Withdrawn in time is no visit that could be missed.
    assert (row.advance_visits, row.same_day_visits) == (11, 6)


def test_a_lapsed_offer_leaves_the_refusal_standing(half_full: ClinicSession) -> None:
    (patient,) = make_patients(1)
    write_refusal(half_full, patient, Channel.ADVANCE)
    write_appointment(half_full, patient, Channel.ADVANCE, Outcome.VOID)
    assert demand(only(half_full)) == (10, 5, 1, 0)


def test_a_session_that_was_full_when_the_day_began_was_sold_out_whoever_stayed_away(today: date) -> None:
    # Given eight of ten seats held to the end, two withdrawn that very morning
    session = write_past_session(make_doctor(), today - WEEK, advance=8, same_day=0, quota=10)
    for patient in make_patients(2):
        late = session.starts_at - timedelta(minutes=30)
        write_appointment(session, patient, Channel.ADVANCE, Outcome.UNATTENDED, cancelled_at=late)
    row = only(session)
    assert demand(row) == (10, 0, 0, 0)
    assert (row.advance_sold_out, row.same_day_sold_out) == (True, False)
    assert (row.advance_visits, row.advance_missed) == (10, 2)


def test_a_seat_given_back_days_before_was_for_everyone(today: date) -> None:
    session = write_past_session(make_doctor(), today - WEEK, advance=9, same_day=0, quota=10)
    write_appointment(session, make_patients(1)[0], Channel.ADVANCE, Outcome.CANCELLED)
    row = only(session)
    # Nobody took it: nine wanted a number.
    assert demand(row) == (9, 0, 0, 0)
    assert row.advance_sold_out is False


def test_who_withdrew_too_late_and_came_after_all_counts_once(half_full: ClinicSession) -> None:
    (patient,) = make_patients(1)
    write_appointment(half_full, patient, Channel.ADVANCE, Outcome.UNATTENDED)
    write_appointment(half_full, patient, Channel.SAME_DAY, Outcome.FULFILLED)
    row = only(half_full)
    assert demand(row) == (11, 5, 0, 0)
    # Both seats were held: one of them for nothing.
    assert (row.advance_visits, row.advance_missed, row.same_day_visits) == (11, 1, 6)


def test_who_was_served_and_withdrew_wants_no_more(half_full: ClinicSession) -> None:
    served, again = make_patients(2)
    for patient in (served, again):
        write_refusal(half_full, patient, Channel.ADVANCE)
        write_appointment(half_full, patient, Channel.ADVANCE, Outcome.CANCELLED)
    write_appointment(half_full, again, Channel.ADVANCE, Outcome.FULFILLED)
    assert demand(only(half_full)) == (11, 5, 0, 0)


def test_an_imported_sessions_quotas_say_nothing(today: date) -> None:
    session = write_past_session(make_doctor(), today - WEEK, advance=14, same_day=0)
    write_appointment(session, make_patients(1)[0], Channel.ADVANCE, Outcome.FULFILLED, import_key="A-1")
    ClinicSession.objects.filter(pk=session.pk).update(rated_capacity=15, advance_taken=15)
    assert (only(session).advance_sold_out, only(session).same_day_sold_out) == (False, False)


def test_the_window_ends_with_the_latest_closed_session(today: date) -> None:
    doctor = make_doctor()
    for weeks in (300, 301, 360):
        session = write_past_session(doctor, today - weeks * WEEK, advance=2, same_day=1)
    assert [row.visit_date for row in read(session)] == [today - 301 * WEEK, today - 300 * WEEK]


def test_closed_weeks_and_suspended_sessions_are_no_evidence(today: date) -> None:
    doctor = make_doctor()
    session = write_past_session(doctor, today - WEEK, advance=3, same_day=1)
    # A holiday: no session at all two weeks ago; three weeks ago the session was suspended.
    make_session(visit_date=today - 3 * WEEK, doctor=doctor, status=SessionStatus.SUSPENDED)
    write_past_session(doctor, today - 4 * WEEK, advance=5, same_day=1)
    assert [row.advance_wanted for row in read(session)] == [5, 3]


def test_other_hospitals_and_days_not_over_are_left_out(today: date) -> None:
    session = write_past_session(make_doctor(), today - WEEK, advance=3, same_day=1)
    write_past_session(make_doctor(), today - WEEK, advance=9, same_day=1)
    write_past_session(session.doctor, today, advance=9, same_day=1)
    assert [row.advance_wanted for row in read(session)] == [3]


def test_nothing_is_known_of_a_hospital_without_sessions() -> None:
    history = past_sessions(hospital=make_hospital(), before=date(2026, 1, 1), days=365)
    assert (len(history), history.clinics, history.until) == (0, (), None)


def test_as_many_queries_however_long_the_history(today: date, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    doctor = make_doctor()
    session = write_past_session(doctor, today - WEEK, advance=2, same_day=1, refused=1)
    # The latest day, the memory for the count, the count.
    with django_assert_num_queries(3):
        assert len(read(session)) == 1
    for week in range(2, 6):
        write_past_session(make_doctor(department=doctor.department), today - week * WEEK, advance=2, same_day=1, refused=1)
    with django_assert_num_queries(3):
        assert len(read(session)) == 5


def test_rows_and_columns_are_the_same(today: date) -> None:
    doctor = make_doctor()
    session = write_past_session(doctor, today - WEEK, advance=2, same_day=1, refused=1)
    write_past_session(None, today - WEEK, advance=3, same_day=1, department=doctor.department)
    history = read(session)
    again = History.of(history)
    assert list(again) == list(history)
    assert again.clinics == history.clinics
    assert [key[1] for key in history.clinics] == [None, doctor.pk]
    assert history.until == today - WEEK
