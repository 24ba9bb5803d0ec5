"""Clinics, doctors, departments, hospital: who borrows from whom, and that no evidence counts twice."""

import numpy as np
import pytest

from capacity.numeric.errors import InvalidInput
from capacity.numeric.estimation import NoShowEstimate, Sessions, Source, estimate_demand, estimate_no_show
from capacity.numeric.estimation.hierarchy import Belief, Hierarchy, Told, assumption, attenuated, gathered
from tests.numeric.estimation.worlds import world


def no_show(missed: list[int], visits: list[int], doctor: list[int], department: list[int]) -> NoShowEstimate:
    return estimate_no_show(
        missed=missed, visits=visits, doctor=doctor, department=department, departments=max(department) + 1, prior_rate=0.2
    )


def test_messages_give_the_exact_posterior_of_normal_variables() -> None:
    """Held to the conditional mean and variance of the joint normal law, worked out with a matrix."""
    rng = np.random.default_rng(0)
    doctor, department = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 0, 1])
    strength, value = rng.uniform(0.5, 8, 6), rng.normal(0, 1, 6)
    worth = {"clinic": 3.0, "doctor": 2.0, "department": 1.5, "assumed": 0.5}

    # Given nodes: hospital, two departments, three doctors, six clinics; each child is its parent's value and a deviation
    parent = [None, 0, 0, 1, 1, 2, *(3 + doctor)]
    own_variance = [1 / worth["assumed"], *[1 / worth["department"]] * 2, *[1 / worth["doctor"]] * 3, *[1 / worth["clinic"]] * 6]
    paths = np.zeros((12, 12))
    for node in range(12):
        at: int | None = node
        while at is not None:
            paths[node, at] = 1
            at = parent[at]
    covariance = paths @ np.diag(own_variance) @ paths.T
    # When the clinics are seen with errors
    seen = covariance[6:, 6:] + np.diag(1 / strength)
    gain = covariance[:, 6:] @ np.linalg.inv(seen)
    mean, left = gain @ value, np.diag(covariance - gain @ covariance[6:, :])

    # Then the messages say the same
    own = Belief(value, strength)
    said_doctor = attenuated(own, worth["clinic"])
    doctors = gathered(said_doctor, doctor, 3, 0.0)
    said_department = attenuated(doctors, worth["doctor"])
    departments = gathered(said_department, department, 2, 0.0)
    said_hospital = attenuated(departments, worth["department"])
    everyone = np.zeros(2, dtype=np.int64)
    hospital = gathered(said_hospital, everyone, 1, 0.0)
    top = assumption(0.0, worth["assumed"])
    above = top.passed_down(own=hospital, said=said_hospital, source=Source.HOSPITAL, parent=everyone, worth=worth["department"])
    above_doctor = above.passed_down(
        own=departments, said=said_department, source=Source.DEPARTMENT, parent=department, worth=worth["doctor"]
    )
    above_clinic = above_doctor.passed_down(
        own=doctors, said=said_doctor, source=Source.DOCTOR, parent=doctor, worth=worth["clinic"]
    )
    levels: list[tuple[Told, Belief, Source, slice]] = [
        (top, hospital, Source.HOSPITAL, slice(0, 1)),
        (above, departments, Source.DEPARTMENT, slice(1, 3)),
        (above_doctor, doctors, Source.DOCTOR, slice(3, 6)),
        (above_clinic, own, Source.CLINIC, slice(6, 12)),
    ]
    for told, evidence, source, nodes in levels:
        known = told.with_own(evidence, source)
        assert known.belief.value == pytest.approx(mean[nodes], rel=1e-9)
        assert 1 / known.belief.strength == pytest.approx(left[nodes], rel=1e-9)
        assert known.shares.sum(axis=1) == pytest.approx(1)
        assert (known.shares >= 0).all()


def test_a_new_weekday_of_a_doctor_gets_the_doctors_rate() -> None:
    # Given doctors who differ, each alike on two weekdays, and the third doctor's new weekday
    rates = [0.05, 0.3, 0.1, 0.25, 0.15, 0.2]
    doctor = [*np.repeat(np.arange(6), 2).tolist(), 2]
    visits = [400] * 12 + [0]
    missed = [round(400 * rates[i]) for i in doctor[:12]] + [0]
    found = no_show(missed, visits, doctor, [0] * 13)
    # Then it is told the doctor's rate, not the department's
    assert found.clinics.mean[12] == pytest.approx(0.1, abs=0.015)
    assert found.departments.mean[0] == pytest.approx(0.175, abs=0.02)
    assert Source(found.clinics.rests_on[12]) == Source.DOCTOR


def test_where_a_doctors_weekdays_differ_as_much_as_doctors_do_a_new_one_gets_the_departments_rate() -> None:
    rng = np.random.default_rng(3)
    doctor = np.append(np.repeat(np.arange(30), 2), 0)
    truth = rng.beta(3, 15, 60)
    visits = np.append(np.full(60, 400), 0)
    missed = np.append(rng.binomial(400, truth), 0)
    found = no_show(missed.tolist(), visits.tolist(), doctor.tolist(), [0] * 61)
    # The doctor's own two days have little to say: less than half of the way from the department's rate to theirs
    theirs, department = missed[:2].sum() / 800, float(found.departments.mean[0])
    assert abs(theirs - department) > 0.05
    assert abs(found.clinics.mean[60] - department) < 0.5 * abs(theirs - department)


def test_naming_doctors_of_one_clinic_changes_nothing() -> None:
    """No belief comes back to where it came from."""
    missed, visits, department = [10, 40, 25, 3], [200, 210, 180, 20], [0, 0, 1, 1]
    plain = estimate_no_show(missed=missed, visits=visits, department=department, departments=2, prior_rate=0.2)
    named = no_show(missed, visits, [3, 1, 0, 2], department)
    assert named.clinics.mean == pytest.approx(plain.clinics.mean, rel=1e-12)
    assert named.clinics.upper == pytest.approx(plain.clinics.upper, rel=1e-12)


def test_whose_sessions_a_mean_rests_on() -> None:
    # Given doctors with two alike clinics each; a clinic, a doctor, a department and a hospital without history
    history = world(seed=4, quota=100, trace=0.0, clinics=48, a_doctors=2)
    clinic_of_doctor, clinic_of_newcomer, clinic_of_new_department = 48, 49, 50
    found = estimate_demand(
        sessions=history.sessions,
        doctor=np.append(history.doctor, [5, 24, 25]),
        department=np.append(history.department, [history.department[10], 1, 4]),
        departments=5,
        prior_mean=10.0,
    )
    level = [Source(source) for source in found.clinics.rests_on]
    assert level[:48] == [Source.CLINIC] * 48
    assert level[clinic_of_doctor] == Source.DOCTOR
    assert level[clinic_of_newcomer] == Source.DEPARTMENT
    assert level[clinic_of_new_department] == Source.HOSPITAL
    assert found.clinics.shares.sum(axis=1) == pytest.approx(1)
    # and how many sessions that is: the clinic's, or all of the doctor, of the department, of the hospital
    counts = np.bincount(history.sessions.clinic, minlength=48)
    assert found.clinics.rests_on_size[:48].tolist() == found.clinics.sample_size[:48].tolist() == counts.tolist()
    assert found.clinics.rests_on_size[48:].tolist() == [
        counts[history.doctor == 5].sum(),
        counts[history.department == 1].sum(),
        counts.sum(),
    ]
    assert found.departments.sizes[1].tolist() == [0, 0, counts[history.department == 1].sum(), counts.sum(), 0]
    # The doctor's new clinic is believed to be like the doctor's two others, the newcomer's like the department's
    of_doctor = found.clinics.mean[10:12].mean()
    assert abs(found.clinics.mean[clinic_of_doctor] / of_doctor - 1) < 0.1
    assert found.clinics.mean[clinic_of_newcomer] == pytest.approx(found.departments.mean[1], rel=1e-9)
    assert found.clinics.mean[clinic_of_new_department] == pytest.approx(found.hospital.mean[0], rel=1e-9)

    empty = np.array([], dtype=int)
    nothing = Sessions.from_records(clinic=empty, taken=empty, sold_out=empty > 0, refused=empty, clinics=1)
    assumed = estimate_demand(sessions=nothing, department=[0], departments=1, prior_mean=10.0)
    assert Source(assumed.clinics.rests_on[0]) == Source.ASSUMED


def test_intervals_hold_the_truth_with_short_histories_too() -> None:
    """Six sessions each, two clinics a doctor: much is borrowed, and yet 90 % stay about 90 %."""
    inside = []
    for seed in range(4):
        history = world(seed=seed, quota=20, trace=0.4, weeks=6, clinics=120, a_doctors=2)
        found = history.estimate().clinics
        inside.append((found.lower < history.truth) & (history.truth < found.upper))
    # 480 clinics: chance alone moves the share by 0.014.
    assert 0.85 < np.mean(inside) < 0.95


def test_intervals_of_no_show_rates_hold_the_truth_for_doctors_of_two_clinics() -> None:
    inside = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        doctor = np.arange(200) // 2
        department = doctor % 4
        centre = np.array([0.08, 0.12, 0.2, 0.3])[np.arange(100) % 4]
        of_doctors = rng.beta(60 * centre, 60 * (1 - centre))
        truth = rng.beta(200 * of_doctors[doctor], 200 * (1 - of_doctors[doctor]))
        visits = rng.integers(20, 300, 200)
        found = estimate_no_show(
            missed=rng.binomial(visits, truth), visits=visits, doctor=doctor, department=department, departments=4, prior_rate=0.2
        ).clinics
        inside.append((found.lower < truth) & (truth < found.upper))
    # 1,200 clinics: chance alone moves the share by 0.009.
    assert 0.86 < np.mean(inside) < 0.94


def test_a_doctor_in_two_departments_is_refused() -> None:
    with pytest.raises(InvalidInput, match="doctor 0 has clinics in two departments"):
        Hierarchy.of(department=[0, 1], departments=2, doctor=[0, 0])
    with pytest.raises(InvalidInput, match="doctor must have 2 elements, not 1"):
        Hierarchy.of(department=[0, 1], departments=2, doctor=[0])
