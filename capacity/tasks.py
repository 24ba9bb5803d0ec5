"""Plans by the clock, a task per hospital."""

from celery import shared_task
from django.utils import timezone

from capacity.services.comparisons import compare_sessions
from capacity.services.morning import hospitals_with_mornings
from capacity.services.morning import resolve_mornings as resolve
from capacity.services.planning import plan_hospital as plan
from hospitals.models import Hospital


@shared_task
def plan_all_hospitals() -> None:
    """Hand out one task per hospital, so that one that fails does not keep the others from theirs."""
    for hospital_id in Hospital.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        plan_hospital.delay(hospital_id=hospital_id)


@shared_task
def plan_hospital(*, hospital_id: int) -> None:
    """Plan one hospital's coming sessions. Run twice, the second time changes nothing."""
    plan(hospital=Hospital.objects.get(pk=hospital_id), now=timezone.now())


@shared_task
def resolve_mornings() -> None:
    """Hand out one task per hospital that has a session which opens soon and was not solved anew."""
    for hospital_id in hospitals_with_mornings(now=timezone.now()):
        resolve_hospital_mornings.delay(hospital_id=hospital_id)


@shared_task
def resolve_hospital_mornings(*, hospital_id: int) -> None:
    """Solve one hospital's next sessions anew. Run twice, the second time changes nothing."""
    resolve(hospital=Hospital.objects.get(pk=hospital_id), now=timezone.now())


@shared_task
def compare_all_hospitals() -> None:
    """Hand out one task per hospital."""
    for hospital_id in Hospital.objects.order_by("pk").values_list("pk", flat=True):
        compare_hospital.delay(hospital_id=hospital_id)


@shared_task
def compare_hospital(*, hospital_id: int) -> None:
    """Compare one hospital's closed sessions with their plans. Run twice, the second time changes nothing."""
    compare_sessions(hospital=Hospital.objects.get(pk=hospital_id), now=timezone.now())
