"""What becomes of each row of a file."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F

from accounts.models import Patient, Sex
from booking.imports import ImportRefused, import_history, load_layout
from booking.imports.storing import MOST_SEATS, SessionTaken, TooManySeats
from booking.models import Appointment, AppointmentEvent, AppointmentStatus, Channel, EventKind, Outcome
from hospitals.models import ClinicSession, Department, Hospital, HospitalPatient, RegistrationType, SessionStatus
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_registration_type
from tests.imports.conftest import BAD, HEADER, KEPT, NOW, ROWS, SAMPLE

ZONE = ZoneInfo("Asia/Shanghai")
STANDARD = load_layout("standard")
Written = Callable[..., Path]


def stored_rows() -> tuple[int, ...]:
    kinds = (Appointment, AppointmentEvent, ClinicSession, Department, Patient, HospitalPatient, RegistrationType)
    return tuple(kind.objects.count() for kind in kinds)


def test_every_row_is_kept_or_listed_with_its_line(hospital: Hospital, sample: Path) -> None:
    result = import_history(hospital=hospital, path=sample, layout=STANDARD, now=NOW)

    assert (result.rows, result.imported, result.already_present, result.skipped) == (ROWS, KEPT, 0, BAD)
    assert (result.patients, result.sessions) == (3, 3)
    assert [(remark.line, remark.message) for remark in result.errors] == [
        (8, "id 'A1' is on line 2 already"),
        (10, "id is empty"),
        (11, "booked_at '2026-02-30' is no date"),
        (12, "the visit on 2099-03-21 is not past"),
        (13, "outcome 'maybe' is not in the map"),
        (14, "4 fields instead of 9"),
        (15, "not a CSV record: ',' expected after '\"'"),
        (16, "patient has 65 characters, more than 64"),
    ]
    assert [(remark.line, remark.message) for remark in result.warnings] == [
        (7, "booked on 2026-03-05, after the visit on 2026-03-04: kept as booked on the visit day"),
        (7, "age '-1' cannot be: kept as unknown"),
        (9, "sex '他' is not in the map: kept as unknown"),
    ]


def test_rows_become_closed_appointments(hospital: Hospital, sample: Path) -> None:
    import_history(hospital=hospital, path=sample, layout=STANDARD, now=NOW)

    stored = Appointment.objects.order_by("import_key").values_list("import_key", "channel", "status", "outcome", "age_at_visit")
    assert list(stored) == [
        ("A1", Channel.ADVANCE, AppointmentStatus.FULFILLED, Outcome.FULFILLED, 62),
        ("A2", Channel.SAME_DAY, AppointmentStatus.FULFILLED, Outcome.FULFILLED, 62),
        ("A3", Channel.ADVANCE, AppointmentStatus.NOSHOW, Outcome.MISSED, 8),
        ("A4", Channel.EXTRA, AppointmentStatus.NOSHOW, Outcome.UNATTENDED, None),
        ("A5", Channel.ADVANCE, AppointmentStatus.CANCELLED, Outcome.CANCELLED, 30),
        ("A6", Channel.SAME_DAY, AppointmentStatus.NOSHOW, Outcome.MISSED, None),
        ("A8", Channel.ADVANCE, AppointmentStatus.CANCELLED, Outcome.VOID, 30),
    ]
    third, fifth = Appointment.objects.get(import_key="A3"), Appointment.objects.get(import_key="A5")
    assert third.created_at == third.booked_at == dt.datetime(2026, 3, 1, 8, 5, tzinfo=ZONE)
    assert fifth.created_at == dt.datetime(2026, 3, 1, 8, 5, tzinfo=ZONE)  # written as 00:05 UTC
    assert third.closed_at == dt.datetime(2026, 3, 4, tzinfo=ZONE)
    assert (third.visit_date, third.department.name, third.doctor, third.fee_fen) == (dt.date(2026, 3, 3), "内科", None, 0)
    assert Appointment.objects.exclude(code="").values("code").distinct().count() == KEPT


def test_patients_are_found_by_text_and_have_no_document(hospital: Hospital, sample: Path) -> None:
    import_history(hospital=hospital, path=sample, layout=STANDARD, now=NOW)

    cards = HospitalPatient.objects.order_by("record_number").values_list(
        "record_number", "patient__name", "patient__sex", "patient__document_index"
    )
    assert list(cards) == [
        ("007", "导入患者", Sex.FEMALE, None),
        ("12E5", "导入患者", Sex.MALE, None),
        ("9", "导入患者", Sex.MALE, None),
    ]


def test_sessions_are_closed_and_count_what_was_taken(hospital: Hospital, sample: Path) -> None:
    import_history(hospital=hospital, path=sample, layout=STANDARD, now=NOW)

    counters = ("rated_capacity", "advance_quota", "advance_taken", "same_day_taken", "extra_quota", "extra_taken")
    sessions = ClinicSession.objects.order_by("visit_date").values_list("department__name", "visit_date", *counters)
    assert list(sessions) == [
        ("内科", dt.date(2026, 3, 3), 3, 2, 2, 1, 0, 0),
        ("外科", dt.date(2026, 3, 4), 1, 0, 0, 1, 1, 1),  # the cancelled one gave its seat back
        ("内科", dt.date(2026, 3, 5), 0, 0, 0, 0, 0, 0),
    ]
    session = ClinicSession.objects.earliest("visit_date")
    assert (session.status, session.doctor, session.registration_type.name) == (SessionStatus.CLOSED, None, "历史导入")
    assert session.starts_at == dt.datetime(2026, 3, 3, tzinfo=ZONE)
    assert session.ends_at == dt.datetime(2026, 3, 4, tzinfo=ZONE)
    assert session.releases_at == dt.datetime(2026, 3, 1, 8, 5, tzinfo=ZONE)
    # Open: until the hospital has types of its own, templates can be laid out with it.
    assert session.registration_type.is_active


def test_each_appointment_has_an_event_that_names_its_line(hospital: Hospital, sample: Path) -> None:
    import_history(hospital=hospital, path=sample, layout=STANDARD, now=NOW)

    events = AppointmentEvent.objects.filter(kind=EventKind.IMPORTED, at=NOW, to_status=F("appointment__status"))
    assert events.count() == AppointmentEvent.objects.count() == KEPT
    assert events.get(appointment__import_key="A1").detail == {"file": "past.csv", "line": 2}
    assert events.get(appointment__import_key="A6").detail == {
        "file": "past.csv",
        "line": 7,
        "booked_at": "2026-03-05 09:00",
    }


def test_importing_twice_adds_nothing(hospital: Hospital, sample: Path) -> None:
    import_history(hospital=hospital, path=sample, layout=STANDARD, now=NOW)
    before = stored_rows()
    counters = list(ClinicSession.objects.order_by("pk").values())

    again = import_history(hospital=hospital, path=sample, layout=STANDARD, now=NOW)

    assert (again.imported, again.already_present, again.skipped, again.patients, again.sessions) == (0, KEPT, BAD, 0, 0)
    assert stored_rows() == before
    assert list(ClinicSession.objects.order_by("pk").values()) == counters


def test_a_later_file_adds_to_the_day_and_the_patients_of_the_earlier_one(hospital: Hospital, written: Written) -> None:
    first = written(f"{HEADER}\n1,P,2026-03-01,2026-03-03,内科,,履约,女,62\n", name="first.csv")
    second = written(f"{HEADER}\n2,P,2026-02-01,2026-03-03,内科,,失约,女,62\n3,Q,2026-03-03,2026-03-03,内科,,履约,,\n")
    import_history(hospital=hospital, path=first, layout=STANDARD, now=NOW)

    result = import_history(hospital=hospital, path=second, layout=STANDARD, now=NOW)

    assert (result.imported, result.patients, result.sessions) == (2, 1, 0)
    session = ClinicSession.objects.get()
    assert (session.rated_capacity, session.advance_quota, session.advance_taken, session.same_day_taken) == (3, 2, 2, 1)
    assert session.releases_at == dt.datetime(2026, 2, 1, tzinfo=ZONE)
    assert Appointment.objects.filter(patient__hospital_records__record_number="P").count() == 2


def test_strict_refuses_everything(hospital: Hospital, sample: Path) -> None:
    before = stored_rows()

    with pytest.raises(ImportRefused) as refusal:
        import_history(hospital=hospital, path=sample, layout=STANDARD, now=NOW, strict=True)

    assert (refusal.value.result.imported, refusal.value.result.skipped) == (0, BAD)
    assert stored_rows() == before


def test_strict_keeps_a_file_that_is_merely_odd(hospital: Hospital, written: Written) -> None:
    path = written(f"{HEADER}\n1,P,2026-03-05,2026-03-03,内科,,履约,女,-1\n")

    result = import_history(hospital=hospital, path=path, layout=STANDARD, now=NOW, strict=True)

    assert (result.imported, len(result.warnings)) == (1, 2)


def test_a_file_of_bad_rows_leaves_no_trace(hospital: Hospital, written: Written) -> None:
    before = stored_rows()

    result = import_history(
        hospital=hospital, path=written(f"{HEADER}\n1,P,?,2026-03-03,内科,,履约,女,1\n"), layout=STANDARD, now=NOW
    )

    assert (result.rows, result.imported, result.skipped) == (1, 0, 1)
    assert stored_rows() == before


def test_two_hospitals_may_use_the_same_numbers(hospital: Hospital, sample: Path) -> None:
    other = make_hospital()

    results = [import_history(hospital=place, path=sample, layout=STANDARD, now=NOW) for place in (hospital, other)]

    assert [(result.imported, result.patients, result.sessions) for result in results] == [(KEPT, 3, 3)] * 2
    assert Patient.objects.count() == 6


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_gzip_bom_and_gb18030_are_read(hospital: Hospital, written: Written, encoding: str) -> None:
    chinese = "预约编号,就诊卡号,预约时间,就诊日期,科室,号源类型,结果,性别,年龄"
    path = written(SAMPLE.replace(HEADER, chinese), name="past.csv.gz", encoding=encoding)

    result = import_history(hospital=hospital, path=path, layout=STANDARD, now=NOW)

    assert (result.imported, result.skipped) == (KEPT, BAD)
    assert set(Department.objects.values_list("name", flat=True)) == {"内科", "外科"}


def test_known_departments_and_doctors_are_used(hospital: Hospital, written: Written) -> None:
    by_code = make_department(hospital=hospital, code="GI", name="消化内科")
    by_name = make_department(hospital=hospital, code="X1", name="外科")
    doctor = make_doctor(department=by_code, code="W100", name="甲医生")
    path = written(
        "id,patient,booked_at,visit_date,department,doctor,outcome\n"
        "1,P,2026-03-01,2026-03-03,GI,W100,履约\n"
        "2,P,2026-03-01,2026-03-03,GI,甲医生,履约\n"
        "3,P,2026-03-01,2026-03-03,GI,,履约\n"
        "4,P,2026-03-01,2026-03-03,外科,,履约\n"
        "5,P,2026-03-01,2026-03-03,外科,W999,履约\n"
    )

    result = import_history(hospital=hospital, path=path, layout=STANDARD, now=NOW)

    assert (result.imported, result.sessions) == (4, 3)
    assert [(error.line, error.message) for error in result.errors] == [(6, "the hospital has no doctor 'W999'")]
    found = Appointment.objects.order_by("import_key").values_list("department", "doctor", "session__doctor")
    assert list(found) == [
        (by_code.pk, doctor.pk, doctor.pk),
        (by_code.pk, doctor.pk, doctor.pk),
        (by_code.pk, None, None),
        (by_name.pk, None, None),
    ]


def test_text_that_copy_would_take_for_its_own_marks_is_kept(hospital: Hospital, written: Written) -> None:
    path = written(f'{HEADER}\n\\N,"a\tb\\",2026-03-01,2026-03-03,"内\n科",,履约,女,62\n')

    result = import_history(hospital=hospital, path=path, layout=STANDARD, now=NOW)

    assert result.imported == 1
    appointment = Appointment.objects.get()
    assert (appointment.import_key, appointment.department.name) == ("\\N", "内\n科")
    assert HospitalPatient.objects.get().record_number == "a\tb\\"


def test_a_session_that_is_no_import_is_not_touched(hospital: Hospital, written: Written) -> None:
    department = make_department(hospital=hospital, code="内科")
    midnight = dt.datetime(2026, 3, 3, tzinfo=ZONE)
    ClinicSession.objects.create(
        hospital=hospital, department=department, registration_type=make_registration_type(hospital=hospital),
        visit_date=midnight.date(), period="day", starts_at=midnight, ends_at=midnight + dt.timedelta(hours=8),
        releases_at=midnight, fee_fen=0, rated_capacity=5, advance_quota=5,
    )  # fmt: skip
    before = stored_rows()

    with pytest.raises(SessionTaken) as refusal:
        import_history(
            hospital=hospital, path=written(f"{HEADER}\n1,P,2026-03-01,2026-03-03,内科,,履约,女,62\n"), layout=STANDARD, now=NOW
        )

    assert refusal.value.detail["visit_date"] == midnight.date()
    assert stored_rows() == before


def test_more_appointments_than_a_session_can_count_are_refused(hospital: Hospital, written: Written) -> None:
    rows = (f"{n},P,2026-03-01,2026-03-03,内科,,履约,," for n in range(MOST_SEATS + 1))
    before = stored_rows()

    with pytest.raises(TooManySeats):
        import_history(hospital=hospital, path=written("\n".join([HEADER, *rows])), layout=STANDARD, now=NOW)

    assert stored_rows() == before


def test_the_shipped_layout_reads_its_file(hospital: Hospital, written: Written) -> None:
    """The real file's shape in miniature, for machines without it: clocks with a Z that is not UTC, and its three faults."""
    path = written(
        "PatientId,AppointmentID,Gender,ScheduledDay,AppointmentDay,Age,Neighbourhood,Scholarship,No-show\n"
        "29872499824296,1,F,2016-04-29T18:38:08Z,2016-04-29T00:00:00Z,62,NORTE,0,No\n"
        "29872499824296,2,F,2016-04-28T18:38:08Z,2016-04-29T00:00:00Z,62,NORTE,0,Yes\n"
        "9377952927E-5,3,M,2016-05-10T10:51:53Z,2016-05-09T00:00:00Z,-1,SÃO JOÃO,0,Yes\n"
    )

    result = import_history(hospital=hospital, path=path, layout=load_layout("noshow_brazil_2016"), now=NOW)

    assert (result.imported, result.skipped, [warning.line for warning in result.warnings]) == (3, 0, [4, 4])
    stored = Appointment.objects.order_by("import_key").values_list("visit_date", "channel", "outcome")
    assert list(stored) == [
        (dt.date(2016, 4, 29), Channel.SAME_DAY, Outcome.FULFILLED),
        (dt.date(2016, 4, 29), Channel.ADVANCE, Outcome.MISSED),
        (dt.date(2016, 5, 9), Channel.SAME_DAY, Outcome.MISSED),
    ]
    assert HospitalPatient.objects.filter(record_number="9377952927E-5").count() == 1


def test_a_visit_is_past_by_the_hospitals_own_calendar(hospital: Hospital, written: Written) -> None:
    """At 02:00 UTC on the 20th it is the 20th in Shanghai, and 23:00 on the 19th in São Paulo."""
    rows = "\n".join(f"{day},P,2026-03-01,2026-03-{day},内科,,履约,," for day in (19, 20, 21))
    path = written(f"{HEADER}\n{rows}\n")
    west = make_hospital(time_zone="America/Sao_Paulo")

    results = [import_history(hospital=place, path=path, layout=STANDARD, now=NOW) for place in (hospital, west)]

    assert [[error.line for error in result.errors] for result in results] == [[4], [3, 4]]
    today = Appointment.objects.get(hospital=hospital, import_key="20")
    assert today.closed_at == NOW  # the day is not over: closed when it was imported
