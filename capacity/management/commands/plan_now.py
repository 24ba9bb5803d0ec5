"""Plan a hospital's coming sessions at once, as the night would."""

import json
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from capacity.models import CapacityPlan, PlanStatus
from capacity.services.planning import PlannedSession, plan_hospital
from hospitals.operator_command import BAD_INPUT, OperatorCommand, hospital_with_code, iso_day
from hospitals.services.sessions import generate_sessions

# Templates are laid out at most this far ahead (BookingPolicy.schedule_days).
LONGEST_SPAN_DAYS = 366
NOTHING_TO_PLAN = (
    "Warning: no session to plan between these dates; sessions come from active weekly templates "
    "whose department, doctor and registration type are active"
)

DESCRIPTION = """\
Solve the quotas of a hospital's coming sessions between two dates (both included) by the two-tier enumeration, and set
them, as the nightly run does. Sessions that the weekly templates call for and that are not there yet are made first.

Sessions that are released already, or whose change is larger than the hospital lets pass by itself, are proposed for
approval instead; sessions whose quotas staff have pinned and suspended ones are left out.

Exit status: 0 planned (there may be nothing to plan), 2 a bad date or hospital."""


class Command(OperatorCommand):
    help = DESCRIPTION

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hospital", required=True, metavar="CODE", help="the code of the hospital")
        parser.add_argument("--from", required=True, type=iso_day, dest="from_date", metavar="DATE", help="YYYY-MM-DD")
        parser.add_argument("--to", required=True, type=iso_day, dest="to_date", metavar="DATE", help="YYYY-MM-DD")
        parser.add_argument("--json", action="store_true", help="a JSON list instead of a table")

    def handle(self, *, hospital: str, from_date: date, to_date: date, json: bool, **options: Any) -> None:
        if to_date < from_date:
            raise CommandError(f"--to {to_date} is before --from {from_date}", returncode=BAD_INPUT)
        if (to_date - from_date).days > LONGEST_SPAN_DAYS:
            raise CommandError(f"--from and --to are more than {LONGEST_SPAN_DAYS} days apart", returncode=BAD_INPUT)
        place = hospital_with_code(hospital)
        now = timezone.now()
        self.show_progress("making sessions …")
        try:
            generate_sessions(hospital=place, now=now, until=to_date)
            self.show_progress("planning …")
            planned = plan_hospital(hospital=place, now=now, from_date=from_date, to_date=to_date)
        finally:
            self.show_progress("")
        if not planned:
            self.stderr.write(NOTHING_TO_PLAN, style_func=str)
        self.stdout.write(_as_json(planned) if json else _as_table(planned))


def _as_json(planned: list[PlannedSession]) -> str:
    # Plans that stood already came without what they rest on.
    plans = CapacityPlan.objects.in_bulk([each.plan.pk for each in planned])
    return json.dumps([_row(each, plans[each.plan.pk]) for each in planned], ensure_ascii=False, allow_nan=False)


def _row(planned: PlannedSession, plan: CapacityPlan) -> dict[str, Any]:
    session = planned.session
    return {
        "session": session.pk,
        "visit_date": session.visit_date.isoformat(),
        "period": session.period,
        "department": session.department.name,
        "doctor": session.doctor.name if session.doctor else None,
        "rated": session.rated_capacity,
        "status": plan.status,
        "status_reason": plan.status_reason,
        "new": planned.is_new,
        "advance": plan.advance_quota,
        "extra": plan.extra_quota,
        "in_force": {"advance": session.advance_quota, "extra": session.extra_quota},
        "inputs": plan.inputs,
        "result": plan.result,
    }


def _as_table(planned: list[PlannedSession]) -> str:
    lines = [f"{'date':10}  {'session':28}  {'N':>3}  {'N1':>3}  {'NA':>3}  {'seen':>5}  {'over':>5}  status"]
    for each in planned:
        seen = each.result.advance_attended + each.result.same_day_attended
        lines.append(
            f"{each.session.visit_date}  {_who(each):28}  {each.session.rated_capacity:3}  {each.plan.advance_quota:3}  "
            f"{each.plan.extra_quota:3}  {seen:5.1f}  {each.result.overload:5.2f}  {each.plan.status}"
        )
    applied = sum(each.plan.status == PlanStatus.APPLIED for each in planned)
    lines.append(f"{len(planned)} sessions planned, {applied} in force, {len(planned) - applied} waiting for approval")
    return "\n".join(lines)


def _who(planned: PlannedSession) -> str:
    doctor = planned.session.doctor
    return f"{planned.session.department.name} {doctor.name if doctor else '—'} {planned.session.period}"
