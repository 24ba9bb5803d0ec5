"""Background work on the schedule."""

import logging

from celery import shared_task
from django.utils import timezone

from hospitals.models import Hospital
from hospitals.services.sessions import generate_sessions

logger = logging.getLogger(__name__)


@shared_task
def generate_all_sessions() -> None:
    """Start the generation of every open hospital's sessions, each in a task of its own: one failure does not stop the rest."""
    for hospital_id in Hospital.objects.filter(is_active=True).values_list("pk", flat=True):
        generate_hospital_sessions.delay(hospital_id=hospital_id)


@shared_task
def generate_hospital_sessions(*, hospital_id: int) -> None:
    result = generate_sessions(hospital=Hospital.objects.get(pk=hospital_id), now=timezone.now())
    logger.info(
        "Hospital %s: %d sessions and %d slots generated, %d there already",
        hospital_id,
        result.created_sessions,
        result.created_slots,
        result.skipped,
    )
