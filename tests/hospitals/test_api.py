"""What anyone may read: hospitals, departments, doctors, sessions, slots."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from rest_framework.test import APIClient

from hospitals.models import BookingPolicy, ClinicalSubject, ClinicSession, DoctorTitle, Hospital, SessionStatus, Slot
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_registration_type, make_session

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Monday morning.
NOW = datetime(2026, 12, 7, 9, tzinfo=SHANGHAI)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _clock() -> Any:
    """Views ask the clock once; here it stands still."""
    with patch("django.utils.timezone.now", return_value=NOW.astimezone(UTC)):
        yield


@pytest.fixture
def get() -> Callable[..., Any]:
    client = APIClient()

    def get(path: str, **query: Any) -> Any:
        return client.get(f"/api/v1/{path}", query)

    return get


Get = Callable[..., Any]


def assert_refused(response: Any, status: int = 400, field: str | None = None) -> None:
    assert response.status_code == status, response.content
    body = response.json()
    assert set(body) == {"code", "message", "detail"}
    assert body["message"]
    if field is not None:
        assert list(body["detail"]) == [field]


class TestHospitals:
    def test_the_nearest_come_first_and_those_without_coordinates_last(self, get: Get) -> None:
        make_hospital(code="far", name="甲", longitude=121.4737, latitude=31.2304)
        make_hospital(code="unknown", name="乙")
        make_hospital(code="near", name="丙", longitude=116.4074, latitude=39.9042)
        make_hospital(code="closed", name="丁", longitude=116.4, latitude=39.9, is_active=False)

        found = get("hospitals", near="116.3975,39.9087").json()

        assert found["count"] == 3
        assert [(h["code"], h["distance_metres"]) for h in found["results"]] == [
            # Worked out apart from the product: R = 6,371,008.8 m times the angle between the two vectors.
            ("near", 982),
            ("far", 1068140),
            ("unknown", None),
        ]

    def test_without_a_point_they_come_by_name(self, get: Get) -> None:
        make_hospital(code="b", name="B医院", longitude=1.0, latitude=1.0)
        make_hospital(code="a", name="A医院")

        results = get("hospitals").json()["results"]

        assert [(h["code"], h["distance_metres"]) for h in results] == [("a", None), ("b", None)]

    def test_the_antipode_has_a_distance(self, get: Get) -> None:
        make_hospital(longitude=-60.0, latitude=-30.0)

        (found,) = get("hospitals", near="120,30").json()["results"]

        assert found["distance_metres"] == 20015114  # half a circumference

    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("协力", ["by-name"]),
            ("心内", ["by-department"]),
            ("张医生", ["by-doctor"]),
            ("第二 心内", ["by-department"]),
            ("第二 张医生", []),
            ("100%", ["percent"]),
            ("100_", []),
            ("\\", []),
            ("停用", []),
            ("  ", ["by-department", "by-doctor", "by-name", "percent"]),
        ],
    )
    def test_search_by_names(self, text: str, codes: list[str], get: Get) -> None:
        make_hospital(code="by-name", name="协力医院")
        second = make_hospital(code="by-department", name="第二医院")
        make_department(hospital=second, name="心内科")
        make_department(hospital=second, name="停用科", is_active=False)
        third = make_hospital(code="by-doctor", name="第三医院")
        make_doctor(department=make_department(hospital=third), name="张医生")
        make_doctor(department=make_department(hospital=third), name="停用医生", is_active=False)
        make_hospital(code="percent", name="100%医院")

        assert sorted(h["code"] for h in get("hospitals", q=text).json()["results"]) == codes

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"near": "116.4"}, "near"),
            ({"near": "116.4,39.9,1"}, "near"),
            ({"near": "a,b"}, "near"),
            ({"near": "nan,39"}, "near"),
            ({"near": "inf,39"}, "near"),
            ({"near": "181,39"}, "near"),
            ({"near": "116,91"}, "near"),
            ({"q": "院" * 51}, "q"),
            ({"q": "\x00"}, "q"),
            ({"page": "0"}, "page"),
            ({"page": "x"}, "page"),
            ({"page_size": "101"}, "page_size"),
        ],
    )
    def test_bad_parameters(self, query: dict[str, str], field: str, get: Get) -> None:
        assert_refused(get("hospitals", **query), field=field)

    def test_a_page_beyond_the_last(self, get: Get) -> None:
        assert_refused(get("hospitals", page=2), status=404)

    def test_a_stale_token_does_not_keep_anyone_from_looking(self) -> None:
        response = APIClient().get("/api/v1/hospitals", HTTP_AUTHORIZATION="Bearer expired")

        assert response.status_code == 200

    def test_detail(self, get: Get) -> None:
        make_hospital(code="h1", name="协力医院", level="3A", longitude=116.4, latitude=39.9, introduction="简介")

        assert get("hospitals/h1").json() == {
            "code": "h1",
            "name": "协力医院",
            "level": "3A",
            "level_label": "三级甲等",
            "address": "",
            "phone": "",
            "longitude": 116.4,
            "latitude": 39.9,
            "introduction": "简介",
            "time_zone": "Asia/Shanghai",
        }

    @pytest.mark.parametrize("tail", ["", "/departments", "/doctors"])
    def test_unknown_and_closed_hospitals_are_not_there(self, tail: str, get: Get) -> None:
        make_hospital(code="closed", is_active=False)

        assert_refused(get(f"hospitals/closed{tail}"), status=404)
        assert_refused(get(f"hospitals/none{tail}"), status=404)

    def test_nothing_can_be_written(self) -> None:
        make_hospital(code="h1")

        for method in ("post", "put", "patch", "delete"):
            assert_refused(getattr(APIClient(), method)("/api/v1/hospitals/h1"), status=405)
        assert Hospital.objects.filter(code="h1").count() == 1


class TestDepartments:
    def test_they_are_grouped_by_the_first_level_of_their_subject(self, get: Get) -> None:
        hospital = make_hospital(code="h1")
        subjects = {code: ClinicalSubject.objects.get(code=code) for code in ("03", "03.04", "03.02", "04.03", "10")}
        for code, name, subject in [
            ("d1", "骨科", "04.03"),
            ("d2", "心内科", "03.04"),
            ("d3", "大内科", "03"),
            ("d4", "消化科", "03.02"),
            ("d5", "眼科", "10"),
        ]:
            make_department(hospital=hospital, code=code, name=name, subject=subjects[subject])
        make_department(hospital=hospital, code="d6", name="体检中心")
        make_department(hospital=hospital, code="d7", name="停用科", subject=subjects["10"], is_active=False)
        make_department(name="别院科室", subject=subjects["10"])

        groups = get("hospitals/h1/departments").json()

        assert [(g["code"], g["name"], [d["name"] for d in g["departments"]]) for g in groups] == [
            ("03", "内科", ["大内科", "消化科", "心内科"]),
            ("04", "外科", ["骨科"]),
            ("10", "眼科", ["眼科"]),
            ("", "其他科室", ["体检中心"]),
        ]


class TestDoctors:
    @pytest.fixture
    def hospital(self) -> Hospital:
        """Four doctors in two departments: 1 hot tomorrow, 2 hot last week, 3 suspended tomorrow, 4 not on duty."""
        hospital = make_hospital(code="h1")
        inner = make_department(hospital=hospital, name="内科")
        outer = make_department(hospital=hospital, name="外科")
        tomorrow = TODAY + timedelta(days=1)
        one = make_doctor(department=inner, code="1", name="一", title=DoctorTitle.CHIEF)
        two = make_doctor(department=inner, code="2", name="二", title=DoctorTitle.ATTENDING)
        three = make_doctor(department=outer, code="3", name="三", title=DoctorTitle.ATTENDING)
        make_doctor(department=outer, code="4", name="四", is_active=False)
        make_session(doctor=one, visit_date=tomorrow, is_hot=True)
        make_session(doctor=two, visit_date=TODAY - timedelta(days=7), is_hot=True)
        make_session(doctor=three, visit_date=tomorrow, status=SessionStatus.SUSPENDED, is_hot=True)
        make_doctor(name="别院")
        return hospital

    def names(self, response: Any) -> str:
        assert response.status_code == 200, response.content
        return "".join(doctor["name"] for doctor in response.json()["results"])

    def test_filters(self, get: Get, hospital: Hospital) -> None:
        inner = hospital.departments.get(name="内科")
        everyone = get("hospitals/h1/doctors")

        assert self.names(everyone) == "一二三"
        assert [doctor["is_hot"] for doctor in everyone.json()["results"]] == [True, False, False]
        assert self.names(get("hospitals/h1/doctors", department=inner.pk)) == "一二"
        assert self.names(get("hospitals/h1/doctors", date="2026-12-08")) == "一"
        assert self.names(get("hospitals/h1/doctors", title="attending")) == "二三"
        assert self.names(get("hospitals/h1/doctors", hot="true")) == "一"
        assert self.names(get("hospitals/h1/doctors", hot="false")) == "二三"
        assert self.names(get("hospitals/h1/doctors", department=inner.pk, title="attending", hot="false")) == "二"

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"department": "x"}, "department"),
            ({"department": "0"}, "department"),
            ({"department": str(2**63)}, "department"),
            ({"department": "999999"}, "department"),
            ({"date": "2026-13-01"}, "date"),
            ({"date": "9999-12-31"}, "date"),
            ({"title": "professor"}, "title"),
            ({"hot": "maybe"}, "hot"),
        ],
    )
    def test_bad_parameters(self, query: dict[str, str], field: str, get: Get, hospital: Hospital) -> None:
        assert_refused(get("hospitals/h1/doctors", **query), field=field)

    def test_another_hospitals_department(self, get: Get, hospital: Hospital) -> None:
        assert_refused(get("hospitals/h1/doctors", department=make_department().pk), field="department")

    def test_detail(self, get: Get) -> None:
        department = make_department(hospital=make_hospital(code="h1"), name="内科")
        doctor = make_doctor(department=department, name="一", expertise="高血压")

        assert get(f"doctors/{doctor.pk}").json() == {
            "id": doctor.pk,
            "hospital": "h1",
            "department": {"id": department.pk, "name": "内科"},
            "name": "一",
            "title": "chief",
            "title_label": "主任医师",
            "expertise": "高血压",
            "introduction": "",
            "is_hot": False,
        }

    def test_who_does_not_see_patients_is_not_there(self, get: Get) -> None:
        gone = [
            make_doctor(is_active=False),
            make_doctor(department=make_department(is_active=False)),
            make_doctor(department=make_department(hospital=make_hospital(is_active=False))),
        ]

        for doctor in gone:
            assert_refused(get(f"doctors/{doctor.pk}"), status=404)
        assert_refused(get(f"doctors/{2**70}"), status=404)


class TestSessions:
    def test_each_says_what_it_is_to_a_patient_now(self, get: Get) -> None:
        doctor = make_doctor()
        kind = make_registration_type(hospital=doctor.hospital, name="专家号", fee_fen=5000)

        def on(ahead: int, hour: int, **fields: Any) -> None:
            make_session(
                doctor=doctor,
                registration_type=kind,
                visit_date=TODAY + timedelta(days=ahead),
                starts_at=time(hour),
                ends_at=time(hour + 1),
                rated_capacity=4,
                advance_quota=3,
                extra_quota=1,
                **fields,
            )

        on(0, 7)  # over since 08:00: not listed
        on(0, 10, advance_taken=1)
        on(0, 11, advance_taken=2, same_day_taken=2)
        on(0, 12, advance_taken=2, same_day_taken=2, extra_taken=1)
        on(0, 13, status=SessionStatus.SUSPENDED)
        on(0, 14, status=SessionStatus.CLOSED)
        on(1, 8, advance_taken=1)
        on(1, 9, advance_taken=3)
        on(20, 8)
        make_session(visit_date=TODAY)  # another doctor's

        found = get("sessions", doctor=doctor.pk, to="2026-12-31").json()

        assert found["count"] == 8
        rows = [(s["visit_date"], s["state"], s["channel"], s["seats_left"]) for s in found["results"]]
        assert rows == [
            ("2026-12-07", "same-day", "same-day", 3),
            ("2026-12-07", "extra", "extra", 1),
            ("2026-12-07", "full", None, 0),
            ("2026-12-07", "suspended", None, 0),
            ("2026-12-07", "closed", None, 0),
            ("2026-12-08", "open", "advance", 2),
            ("2026-12-08", "full", None, 0),
            ("2026-12-27", "not-released", None, 0),
        ]
        first = found["results"][0]
        assert first["starts_at"] == "2026-12-07T10:00:00+08:00"
        assert first["releases_at"] == "2026-11-22T07:00:00+08:00"
        assert (first["fee_fen"], first["registration_type"]["name"], first["state_label"]) == (5000, "专家号", "现场号")
        assert first["doctor"] == {"id": doctor.pk, "name": doctor.name, "title": "chief", "title_label": "主任医师"}

    def test_times_carry_the_hospitals_offset(self, get: Get) -> None:
        department = make_department(hospital=make_hospital(time_zone="Europe/Paris"))
        make_session(department=department, visit_date=date(2026, 12, 8))

        (session,) = get("sessions", department=department.pk).json()["results"]

        assert session["starts_at"] == "2026-12-08T08:00:00+01:00"
        assert session["doctor"] is None

    def test_a_department_lists_its_doctors_and_its_own(self, get: Get) -> None:
        department = make_department()
        doctor = make_doctor(department=department)
        make_session(department=department, visit_date=TODAY + timedelta(days=1))
        make_session(doctor=doctor, visit_date=TODAY + timedelta(days=1))
        absent = make_doctor(department=department, is_active=False)
        make_session(doctor=absent, visit_date=TODAY + timedelta(days=1))

        assert get("sessions", department=department.pk).json()["count"] == 2
        assert get("sessions", department=department.pk, doctor=doctor.pk).json()["count"] == 1

    def test_a_week_from_today_unless_told_otherwise(self, get: Get) -> None:
        department = make_department()
        for ahead in range(-2, 40):
            make_session(department=department, visit_date=TODAY + timedelta(days=ahead), with_slots=False)

        def days(**query: str) -> list[str]:
            results = get("sessions", department=department.pk, **query).json()["results"]
            return [session["visit_date"] for session in results]

        assert (days()[0], days()[-1], len(days())) == ("2026-12-07", "2026-12-13", 7)
        later = days(**{"from": "2026-12-10", "to": "2026-12-11"})
        assert later == ["2026-12-10", "2026-12-11"]
        # What is over is not offered.
        assert days(**{"from": "2026-12-01"}) == ["2026-12-07"]
        assert len(days(**{"from": "2026-12-07", "to": "2027-01-06"})) == 31

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({}, "non_field_errors"),
            ({"department": "x"}, "department"),
            ({"doctor": "-1"}, "doctor"),
            ({"doctor": "1.5"}, "doctor"),
            ({"doctor": "999999"}, "doctor"),
            ({"department": "999999"}, "department"),
        ],
    )
    def test_whose_sessions(self, query: dict[str, str], field: str, get: Get) -> None:
        assert_refused(get("sessions", **query), field=field)

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"from": "2026-12-07", "to": "2027-01-07"}, "to"),
            ({"from": "2026-12-07", "to": "2026-12-06"}, "to"),
            ({"from": "tomorrow"}, "from"),
            ({"to": "2026-02-30"}, "to"),
            ({"from": "9999-12-31"}, "from"),
            ({"from": "0001-01-01"}, "from"),
        ],
    )
    def test_which_days(self, query: dict[str, str], field: str, get: Get) -> None:
        assert_refused(get("sessions", department=make_department().pk, **query), field=field)

    def test_a_department_that_is_closed_to_patients(self, get: Get) -> None:
        closed = make_department(is_active=False)

        assert_refused(get("sessions", department=closed.pk), field="department")
        assert_refused(get(f"departments/{closed.pk}/availability"), status=404)


class TestSlots:
    def test_each_window_says_what_is_left(self, get: Get) -> None:
        session = make_session(visit_date=TODAY, starts_at=time(8), ends_at=time(11), rated_capacity=12)
        Slot.objects.filter(session=session, starts_at=datetime(2026, 12, 7, 10, tzinfo=SHANGHAI)).update(taken=2)

        body = get(f"sessions/{session.pk}/slots").json()

        assert (body["session"]["id"], body["session"]["state"]) == (session.pk, "same-day")
        assert [(slot["starts_at"][11:], slot["seats_left"]) for slot in body["slots"]] == [
            ("08:00:00+08:00", 0),  # over
            ("08:30:00+08:00", 0),  # over
            ("09:00:00+08:00", 6),  # its own two and the four that nobody used
            ("09:30:00+08:00", 2),
            ("10:00:00+08:00", 0),  # taken
            ("10:30:00+08:00", 2),
        ]

    def test_no_window_offers_more_than_the_session_has_in_advance(self, get: Get) -> None:
        session = make_session(visit_date=TODAY + timedelta(days=2), rated_capacity=16, advance_quota=5, advance_taken=4)

        slots = get(f"sessions/{session.pk}/slots").json()["slots"]

        assert [slot["seats_left"] for slot in slots] == [1] * 8

    def test_unknown_and_hidden_sessions_are_not_there(self, get: Get) -> None:
        hidden = make_session(doctor=make_doctor(is_active=False), visit_date=TODAY)

        assert_refused(get(f"sessions/{hidden.pk}/slots"), status=404)
        assert_refused(get("sessions/999999/slots"), status=404)
        assert_refused(get(f"sessions/{2**70}/slots"), status=404)
        assert_refused(get("sessions/x/slots"), status=404)


class TestAvailability:
    def test_the_best_session_speaks_for_the_day(self, get: Get) -> None:
        department = make_department()
        tomorrow, later = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
        make_session(department=department, visit_date=tomorrow, rated_capacity=3, advance_taken=3)
        make_session(doctor=make_doctor(department=department), visit_date=tomorrow, rated_capacity=3, advance_taken=1)
        make_session(department=department, visit_date=later, status=SessionStatus.SUSPENDED)

        days = get(f"departments/{department.pk}/availability").json()

        assert [(d["visit_date"], d["state"], d["state_label"], d["sessions"], d["seats_left"]) for d in days[:3]] == [
            ("2026-12-07", None, "", 0, 0),
            ("2026-12-08", "open", "可预约", 2, 2),
            ("2026-12-09", "suspended", "停诊", 1, 0),
        ]
        assert len(days) == 7

    def test_on_the_eve_after_the_close(self, get: Get) -> None:
        session = make_session(visit_date=TODAY + timedelta(days=1))

        with patch("django.utils.timezone.now", return_value=NOW.replace(hour=17).astimezone(UTC)):
            (_, day, *_) = get(f"departments/{session.department.pk}/availability").json()

        assert (day["state"], day["seats_left"]) == ("advance-closed", 0)


class TestEarlyRelease:
    """Hot sessions say from when tiers A and B may book them, and show them what is open."""

    @pytest.fixture
    def hot(self) -> ClinicSession:
        """In 15 days by the clock of these tests: A could since yesterday, B can since 07:00, everyone in a week."""
        visit_date = TODAY + timedelta(days=15)
        releases_at = datetime.combine(visit_date - timedelta(days=7), time(7), tzinfo=SHANGHAI)
        return make_session(visit_date=visit_date, is_hot=True, releases_at=releases_at)

    def test_the_times_of_each_tier(self, get: Get, hot: ClinicSession) -> None:
        shown = get(f"sessions/{hot.pk}/slots").json()["session"]
        assert (shown["is_hot"], shown["state"], shown["seats_left"]) == (True, "not-released", 0)
        assert shown["releases_at"] == "2026-12-15T07:00:00+08:00"
        assert shown["early_release"] == {"A": "2026-12-06T07:00:00+08:00", "B": "2026-12-07T07:00:00+08:00"}

    def test_no_times_where_there_is_no_head_start(self, get: Get, hot: ClinicSession) -> None:
        BookingPolicy.objects.create(hospital=hot.hospital, version=1, valid_from=NOW - timedelta(days=9), hot_early_days_b=7)
        ordinary = make_session(doctor=hot.doctor, visit_date=hot.visit_date + timedelta(days=1))
        early = [each["early_release"] for each in get("sessions", doctor=hot.doctor_id, to="2026-12-31").json()["results"]]
        assert early == [{"A": "2026-12-06T07:00:00+08:00", "B": None}, {"A": None, "B": None}]
        assert not ordinary.is_hot

    @pytest.mark.parametrize("tier", ["A", "B"])
    def test_what_is_open_to_a_tier(self, get: Get, hot: ClinicSession, tier: str) -> None:
        shown = get(f"sessions/{hot.pk}/slots", tier=tier).json()
        assert (shown["session"]["state"], shown["session"]["channel"], shown["session"]["seats_left"]) == ("open", "advance", 20)
        assert sum(slot["seats_left"] for slot in shown["slots"]) == 20
        (listed,) = get("sessions", doctor=hot.doctor_id, to="2026-12-31", tier=tier).json()["results"]
        assert listed["state"] == "open"

    @pytest.mark.parametrize("tier", ["C", "unrated", "a", "A' OR 1=1"])
    def test_only_tiers_with_a_head_start_are_asked_for(self, get: Get, hot: ClinicSession, tier: str) -> None:
        assert get(f"sessions/{hot.pk}/slots", tier=tier).status_code == 400
