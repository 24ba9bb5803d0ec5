"""Which policy applies, how it is revised; publishing quotas; the shipped list of subjects."""

import csv
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

import hospitals
from hospitals.models import BookingPolicy, ClinicalSubject, SessionStatus
from hospitals.policy_book import policies_in_force
from hospitals.services.policies import effective_policy, revise_policy
from hospitals.services.quotas import SessionNotOpen, publish_quota
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_department, make_hospital, make_registration_type, make_session

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def test_a_hospital_without_a_policy_gets_the_defaults_once() -> None:
    hospital = make_hospital()

    first = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=NOW)
    again = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=LATER)

    assert first == again
    assert (first.version, first.release_days, first.hold_minutes) == (1, 15, 10)
    assert BookingPolicy.objects.count() == 1


def test_the_types_own_policy_goes_before_the_hospitals_and_the_newest_before_the_older() -> None:
    kind = make_registration_type()
    hospital = kind.hospital
    other = make_registration_type(hospital=hospital)
    revise_policy(hospital=hospital, registration_type=None, changes={"hold_minutes": 11}, by=None, now=NOW)
    revise_policy(hospital=hospital, registration_type=kind, changes={"hold_minutes": 12}, by=None, now=NOW)
    revise_policy(hospital=hospital, registration_type=None, changes={"hold_minutes": 13}, by=None, now=LATER)

    def minutes(registration_type_id: int | None, at: datetime) -> tuple[int, int]:
        """As booking asks for one, and as lists ask for many: the two must agree."""
        one = effective_policy(hospital_id=hospital.pk, registration_type_id=registration_type_id, at=at)
        many = policies_in_force(hospital_ids=[hospital.pk], at=at)
        return one.hold_minutes, many.of(hospital_id=hospital.pk, registration_type_id=registration_type_id).hold_minutes

    assert minutes(kind.pk, NOW) == (12, 12)
    assert minutes(kind.pk, LATER) == (12, 12)
    assert minutes(other.pk, NOW) == (11, 11)
    assert minutes(other.pk, LATER) == (13, 13)
    assert minutes(None, LATER) == (13, 13)


def test_reading_many_writes_nothing() -> None:
    hospital = make_hospital()

    policy = policies_in_force(hospital_ids=[hospital.pk], at=NOW).of(hospital_id=hospital.pk, registration_type_id=None)

    assert policy.release_days == 15
    assert BookingPolicy.objects.count() == 0


def test_a_revision_carries_on_from_the_one_in_force() -> None:
    hospital, staff = make_hospital(), make_staff()
    revise_policy(hospital=hospital, registration_type=None, changes={"hold_minutes": 20}, by=staff, now=NOW)

    policy = revise_policy(hospital=hospital, registration_type=None, changes={"release_days": 10}, by=staff, now=LATER)

    assert (policy.hold_minutes, policy.release_days, policy.created_by, policy.valid_from) == (20, 10, staff, LATER)
    versions = BookingPolicy.objects.filter(hospital=hospital).order_by("version").values_list("version", flat=True)
    assert list(versions) == [1, 2, 3]  # the defaults, then the two revisions


def test_a_revision_that_makes_no_sense_writes_nothing() -> None:
    hospital = make_hospital()

    with pytest.raises(ValidationError):
        revise_policy(hospital=hospital, registration_type=None, changes={"hot_release_days": 16}, by=None, now=NOW)

    assert BookingPolicy.objects.count() == 0


def test_publishing_sets_both_quotas() -> None:
    session = make_session(visit_date=date(2026, 12, 7), rated_capacity=20, advance_quota=12, extra_quota=1)

    published = publish_quota(session_id=session.pk, advance_quota=15, extra_quota=4)

    session.refresh_from_db()
    assert (session.advance_quota, session.extra_quota) == (15, 4)
    assert (published.before_advance, published.before_extra, published.advance, published.extra) == (12, 1, 15, 4)
    assert published.changed


def test_publishing_never_goes_below_what_is_taken_nor_above_the_rated_capacity() -> None:
    session = make_session(
        visit_date=date(2026, 12, 7), rated_capacity=20, advance_quota=12, extra_quota=3, advance_taken=9, extra_taken=2
    )

    low = publish_quota(session_id=session.pk, advance_quota=5, extra_quota=0)
    high = publish_quota(session_id=session.pk, advance_quota=30, extra_quota=2)

    assert (low.advance, low.extra) == (9, 2)
    assert (high.advance, high.extra) == (20, 2)


@pytest.mark.parametrize("status", [SessionStatus.SUSPENDED, SessionStatus.CLOSED])
def test_a_session_that_is_not_on_keeps_its_quotas(status: str) -> None:
    session = make_session(visit_date=date(2026, 12, 7), advance_quota=12, status=status)

    with pytest.raises(SessionNotOpen):
        publish_quota(session_id=session.pk, advance_quota=15, extra_quota=4)

    session.refresh_from_db()
    assert (session.advance_quota, session.extra_quota) == (12, 0)


def test_the_shipped_subjects_are_loaded() -> None:
    path = Path(hospitals.__file__).with_name("data") / "clinical_subjects.csv"
    with path.open(encoding="utf-8", newline="") as file:
        shipped = {(row["code"], row["name"], row["parent_code"] or None) for row in csv.DictReader(file)}

    assert set(ClinicalSubject.objects.values_list("code", "name", "parent_id")) == shipped
    assert len(shipped) == 165


def test_loading_the_subjects_can_be_taken_back_unless_they_are_used() -> None:
    migration = import_module("hospitals.migrations.0002_load_clinical_subjects")

    migration.unload(apps, None)
    assert ClinicalSubject.objects.count() == 0
    migration.load(apps, None)
    assert ClinicalSubject.objects.count() == 165

    make_department(subject_id="03")
    with pytest.raises(ProtectedError):
        migration.unload(apps, None)
