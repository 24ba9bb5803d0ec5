"""A hospital at which anything may happen to a past: visits are made and closed, records corrected, counts uploaded, days go by.

Everything goes through the services that do it in life. What each patient's standing has to be is counted here in Python,
row by row, and judged by `scoring.numeric`.
"""

import datetime as dt
import random
from collections import Counter
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from accounts.models import Patient
from booking.models import Appointment, AppointmentStatus, Channel, Outcome, Standing, Tier
from booking.services.closing import close_days_before
from booking.services.mistakes import enter_in_error
from booking.services.outcomes import CORRECTIONS, reclassify
from hospitals.models import ClinicSession, HospitalPatient
from scoring.models import CountsUpload, ScoringPolicy, UploadedCounts
from scoring.numeric import OutcomeCounts, TierBounds, score_counts
from scoring.services.pending_uploads import hold_upload
from scoring.services.policies import revise_scoring_policy
from scoring.services.uploads import confirm_upload, withdraw_upload
from tests.factories.accounts import make_patient, make_staff
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_registration_type, make_session
from tests.scoring.workbooks import CSV_HEADER

FIRST_DAY = dt.date(2026, 3, 2)
SEATS = 100
COUNTS = ("total", "fulfilled", "unattended", "cancelled", "missed")
# The counts, the score and the tier.
Verdict = tuple[int, int, int, int, int, Decimal | None, str]
NOTHING: Verdict = (0, 0, 0, 0, 0, None, Tier.UNRATED)


class RandomHospital:
    """`events` counts what has happened, so that a test can say that it was not nothing."""

    def __init__(self, *, seed: int, patients: int = 10) -> None:
        self.dice = random.Random(seed)
        self.hospital = make_hospital()
        self.clerk = make_staff(is_superuser=True)
        self.doctor = make_doctor(department=make_department(hospital=self.hospital))
        self.kind = make_registration_type(hospital=self.hospital)
        self.patients = [make_patient() for _ in range(patients)]
        for place, patient in enumerate(self.patients):
            HospitalPatient.objects.create(hospital=self.hospital, patient=patient, record_number=f"P{place}")
        self.day = FIRST_DAY
        self.events: Counter[str] = Counter()
        self._sessions = 0
        self.change_rules()

    @property
    def now(self) -> dt.datetime:
        """Noon at the hospital."""
        return dt.datetime.combine(self.day, dt.time(12), tzinfo=self.hospital.zone)

    def do_something(self) -> None:
        often, seldom = (self.close_a_day, self.correct), (self.withdraw, self.enter_in_error, self.upload, self.take_upload_back)
        action = self.dice.choice([*often, *often, *seldom])
        if action():
            self.events[action.__name__] += 1

    def pass_days(self) -> None:
        self.day += dt.timedelta(days=self.dice.choice([1, 1, 2, 9]))

    def change_rules(self) -> bool:
        low, middle, high = sorted(self.dice.sample(range(45, 100), 3))
        self.policy = revise_scoring_policy(
            hospital=self.hospital,
            changes={
                "window_days": self.dice.choice([30, 40]),
                "minimum_appointments": self.dice.randint(1, 3),
                "tier_a_from": Decimal(high) + Decimal("0.5"),
                "tier_b_from": Decimal(middle) + Decimal("0.25"),
                "tier_c_from": Decimal(low),
            },
            by=self.clerk,
            now=self.now,
        )
        return True

    def close_a_day(self) -> bool:
        """Some have come, the others have not, and the clinic of a day before today is closed."""
        visit_date = self.day - dt.timedelta(days=self.dice.randint(1, 3))
        session = self._session(visit_date)
        for patient in self.dice.sample(self.patients, self.dice.randint(1, 4)):
            has_come = self.dice.random() < 0.6
            self._appointment(session, patient, AppointmentStatus.CHECKED_IN if has_come else AppointmentStatus.BOOKED)
        close_days_before(hospital=self.hospital, day=self.day, now=self.now)
        return True

    def withdraw(self) -> bool:
        """Cancelled with an outcome at once, for a visit that may be still to come."""
        session = self._session(self.day + dt.timedelta(days=self.dice.randint(-2, 8)))
        outcome = self.dice.choice([Outcome.CANCELLED, Outcome.UNATTENDED, Outcome.VOID])
        self._appointment(session, self.dice.choice(self.patients), AppointmentStatus.CANCELLED, outcome=outcome)
        return True

    def correct(self) -> bool:
        """As staff do of their own accord, or because an appeal was upheld: void is the exemption."""
        found = self._one(Appointment.objects.filter(outcome__in=CORRECTIONS))
        if found is None:
            return False
        allowed = CORRECTIONS[Outcome(found.outcome)]
        if found.status != AppointmentStatus.NOSHOW:
            allowed = allowed - {Outcome.FULFILLED}
        outcome = self.dice.choice(sorted(allowed))
        reclassify(appointment_id=found.pk, outcome=outcome, by=self.clerk, reason="核对记录", now=self.now)
        return True

    def enter_in_error(self) -> bool:
        found = self._one(Appointment.objects.filter(status__in=[AppointmentStatus.FULFILLED, AppointmentStatus.NOSHOW]))
        if found is None:
            return False
        enter_in_error(appointment_id=found.pk, by=self.clerk, reason="重复录入", now=self.now)
        return True

    def upload(self) -> bool:
        rows = []
        for place in self.dice.sample(range(len(self.patients)), self.dice.randint(1, 4)):
            counts = [self.dice.randint(0, 3) for _ in range(4)]
            # Some files have more than their parts come to.
            rows.append([f"P{place}", sum(counts) + self.dice.choice([0, 0, 1]), *counts])
        content = CSV_HEADER + "".join(",".join(map(str, row)) + "\n" for row in rows)
        pending = hold_upload(
            hospital=self.hospital, by=self.clerk, file_name="次数.csv", content=content.encode(), counts_towards_standing=True,
            counted_until=self.day - dt.timedelta(days=self.dice.randint(0, 35)), now=self.now,
        )  # fmt: skip
        confirm_upload(pending_id=pending.pk, by=self.clerk, now=self.now)
        return True

    def take_upload_back(self) -> bool:
        found = self._one(CountsUpload.objects.filter(withdrawn_at=None))
        if found is None:
            return False
        withdraw_upload(upload_id=found.pk, by=self.clerk, now=self.now)
        return True

    def expected(self, policy: ScoringPolicy, as_of: dt.date) -> dict[int, Verdict]:
        """By patient, from the rows themselves."""
        after = as_of - dt.timedelta(days=policy.window_days)
        counted = {patient.pk: Counter[str]() for patient in self.patients}
        for row in Appointment.objects.filter(hospital=self.hospital).exclude(outcome__in=["", Outcome.VOID]):
            if after < row.visit_date <= as_of:
                counted[row.patient_id].update(["total", row.outcome])
        for row in UploadedCounts.objects.filter(hospital=self.hospital):
            assert row.counted_until is not None
            if after < row.counted_until <= as_of:
                counted[row.patient_id].update({name: getattr(row, name) for name in COUNTS})
        return {patient_id: _judged(counts, policy) for patient_id, counts in counted.items()}

    def standings(self) -> dict[int, Verdict]:
        found = Standing.objects.filter(hospital=self.hospital).values_list("patient_id", *COUNTS, "score", "tier")
        return {patient.pk: NOTHING for patient in self.patients} | {row[0]: row[1:] for row in found}

    def _one(self, among: QuerySet[Any]) -> Any:
        rows = list(among.filter(hospital=self.hospital).order_by("pk"))
        return self.dice.choice(rows) if rows else None

    def _session(self, visit_date: dt.date) -> ClinicSession:
        # One begins a minute after the other: no two of the doctor's at the same time.
        self._sessions += 1
        return make_session(
            visit_date=visit_date, doctor=self.doctor, registration_type=self.kind, rated_capacity=SEATS, with_slots=False,
            advance_taken=SEATS, starts_at=dt.time(8, self._sessions % 60), period=f"{self._sessions}",
        )  # fmt: skip

    def _appointment(self, session: ClinicSession, patient: Patient, status: str, outcome: str = "") -> None:
        Appointment.objects.create(
            hospital=self.hospital,
            session=session,
            department=session.department,
            patient=patient,
            visit_date=session.visit_date,
            channel=Channel.ADVANCE,
            status=status,
            outcome=outcome,
            fee_fen=0,
            created_at=self.now,
            closed_at=self.now if outcome else None,
        )


def _judged(counts: Counter[str], policy: ScoringPolicy) -> Verdict:
    if not counts["total"]:
        return NOTHING
    bounds = TierBounds(*(int(bound * 100) for bound in (policy.tier_a_from, policy.tier_b_from, policy.tier_c_from)))
    scored = score_counts(OutcomeCounts(**{name: counts[name] for name in COUNTS}), bounds=bounds)
    tier = Tier.UNRATED if counts["total"] < policy.minimum_appointments else scored.tier.value
    total, fulfilled, unattended, cancelled, missed = (counts[name] for name in COUNTS)
    return total, fulfilled, unattended, cancelled, missed, scored.score, tier
