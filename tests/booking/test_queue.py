"""The waiting room through its services: joining, being called, and what staff do by hand."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from accounts.errors import Refusal
from accounts.models import DocumentType, Patient
from booking.models import (
    Appointment,
    AppointmentStatus,
    ConsultationPace,
    Outcome,
    QueueEntry,
    QueueMove,
    QueuePriority,
    QueueState,
    Standing,
    Tier,
    WaitCalibration,
)
from booking.queue_selectors import NotInQueue, queue_status, session_queue
from booking.queue_wait import WaitRange
from booking.services.checkin import check_in, finish_visit
from booking.services.closing import close_days_before
from booking.services.queue.calling import NobodyWaiting, call_next, pass_over, recall
from booking.services.queue.places import QueueClosed, QueueMoveRefused, QueueReasonMissing
from booking.services.queue.placing import prioritise, queue_again, restore, set_aside
from booking.services.transitions import Actor, patient_actor, staff_actor
from hospitals.models import ClinicSession, SessionStatus
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.factories.accounts import make_staff
from tests.factories.booking import make_account, make_appointment, make_clinic, slot_of

OPENS = at("08:00")
TEN = at("10:00")


@pytest.fixture
def session() -> ClinicSession:
    """Eight windows of half an hour from 8:00, three seats in each of the first four."""
    return make_clinic(visit_date=VISIT, rated_capacity=20)


@pytest.fixture
def nurse() -> Actor:
    return staff_actor(make_staff())


def booked(session: ClinicSession, window: int = 0, **patient: Any) -> Appointment:
    return make_appointment(now=NOW, account=make_account(**patient), slot=slot_of(session, window))


def arrive(appointment: Appointment, now: datetime = OPENS) -> QueueEntry:
    check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=now)
    return QueueEntry.objects.get(appointment=appointment)


def line(session: ClinicSession, count: int) -> list[QueueEntry]:
    """Checked in one after the other for the first windows, in this order."""
    return [arrive(booked(session, n // 3), OPENS + n * ONE_SECOND) for n in range(count)]


def order(session: ClinicSession, now: datetime = TEN) -> list[int]:
    return [entry.pk for entry in session_queue(session=session, now=now).waiting]


def call(session: ClinicSession, actor: Actor, now: datetime = TEN) -> QueueEntry:
    return call_next(session_id=session.pk, actor=actor, now=now)


def moves(entry: QueueEntry) -> list[tuple[str, str]]:
    return list(entry.moves.values_list("kind", "reason"))


class TestJoining:
    def test_checking_in_gives_the_place(self, session: ClinicSession) -> None:
        appointment = booked(session, 1)
        entry = arrive(appointment, at("08:10"))
        assert (entry.session, entry.hospital, entry.state) == (session, session.hospital, QueueState.WAITING)
        assert (entry.due_at, entry.arrived_at) == (at("08:30"), at("08:10"))
        assert (entry.priority, entry.places_back, entry.to_the_end) == (QueuePriority.ORDINARY, 0, False)
        move = entry.moves.get()
        assert (move.kind, move.actor, move.at) == ("joined", appointment.booked_by, at("08:10"))

    @pytest.mark.parametrize(
        ("now", "late"),
        [
            (at("09:00"), (0, False)),
            (at("09:00") + ONE_SECOND, (3, False)),
            (at("09:30"), (3, False)),
            (at("09:30") + ONE_SECOND, (0, True)),
        ],
        ids=["the-windows-last-moment", "late", "the-graces-last-moment", "too-late"],
    )
    def test_late_is_after_the_window(self, session: ClinicSession, now: datetime, late: tuple[int, bool]) -> None:
        entry = arrive(booked(session, 1), now)
        assert (entry.places_back, entry.to_the_end) == late

    def test_the_policy_says_how_late_and_how_far_back(self, session: ClinicSession) -> None:
        changes = {"late_grace_minutes": 5, "late_places_back": 7}
        revise_policy(hospital=session.hospital, registration_type=None, changes=changes, by=None, now=NOW)
        assert arrive(booked(session), at("08:35")).places_back == 7
        assert arrive(booked(session), at("08:36")).to_the_end

    @pytest.mark.parametrize(("tier", "due"), [(Tier.A, "08:10"), (Tier.B, "08:15"), (Tier.C, "08:30"), (Tier.UNRATED, "08:30")])
    def test_tiers_have_their_head_start(self, session: ClinicSession, tier: Tier, due: str) -> None:
        revise_policy(hospital=session.hospital, registration_type=None, changes={"head_start_minutes_a": 20}, by=None, now=NOW)
        appointment = booked(session, 1)
        score = None if tier == Tier.UNRATED else 75
        Standing.objects.create(
            hospital=session.hospital, patient=appointment.patient, as_of=VISIT, score=score, tier=tier, changed_at=NOW
        )
        assert arrive(appointment).due_at == at(due)

    @pytest.mark.parametrize(
        ("patient", "expected"),
        [
            ({"birth_date": date(1946, 3, 12)}, QueuePriority.STATUTORY),
            ({"birth_date": date(1946, 3, 13)}, QueuePriority.ORDINARY),
            ({"document_type": DocumentType.OFFICER_ID, "document_number": "军字第1234567号"}, QueuePriority.STATUTORY),
        ],
        ids=["eighty-today", "eighty-tomorrow", "officer"],
    )
    def test_statutory_priority(self, session: ClinicSession, patient: dict[str, Any], expected: QueuePriority) -> None:
        assert arrive(booked(session, **patient)).priority == expected

    def test_without_a_birth_date_the_age_at_booking_counts(self, session: ClinicSession) -> None:
        appointment = booked(session)
        Patient.objects.filter(pk=appointment.patient_id).update(birth_date=None)
        Appointment.objects.filter(pk=appointment.pk).update(age_at_visit=81)
        assert arrive(appointment).priority == QueuePriority.STATUTORY

    def test_an_extra_seat_has_no_head_start_and_comes_after_its_window(self) -> None:
        session = make_clinic(visit_date=VISIT, rated_capacity=1, extra_quota=1)
        numbered = booked(session)
        extra = make_appointment(now=at("07:50"), account=make_account(), slot=slot_of(session))
        Standing.objects.create(
            hospital=session.hospital, patient=extra.patient, as_of=VISIT, score=95, tier=Tier.A, changed_at=NOW
        )
        first_here = arrive(extra)
        assert (first_here.is_extra, first_here.due_at) == (True, at("08:00"))
        numbered_entry = arrive(numbered, at("08:20"))
        assert order(session) == [numbered_entry.pk, first_here.pk]

    def test_twice_is_one_place(self, session: ClinicSession) -> None:
        appointment = booked(session)
        entry = arrive(appointment)
        before = everything()
        assert arrive(appointment, at("08:05")) == entry
        assert everything() == before


class TestCalling:
    def test_in_order_until_nobody_waits(self, session: ClinicSession, nurse: Actor) -> None:
        second, first = arrive(booked(session, 1)), arrive(booked(session, 0), OPENS + ONE_SECOND)
        assert [call(session, nurse), call(session, nurse)] == [first, second]
        first.refresh_from_db()
        assert (first.state, first.called_at, first.call_count) == (QueueState.CALLED, at("10:00"), 1)
        assert moves(first) == [("joined", ""), ("called", "")]
        assert first.moves.last().actor == nurse.user
        before = everything()
        with pytest.raises(NobodyWaiting):
            call(session, nurse)
        assert everything() == before

    def test_a_late_patient_lets_three_pass_and_then_is_called(self, session: ClinicSession, nurse: Actor) -> None:
        late = booked(session, 0)
        others = [arrive(booked(session, window), at("08:31")) for window in (1, 1, 1, 2, 2)]
        here = arrive(late, at("08:40"))
        forecast = order(session)
        assert forecast == [one.pk for one in (*others[:3], here, *others[3:])]
        called = []
        for left in (2, 1, 0):
            called.append(call(session, nurse).pk)
            here.refresh_from_db()
            assert here.places_back == left
        called += [call(session, nurse).pk for _ in range(3)]
        assert called == forecast

    def test_again(self, session: ClinicSession, nurse: Actor) -> None:
        line(session, 1)
        entry = call(session, nurse, at("08:01"))
        recall(entry_id=entry.pk, actor=nurse, now=at("08:03"))
        entry.refresh_from_db()
        assert (entry.call_count, entry.called_at, entry.state) == (2, at("08:03"), QueueState.CALLED)

    def test_the_first_miss_costs_places_the_second_the_turn(self, session: ClinicSession, nurse: Actor) -> None:
        missing, *others = line(session, 6)
        call(session, nurse)
        pass_over(entry_id=missing.pk, actor=nurse, now=at("10:01"))
        assert order(session) == [one.pk for one in (*others[:3], missing, *others[3:])]
        assert [call(session, nurse).pk for _ in range(4)][-1] == missing.pk
        pass_over(entry_id=missing.pk, actor=nurse, now=at("10:05"))
        missing.refresh_from_db()
        assert (missing.state, missing.missed_calls, missing.places_back) == (QueueState.SET_ASIDE, 2, 0)
        assert moves(missing)[-2:] == [("passed", ""), ("set-aside", "第 2 次过号")]
        assert order(session) == [one.pk for one in others[3:]]

    @pytest.mark.parametrize("limit", [1, 3])
    def test_how_often_is_the_hospitals_policy(self, session: ClinicSession, nurse: Actor, limit: int) -> None:
        changes = {"calls_missed_before_set_aside": limit}
        revise_policy(hospital=session.hospital, registration_type=None, changes=changes, by=None, now=at("07:00"))
        (missing,) = line(session, 1)
        states = []
        for _ in range(limit):
            call(session, nurse)
            states.append(pass_over(entry_id=missing.pk, actor=nurse, now=at("10:01")).state)
        assert states == [QueueState.WAITING] * (limit - 1) + [QueueState.SET_ASIDE]

    def test_restored_by_staff_to_the_own_place_and_the_next_miss_sets_aside_again(
        self, session: ClinicSession, nurse: Actor
    ) -> None:
        missing, other = line(session, 2)
        set_aside(entry_id=missing.pk, actor=nurse, reason="去做检查", now=at("08:05"))
        assert order(session) == [other.pk]
        QueueEntry.objects.filter(pk=missing.pk).update(missed_calls=1)
        restore(entry_id=missing.pk, actor=nurse, reason=" 已回来 ", now=at("08:20"))
        assert order(session) == [missing.pk, other.pk]
        assert moves(missing)[1:] == [("set-aside", "去做检查"), ("restored", "已回来")]
        call(session, nurse)
        pass_over(entry_id=missing.pk, actor=nurse, now=at("10:01"))
        missing.refresh_from_db()
        assert missing.state == QueueState.SET_ASIDE

    def test_return_visits_alternate_with_first_visits_across_calls(self, session: ClinicSession, nurse: Actor) -> None:
        """The counting goes on from call to call: 2 first visits, the return, 2 first visits, the return that came meanwhile."""
        people = line(session, 6)
        seen = [call(session, nurse).appointment_id, call(session, nurse).appointment_id]
        for appointment_id in seen:
            finish_visit(appointment_id=appointment_id, actor=nurse, now=at("10:05"))
            queue_again(entry_id=people[seen.index(appointment_id)].pk, actor=nurse, reason="拍片后回诊", now=at("10:06"))
        called = [call(session, nurse).pk for _ in range(6)]
        back, first = [people[0].pk, people[1].pk], [one.pk for one in people[2:]]
        assert called == [back[0], first[0], first[1], back[1], *first[2:]]
        assert Appointment.objects.get(pk=seen[0]).status == AppointmentStatus.FULFILLED

    def test_the_visit_of_a_return_ends_once_more(self, session: ClinicSession, nurse: Actor) -> None:
        entry = line(session, 1)[0]
        for finished in (at("10:05"), at("10:30")):
            call(session, nurse)
            finish_visit(appointment_id=entry.appointment_id, actor=nurse, now=finished)
            entry.refresh_from_db()
            assert (entry.state, entry.finished_at) == (QueueState.FINISHED, finished)
            if finished == at("10:05"):
                queue_again(entry_id=entry.pk, actor=nurse, reason="回诊", now=at("10:10"))
        appointment = Appointment.objects.get(pk=entry.appointment_id)
        assert (appointment.outcome, appointment.closed_at) == (Outcome.FULFILLED, at("10:05"))

    @pytest.mark.parametrize("status", [SessionStatus.SUSPENDED, SessionStatus.CLOSED])
    def test_nobody_is_called_in_a_session_that_is_not_held(
        self, session: ClinicSession, nurse: Actor, status: SessionStatus
    ) -> None:
        line(session, 1)
        ClinicSession.objects.filter(pk=session.pk).update(status=status)
        before = everything()
        with pytest.raises(QueueClosed):
            call(session, nurse)
        assert everything() == before


class TestByHand:
    def test_priority_with_a_reason_forgives_coming_late(self, session: ClinicSession, nurse: Actor) -> None:
        here = arrive(booked(session, 1), at("09:01"))
        late = arrive(booked(session, 0), at("09:02"))
        assert late.to_the_end
        prioritise(entry_id=late.pk, priority=QueuePriority.EMERGENCY, actor=nurse, reason="外伤出血", now=at("09:03"))
        assert order(session) == [late.pk, here.pk]
        assert moves(late)[-1] == ("prioritised", "普通 → 急诊：外伤出血")
        late.refresh_from_db()
        assert (late.priority, late.to_the_end, late.places_back) == (QueuePriority.EMERGENCY, False, 0)

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_not_without_a_reason(self, session: ClinicSession, nurse: Actor, reason: str) -> None:
        entry = line(session, 1)[0]
        before = everything()
        for service, extra in (
            (set_aside, {}),
            (restore, {}),
            (queue_again, {}),
            (prioritise, {"priority": QueuePriority.EMERGENCY}),
        ):
            with pytest.raises(QueueReasonMissing):
                service(entry_id=entry.pk, actor=nurse, reason=reason, now=at("10:00"), **extra)
        assert everything() == before

    @pytest.mark.parametrize(
        ("state", "refused"),
        [
            (QueueState.WAITING, {"recall", "pass_over", "restore", "queue_again"}),
            (QueueState.CALLED, {"restore", "queue_again", "prioritise"}),
            (QueueState.SET_ASIDE, {"recall", "pass_over", "set_aside", "queue_again", "prioritise"}),
            (QueueState.FINISHED, {"recall", "pass_over", "set_aside", "restore", "prioritise"}),
        ],
    )
    def test_what_the_state_does_not_allow(
        self, session: ClinicSession, nurse: Actor, state: QueueState, refused: set[str]
    ) -> None:
        entry = line(session, 1)[0]
        if state in (QueueState.CALLED, QueueState.FINISHED):
            call(session, nurse)
        if state == QueueState.SET_ASIDE:
            set_aside(entry_id=entry.pk, actor=nurse, reason="暂离", now=at("10:00"))
        if state == QueueState.FINISHED:
            finish_visit(appointment_id=entry.appointment_id, actor=nurse, now=at("10:05"))
        said = {"reason": "原因"}
        services: dict[str, tuple[Any, dict[str, Any]]] = {
            "recall": (recall, {}),
            "pass_over": (pass_over, {}),
            "set_aside": (set_aside, said),
            "restore": (restore, said),
            "queue_again": (queue_again, said),
            "prioritise": (prioritise, said | {"priority": QueuePriority.STATUTORY}),
        }
        before = everything()
        for name in refused:
            service, arguments = services[name]
            with pytest.raises(QueueMoveRefused):
                service(entry_id=entry.pk, actor=nurse, now=at("10:10"), **arguments)
        assert everything() == before


class TestWaiting:
    def test_counted_and_forecast(self, session: ClinicSession, nurse: Actor) -> None:
        """240 minutes for 20 patients are 12 each; four are ahead and one is in: 56.2 ± 33.1 minutes."""
        entries = line(session, 6)
        call(session, nurse, at("08:01"))
        told = queue_status(appointment=entries[5].appointment, now=at("08:02"))
        assert (told.people_ahead, told.wait) == (4, WaitRange(23, 90))

    def test_before_the_session_begins_the_time_until_then_is_added(self, session: ClinicSession) -> None:
        entry = arrive(booked(session), at("07:40"))
        assert queue_status(appointment=entry.appointment, now=at("07:40")).wait == WaitRange(18, 22)

    def test_what_was_seen_today_takes_the_plans_place(self, session: ClinicSession, nurse: Actor) -> None:
        entries = line(session, 5)
        for now, later in pairwise(at("08:00") + timedelta(minutes=4 * n) for n in range(4)):
            finish_visit(appointment_id=call(session, nurse, now).appointment_id, actor=nurse, now=later)
        told = queue_status(appointment=entries[4].appointment, now=at("08:12"))
        # One ahead; two consultations of 12 as planned and three of 4 are 7.2 each: 7.2 ± 6.1.
        assert (told.people_ahead, told.wait) == (1, WaitRange(1, 14))

    def test_what_was_told_at_check_in_is_kept_and_what_came_of_it(self, session: ClinicSession, nurse: Actor) -> None:
        first, second = line(session, 2)
        seen = queue_status(appointment=second.appointment, now=second.arrived_at)
        assert seen.wait is not None
        second.refresh_from_db()
        assert (second.told_at, second.told_ahead) == (second.arrived_at, 1)
        assert WaitRange(second.told_low_minutes, second.told_high_minutes) == seen.wait
        # Later looks are not kept; the first call is, whatever comes after it.
        queue_status(appointment=second.appointment, now=at("08:01"))
        set_aside(entry_id=first.pk, actor=nurse, reason="暂离", now=at("08:00"))
        assert call(session, nurse, at("08:01")).pk == second.pk
        pass_over(entry_id=second.pk, actor=nurse, now=at("08:02"))
        assert call(session, nurse, at("08:05")).pk == second.pk
        told = second.told_at
        second.refresh_from_db()
        assert (second.told_at, second.first_called_at, second.called_at) == (told, at("08:01"), at("08:05"))

    def test_a_doctor_who_was_timed_and_a_hospital_that_knows_its_waits(self, session: ClinicSession, nurse: Actor) -> None:
        entries = line(session, 5)
        pace = ConsultationPace(hospital=session.hospital, department=session.department, doctor=session.doctor)
        pace.consultations, pace.mean_minutes, pace.cv, pace.computed_at = 29, 6.0, 0.4, at("03:00")
        pace.save()
        asked = {"appointment": entries[4].appointment, "now": at("08:00")}
        # Too few: the plan's twelve minutes, 48 ± 1.28·0.6·12·√(4 + 16/2).
        assert queue_status(**asked).wait == WaitRange(16, 80)
        pace.consultations = 30
        pace.save()
        # 24 ± 1.28·0.4·6·√(4 + 16/5)
        assert queue_status(**asked).wait == WaitRange(15, 33)
        WaitCalibration.objects.create(
            hospital=session.hospital, low_deviations=-1, high_deviations=2, entries=500, held=300, computed_at=at("03:00")
        )
        # 24 − 6.44 and 24 + 12.88
        assert queue_status(**asked).wait == WaitRange(17, 37)

    def test_called_set_aside_and_not_there(self, session: ClinicSession, nurse: Actor) -> None:
        called, aside = line(session, 2)
        call(session, nurse)
        set_aside(entry_id=aside.pk, actor=nurse, reason="暂离", now=at("10:00"))
        told = [queue_status(appointment=one.appointment, now=at("10:01")) for one in (called, aside)]
        assert [(one.people_ahead, one.wait) for one in told] == [(0, None), (None, None)]
        with pytest.raises(NotInQueue):
            queue_status(appointment=booked(session, 2), now=at("10:01"))


def test_closing_the_day_empties_the_room(session: ClinicSession, nurse: Actor) -> None:
    seen, called, waiting = line(session, 3)
    finish_visit(appointment_id=call(session, nurse).appointment_id, actor=nurse, now=at("10:05"))
    call(session, nurse)
    logged = QueueMove.objects.count()
    close_days_before(hospital=session.hospital, day=VISIT + timedelta(days=1), now=at("00:10", days=1))
    states = [QueueEntry.objects.get(pk=one.pk).state for one in (seen, called, waiting)]
    assert states == [QueueState.FINISHED, QueueState.LEFT, QueueState.LEFT]
    assert QueueMove.objects.count() == logged


def test_a_visit_without_checking_in_has_no_place(session: ClinicSession, nurse: Actor) -> None:
    appointment = booked(session)
    finish_visit(appointment_id=appointment.pk, actor=nurse, now=at("09:00"))
    assert not QueueEntry.objects.exists()


def test_a_refused_check_in_gives_no_place(session: ClinicSession) -> None:
    appointment = booked(session)
    before = everything()
    with pytest.raises(Refusal):
        arrive(appointment, at("07:29"))
    assert everything() == before
