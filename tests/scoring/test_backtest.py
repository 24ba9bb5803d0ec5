"""Whether the tiers foretold who missed: from the rows of a hospital to the command's lines, its plot and the stored report."""

import datetime as dt
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from booking.models import Outcome
from hospitals.models import Hospital
from scoring.models import BacktestReport
from scoring.services.backtest import backtest_hospital, store_backtest
from scoring.services.policies import revise_scoring_policy
from tests.factories.hospitals import make_hospital
from tests.scoring.past_bookings import NOW, booking, make_clinics, make_past, make_patients

pytestmark = pytest.mark.django_db
MAY_4 = dt.date(2026, 5, 4)


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital(code="north")


def run(*arguments: str | Path) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("score_backtest", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refused(*arguments: str | Path) -> tuple[int, str]:
    with pytest.raises(CommandError) as refusal:
        run(*arguments)
    assert "\n" not in str(refusal.value)
    return refusal.value.returncode, str(refusal.value)


def by_tier(hospital: Hospital) -> dict[str, tuple[int, int]]:
    tiers = backtest_hospital(hospital=hospital).result.tiers
    return {str(tier.tier): (tier.missed.total, tier.missed.count) for tier in tiers if tier.missed.total}


def save(*bookings: object) -> None:
    for one in bookings:
        one.save()  # type: ignore[attr-defined]


def test_each_booking_is_judged_by_what_was_known_when_it_was_made(hospital: Hospital) -> None:
    (clinic,), (li, wang) = make_clinics(hospital, 1), make_patients(2)
    day = [MAY_4 + dt.timedelta(days=days) for days in range(10)]
    save(
        booking(clinic, li, day[0], Outcome.MISSED),  # nothing known: unrated
        booking(clinic, li, day[5], Outcome.FULFILLED, lead_days=5),  # made on day 0: still nothing
        booking(clinic, li, day[6], Outcome.FULFILLED, lead_days=5),  # made on day 1: a miss, so D
        booking(clinic, li, day[6], Outcome.MISSED),  # made on day 6: a miss and a visit kept, so C
        booking(clinic, wang, day[3], Outcome.UNATTENDED),  # unrated
        booking(clinic, wang, day[4], Outcome.CANCELLED),  # after one unattended: 60 points, D; cancelled is not missed
        booking(clinic, wang, day[8], Outcome.VOID),  # never counts
    )
    assert by_tier(hospital) == {"unrated": (3, 1), "D": (2, 0), "C": (1, 1)}


def test_other_hospitals_and_open_bookings_count_for_nothing(hospital: Hospital) -> None:
    other, (li,) = make_hospital(), make_patients(1)
    (clinic,), (elsewhere,) = make_clinics(hospital, 1), make_clinics(other, 1)
    save(booking(elsewhere, li, MAY_4, Outcome.MISSED), booking(clinic, li, MAY_4 + dt.timedelta(days=1), ""))
    save(booking(clinic, li, MAY_4 + dt.timedelta(days=2), Outcome.FULFILLED))
    assert by_tier(hospital) == {"unrated": (1, 0)}


def test_the_day_is_the_hospitals(hospital: Hospital) -> None:
    """00:30 in Shanghai is the day before in UTC: the visit of that day is known."""
    (clinic,), (li,) = make_clinics(hospital, 1), make_patients(1)
    save(booking(clinic, li, MAY_4, Outcome.FULFILLED), booking(clinic, li, MAY_4 + dt.timedelta(days=1), Outcome.MISSED, hour=0))
    assert by_tier(hospital) == {"unrated": (1, 0), "A": (1, 1)}


def test_by_the_hospitals_own_policy(hospital: Hospital) -> None:
    (clinic,), (li,) = make_clinics(hospital, 1), make_patients(1)
    days = [MAY_4 + dt.timedelta(days=days) for days in (0, 1, 2, 40)]
    save(
        *(
            booking(clinic, li, day, outcome)
            for day, outcome in zip(days, ("fulfilled", "fulfilled", "missed", "missed"), strict=True)
        )
    )
    assert by_tier(hospital) == {"unrated": (1, 0), "A": (2, 1), "B": (1, 1)}

    changes = {"window_days": 40, "minimum_appointments": 2, "tier_a_from": 99, "tier_b_from": 90, "tier_c_from": 60}
    revise_scoring_policy(hospital=hospital, changes=changes, by=None, now=NOW)

    # The last one's first visit has left the window: 70 points of two visits, with the bounds a C.
    assert by_tier(hospital) == {"unrated": (2, 0), "A": (1, 1), "C": (1, 1)}


def test_the_command_says_what_came(hospital: Hospital) -> None:
    made = make_past(hospital)
    out, err = run("--hospital=north")
    lines = out.splitlines()
    assert err == ""
    assert lines[0].startswith("1,200 bookings with visits from 2026-01-01 to 2026-04-30; window of 365 days")
    assert lines[1].split() == ["tier", "bookings", "missed", "share", "low", "high", "patients"]
    rows = {cells[0]: cells[1:] for cells in map(str.split, lines[2:7])}
    assert list(rows) == ["A", "B", "C", "D", "unrated"]
    assert sum(int(row[0]) for row in rows.values()) == 1_200
    assert sum(int(row[1]) for row in rows.values()) == sum(one.outcome == Outcome.MISSED for one in made)
    for _, _, share, low, high, _ in rows.values():
        assert float(low[:-1]) < float(share[:-1]) < float(high[:-1])
    assert float(rows["D"][2][:-1]) > 2 * float(rows["A"][2][:-1])
    assert lines[7].endswith(f"{json.loads(run('--hospital=north', '--json')[0])['auc']:.3f}")


def test_as_json_and_limited_to_some_visits(hospital: Hospital) -> None:
    made = make_past(hospital)
    april = [one for one in made if dt.date(2026, 4, 1) <= one.visit_date <= dt.date(2026, 4, 20)]
    found = json.loads(run("--hospital=north", "--json", "--since=2026-04-01", "--until=2026-04-20")[0])
    assert (found["hospital"], found["since"], found["until"]) == ("north", "2026-04-01", "2026-04-20")
    assert found["bookings"] == len(april) == found["rated"] + found["tiers"][-1]["bookings"]
    # Earlier visits are history: hardly anybody is unrated by then.
    assert found["tiers"][-1]["bookings"] < 0.1 * len(april)
    assert set(found["tiers"][0]) == {"tier", "bookings", "patients", "missed", "share", "low", "high"}
    assert 0.5 < found["auc"] < 1


@pytest.mark.parametrize(("name", "begins"), [("plot.png", b"\x89PNG"), ("plot.SVG", b"<?xml")])
def test_drawn(hospital: Hospital, tmp_path: Path, name: str, begins: bytes) -> None:
    make_past(hospital, bookings=200)
    run("--hospital=north", "--plot", tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_what_cannot_be_done_is_said_in_one_line(hospital: Hospital, tmp_path: Path) -> None:
    assert refused("--hospital=north") == (1, "north has no closed bookings in that time to judge")
    assert refused("--hospital=south") == (2, "there is no hospital with the code 'south'")
    assert refused("--hospital=north", "--since=2026-02-02", "--until=2026-02-01") == (
        2,
        "--since 2026-02-02 is after --until 2026-02-01",
    )
    assert "'plot.pdf' ends neither in .png nor in .svg" in refused("--hospital=north", "--plot=plot.pdf")[1]
    make_past(hospital, bookings=20)
    missing = tmp_path / "no" / "plot.png"
    assert refused("--hospital=north", "--plot", missing) == (2, f"cannot write {missing}: No such file or directory")
    assert refused("--hospital=north", "--since=2026-05-01")[0] == 1


def test_the_stored_report_is_replaced(hospital: Hospital) -> None:
    make_past(hospital, bookings=300)
    first = store_backtest(hospital_id=hospital.pk, now=NOW)
    assert first.tiers == json.loads(run("--hospital=north", "--json")[0])["tiers"]
    make_past(hospital, bookings=100, seed=2)
    store_backtest(hospital_id=hospital.pk, now=NOW + dt.timedelta(days=1))
    report = BacktestReport.objects.get()
    assert (report.bookings, report.since, report.until) == (400, dt.date(2026, 1, 1), dt.date(2026, 4, 30))
    assert sum(tier["bookings"] for tier in report.tiers) == 400


def test_of_a_hospital_without_a_past_a_report_says_nothing(hospital: Hospital) -> None:
    report = store_backtest(hospital_id=hospital.pk, now=NOW)
    assert (report.bookings, report.since, report.auc, report.is_rising) == (0, None, None, None)


def test_of_the_latest_only_whole_days(hospital: Hospital) -> None:
    """Five of two days: three of the later one, and of the earlier one none rather than any two."""
    (clinic,), people = make_clinics(hospital, 1), make_patients(6)
    save(*(booking(clinic, who, MAY_4, Outcome.FULFILLED) for who in people[:3]))
    save(*(booking(clinic, who, MAY_4 + dt.timedelta(days=1), Outcome.FULFILLED) for who in people[3:]))
    assert backtest_hospital(hospital=hospital, latest=5).result.bookings == 3
    assert backtest_hospital(hospital=hospital, latest=6).result.bookings == 6
