"""The nightly scoring, a task per hospital."""

from celery import shared_task
from django.utils import timezone

from hospitals.models import Hospital
from scoring.services import nightly


@shared_task
def score_hospital(*, hospital_id: int) -> None:
    """Bring the standings of one hospital up to date. Run twice, the second time changes nothing."""
    nightly.score_hospital(hospital_id=hospital_id, now=timezone.now())


@shared_task
def score_all_hospitals() -> None:
    """Hand out one task per hospital, so that one that fails does not keep the others from theirs."""
    for hospital_id in Hospital.objects.order_by("pk").values_list("pk", flat=True):
        score_hospital.delay(hospital_id=hospital_id)
