"""What is known of waits, written down for the forecast: it is measured above, and read by every patient who waits."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from booking.models import ConsultationPace, WaitCalibration


@transaction.atomic
def store_what_waits_taught(
    *, hospital_id: int, paces: Iterable[ConsultationPace], calibration: WaitCalibration, now: datetime
) -> None:
    """Replace a hospital's paces and its calibration; both come unsaved. Paces that are not among them are forgotten."""
    for pace in (rows := list(paces)):
        pace.hospital_id, pace.computed_at = hospital_id, now
    calibration.hospital_id, calibration.computed_at = hospital_id, now
    ConsultationPace.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["hospital", "department", "doctor"],
        update_fields=["consultations", "mean_minutes", "cv", "computed_at"],
        batch_size=1000,
    )
    ConsultationPace.objects.filter(hospital_id=hospital_id, computed_at__lt=now).delete()
    WaitCalibration.objects.bulk_create(
        [calibration],
        update_conflicts=True,
        unique_fields=["hospital"],
        update_fields=["low_deviations", "high_deviations", "entries", "held", "computed_at"],
    )
