"""What the plans of a list come to."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from capacity.models import CapacityPlan, PlanStatus

IN_FORCE, WAITING = Q(status=PlanStatus.APPLIED), Q(status=PlanStatus.PROPOSED)


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """Of the plans chosen: how many wait and are in force; what those in force are expected to lead to, in patients."""

    waiting: int
    in_force: int
    rated: int
    seen: float
    overload: float
    turned_away: float

    @property
    def figures(self) -> list[tuple[str, str, str]]:
        """(name, value, what it means)."""
        share = f"额定 {self.rated} 人的 {self.seen / self.rated:.0%}" if self.rated else ""
        return [
            ("待审批", f"{self.waiting}", "个方案等待门诊办公室"),
            ("已生效", f"{self.in_force}", "个方案，以下为其预计"),
            ("预计就诊", f"{self.seen:.0f} 人", share),
            ("预计超负荷", f"{self.overload:.1f} 人", "超出额定、需加班看的患者"),
            ("预计未挂上", f"{self.turned_away:.0f} 人", "想挂号而没有号的患者"),
        ]


def plan_summary(plans: QuerySet[CapacityPlan]) -> PlanSummary:
    """In one query, however the list is filtered."""
    found = plans.order_by().aggregate(
        waiting=Count("pk", filter=WAITING),
        in_force=Count("pk", filter=IN_FORCE),
        rated=Sum("session__rated_capacity", filter=IN_FORCE),
        seen=Sum("expected_seen", filter=IN_FORCE),
        overload=Sum("expected_overload", filter=IN_FORCE),
        turned_away=Sum("expected_turned_away", filter=IN_FORCE),
    )
    return PlanSummary(**{name: value or 0 for name, value in found.items()})
