"""Storing uploaded counts: whole or not at all, once per patient, and taken back again."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Patient, User
from booking.models import StandingDue
from hospitals.models import Hospital, HospitalPatient
from scoring.counts_files import BadCountsFile
from scoring.counts_files.chinese import chinese
from scoring.models import CountsUpload, PendingUpload, ScoringPolicy, UploadedCounts
from scoring.services.pending_uploads import (
    MOST_BYTES,
    CountedUntilInFuture,
    UploadNotPending,
    UploadTooLarge,
    discard_upload,
    forget_pending_uploads,
    hold_upload,
)
from scoring.services.uploads import UploadNotCounting, confirm_upload, preview_upload, withdraw_upload
from tests.factories.accounts import make_patient, make_staff
from tests.factories.hospitals import make_hospital
from tests.scoring.workbooks import CSV_HEADER

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 7, 1, 2, 0, tzinfo=dt.UTC)
UNTIL = dt.date(2026, 6, 30)


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


@pytest.fixture
def clerk() -> User:
    return make_staff()


def known(hospital: Hospital, number: str, patient: Patient | None = None) -> Patient:
    patient = patient or make_patient()
    HospitalPatient.objects.create(hospital=hospital, patient=patient, record_number=number)
    return patient


def hold(hospital: Hospital, by: User, rows: str, **fields: Any) -> PendingUpload:
    asked = {"file_name": "次数.csv", "counted_until": UNTIL, "counts_towards_standing": True, "now": NOW} | fields
    return hold_upload(hospital=hospital, by=by, content=(CSV_HEADER + rows).encode(), **asked)


def stored(hospital: Hospital, by: User, rows: str, **fields: Any) -> CountsUpload:
    pending = hold(hospital, by, rows, **fields)
    return confirm_upload(pending_id=pending.pk, by=by, now=NOW)


def due() -> list[tuple[int, int, dt.date]]:
    return sorted(StandingDue.objects.values_list("hospital_id", "patient_id", "visit_date"))


def test_a_preview_stores_no_counts(hospital: Hospital, clerk: User) -> None:
    # Given
    patient = known(hospital, "P1")
    known(make_hospital(), "P2")
    # When
    preview = preview_upload(hold(hospital, clerk, "P1,3,2,0,0,1\nP2,5,3,0,1,0\nP3,0,0,0,0,0\n"))
    # Then
    assert preview.tiers == {"A": 0, "B": 2, "C": 0, "D": 0, "unrated": 1}
    assert (preview.flagged, preview.matched, preview.replaced, preview.same_file) == (1, {"P1": patient.pk}, 0, None)
    assert preview.counts_until == UNTIL + dt.timedelta(days=365)
    assert (CountsUpload.objects.count(), UploadedCounts.objects.count(), due()) == (0, 0, [])


def test_confirming_stores_every_row_and_notes_the_matched_as_due(hospital: Hospital, clerk: User) -> None:
    # Given a patient of this hospital, and a number that another hospital uses
    patient = known(hospital, "P1")
    known(make_hospital(), "P2")
    # When
    upload = stored(hospital, clerk, "P1,3,2,0,0,1\n\nP2,5,3,0,1,0\n\\N,0,0,0,0,0\n")
    # Then
    rows = list(upload.counts.values_list("line", "record_number", "patient", "hospital", "counted_until", "total", "fulfilled",
                                          "unattended", "cancelled", "missed", "score", "tier", "do_sum"))  # fmt: skip
    assert rows == [
        (2, "P1", patient.pk, hospital.pk, UNTIL, 3, 2, 0, 0, 1, Decimal("80.00"), "B", True),
        (4, "P2", None, None, None, 5, 3, 0, 1, 0, Decimal("80.00"), "B", False),
        (5, "\\N", None, None, None, 0, 0, 0, 0, 0, None, "unrated", True),
    ]
    assert (upload.rows, upload.flagged, upload.matched, upload.uploaded_by) == (3, 1, 1, clerk)
    assert upload.tiers == {"A": 0, "B": 2, "C": 0, "D": 0, "unrated": 1}
    assert due() == [(hospital.pk, patient.pk, UNTIL)]
    assert not PendingUpload.objects.exists()


def test_without_the_wish_nothing_counts_towards_standings(hospital: Hospital, clerk: User) -> None:
    patient = known(hospital, "P1")
    upload = stored(hospital, clerk, "P1,200000,2,0,0,1\n", counts_towards_standing=False)
    assert upload.counts.values_list("patient", "hospital", "counted_until").get() == (patient.pk, None, None)
    assert due() == []


def test_tiers_are_those_of_the_hospitals_own_rules(hospital: Hospital, clerk: User) -> None:
    ScoringPolicy.objects.create(hospital=hospital, tier_a_from=80, tier_b_from=75, tier_c_from=70, minimum_appointments=3)
    upload = stored(hospital, clerk, "P1,3,2,0,0,1\nP2,2,2,0,0,0\n")
    assert list(upload.counts.values_list("tier", "score")) == [("A", Decimal("80.00")), ("unrated", Decimal("100.00"))]


def test_a_later_upload_takes_a_patients_earlier_counts_over(hospital: Hospital, clerk: User) -> None:
    # Given
    first, second = known(hospital, "P1"), known(hospital, "P2")
    earlier = stored(hospital, clerk, "P1,3,2,0,0,1\nP2,1,1,0,0,0\n")
    # When
    pending = hold(hospital, clerk, "P2,4,4,0,0,0\n")
    assert preview_upload(pending).replaced == 1
    later = confirm_upload(pending_id=pending.pk, by=clerk, now=NOW)
    # Then
    counting = UploadedCounts.objects.filter(hospital=hospital).values_list("upload", "patient", "total")
    assert sorted(counting) == [(earlier.pk, first.pk, 3), (later.pk, second.pk, 4)]
    assert earlier.counts.count() == 2


def test_the_same_file_is_noticed(hospital: Hospital, clerk: User) -> None:
    upload = stored(hospital, clerk, "P1,3,2,0,0,1\n")
    other = make_hospital()
    assert preview_upload(hold(hospital, make_staff(), "P1,3,2,0,0,1\n", file_name="副本.csv")).same_file == upload
    assert preview_upload(hold(hospital, clerk, "P1,3,2,0,0,0\n")).same_file is None
    assert preview_upload(hold(other, clerk, "P1,3,2,0,0,1\n")).same_file is None


def test_an_upload_is_withdrawn_once_and_stays_on_record(hospital: Hospital, clerk: User) -> None:
    # Given
    patient = known(hospital, "P1")
    upload = stored(hospital, clerk, "P1,3,2,0,0,1\nP2,1,1,0,0,0\n")
    StandingDue.objects.all().delete()
    # When
    assert withdraw_upload(upload_id=upload.pk, by=clerk, now=NOW) == 1
    # Then
    assert due() == [(hospital.pk, patient.pk, UNTIL)]
    assert upload.counts.filter(hospital__isnull=False).count() == 0
    assert upload.counts.count() == 2
    upload.refresh_from_db()
    assert (upload.withdrawn_at, upload.withdrawn_by) == (NOW, clerk)
    with pytest.raises(UploadNotCounting):
        withdraw_upload(upload_id=upload.pk, by=clerk, now=NOW)
    assert len(due()) == 1


def test_one_that_never_counted_cannot_be_withdrawn(hospital: Hospital, clerk: User) -> None:
    upload = stored(hospital, clerk, "P1,3,2,0,0,1\n", counts_towards_standing=False)
    with pytest.raises(UploadNotCounting):
        withdraw_upload(upload_id=upload.pk, by=clerk, now=NOW)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("", "表头下面没有数据。"),
        ("P1,100001,2,0,0,1\nX,100001,1,0,0,0\n", "第 2 行，总预约次数：100001 超过 100000，不能计入履约等级。"),
        (
            "P1,1,1,0,0,0\nX,1,1,0,0,0\nP2,1,1,0,0,0\n",
            "第 4 行，用户编号：与第 2 行是同一位就诊人的两个卡号，计入等级时请合并为一行。",
        ),
    ],
    ids=["no rows", "too many to count", "two cards of one patient"],
)  # fmt: skip
def test_what_cannot_count_is_refused_before_it_is_kept(hospital: Hospital, clerk: User, rows: str, sentence: str) -> None:
    known(hospital, "P2", known(hospital, "P1"))
    with pytest.raises(BadCountsFile) as refused:
        hold(hospital, clerk, rows)
    assert [chinese(problem) for problem in refused.value.problems] == [sentence]
    assert not PendingUpload.objects.exists()


def test_a_card_that_came_between_preview_and_confirmation_refuses_all(hospital: Hospital, clerk: User) -> None:
    # Given
    patient = known(hospital, "P1")
    earlier = stored(hospital, clerk, "P1,3,2,0,0,1\n")
    pending = hold(hospital, clerk, "P1,1,1,0,0,0\nP2,1,1,0,0,0\n")
    known(hospital, "P2", patient)
    # When
    with pytest.raises(BadCountsFile):
        confirm_upload(pending_id=pending.pk, by=clerk, now=NOW)
    # Then
    assert CountsUpload.objects.get() == earlier
    assert UploadedCounts.objects.filter(hospital=hospital).count() == 1


def test_too_large_and_too_late_are_refused(hospital: Hospital, clerk: User) -> None:
    with pytest.raises(UploadTooLarge):
        hold(hospital, clerk, "x" * MOST_BYTES)
    # In Shanghai the day has begun already.
    hold(hospital, clerk, "P1,1,1,0,0,0\n", counted_until=dt.date(2026, 7, 1))
    with pytest.raises(CountedUntilInFuture):
        hold(hospital, clerk, "P1,1,1,0,0,0\n", counted_until=dt.date(2026, 7, 2))
    assert PendingUpload.objects.count() == 1


def test_a_confirmation_is_good_once_for_a_day_and_for_its_own_person(hospital: Hospital, clerk: User) -> None:
    pending = hold(hospital, clerk, "P1,1,1,0,0,0\n")
    for person, moment in [(make_staff(), NOW), (clerk, NOW + dt.timedelta(hours=24))]:
        with pytest.raises(UploadNotPending):
            confirm_upload(pending_id=pending.pk, by=person, now=moment)
    confirm_upload(pending_id=pending.pk, by=clerk, now=NOW)
    with pytest.raises(UploadNotPending):
        confirm_upload(pending_id=pending.pk, by=clerk, now=NOW)
    assert CountsUpload.objects.count() == 1


def test_what_nobody_confirms_is_forgotten(hospital: Hospital, clerk: User) -> None:
    hold(hospital, clerk, "P1,1,1,0,0,0\n")
    newer = hold(hospital, clerk, "P2,1,1,0,0,0\n")
    # The person's earlier one is replaced.
    assert PendingUpload.objects.get().sha256 == newer.sha256
    assert forget_pending_uploads(now=NOW + dt.timedelta(hours=23)) == 0
    assert forget_pending_uploads(now=NOW + dt.timedelta(hours=24)) == 1
    other = hold(hospital, clerk, "P1,1,1,0,0,0\n")
    discard_upload(pending_id=other.pk, by=make_staff())
    assert PendingUpload.objects.count() == 1
    discard_upload(pending_id=other.pk, by=clerk)
    assert PendingUpload.objects.count() == 0


def test_many_rows_take_as_many_statements_as_few(hospital: Hospital, clerk: User) -> None:
    for n in range(40):
        known(hospital, f"P{n}")
    taken = []
    for people in (2, 40):
        pending = hold(hospital, clerk, "".join(f"P{n},{people},1,0,0,0\n" for n in range(people)))
        with CaptureQueriesContext(connection) as queries:
            preview_upload(pending)
            confirm_upload(pending_id=pending.pk, by=clerk, now=NOW)
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert UploadedCounts.objects.filter(hospital=hospital).count() == 40
