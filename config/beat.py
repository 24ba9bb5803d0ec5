"""Everything that runs by the clock, in one place. Times are in CELERY_TIMEZONE (Asia/Shanghai).

Each task finds by itself what is to be done and is safe to run twice: a missed run is made good by the next one.
"""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

# A run that waited longer than its interval in the queue is dropped: the next one does its work.
SWEEP_SECONDS = 30

SCHEDULE: dict[str, dict[str, Any]] = {
    # Holds that ran out are ended within half a minute.
    "expire-holds": {
        "task": "booking.tasks.expire_holds",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    # Seats that were given up go to the waitlist, or back on sale when their random delay is over.
    "pass-on-seats": {
        "task": "booking.tasks.pass_on_seats",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    # Refunds that are owed are sent, and asked about until WeChat has settled them.
    "send-refunds": {
        "task": "booking.tasks.send_refunds",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    # Orders whose appointment is gone are closed at WeChat, or found paid and refunded.
    "settle-orders": {"task": "booking.tasks.settle_orders", "schedule": timedelta(minutes=5)},
    # Messages that booking events call for are written, and those that are due are sent.
    "collect-messages": {
        "task": "notifications.tasks.collect_messages",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    "send-messages": {
        "task": "notifications.tasks.send_messages",
        "schedule": timedelta(seconds=SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS},
    },
    # Visits that will probably be missed are reminded of once more.
    "remind-once-more": {
        "task": "notifications.tasks.collect_extra_reminders",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    # Yesterday's bill is compared with our books once WeChat has it, at about ten; until then it is asked for each hour.
    "reconcile": {"task": "booking.tasks.reconcile_bills", "schedule": crontab(hour="10-23", minute=15)},
    # Patients of suspended sessions who did not choose in time get what the hospital's policy says.
    "settle-choices": {"task": "booking.tasks.settle_choices", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    # Bookings that had to be confirmed by telephone, and were not in time, are released.
    "release-unconfirmed": {
        "task": "booking.tasks.release_unconfirmed_bookings",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    # Yesterday's appointments get their outcome; hourly, because hospitals may keep different zones.
    "close-days": {"task": "booking.tasks.close_days", "schedule": crontab(minute=10)},
    # The next days' sessions are made from the weekly templates, before the morning's release.
    "generate-sessions": {"task": "hospitals.tasks.generate_all_sessions", "schedule": crontab(hour=1, minute=0)},
    # Every patient's standing, from the outcomes that closing the day has written.
    "score": {"task": "scoring.tasks.score_all_hospitals", "schedule": crontab(hour=2, minute=0)},
    # Between the nights, the standings of those whose outcomes have changed: an appointment closed, a record corrected.
    "score-due": {"task": "scoring.tasks.score_due_everywhere", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    # Which doctors' weekdays and periods are hot; the coming sessions that nobody can book yet follow.
    "find-popular": {"task": "scoring.tasks.find_popular_everywhere", "schedule": crontab(hour=2, minute=30)},
    # Departments' and doctors' months, of the outcomes that changed since the night before.
    "count-indicators": {"task": "scoring.tasks.count_all_indicators", "schedule": crontab(hour=2, minute=40)},
    # Patients of tiers A and B get what their tier gives for the running month, quarter or year, and a coupon after a visit.
    "grant-entitlements": {"task": "booking.tasks.grant_entitlements", "schedule": crontab(minute=40)},
    # What each hospital's bookings came to: learnt anew, written on those to come, and the tiers checked against it.
    "learn-misses": {"task": "scoring.tasks.learn_misses_everywhere", "schedule": crontab(hour=3, minute=0)},
    # Bookings that were made since the night get their chance of a miss.
    "predict-misses": {
        "task": "scoring.tasks.predict_new_everywhere",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    # Uploaded counts that nobody confirmed are kept a day.
    "forget-uploads": {"task": "scoring.tasks.forget_uploads", "schedule": crontab(hour=3, minute=50)},
    # The daily demand of the coming weeks, by department and hospital, which scales the plans; what it says of the schedule.
    "forecast-demand": {"task": "capacity.tasks.forecast_all_hospitals", "schedule": crontab(hour=3, minute=10)},
    # Quotas of the coming sessions that are not released yet.
    "plan-capacity": {"task": "capacity.tasks.plan_all_hospitals", "schedule": crontab(hour=4, minute=0)},
    # Sessions that are closed are compared with what was expected of their quotas.
    "compare-plans": {"task": "capacity.tasks.compare_all_hospitals", "schedule": crontab(hour=3, minute=20)},
    # Consultations are timed, and the range of waits that patients are told is set to hold as often as it claims.
    "learn-from-waits": {"task": "capacity.tasks.learn_from_all_waits", "schedule": crontab(hour=3, minute=10)},
    # Sessions that open soon get the 加号 that are best with the bookings known.
    "resolve-mornings": {
        "task": "capacity.tasks.resolve_mornings",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    # Stored answers to idempotency keys are kept a day.
    "forget-answers": {"task": "booking.tasks.forget_answers", "schedule": crontab(hour=3, minute=30)},
    # Codes and refresh tokens that have expired need not be remembered.
    "forget-credentials": {"task": "accounts.purge_expired_credentials", "schedule": crontab(hour=3, minute=40)},
}
