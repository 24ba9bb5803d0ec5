"""What past sessions say about demand and no-shows, read in one query."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import BooleanField, Count, ExpressionWrapper, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, ExtractIsoWeekDay

from booking.models import Channel, Outcome, RefusedAttempt
from hospitals.models import ClinicSession, Hospital, SessionStatus

# A clinic is what recurs and gets quotas of its own: a doctor's (or department's) weekday and half day.
ClinicKey = tuple[int, int | None, int, str]

ON_THE_DAY = (Channel.SAME_DAY, Channel.EXTRA)
ATTENDABLE = (Outcome.FULFILLED, Outcome.MISSED, Outcome.UNATTENDED)


@dataclass(frozen=True, slots=True)
class PastSession:
    """One closed session: who wanted it, who came. Counts are appointments; `*_refused` distinct patients turned away.

    `advance_wanted` and `same_day_wanted` got a number, withdrawn ones included: they were demand. `*_visits` held their
    number to the end, `*_missed` of them did not come, late withdrawals included: their seat was lost.
    """

    clinic: ClinicKey
    visit_date: date
    advance_wanted: int
    same_day_wanted: int
    advance_sold_out: bool
    same_day_sold_out: bool
    advance_refused: int
    same_day_refused: int
    advance_visits: int
    same_day_visits: int
    advance_missed: int
    same_day_missed: int


def past_sessions(*, hospital: Hospital, before: date, days: int) -> list[PastSession]:
    """The closed sessions of the last `days` days that are known, up to `before` (exclusive).

    The window ends with the latest closed session, not with today: a hospital whose history was imported from years ago
    still has a last year to learn from.
    """
    closed = ClinicSession.objects.filter(hospital=hospital, status=SessionStatus.CLOSED, visit_date__lt=before)
    latest = closed.aggregate(latest=Max("visit_date"))["latest"]
    if latest is None:
        return []
    rows = _counted(closed.filter(visit_date__gt=latest - timedelta(days=days)))
    return [_past_session(row) for row in rows.values(*_COLUMNS).iterator(chunk_size=5000)]


_COLUMNS = (
    "department_id",
    "doctor_id",
    "weekday",
    "period",
    "visit_date",
    "imported",
    "advance_wanted",
    "same_day_wanted",
    "advance_full",
    "rated_full",
    "advance_refused",
    "same_day_refused",
    "advance_visits",
    "same_day_visits",
    "advance_missed",
    "same_day_missed",
)


def _counted(sessions: QuerySet[ClinicSession]) -> QuerySet[ClinicSession]:
    counted = ~Q(appointments__outcome__in=[Outcome.VOID, ""])
    attendable = Q(appointments__outcome__in=ATTENDABLE)
    missed = Q(appointments__outcome__in=[Outcome.MISSED, Outcome.UNATTENDED])
    advance, same_day = Q(appointments__channel=Channel.ADVANCE), Q(appointments__channel__in=ON_THE_DAY)
    return sessions.annotate(
        weekday=ExtractIsoWeekDay("visit_date"),
        imported=Count("appointments", filter=Q(appointments__import_key__isnull=False)),
        advance_wanted=Count("appointments", filter=counted & advance),
        same_day_wanted=Count("appointments", filter=counted & same_day),
        advance_visits=Count("appointments", filter=attendable & advance),
        same_day_visits=Count("appointments", filter=attendable & same_day),
        advance_missed=Count("appointments", filter=missed & advance),
        same_day_missed=Count("appointments", filter=missed & same_day),
        advance_full=ExpressionWrapper(Q(advance_taken__gte=F("advance_quota")), output_field=BooleanField()),
        rated_full=ExpressionWrapper(
            Q(advance_taken__gte=F("rated_capacity") + F("extra_quota") - F("same_day_taken") - F("extra_taken")),
            output_field=BooleanField(),
        ),
        advance_refused=_refused([Channel.ADVANCE]),
        same_day_refused=_refused(ON_THE_DAY),
    )


def _refused(channels: tuple[Channel, ...] | list[Channel]) -> Coalesce:
    """How many patients met the session full; a subquery, so that it does not multiply the joined appointments."""
    rows = RefusedAttempt.objects.filter(session=OuterRef("pk"), channel__in=channels).order_by()
    count = rows.values("session").annotate(count=Count("patient", distinct=True)).values("count")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


def _past_session(row: dict[str, object]) -> PastSession:
    # An imported session's quotas are only what was taken: nobody knows whether it was full.
    known = row["imported"] == 0
    values = {name: row[name] for name in PastSession.__slots__ if name in row}
    return PastSession(
        clinic=(row["department_id"], row["doctor_id"], row["weekday"], row["period"]),  # type: ignore[arg-type]
        advance_sold_out=known and bool(row["advance_full"]),
        same_day_sold_out=known and bool(row["rated_full"]),
        **values,  # type: ignore[arg-type]
    )
