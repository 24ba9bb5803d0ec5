"""The sentence of a plan names whose records each estimate rests on, and how many of its own there are."""

import pytest

from capacity.numeric.allocation import allocate
from capacity.numeric.problem import AllocationProblem, SessionTerms
from capacity.services.explanation import explain
from capacity.services.inputs import ClinicInputs, Estimate
from hospitals.models import ClinicSession

BEST = allocate(
    AllocationProblem(
        terms=SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5),
        mean_advance=15,
        mean_same_day=15,
        correlation=0.2,
    )
)


def sentence(
    demand: tuple[str, int],
    missed: tuple[str, int],
    *,
    doctor_id: int | None = 1,
    sizes: tuple[int | None, int | None] = (None, None),
) -> str:
    mean = Estimate(15, 14, 16, demand[1], demand[0], level_size=sizes[0])
    rate = Estimate(0.2, 0.1, 0.3, missed[1], missed[0], level_size=sizes[1])
    inputs = ClinicInputs(mean, mean, 0.2, rate, Estimate(0.05, 0.01, 0.1, 40), demand[1], None)
    return explain(session=ClinicSession(rated_capacity=20, doctor_id=doctor_id), inputs=inputs, forecast=None, result=BEST)


@pytest.mark.parametrize(
    ("demand", "begins"),
    [
        (("clinic", 16), "按本班次 16 次出诊的记录估计：每次预约需求 15.0 人"),
        (("doctor", 2), "本班次只有 2 次出诊，主要按该医生各班次的记录估计："),
        (("department", 1), "本班次只有 1 次出诊，主要按同科室的记录估计："),
        (("hospital", 0), "本班次还没有出诊，主要按全院的记录估计："),
        (("assumed", 0), "本班次还没有出诊，主要按文献中的默认值估计："),
    ],
)
def test_the_demand_says_what_it_rests_on(demand, begins):
    assert sentence(demand, ("clinic", 200)).startswith(begins)


def test_each_no_show_rate_says_what_it_rests_on():
    text = sentence(("clinic", 16), ("hospital", 12))
    assert "预约爽约率 20.0%（主要按全院的记录，本班次 12 人次）、现场爽约率 5.0%（本班次 40 人次）。" in text


def test_a_departments_own_sessions_have_no_doctor():
    assert "主要按科室普通号各班次的记录" in sentence(("doctor", 2), ("clinic", 200), doctor_id=None)


@pytest.mark.parametrize(
    ("level", "says"),
    [
        ("doctor", "主要按该医生各班次共 34 次出诊的记录估计"),
        ("department", "主要按同科室共 34 次出诊的记录估计"),
        ("hospital", "主要按全院共 34 次出诊的记录估计"),
        ("assumed", "主要按文献中的默认值估计"),
    ],
)
def test_how_many_records_that_level_has(level, says):
    assert says in sentence((level, 2), ("clinic", 200), sizes=(34, 200))


def test_how_many_visits_a_rate_rests_on():
    text = sentence(("clinic", 16), ("department", 12), sizes=(16, 1240))
    assert text.startswith("按本班次 16 次出诊的记录估计")
    assert "预约爽约率 20.0%（主要按同科室共 1,240 人次的记录，本班次 12 人次）" in text
