"""Plans by the clock, a task per hospital."""

from celery import shared_task
from django.utils import timezone

from capacity.services.comparisons import compare_sessions
from capacity.services.forecasting import forecast_hospital as forecast
from capacity.services.morning import hospitals_with_mornings
from capacity.services.morning import resolve_mornings as resolve
from capacity.services.planning import plan_hospital as plan
from capacity.services.suggestions import suggest_sessions
from capacity.services.wait_calibration import learn_from_waits
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


@shared_task
def learn_from_all_waits() -> None:
    """Hand out one task per hospital."""
    for hospital_id in Hospital.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        learn_from_hospital_waits.delay(hospital_id=hospital_id)


@shared_task
def learn_from_hospital_waits(*, hospital_id: int) -> None:
    """Time one hospital's consultations and set its range of waits. Run twice, the second time comes to the same."""
    learn_from_waits(hospital=Hospital.objects.get(pk=hospital_id), now=timezone.now())


@shared_task
def forecast_all_hospitals() -> None:
    """Hand out one task per hospital, before the planning that scales its means by them."""
    for hospital_id in Hospital.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        forecast_hospital.delay(hospital_id=hospital_id)


@shared_task
def forecast_hospital(*, hospital_id: int) -> None:
    """Forecast one hospital's daily demand, and say where its schedule is off. Run twice, the second time changes nothing."""
    hospital, now = Hospital.objects.get(pk=hospital_id), timezone.now()
    forecast(hospital=hospital, now=now)
    suggest_sessions(hospital=hospital, now=now)
