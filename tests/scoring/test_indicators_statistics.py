"""Doctors' marks, scheduling suggestions and the benchmark, from counted months."""

import datetime as dt

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hospitals.models import Department, Hospital
from scoring.months import months_back
from scoring.selectors import assessment, benchmark, suggestions
from scoring.selectors.assessment import ABOVE, BELOW, NO_DIFFERENCE, TOO_FEW, DoctorAssessment, assess_doctors
from scoring.selectors.indicators import tallies_by_department, tallies_by_doctor, tallies_by_month
from scoring.selectors.suggestions import suggest_flexible_slots
from tests.factories.hospitals import make_department, make_doctor, make_hospital
from tests.scoring.months import counted

pytestmark = pytest.mark.django_db

JUNE = dt.date(2026, 6, 1)
TODAY = dt.date(2026, 7, 1)
RECENT = [months_back(JUNE, n) for n in (2, 1, 0)]


def assess(hospital: Hospital) -> dict[str, DoctorAssessment]:
    departments = tallies_by_department(hospital_id=hospital.pk, first=RECENT[0], last=JUNE)
    doctors = tallies_by_doctor(hospital_id=hospital.pk, first=RECENT[0], last=JUNE)
    return {one.doctor.name: one for one in assess_doctors(departments=departments, doctors=doctors)}


def staffed(**kept_and_missed: tuple[int, int]) -> Hospital:
    """A department in which each doctor kept and missed that many appointments in June."""
    department = make_department()
    for name, (kept, missed) in kept_and_missed.items():
        counted(department, JUNE, doctor=make_doctor(department=department, name=name), fulfilled=kept, missed=missed)
    kept, missed = (sum(column) for column in zip(*kept_and_missed.values(), strict=True))
    counted(department, JUNE, fulfilled=kept, missed=missed)
    return department.hospital


def test_a_mark_stands_only_where_the_difference_is_clear() -> None:
    found = assess(staffed(甲=(380, 20), 乙=(375, 25), 丙=(300, 100), 丁=(20, 9)))
    assert {name: (one.missed.mark, one.fulfilled.mark) for name, one in found.items()} == {
        "甲": (BELOW, ABOVE),
        "乙": (BELOW, ABOVE),
        "丙": (ABOVE, BELOW),
        "丁": (TOO_FEW, TOO_FEW),
    }


def test_the_numbers_beside_a_mark() -> None:
    one = assess(staffed(甲=(182, 81), 乙=(737, 0)))["甲"].missed
    assert one.rate == pytest.approx(81 / 263)
    assert (round(one.low or 0, 4), round(one.high or 0, 4)) == (0.2553, 0.3662)  # Newcombe (1998)
    assert one.department_rate == pytest.approx(0.081)
    assert one.difference_points == pytest.approx(100 * (81 / 263 - 0.081))


def test_thirty_appointments_are_judged_and_twenty_nine_are_not() -> None:
    found = assess(staffed(多=(0, 30), 少=(0, 29), 众=(500, 0)))
    assert (found["多"].missed.mark, found["少"].missed.mark) == (ABOVE, TOO_FEW)


def test_a_doctor_alone_is_not_judged_by_herself() -> None:
    assert assess(staffed(独=(40, 60)))["独"].missed.mark == NO_DIFFERENCE


def test_a_doctor_is_judged_against_sessions_without_one_too() -> None:
    department = make_department()
    counted(department, JUNE, doctor=make_doctor(department=department, name="甲"), fulfilled=60, missed=40)
    counted(department, JUNE, fulfilled=560, missed=40)
    assert assess(department.hospital)["甲"].missed.mark == ABOVE


def test_alike_doctors_are_hardly_ever_marked() -> None:
    """Sixty doctors with one true rate, forty times: the interval alone would mark about three each time."""
    rng = np.random.default_rng(20261122)
    marked = 0
    for _ in range(40):
        parts = [(f"{i}", int(missed)) for i, missed in enumerate(rng.binomial(150, 0.1, size=60))]
        doctors = [_doctor(name, missed) for name, missed in parts]
        whole = suggestions.DepartmentTally(1, "科", 1, suggestions.added(d.tally for d in doctors))
        judged = assess_doctors(departments=[whole], doctors=doctors)
        marked += any(one.missed.mark in (ABOVE, BELOW) for one in judged)
    assert marked <= 4


def _doctor(name: str, missed: int) -> assessment.DoctorTally:
    return assessment.DoctorTally(1, int(name), name, "", name, suggestions.Tally(150, 150 - missed, 0, 0, missed))


def spread(department: Department, **counts: int) -> None:
    """The counts over the last three full months."""
    for place, month in enumerate(RECENT):
        part = {name: count // 3 + (place < count % 3) for name, count in counts.items()}
        counted(department, month, **part)


def make_implant_clinic(**counts: int) -> Hospital:
    """An implantology with those counts beside a large ordinary department."""
    hospital = make_hospital()
    spread(make_department(hospital=hospital, name="口腔综合科", code="A"), fulfilled=1840, cancelled=160)
    spread(make_department(hospital=hospital, name="口腔种植科", code="B"), **counts)
    return hospital


def test_a_department_with_many_cancellations_is_told_so_with_its_numbers() -> None:
    hospital = make_implant_clinic(fulfilled=409, cancelled=91)
    found = suggest_flexible_slots(hospital_id=hospital.pk, today=TODAY)
    # 500 in 13.04 weeks; (91/500 − 251/2500) × 500 = 40.8 beyond the hospital's rate, 3.1 a week.
    assert [one.sentence for one in found] == [
        "口腔种植科近 3 个月取消率 18.2%（取消 91 / 共 500），高于全院 10.0%；每周约 7.0 个号源因此空出，"
        "其中约 3.1 个超出全院水平，建议保留约 3 个弹性时段/周。"
    ]


def test_who_did_not_come_is_lost_too() -> None:
    hospital = make_implant_clinic(fulfilled=400, unattended=40, missed=60)
    [found] = suggest_flexible_slots(hospital_id=hospital.pk, today=TODAY)
    assert (found.loss, found.count, found.total, found.hospital_rate) == ("未到及失约", 100, 500, 0.04)


@pytest.mark.parametrize(
    "counts",
    [
        {"fulfilled": 460, "cancelled": 40},  # as the hospital
        {"fulfilled": 431, "cancelled": 69},  # clear, but not five points above
        {"fulfilled": 79, "cancelled": 20},  # 99 appointments
        {"fulfilled": 86, "cancelled": 15},  # may well be chance
    ],
)
def test_nothing_is_said_where_nothing_is_clear(counts: dict[str, int]) -> None:
    hospital = make_implant_clinic(**counts)
    assert suggest_flexible_slots(hospital_id=hospital.pk, today=TODAY) == []


def test_a_lone_department_has_nothing_to_be_above() -> None:
    department = make_department()
    spread(department, fulfilled=300, cancelled=300)
    assert suggest_flexible_slots(hospital_id=department.hospital_id, today=TODAY) == []


def test_only_the_last_three_full_months_count() -> None:
    hospital = make_implant_clinic(fulfilled=500)
    department = hospital.departments.get(code="B")
    counted(department, months_back(JUNE, 3), cancelled=900)
    counted(department, TODAY, cancelled=900)
    assert suggest_flexible_slots(hospital_id=hospital.pk, today=dt.date(2026, 7, 31)) == []


def test_a_department_that_opened_in_june_counts_its_own_weeks() -> None:
    hospital = make_implant_clinic(fulfilled=500)
    counted(make_department(hospital=hospital, name="新科", code="C"), JUNE, fulfilled=100, cancelled=100)
    [found] = suggest_flexible_slots(hospital_id=hospital.pk, today=TODAY)
    assert found.lost_per_week == pytest.approx(100 / 4.348, rel=1e-3)


def hospitals(missed: list[int], *, total: int = 200, month: dt.date = JUNE) -> list[Hospital]:
    found = []
    for count in missed:
        department = make_department()
        counted(department, month, fulfilled=total - count, missed=count)
        found.append(department.hospital)
    return found


def test_four_hospitals_are_no_benchmark_and_five_are() -> None:
    hospitals([10, 20, 30, 40])
    assert benchmark.benchmark(first=JUNE, last=JUNE).is_empty
    hospitals([25])
    found = benchmark.benchmark(first=JUNE, last=JUNE).quartiles["missed"][JUNE]
    assert 0.05 < found.low < found.median < found.high < 0.20


def test_a_hospital_with_too_few_appointments_is_not_counted() -> None:
    hospitals([10, 20, 30, 40])
    hospitals([25], total=99)
    assert benchmark.benchmark(first=JUNE, last=JUNE).is_empty


def test_departments_are_added_up_and_doctors_are_not_counted_twice() -> None:
    """The fifth hospital comes to 100 by two departments; a fourth one would have to count its doctors again."""
    hospitals([10, 20, 30])
    fourth, fifth = make_department(), make_hospital()
    for count in (30, 20):
        counted(make_department(hospital=fifth), JUNE, fulfilled=count, missed=20 if count == 30 else 30)
    counted(fourth, JUNE, fulfilled=60)
    counted(fourth, JUNE, fulfilled=60, doctor=make_doctor(department=fourth))
    assert benchmark.benchmark(first=JUNE, last=JUNE).is_empty
    hospitals([15])
    assert not benchmark.benchmark(first=JUNE, last=JUNE).is_empty


def test_no_number_is_one_hospitals_own() -> None:
    missed = [10, 20, 30, 40, 50]
    hospitals(missed)
    found = benchmark.benchmark(first=JUNE, last=JUNE).quartiles["missed"][JUNE]
    shown = {round(share, 3) for share in (found.low, found.high)}
    assert shown.isdisjoint({count / 200 for count in missed})


def test_hospitals_that_are_all_alike_are_not_shown() -> None:
    """A median with no spread would say what every one of them has."""
    hospitals([20] * 6)
    assert benchmark.benchmark(first=JUNE, last=JUNE).is_empty


def test_each_reading_is_one_query_however_much_there_is() -> None:
    def reads(n: int) -> int:
        hospital = hospitals([10] * n)[0]
        for _ in range(n):
            department = make_department(hospital=hospital)
            counted(department, JUNE, doctor=make_doctor(department=department), fulfilled=50)
            counted(department, JUNE, fulfilled=50)
        with CaptureQueriesContext(connection) as captured:
            tallies_by_month(hospital_id=hospital.pk, first=RECENT[0], last=JUNE)
            assess(hospital)
            suggest_flexible_slots(hospital_id=hospital.pk, today=TODAY)
            benchmark.benchmark(first=RECENT[0], last=JUNE)
        return len(captured)

    assert (reads(2), reads(7)) == (5, 5)
