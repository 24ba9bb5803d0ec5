"""The world that bookings are measured in: one hospital's sessions of 20 seats, and many accounts with one patient each.

Imported after Django is set up. People are made set-based; what is encrypted is the same for all of them, as decrypting it costs
the same.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import connection
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken

from accounts.encryption import EncryptedTextField
from benchmarks.stack import CannotMeasure
from benchmarks.stack.clients import Request
from hospitals.models import (
    BookingPolicy,
    ClinicSession,
    Department,
    Doctor,
    DoctorTitle,
    Hospital,
    Period,
    RegistrationType,
    Slot,
)
from hospitals.services.sessions import slots_of

SEATS, SLOT_MINUTES = 20, 30
# 08:00 to 12:00 in half hours, of two or three seats each.
WINDOWS = 8
# The tables that `people` writes.
PEOPLE = ("accounts_user", "accounts_patient", "accounts_accountpatient", "accounts_consent")
TOKEN_LIFETIME = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class People:
    """Accounts and their patients, in the same order; each account has one patient."""

    users: range
    patients: range


@dataclass(frozen=True, slots=True)
class Offer:
    """Sessions and their windows: `WINDOWS` slots a session, in order."""

    sessions: range
    slots: range

    def windows(self) -> Iterator[int]:
        """The slots in turn, as widely spread as can be: a window of each session, then the next of each, and again."""
        for place in itertools.cycle(range(WINDOWS)):
            yield from self.slots[place::WINDOWS]


class World:
    """A hospital with one policy and one department; sessions and people are added as a measurement needs them."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._days = 0
        self._hospital = Hospital.objects.create(code="bench", name="测速医院")
        self._policy = BookingPolicy.objects.create(hospital=self._hospital, version=1, valid_from=now - timedelta(days=30))
        self._department = Department.objects.create(hospital=self._hospital, code="bench", name="测速科")
        self._type = RegistrationType.objects.create(hospital=self._hospital, code="free", name="免费号", fee_fen=0)
        self._doctors = Doctor.objects.bulk_create(
            Doctor(hospital=self._hospital, department=self._department, code=f"D{n}", name=f"医生{n}", title=DoctorTitle.CHIEF)
            for n in range(100)
        )

    def offer(self, count: int) -> Offer:
        """Makes that many sessions, released and open for advance booking, each of another doctor or day."""
        days = -(-count // len(self._doctors))
        # Tomorrow's may be closed already: from the day after on.
        first = self._now.astimezone(self._hospital.zone).date() + timedelta(days=2 + self._days)
        self._days += days
        sessions = [self._session(doctor, first + timedelta(days=day)) for day in range(days) for doctor in self._doctors][:count]
        ClinicSession.objects.bulk_create(sessions)
        slots = Slot.objects.bulk_create([slot for session in sessions for slot in slots_of(session, SLOT_MINUTES)])
        return Offer(_consecutive([session.pk for session in sessions]), _consecutive([slot.pk for slot in slots]))

    def _session(self, doctor: Doctor, visit_date: date) -> ClinicSession:
        zone = self._hospital.zone
        return ClinicSession(
            hospital=self._hospital,
            department=self._department,
            doctor=doctor,
            registration_type=self._type,
            visit_date=visit_date,
            period=Period.MORNING,
            starts_at=datetime.combine(visit_date, time(8), tzinfo=zone),
            ends_at=datetime.combine(visit_date, time(12), tzinfo=zone),
            releases_at=self._now - timedelta(hours=1),
            fee_fen=0,
            rated_capacity=SEATS,
            advance_quota=SEATS,
        )


def people(count: int, now: datetime) -> People:
    """Makes accounts, each with a patient that has a document, a phone and the consents that booking asks for."""
    phone, document = (EncryptedTextField().get_prep_value(text) for text in ("13800000000", "110101198506150019"))
    values = {"count": count, "now": now, "phone": phone, "document": document, "version": settings.CONSENT_VERSION}
    with connection.cursor() as cursor:
        cursor.execute(_USERS, values)
        users = _gapless(*cursor.fetchone())
        cursor.execute(_PATIENTS, values)
        patients = _gapless(*cursor.fetchone())
        cursor.execute(_LINKS, values | {"first_user": users.start, "first_patient": patients.start})
        cursor.execute(_CONSENTS, values | {"first_user": users.start, "first_patient": patients.start})
        cursor.execute("ANALYZE")
    return People(users, patients)


def requests(group: People, offer: Offer) -> list[Request]:
    """One booking request for each of those people, each for the next of the offered windows."""
    token = AccessToken()
    token.set_exp(lifetime=TOKEN_LIFETIME)
    backend = token.get_token_backend()
    return [
        Request(
            backend.encode(token.payload | {api_settings.USER_ID_CLAIM: str(user)}),
            f"bench-{user:010d}",
            {"patient": patient, "slot": slot},
        )
        for user, patient, slot in zip(group.users, group.patients, offer.windows(), strict=False)
    ]


def _consecutive(ids: Sequence[int]) -> range:
    return _gapless(min(ids), max(ids), len(ids))


def _gapless(first: int, last: int, count: int) -> range:
    """Ids as a range: `pgbench` counts through them."""
    found = range(first, last + 1)
    if len(found) != count:
        raise CannotMeasure("the database gave ids with gaps: something else is writing to it")
    return found


_USERS = """
WITH made AS (
INSERT INTO accounts_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined,
    phone, phone_index, phone_verified_at)
SELECT '!', false, gen_random_uuid(), '', '', '', false, true, %(now)s, %(phone)s, gen_random_uuid(), %(now)s
FROM generate_series(1, %(count)s)
RETURNING id
) SELECT min(id), max(id), count(*) FROM made
"""
_PATIENTS = """
WITH made AS (
INSERT INTO accounts_patient (name, sex, birth_date, document_type, document_number, document_index, phone, created_at)
SELECT '王小明', 'male', '1985-06-15', '01', %(document)s, gen_random_uuid(), %(phone)s, %(now)s
FROM generate_series(1, %(count)s)
RETURNING id
) SELECT min(id), max(id), count(*) FROM made
"""
_LINKS = """
INSERT INTO accounts_accountpatient (user_id, patient_id, phone, relationship, added_at)
SELECT %(first_user)s + n, %(first_patient)s + n, %(phone)s, 'self', %(now)s
FROM generate_series(0, %(count)s - 1) AS n
"""
_CONSENTS = """
INSERT INTO accounts_consent (user_id, patient_id, kind, version, given_at)
SELECT %(first_user)s + n, %(first_patient)s + n, 'health-data', %(version)s, %(now)s FROM generate_series(0, %(count)s - 1) AS n
"""
