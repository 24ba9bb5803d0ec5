"""The nightly scoring, a task per hospital."""

from celery import shared_task
from django.utils import timezone

from hospitals.models import Hospital
from scoring.services import backtest, indicators, miss_model, miss_predictions, nightly, pending_uploads, popularity

# As often as the sweep runs: what was not begun by then is handed out again.
SWEEP_SECONDS = 60


@shared_task
def score_hospital(*, hospital_id: int) -> None:
    """Bring the standings of one hospital up to date. Run twice, the second time changes nothing."""
    nightly.score_hospital(hospital_id=hospital_id, now=timezone.now())


@shared_task
def score_all_hospitals() -> None:
    """Hand out one task per hospital, so that one that fails does not keep the others from theirs."""
    for hospital_id in Hospital.objects.order_by("pk").values_list("pk", flat=True):
        score_hospital.delay(hospital_id=hospital_id)


@shared_task(expires=SWEEP_SECONDS)
def score_due(*, hospital_id: int) -> None:
    """Bring the standings of those up to date whose outcomes have changed since the night. Run twice at once, one does it."""
    nightly.score_due(hospital_id=hospital_id, now=timezone.now())


@shared_task
def score_due_everywhere() -> None:
    """Hand out one task per hospital where somebody is due, or a run was killed; one that waits in vain is made good later."""
    for hospital_id in nightly.hospitals_due(now=timezone.now()):
        score_due.delay(hospital_id=hospital_id)


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


@shared_task
def learn_misses(*, hospital_id: int) -> None:
    """Learn one hospital's chance of misses anew and write it on the bookings to come."""
    miss_model.refresh_miss_model(hospital_id=hospital_id, now=timezone.now())


@shared_task
def check_tiers(*, hospital_id: int) -> None:
    """Find out whether one hospital's tiers foretold who missed."""
    backtest.store_backtest(hospital_id=hospital_id, now=timezone.now())


@shared_task
def learn_misses_everywhere() -> None:
    """Hand out two tasks per hospital, as above."""
    for hospital_id in Hospital.objects.order_by("pk").values_list("pk", flat=True):
        learn_misses.delay(hospital_id=hospital_id)
        check_tiers.delay(hospital_id=hospital_id)


@shared_task
def predict_new(*, hospital_id: int) -> None:
    """The same for one hospital's bookings of the last hours. Run twice, the second time writes nothing."""
    miss_predictions.predict_new(hospital_id=hospital_id, now=timezone.now())


@shared_task
def predict_new_everywhere() -> None:
    """Hand out one task per hospital that has a model to predict by."""
    for hospital_id in miss_predictions.hospitals_with_model():
        predict_new.delay(hospital_id=hospital_id)


@shared_task
def forget_uploads() -> None:
    """Uploaded counts that nobody confirmed within a day are deleted."""
    pending_uploads.forget_pending_uploads(now=timezone.now())
