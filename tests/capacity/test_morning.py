"""The morning re-solve: from the bookings of a session that opens soon to its 加号 of today."""

import logging
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from booking.models import Appointment, AppointmentStatus, Channel, RefusedAttempt
from capacity.models import CapacityPlan, CapacityPolicy, PlanKind, PlanStatus, QuotaChange, QuotaChangeKind
from capacity.services.morning import hospitals_with_mornings, resolve_mornings
from capacity.services.planning import plan_hospital
from hospitals.models import ClinicSession, SessionStatus
from tests.capacity.conftest import quotas
from tests.capacity.test_admin import page_of, text_of
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_department, make_hospital, make_session

pytestmark = pytest.mark.django_db

TODAY = date(2027, 3, 10)
NOW = datetime.combine(TODAY, time(7, 10), tzinfo=ZoneInfo("Asia/Shanghai"))
BASE = {"rated_capacity": 20, "advance_quota": 14, "extra_quota": 4}


def opening_soon(**fields: object) -> ClinicSession:
    """Opens at 08:00; without history, so that the estimates are the paper's base case."""
    return make_session(**{"visit_date": TODAY, "with_slots": False} | BASE | fields)


def hold(session: ClinicSession, misses: list[float | None], *, channel: str = Channel.ADVANCE, status: str = "booked") -> None:
    """Patients with a number, each with the chance to miss that is known."""
    Appointment.objects.bulk_create(
        Appointment(
            hospital=session.hospital, session=session, patient=make_patient(), department=session.department,
            doctor=session.doctor, visit_date=session.visit_date, channel=channel, status=status, fee_fen=0,
            created_at=session.releases_at, miss_probability=miss,
        )
        for miss in misses
    )  # fmt: skip
    counter = {Channel.ADVANCE: "advance_taken", Channel.SAME_DAY: "same_day_taken", Channel.EXTRA: "extra_taken"}[channel]
    setattr(session, counter, len(misses))
    session.save()


def resolve(session: ClinicSession, now: datetime = NOW) -> list[CapacityPlan]:
    return resolve_mornings(hospital=session.hospital, now=now)


def test_reliable_patients_leave_less_room_than_unreliable_ones():
    reliable, unreliable = opening_soon(), opening_soon()
    hold(reliable, [0.02] * 14)
    hold(unreliable, [0.5] * 14)
    (few,), (many,) = resolve(reliable), resolve(unreliable)
    assert few.extra_quota < 4 < many.extra_quota
    assert quotas(reliable) == (14, few.extra_quota)
    assert quotas(unreliable) == (14, many.extra_quota)
    assert few.inputs["morning"]["advance_expected"] == pytest.approx(14 * 0.98)


def test_it_is_the_best_of_all_numbers_by_brute_force():
    """The objective of every NA, summed over who comes and who asks, written out anew."""
    session = opening_soon()
    misses = list(np.random.default_rng(3).uniform(0, 0.6, 14).round(4))
    hold(session, misses)
    (plan,) = resolve(session)
    inputs = plan.inputs
    values = [objective(session, misses, inputs, extra) for extra in range(11)]
    assert plan.extra_quota == int(np.argmax(values))
    assert plan.result["objective"] == pytest.approx(max(values), abs=1e-9)


def objective(session: ClinicSession, misses: list[float], inputs: dict, extra: int) -> float:
    came = np.array([1.0])
    for miss in misses:
        came = np.convolve(came, [miss, 1 - miss])
    stays_away = inputs["no_show_same_day"]["value"]
    both = inputs["correlation"] * np.sqrt(inputs["mean_advance"]["value"] * inputs["mean_same_day"]["value"])
    # Sold out: at least 14 wanted an advance number.
    demand = np.zeros(120)
    for shared in range(40):
        weight = poisson(both, shared) * poisson_tail(inputs["mean_advance"]["value"] - both, 14 - shared)
        for own in range(80):
            demand[shared + own] += weight * poisson(inputs["mean_same_day"]["value"] - both, own)
    demand /= demand.sum()
    total = 0.0
    for asked, chance in enumerate(demand):
        given = min(asked, session.rated_capacity + extra - len(misses))
        of_day = np.array([1.0])
        for _ in range(given):
            of_day = np.convolve(of_day, [stays_away, 1 - stays_away])
        both_came = np.convolve(came, of_day)
        numbers = np.arange(both_came.size)
        above = np.maximum(numbers - session.rated_capacity, 0)
        total += chance * float(both_came @ (numbers - inputs["overload_cost"] * above))
    return total


def poisson(mean: float, count: int) -> float:
    return float(np.exp(-mean) * mean**count / np.prod(np.arange(1, count + 1, dtype=float))) if count >= 0 else 0.0


def poisson_tail(mean: float, count: int) -> float:
    return 1.0 - sum(poisson(mean, i) for i in range(count))


def test_it_is_recorded_and_takes_the_place_of_the_nights_plan():
    session = opening_soon()
    plan_hospital(hospital=session.hospital, now=NOW)
    hold(session, [0.5] * 14)
    before = quotas(session)
    (plan,) = resolve(session)
    assert (plan.kind, plan.status, plan.created_at) == (PlanKind.MORNING, PlanStatus.APPLIED, NOW)
    assert list(CapacityPlan.objects.filter(kind=PlanKind.NIGHT).values_list("status", flat=True)) == [PlanStatus.SUPERSEDED]
    change = QuotaChange.objects.get(plan=plan)
    assert (change.kind, change.by) == (QuotaChangeKind.MORNING, None)
    assert (change.advance_before, change.extra_before) == before
    assert (change.advance_after, change.extra_after) == (before[0], plan.extra_quota)
    assert "已约 14 人" in plan.result["explanation"]
    assert plan.result["neighbours"]["extra_fewer"]["extra"] == plan.extra_quota - 1


def test_a_second_run_does_nothing():
    session = opening_soon()
    hold(session, [0.5] * 14)
    assert len(resolve(session)) == 1
    hold(session, [0.9] * 0)
    assert resolve(session) == []
    assert hospitals_with_mornings(now=NOW) == []
    assert CapacityPlan.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": time(8, 11)},
        {"starts_at": time(7, 10)},
        {"visit_date": date(2027, 3, 11)},
        {"is_quota_pinned": True},
        {"status": SessionStatus.SUSPENDED},
    ],
    ids=["opens later", "has begun", "another day", "pinned", "suspended"],
)
def test_others_are_left_alone(fields):
    session = opening_soon(**fields)
    hold(session, [0.5] * 14)
    assert hospitals_with_mornings(now=NOW) == []
    assert resolve(session) == []
    assert quotas(session) == (14, 4)


@pytest.mark.parametrize(
    ("rules", "is_due"),
    [({"morning_minutes": 49}, False), ({"morning_minutes": 50}, True), ({"resolves_in_morning": False}, False)],
)
def test_the_hospitals_policy_says_when(rules, is_due):
    session = opening_soon()
    CapacityPolicy.objects.create(hospital=session.hospital, **rules)
    assert hospitals_with_mornings(now=NOW) == ([session.hospital_id] if is_due else [])
    assert len(resolve(session)) == is_due


@pytest.mark.parametrize(
    ("rules", "reason"), [({"applies_automatically": False}, "人工审批"), ({"largest_change": 1}, "单次上限 1")]
)
def test_the_policy_keeps_it_waiting(rules, reason):
    session = opening_soon()
    CapacityPolicy.objects.create(hospital=session.hospital, **rules)
    hold(session, [0.5] * 14)
    (plan,) = resolve(session)
    assert (plan.status, reason in plan.status_reason) == (PlanStatus.PROPOSED, True)
    assert quotas(session) == (14, 4)
    assert not QuotaChange.objects.exists()


def test_never_above_the_doctors_limit_and_never_below_what_is_used():
    limited, used = opening_soon(), opening_soon(extra_quota=6)
    CapacityPolicy.objects.create(hospital=limited.hospital, largest_extra=5)
    hold(limited, [0.9] * 14)
    hold(used, [0.0] * 14)
    hold(used, [0.0] * 6, channel=Channel.SAME_DAY)
    hold(used, [0.0] * 3, channel=Channel.EXTRA)
    assert [plan.extra_quota for plan in resolve(limited)] == [5]
    (plan,) = resolve(used)
    assert plan.extra_quota == 3
    assert quotas(used) == (14, 3)


def test_a_patient_of_whom_nothing_is_known_misses_as_the_clinics_do():
    unknown, known = opening_soon(), opening_soon()
    hold(unknown, [None] * 14)
    (plan,) = resolve(unknown)
    hold(known, [plan.inputs["no_show_advance"]["value"]] * 14)
    (same,) = resolve(known)
    assert plan.inputs["morning"]["without_estimate"] == 14
    assert same.inputs["morning"]["without_estimate"] == 0
    assert plan.result["objective"] == pytest.approx(same.result["objective"], abs=1e-9)


def test_who_sits_there_comes():
    session = opening_soon()
    hold(session, [0.9] * 14, status=AppointmentStatus.CHECKED_IN)
    (plan,) = resolve(session)
    assert plan.inputs["morning"]["advance_expected"] == 14


def test_who_asked_today_is_not_awaited_again():
    session = opening_soon()
    hold(session, [0.1] * 5, channel=Channel.SAME_DAY)
    holder = session.appointments.first().patient
    for patient in (make_patient(), holder):
        RefusedAttempt.objects.create(session=session, patient=patient, channel=Channel.EXTRA, at=NOW)
    RefusedAttempt.objects.create(session=session, patient=make_patient(), channel=Channel.ADVANCE, at=NOW)
    other = opening_soon()
    (plan,), (fresh,) = resolve(session), resolve(other)
    assert plan.inputs["morning"]["refused_today"] == 1
    assert plan.inputs["morning"]["still_to_come"] < fresh.inputs["morning"]["still_to_come"]


def test_one_session_that_the_model_refuses_does_not_lose_the_others(caplog):
    department = make_department()
    impossible = opening_soon(department=department, rated_capacity=501, advance_quota=1)
    fine = opening_soon(department=department, starts_at=time(8, 5))
    with caplog.at_level(logging.WARNING):
        plans = resolve(fine)
    assert [plan.session_id for plan in plans] == [fine.pk]
    assert f"session {impossible.pk} was not solved" in caplog.text
    assert "rated must be a whole number from 1 to 500" in caplog.text


def test_queries_do_not_grow_with_the_sessions(django_assert_num_queries):
    """Without a night's plan the history is read, once a hospital."""
    for count in (2, 12):
        department = make_department(hospital=make_hospital())
        for place in range(count):
            session = opening_soon(department=department, starts_at=time(7, 20 + place))
            hold(session, [0.3] * 3)
        plan_hospital(hospital=department.hospital, now=NOW)
        with django_assert_num_queries(14):
            assert len(resolve_mornings(hospital=department.hospital, now=NOW)) == count


def test_the_plans_page_tells_what_was_known(client, admin_user):
    session = opening_soon()
    hold(session, [0.5] * 14)
    (plan,) = resolve(session)
    client.force_login(admin_user)
    text = text_of(client.get(page_of(plan)))
    assert "开诊前重算" in text
    assert "已约预约号 14 人 其中预计到诊 7.0 人" in text
    assert f"加号多 1 个 14 {plan.extra_quota + 1}" in text
