"""Each night, which doctors' weekdays and periods are hot: how full their sessions became, and how fast after the release."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from booking.models import AppointmentStatus, Channel
from hospitals.locks import lock_hospital_in_time
from hospitals.models import Hospital, SessionStatus
from hospitals.services.popularity import PublishedHeat, WeekPlace, publish_popularity
from scoring.models import Popularity, ScoringPolicy
from scoring.numeric.popularity import Ground, HotBounds, HotVerdict, judge_heat
from scoring.services.policies import policy_in_force


@dataclass(frozen=True, slots=True)
class Demand:
    """What a window's sessions at one place of the week came to.

    `fill_percent`: seats of the advance quotas that were held when the visit day began, of all of them, to two decimals.
    `sell_out_hours`: median, over the sessions that sold out, from the release until they were first full. `refused`: patients
    who tried and met a full session, once per session and channel.
    """

    place: WeekPlace
    sessions: int
    sold_out_sessions: int
    fill_percent: Decimal
    sell_out_hours: float | None
    refused: int


@dataclass(frozen=True, slots=True)
class PopularityFound:
    """How many places were judged, how many of them are hot, and how many became so or cooled off this time."""

    places: int
    hot: int
    became_hot: int
    cooled: int
    published: PublishedHeat


def find_popular(*, hospital_id: int, now: datetime) -> PopularityFound:
    """Judge each place of the week anew by the sessions held in the policy's weeks before today, and let the schedule follow.

    A place without any session in those weeks is forgotten, and its templates are ordinary again. Run twice, the second time
    changes nothing. Raises TooBusy, Hospital.DoesNotExist.
    """
    hospital = Hospital.objects.get(pk=hospital_id)
    as_of = now.astimezone(hospital.zone).date()
    policy = policy_in_force(hospital_id=hospital_id)
    demands = measure_demand(hospital=hospital, as_of=as_of, weeks=policy.hot_window_weeks)
    with transaction.atomic():
        # Measured without a lock: only what follows from it is written one run at a time.
        lock_hospital_in_time(hospital_id)
        before = hot_places(hospital_id=hospital_id)
        rows = [_judge(hospital, demand, demand.place in before, policy, as_of) for demand in demands]
        _keep(hospital, rows)
        hot = {_place(row) for row in rows if row.is_hot}
        published = publish_popularity(hospital_id=hospital_id, hot=hot, now=now)
    return PopularityFound(len(rows), len(hot), len(hot - before), len(before - hot), published)


def hot_places(*, hospital_id: int) -> set[WeekPlace]:
    """What the last night found hot."""
    return {_place(row) for row in Popularity.objects.filter(hospital_id=hospital_id, is_hot=True)}


def places_under(*, hospital: Hospital, policy: ScoringPolicy, as_of: date) -> set[WeekPlace]:
    """What the next night would find hot under a policy. Nothing is written."""
    before = hot_places(hospital_id=hospital.pk)
    demands = measure_demand(hospital=hospital, as_of=as_of, weeks=policy.hot_window_weeks)
    return {demand.place for demand in demands if _judge(hospital, demand, demand.place in before, policy, as_of).is_hot}


def measure_demand(*, hospital: Hospital, as_of: date, weeks: int) -> list[Demand]:
    """Count the sessions that were held in the `weeks` weeks before `as_of`, by place of the week.

    Left out are suspended sessions, those without an advance quota, and those with imported appointments, whose quota is made of
    what was taken. Of a session count the advance bookings made before its visit day, but those entered in error; each takes a
    seat from the moment it was made, whether paid for in the end or not, until it is cancelled. Sold out is a session when as
    many are live at once as its quota is now; what happens in the same instant counts as one step, so that moving within a
    session is none. Bookings of tiers A and B before the release count, and a session that they fill took 0 hours.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _DEMAND,
            {
                "hospital": hospital.pk,
                "first": as_of - timedelta(weeks=weeks),
                "as_of": as_of,
                "zone": hospital.time_zone,
                "suspended": SessionStatus.SUSPENDED,
                "advance": Channel.ADVANCE,
                "in_error": AppointmentStatus.ENTERED_IN_ERROR,
            },
        )
        return [Demand(WeekPlace(*row[:4]), *row[4:]) for row in cursor.fetchall()]


_DEMAND = """
WITH held AS (
    SELECT id, department_id, doctor_id, extract(isodow FROM visit_date)::int AS weekday, period, advance_quota AS quota,
        releases_at, visit_date::timestamp AT TIME ZONE %(zone)s AS day_begins
    FROM hospitals_clinicsession AS session
    WHERE hospital_id = %(hospital)s AND visit_date >= %(first)s AND visit_date < %(as_of)s
        AND status <> %(suspended)s AND advance_quota > 0
        AND NOT EXISTS (
            SELECT FROM booking_appointment AS past WHERE past.session_id = session.id AND past.import_key IS NOT NULL
        )
), seat AS (
    SELECT held.id, held.quota, held.day_begins, taken.created_at, taken.cancelled_at
    FROM held JOIN booking_appointment AS taken ON taken.session_id = held.id
    WHERE taken.channel = %(advance)s AND taken.status <> %(in_error)s AND taken.created_at < held.day_begins
), filled AS (
    SELECT id, count(*) AS bookings, count(*) FILTER (WHERE cancelled_at IS NULL OR cancelled_at >= day_begins) AS taken
    FROM seat GROUP BY id
), live AS (
    SELECT seat.id, seat.quota, step.at, sum(step.change) OVER (PARTITION BY seat.id ORDER BY step.at) AS seats
    FROM seat JOIN filled ON filled.id = seat.id AND filled.bookings >= seat.quota
    CROSS JOIN LATERAL (VALUES (seat.created_at, 1), (seat.cancelled_at, -1)) AS step (at, change)
    WHERE step.at < seat.day_begins
), sold_out AS (
    SELECT id, min(at) AS at FROM live WHERE seats >= quota GROUP BY id
), refused AS (
    SELECT held.id, count(*) AS attempts FROM held JOIN booking_refusedattempt AS attempt ON attempt.session_id = held.id
    GROUP BY held.id
)
SELECT held.department_id, held.doctor_id, held.weekday, held.period, count(*), count(sold_out.at),
    round(100.0 * sum(least(coalesce(filled.taken, 0), held.quota)) / sum(held.quota), 2),
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY CASE WHEN sold_out.at IS NOT NULL
            THEN greatest(0, extract(epoch FROM sold_out.at - held.releases_at) / 3600.0)::float8 END
    ),
    coalesce(sum(refused.attempts), 0)::int
FROM held
LEFT JOIN filled ON filled.id = held.id
LEFT JOIN sold_out ON sold_out.id = held.id
LEFT JOIN refused ON refused.id = held.id
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
"""


def hot_bounds(policy: ScoringPolicy) -> HotBounds:
    return HotBounds(
        minimum_sessions=policy.hot_minimum_sessions,
        hot_fill_percent=policy.hot_fill_percent,
        sell_out_hours=policy.hot_sell_out_hours,
        cool_fill_percent=policy.cool_fill_percent,
    )


def _judge(hospital: Hospital, demand: Demand, was_hot: bool, policy: ScoringPolicy, as_of: date) -> Popularity:
    verdict = judge_heat(
        sessions=demand.sessions,
        sold_out_sessions=demand.sold_out_sessions,
        fill_percent=float(demand.fill_percent),
        sell_out_hours=demand.sell_out_hours,
        was_hot=was_hot,
        bounds=hot_bounds(policy),
    )
    return Popularity(
        hospital=hospital,
        **demand.place._asdict(),
        sessions=demand.sessions,
        sold_out_sessions=demand.sold_out_sessions,
        fill_percent=demand.fill_percent,
        sell_out_hours=demand.sell_out_hours,
        refused=demand.refused,
        is_hot=verdict.is_hot,
        reason=explain_heat(demand, verdict, policy),
        as_of=as_of,
    )


def explain_heat(demand: Demand, verdict: HotVerdict, policy: ScoringPolicy) -> str:
    """The verdict in a sentence for staff, with the numbers that it rests on."""
    counted = f"近 {policy.hot_window_weeks} 周 {demand.sessions} 个班次中 {demand.sold_out_sessions} 个约满"
    counted += f"，约满率 {demand.fill_percent.normalize():f}%"
    if demand.sell_out_hours is not None:
        counted += f"，放号后 {demand.sell_out_hours:.1f} 小时约满（中位数）"
    if demand.refused:
        counted += f"，{demand.refused} 人次因约满未约上"
    return f"{counted}。{_GROUNDS[verdict.ground].format(policy=policy, word='热门' if verdict.is_hot else '普通')}"


_GROUNDS = {
    Ground.TOO_FEW: "少于 {policy.hot_minimum_sessions} 个班次，不作判定，仍为{word}。",
    Ground.POPULAR: "达到热门标准：约满率不低于 {policy.hot_fill_percent}%，{policy.hot_sell_out_hours} 小时内约满。",
    Ground.STILL_FULL: "约满率不低于 {policy.cool_fill_percent}%，继续为热门。",
    Ground.COOLED: "约满率低于 {policy.cool_fill_percent}%，恢复普通。",
    Ground.NOT_FULL: "约满率低于 {policy.hot_fill_percent}%，为普通。",
    Ground.SELDOM_SOLD_OUT: "约满的班次没有过半，为普通。",
    Ground.SLOW: "约满用时超过 {policy.hot_sell_out_hours} 小时，为普通。",
}


def _keep(hospital: Hospital, rows: list[Popularity]) -> None:
    key = ["hospital", "department", "doctor", "weekday", "period"]
    found = ["sessions", "sold_out_sessions", "fill_percent", "sell_out_hours", "refused", "is_hot", "reason", "as_of"]
    kept = Popularity.objects.bulk_create(rows, batch_size=1000, update_conflicts=True, unique_fields=key, update_fields=found)
    Popularity.objects.filter(hospital=hospital).exclude(pk__in=[row.pk for row in kept]).delete()


def _place(row: Popularity) -> WeekPlace:
    return WeekPlace(row.department_id, row.doctor_id, row.weekday, row.period)
