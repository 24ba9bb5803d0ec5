"""From closed appointments to forecasts, factors and suggestions of a hospital."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.utils.module_loading import import_string

from booking.models import Appointment, AppointmentStatus, Channel, Outcome, RefusedAttempt
from capacity.models import DailyForecast, ForecastSeries, SessionSuggestion, SuggestionDirection
from capacity.services.daily_demand import daily_demand
from capacity.services.forecast_factors import LARGEST, SMALLEST, forecast_factors
from capacity.services.forecasting import HORIZON_DAYS, forecast_hospital
from capacity.services.suggestions import SuggestionGone, dismiss_suggestion, suggest_sessions
from config.beat import SCHEDULE
from hospitals.models import SessionStatus
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_department, make_hospital, make_session

pytestmark = pytest.mark.django_db

# A Sunday without holidays near it: the history before it and the weeks after it are ordinary.
TODAY = date(2026, 8, 2)
NOW = datetime(2026, 8, 1, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def write_days(department, counts, *, last=TODAY - DAY, rated=20, patient=None):
    """One closed session a day that has patients, `counts` days long, the last on `last`."""
    patient = patient or make_patient()
    for i, count in enumerate(counts):
        if not count:
            continue
        day = last - (len(counts) - 1 - i) * DAY
        session = make_session(
            visit_date=day, department=department, rated_capacity=rated, status=SessionStatus.CLOSED, with_slots=False
        )
        book_closed(session, patient, int(count))


def book_closed(session, patient, count, outcome=Outcome.FULFILLED):
    Appointment.objects.bulk_create(
        Appointment(
            hospital=session.hospital,
            session=session,
            patient=patient,
            department=session.department,
            visit_date=session.visit_date,
            channel=Channel.ADVANCE,
            status=AppointmentStatus.FULFILLED,
            outcome=outcome,
            fee_fen=0,
            created_at=session.starts_at,
            closed_at=session.ends_at,
        )
        for _ in range(count)
    )


def weekly(weeks, workday=10):
    """Mondays to Fridays, from a Sunday to a Saturday."""
    return [0, *[workday] * 5, 0] * weeks


@pytest.fixture
def department():
    department = make_department()
    # The history ends on a Saturday; the department is closed at weekends.
    write_days(department, weekly(10))
    return department


def test_what_was_wanted_is_counted_once(django_assert_num_queries):
    department = make_department()
    session = make_session(visit_date=TODAY, department=department, status=SessionStatus.CLOSED, with_slots=False)
    came, turned_away, lucky = make_patient(), make_patient(), make_patient()
    book_closed(session, came, 3)
    book_closed(session, came, 2, Outcome.CANCELLED)
    book_closed(session, came, 4, Outcome.VOID)
    book_closed(session, lucky, 1, Outcome.MISSED)
    RefusedAttempt.objects.bulk_create(
        RefusedAttempt(session=session, patient=patient, channel=channel, at=NOW)
        for patient, channel in [
            (turned_away, Channel.ADVANCE),
            (turned_away, Channel.SAME_DAY),
            # Full at first, and a number after all.
            (lucky, Channel.ADVANCE),
        ]
    )
    with django_assert_num_queries(1):
        found = daily_demand(hospital=department.hospital, since=TODAY, until=TODAY)
    assert found == {(department.pk, TODAY): 3 + 2 + 1 + 1}


def test_days_of_other_hospitals_and_other_days_are_left_out():
    mine, other = make_department(), make_department()
    write_days(mine, [5, 6])
    write_days(other, [7])
    assert daily_demand(hospital=mine.hospital, since=TODAY - DAY, until=TODAY) == {(mine.pk, TODAY - DAY): 6}


def test_department_and_hospital_are_forecast(department):
    second = make_department(hospital=department.hospital)
    write_days(second, weekly(10, workday=4))
    assert forecast_hospital(hospital=department.hospital, now=NOW) == 3
    whole = ForecastSeries.objects.get(hospital=department.hospital, department=None)
    # The last day that anything is known of is the Friday.
    assert whole.history_until == TODAY - 2 * DAY
    days = {day.date: day for day in whole.days.all()}
    assert len(days) == HORIZON_DAYS
    assert days[TODAY].mean == days[TODAY].upper == 0
    assert days[TODAY + DAY].mean == pytest.approx(14)
    assert days[TODAY + DAY].baseline_mean == 14
    assert (whole.error, whole.baseline_error, whole.coverage) == (0, 0, 1)


def test_holidays_and_make_up_workdays_are_named(department):
    forecast_hospital(hospital=department.hospital, now=datetime(2026, 9, 14, tzinfo=UTC))
    series = ForecastSeries.objects.get(department=department)
    notes = dict(series.days.values_list("date", "day_note"))
    assert notes[date(2026, 9, 20)] == "调休上班"
    assert notes[date(2026, 9, 25)] == "中秋节"
    assert notes[date(2026, 8, 12)] == ""


def test_departments_learn_of_holidays_from_the_hospital():
    """A department that opened after the last holiday expects from the next what the hospital has seen of them."""
    hospital = make_hospital()
    old, new = make_department(hospital=hospital), make_department(hospital=hospital)
    last = date(2026, 9, 18)
    days = [last - i * DAY for i in range(500, -1, -1)]
    off = {date(2025, 10, i) for i in range(1, 9)} | {date(2026, 5, i) for i in range(1, 6)} | {date(2026, 6, 19)}
    worked = {date(2025, 9, 28), date(2025, 10, 11), date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9)}
    write_days(old, [0 if day in off or (day.weekday() >= 5 and day not in worked) else 12 for day in days], last=last)
    write_days(new, [0 if day.weekday() >= 5 else 6 for day in days[-60:]], last=last)
    forecast_hospital(hospital=hospital, now=datetime(2026, 9, 18, 20, tzinfo=UTC))
    mean = dict(DailyForecast.objects.filter(series__department=new).values_list("date", "mean"))
    assert mean[date(2026, 9, 21)] == pytest.approx(6)
    # On ten of the hospital's fourteen weekdays off nobody came.
    assert mean[date(2026, 10, 1)] < 3
    # A Saturday on which people work: the department has never been open on one, the calendar says it will be.
    assert mean[date(2026, 10, 10)] > 3


def test_a_second_run_writes_the_same(department):
    forecast_hospital(hospital=department.hospital, now=NOW)
    before = set(DailyForecast.objects.values_list("series_id", "date", "mean", "lower", "upper"))
    forecast_hospital(hospital=department.hospital, now=NOW)
    assert set(DailyForecast.objects.values_list("series_id", "date", "mean", "lower", "upper")) == before
    assert ForecastSeries.objects.count() == 2


def test_a_department_without_history_any_more_loses_its_forecast(department):
    forecast_hospital(hospital=department.hospital, now=NOW)
    Appointment.objects.all().delete()
    assert forecast_hospital(hospital=department.hospital, now=NOW) == 0
    assert not ForecastSeries.objects.exists()


def test_the_queries_do_not_grow_with_the_departments(department, django_assert_num_queries):
    # Two of the history, its end and policy; saving, the lock, and the rows of before.
    with django_assert_num_queries(11):
        forecast_hospital(hospital=department.hospital, now=NOW)
    for _ in range(3):
        write_days(make_department(hospital=department.hospital), weekly(3))
    with django_assert_num_queries(11):
        forecast_hospital(hospital=department.hospital, now=NOW)


def test_three_days_are_repeated_with_a_note():
    department = make_department()
    write_days(department, [4, 6, 5])
    forecast_hospital(hospital=department.hospital, now=NOW)
    series = ForecastSeries.objects.get(department=department)
    assert (series.history_days, series.error, series.note) == (3, None, "历史不足四周，暂以上周同日代替。")
    first = series.days.get(date=TODAY)
    assert first.mean == pytest.approx(5)
    assert first.lower < 2 < 8 < first.upper


def test_the_task_forecasts_every_hospital(department):
    import_string(SCHEDULE["forecast-demand"]["task"]).delay()
    assert ForecastSeries.objects.filter(hospital=department.hospital).count() == 2


# Factors


def lay_out(department, *, weeks=2, sessions=1, rated=20, first=TODAY + DAY):
    for week in range(weeks):
        for day in range(5):
            for hour in range(sessions):
                make_session(
                    visit_date=first + (7 * week + day) * DAY,
                    department=department,
                    rated_capacity=rated,
                    with_slots=False,
                    starts_at=datetime(2026, 1, 1, hour, tzinfo=UTC) + (first - date(2026, 1, 1)) + (7 * week + day) * DAY,
                )


def factor_of(department, day):
    return forecast_factors(hospital=department.hospital, from_date=day, to_date=day).of(
        department_id=department.pk, visit_date=day
    )


def test_an_ordinary_week_leaves_the_means_alone(department):
    lay_out(department)
    forecast_hospital(hospital=department.hospital, now=NOW)
    factor = factor_of(department, TODAY + DAY)
    assert factor.value == 1
    assert factor.basis["forecast"] == pytest.approx(10)
    # One of the ten Mondays followed the Dragon Boat Festival, and was none of the usual ones.
    assert (factor.basis["seats"], factor.basis["usual_seats"], factor.basis["usual_days"]) == (20, 20, 9)


def test_more_sessions_share_the_same_demand(department):
    lay_out(department, sessions=2)
    forecast_hospital(hospital=department.hospital, now=NOW)
    assert factor_of(department, TODAY + DAY).value == 0.5


def test_rising_demand_raises_the_means():
    department = make_department()
    rng = np.random.default_rng(8)
    level = [12] * 20 + [27] * 26
    counts = [0 if i % 7 in (0, 6) else rng.poisson(level[i // 7]) for i in range(7 * 46)]
    write_days(department, counts, rated=40)
    lay_out(department, rated=40)
    forecast_hospital(hospital=department.hospital, now=NOW)
    # 27 a day now, (20 · 12 + 26 · 27) / 46 = 20.5 in the window.
    factors = [factor_of(department, TODAY + i * DAY).value for i in range(1, 6)]
    assert np.mean(factors) == pytest.approx(27 / 20.5, abs=0.15)


def test_factors_are_bounded(department):
    forecast_hospital(hospital=department.hospital, now=NOW)
    lay_out(department)
    for mean, bound in ((200, LARGEST), (0.1, SMALLEST)):
        DailyForecast.objects.update(mean=mean)
        assert factor_of(department, TODAY + DAY).value == bound


@pytest.mark.parametrize("change", [{"error": None}, {"error": 0.51}, {"baseline_error": None}])
def test_a_forecast_that_cannot_be_trusted_changes_nothing(department, change):
    forecast_hospital(hospital=department.hospital, now=NOW)
    lay_out(department)
    DailyForecast.objects.update(mean=20)
    assert factor_of(department, TODAY + DAY).value == 2
    ForecastSeries.objects.update(**change)
    factor = factor_of(department, TODAY + DAY)
    assert factor.value == 1
    assert factor.basis["reason"]


def test_days_without_forecast_or_usual_patients_change_nothing(department):
    forecast_hospital(hospital=department.hospital, now=NOW)
    lay_out(department)
    for day in (TODAY, TODAY + 300 * DAY):
        assert factor_of(department, day).value == 1


def test_factors_of_many_departments_are_read_at_once(department, django_assert_num_queries):
    forecast_hospital(hospital=department.hospital, now=NOW)
    with django_assert_num_queries(3):
        found = forecast_factors(hospital=department.hospital, from_date=TODAY, to_date=TODAY + 60 * DAY)
        for i in range(60):
            found.of(department_id=department.pk, visit_date=TODAY + i * DAY)


# Suggestions: TODAY is a Sunday, so the first whole week begins tomorrow.


def suggest(department):
    return suggest_sessions(hospital=department.hospital, now=NOW)


def test_nothing_is_suggested_where_seats_and_demand_agree(department):
    lay_out(department, rated=10)
    forecast_hospital(hospital=department.hospital, now=NOW)
    assert suggest(department) == []


def test_more_sessions_are_suggested_in_whole_ones(department):
    lay_out(department, rated=4)
    forecast_hospital(hospital=department.hospital, now=NOW)
    made = suggest(department)
    assert [s.week for s in made] == [TODAY + DAY, TODAY + 8 * DAY]
    # 50 are foretold, 20 seats are there: 7.5 sessions of four.
    assert [(s.direction, s.sessions, round(s.demand), s.seats) for s in made] == [(SuggestionDirection.MORE, 7, 50, 20)] * 2


def test_fewer_sessions_are_suggested_beyond_the_interval_only(department):
    lay_out(department, rated=20, sessions=2)
    forecast_hospital(hospital=department.hospital, now=NOW)
    # 200 seats for 50 patients: seven sessions of twenty are not needed.
    assert [(s.direction, s.sessions) for s in suggest(department)] == [(SuggestionDirection.FEWER, 7)] * 2
    # Were the interval of each day to reach 38, the week's would leave ten seats: no whole session.
    DailyForecast.objects.filter(mean__gt=0).update(upper=38)
    assert suggest(department) == []
    assert not SessionSuggestion.objects.exists()


def test_weeks_that_are_not_laid_out_yet_are_not_judged(department):
    lay_out(department, weeks=1, rated=4)
    make_session(visit_date=TODAY + 8 * DAY, department=department, with_slots=False)
    forecast_hospital(hospital=department.hospital, now=NOW)
    assert [s.week for s in suggest(department)] == [TODAY + DAY]


def test_forecasts_that_miss_by_more_than_half_suggest_nothing(department):
    lay_out(department, rated=4)
    forecast_hospital(hospital=department.hospital, now=NOW)
    ForecastSeries.objects.update(error=0.6)
    assert suggest(department) == []


def test_dismissed_suggestions_stay_dismissed(department):
    lay_out(department, rated=4)
    forecast_hospital(hospital=department.hospital, now=NOW)
    first = suggest(department)[0]
    dismissed = SessionSuggestion.objects.get(department=department, week=first.week)
    dismiss_suggestion(suggestion_id=dismissed.pk, hospital_id=department.hospital_id, now=NOW)
    suggest(department)
    dismissed.refresh_from_db()
    assert dismissed.dismissed_at == NOW
    assert SessionSuggestion.objects.filter(dismissed_at=None).count() == 1
    dismiss_suggestion(suggestion_id=dismissed.pk, hospital_id=department.hospital_id, now=NOW + DAY)
    dismissed.refresh_from_db()
    assert dismissed.dismissed_at == NOW


def test_another_hospitals_suggestion_cannot_be_dismissed(department):
    lay_out(department, rated=4)
    forecast_hospital(hospital=department.hospital, now=NOW)
    suggest(department)
    with pytest.raises(SuggestionGone):
        dismiss_suggestion(suggestion_id=SessionSuggestion.objects.first().pk, hospital_id=make_hospital().pk, now=NOW)
    assert not SessionSuggestion.objects.filter(dismissed_at__isnull=False).exists()


def test_weeks_that_are_over_are_forgotten(department):
    lay_out(department, rated=4)
    forecast_hospital(hospital=department.hospital, now=NOW)
    suggest(department)
    SessionSuggestion.objects.filter(week=TODAY + DAY).update(week=TODAY - 13 * DAY, dismissed_at=NOW)
    suggest(department)
    assert not SessionSuggestion.objects.filter(week__lt=TODAY - 6 * DAY).exists()
