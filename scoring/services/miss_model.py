"""Each hospital's model of misses, learnt anew every night from what its bookings came to."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hospitals.models import Hospital
from scoring.models import MissModel
from scoring.numeric.classification import CalibrationGroup
from scoring.services.closed_bookings import Progress, day_of, held_bookings
from scoring.services.miss_predictions import predict_coming
from scoring.services.miss_training import KIND, TooLittle, Trained, train

# What learning may hold in memory at most: about 60 columns of 8 bytes for each, some three times over.
MOST_BOOKINGS = 200_000
# A month of nights, to see how the model fares.
KEPT_MODELS = 30


@dataclass(frozen=True, slots=True)
class Training:
    """The model that was stored, or why there is none."""

    model: MissModel | None
    too_little: TooLittle | None


def refresh_miss_model(*, hospital_id: int, now: datetime) -> Training:
    """What the night does: learn anew, then write the probability of every coming booking."""
    training = train_miss_model(hospital_id=hospital_id, now=now)
    predict_coming(hospital_id=hospital_id, now=now)
    return training


def train_miss_model(*, hospital_id: int, now: datetime, on_progress: Progress | None = None) -> Training:
    """Learn from the hospital's latest closed bookings and store the model; it is in use if it beats its baseline.

    With too little to learn from nothing is stored, and the model of before, if there is one, stays in use.
    """
    hospital = Hospital.objects.get(pk=hospital_id)
    held = held_bookings(hospital=hospital, latest=MOST_BOOKINGS, on_progress=on_progress)
    trained = train(held.facts, held.visit_days, held.is_missed)
    if isinstance(trained, TooLittle):
        return Training(model=None, too_little=trained)
    days = held.visit_days
    return Training(model=_store(hospital, trained, last_day=int(days.max()), bookings=days.size, now=now), too_little=None)


@transaction.atomic
def _store(hospital: Hospital, trained: Trained, *, last_day: int, bookings: int, now: datetime) -> MissModel:
    Hospital.objects.select_for_update(no_key=True).get(pk=hospital.pk)
    models = MissModel.objects.filter(hospital=hospital)
    models.filter(is_in_use=True).update(is_in_use=False)
    stored = MissModel.objects.create(
        hospital=hospital,
        trained_at=now,
        kind=KIND,
        parameters=trained.parameters.as_json() | {"bookings": bookings, "until": day_of(last_day).isoformat()},
        learnt_from=trained.learnt_from,
        learnt_until=day_of(trained.test_from_day - 1),
        tested_on=trained.tested_on,
        miss_rate=trained.test_rate,
        auc=trained.auc,
        brier=trained.brier,
        brier_baseline=trained.brier_baseline,
        calibration=[_group_as_json(group) for group in trained.calibration],
        is_in_use=trained.is_better_than_baseline,
    )
    old = list(models.order_by("-id").values_list("pk", flat=True)[KEPT_MODELS:])
    models.filter(pk__in=old).delete()
    return stored


def _group_as_json(group: CalibrationGroup) -> dict[str, float | int | None]:
    observed = group.observed
    return {
        "predicted": group.predicted,
        "observed": observed.share,
        "low": observed.low,
        "high": observed.high,
        "bookings": observed.total,
        "missed": observed.count,
    }
