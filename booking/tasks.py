"""What booking does by the clock. Each task is safe to run twice and finds by itself what is to be done."""

from celery import shared_task
from django.utils import timezone

from booking.services.choices import apply_due_defaults
from booking.services.closing import close_days_before
from booking.services.confirmation import release_unconfirmed
from booking.services.entitlements.granting import grant_coupons, grant_period_entitlements
from booking.services.holds import close_abandoned_orders, expire_due_holds
from booking.services.idempotency import purge_answers
from booking.services.reconciliation.runs import reconcile_due_days
from booking.services.refunds import due_refunds, submit_refund
from booking.services.waitlist.passing import pass_on_seats as pass_on_free_seats
from hospitals.models import Hospital


@shared_task
def expire_holds() -> None:
    expire_due_holds(now=timezone.now())


@shared_task
def pass_on_seats() -> None:
    pass_on_free_seats(now=timezone.now())


@shared_task
def settle_orders() -> None:
    close_abandoned_orders(now=timezone.now())


@shared_task
def send_refunds() -> None:
    for refund_id in due_refunds(now=timezone.now()):
        send_refund.delay(refund_id=refund_id)


@shared_task
def send_refund(*, refund_id: int) -> None:
    submit_refund(refund_id=refund_id, now=timezone.now())


@shared_task
def close_days() -> None:
    for hospital_id in Hospital.objects.values_list("pk", flat=True):
        close_hospital_days.delay(hospital_id=hospital_id)


@shared_task
def close_hospital_days(*, hospital_id: int) -> None:
    now = timezone.now()
    hospital = Hospital.objects.get(pk=hospital_id)
    close_days_before(hospital=hospital, day=now.astimezone(hospital.zone).date(), now=now)


@shared_task
def settle_choices() -> None:
    apply_due_defaults(now=timezone.now())


@shared_task
def release_unconfirmed_bookings() -> None:
    release_unconfirmed(now=timezone.now())


@shared_task
def forget_answers() -> None:
    purge_answers(now=timezone.now())


@shared_task
def reconcile_bills() -> None:
    reconcile_due_days(now=timezone.now())


@shared_task
def grant_entitlements() -> None:
    for hospital_id in Hospital.objects.filter(is_active=True).values_list("pk", flat=True):
        grant_hospital_entitlements.delay(hospital_id=hospital_id)


@shared_task
def grant_hospital_entitlements(*, hospital_id: int) -> None:
    now, hospital = timezone.now(), Hospital.objects.get(pk=hospital_id)
    grant_period_entitlements(hospital=hospital, now=now)
    grant_coupons(hospital=hospital, now=now)
