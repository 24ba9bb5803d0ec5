"""The nightly scoring, a task per hospital."""

from celery import shared_task
from django.utils import timezone

from hospitals.models import Hospital
from scoring.services import indicators, nightly, popularity


@shared_task
def score_hospital(*, hospital_id: int) -> None:
    """Bring the standings of one hospital up to date. Run twice, the second time changes nothing."""
    nightly.score_hospital(hospital_id=hospital_id, now=timezone.now())


@shared_task
def score_all_hospitals() -> None:
    """Hand out one task per hospital, so that one that fails does not keep the others from theirs."""
    for hospital_id in Hospital.objects.order_by("pk").values_list("pk", flat=True):
        score_hospital.delay(hospital_id=hospital_id)


@shared_task
def find_popular(*, hospital_id: int) -> None:
    """Judge which sessions of one hospital are hot. Run twice, the second time changes nothing."""
    popularity.find_popular(hospital_id=hospital_id, now=timezone.now())


@shared_task
def find_popular_everywhere() -> None:
    """Hand out one task per hospital, as above."""
    for hospital_id in Hospital.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        find_popular.delay(hospital_id=hospital_id)


@shared_task
def count_indicators(*, hospital_id: int) -> None:
    """Bring the monthly indicators of one hospital up to date. Run twice, the second time changes nothing."""
    indicators.count_indicators(hospital_id=hospital_id, now=timezone.now())


@shared_task
def count_all_indicators() -> None:
    """Hand out one task per hospital, as above."""
    for hospital_id in Hospital.objects.order_by("pk").values_list("pk", flat=True):
        count_indicators.delay(hospital_id=hospital_id)
