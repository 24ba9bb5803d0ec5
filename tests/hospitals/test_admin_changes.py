"""What staff do in the admin: policies, templates, quotas, fees, memberships."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db.models import CheckConstraint
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from hospitals.models import (
    BookingPolicy,
    ClinicSession,
    Department,
    Doctor,
    Hospital,
    HotPin,
    RegistrationType,
    SessionStatus,
    Slot,
    StaffMembership,
    StaffRole,
    WeeklyTemplate,
)
from hospitals.services.sessions import generate_sessions
from tests.factories.accounts import make_staff, make_user
from tests.factories.hospitals import (
    make_department,
    make_doctor,
    make_hospital,
    make_registration_type,
    make_session,
    make_template,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


@pytest.fixture
def staff(hospital: Hospital) -> User:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=StaffRole.ADMINISTRATOR)
    return user


@pytest.fixture
def client(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def address(model: type, name: str, *args: Any) -> str:
    return reverse(f"admin:hospitals_{model._meta.model_name}_{name}", args=args)  # type: ignore[attr-defined]


def form_data(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send back unchanged: the values of the form as it was shown, inlines' bookkeeping included."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            shown = "on" if value is True else None if value is False else bound.field.widget.format_value(value)
            if shown is not None:
                data[bound.html_name] = shown
    return data


def sentences(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors(response: Any) -> dict[str, list[str]]:
    return dict(response.context["adminform"].form.errors)


class TestPolicies:
    def test_saving_writes_the_next_version_and_leaves_the_old_one(self, client: Client, staff: User, hospital: Hospital) -> None:
        first = BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=timezone.now() - timedelta(days=1))
        old = BookingPolicy.objects.filter(pk=first.pk).values().get()
        url = address(BookingPolicy, "change", first.pk)

        response = client.post(url, form_data(client, url) | {"hold_minutes": "15"})

        assert response.status_code == 302
        assert BookingPolicy.objects.filter(pk=first.pk).values().get() == old
        second = BookingPolicy.objects.get(version=2)
        assert (second.hold_minutes, second.release_days, second.created_by) == (15, 15, staff)
        assert client.get(url).context["has_change_permission"] is False
        assert client.post(url, {"hold_minutes": "20"}).status_code == 403
        assert BookingPolicy.objects.count() == 2

    def test_saving_without_a_change_writes_nothing(self, client: Client, hospital: Hospital) -> None:
        policy = BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=timezone.now())
        url = address(BookingPolicy, "change", policy.pk)

        client.post(url, form_data(client, url))

        assert BookingPolicy.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "blamed", "sentence"),
        [
            ({"hot_release_days": 16}, "hot_release_days", "热门号放号提前天数不能大于放号提前天数。"),
            ({"schedule_days": 14}, "schedule_days", "排班提前天数不能小于放号提前天数。"),
            ({"slot_minutes": 4}, "slot_minutes", "确保该值大于或等于5。"),
            ({"week_span_days": 20, "quarter_span_days": 19}, "quarter_span_days", "长期上限天数不能小于短期上限天数。"),
            ({"live_per_department_day": 3}, "live_per_day", "同日上限不能小于同科室同日上限。"),
            ({"live_per_week": 6}, "live_per_quarter", "长期预约上限不能小于短期预约上限。"),
            ({"missed_limit": 6}, "missed_limit_severe", "严重爽约次数须大于爽约限制次数，或填 0 不分级。"),
            ({"missed_pause_days": 181}, "missed_pause_days_severe", "严重爽约暂停天数不能小于爽约暂停天数。"),
            ({"waitlist_closes_time": "06:00:00"}, "waitlist_closes_time", "候补关闭时刻须晚于候补开放时刻。"),
            ({"waitlist_offer_minutes": 29}, "waitlist_offer_minutes", "候补号保留时长不能小于最短保留时长。"),
            ({"hot_early_days_a": 14}, "hot_early_days_a", "A 级提前天数不能小于 B 级提前天数。"),
            ({"hot_early_percent_a": 51}, "hot_early_percent_a", "A 级专留不能大于优先份额。"),
            ({"hot_early_percent": 91}, "hot_reserve_percent", "优先份额与照顾份额合计不能超过 100%。"),
            ({"hot_reserve_days": 8}, "hot_reserve_days", "照顾份额不能在热门号统一放号之前就取消。"),
            ({"lead_days_d": 16}, "lead_days_d", "D 级最少提前天数不能大于放号提前天数，否则 D 级患者无号可约。"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, changes: dict[str, Any], blamed: str, sentence: str, client: Client, hospital: Hospital
    ) -> None:
        policy = BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=timezone.now())
        url = address(BookingPolicy, "change", policy.pk)

        response = client.post(url, form_data(client, url) | changes)

        assert errors(response) == {blamed: [sentence]}
        assert BookingPolicy.objects.count() == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"missed_limit": 0, "missed_limit_severe": 0},
            {"missed_limit": 6, "missed_limit_severe": 0},
            {"hot_early_percent": 90, "hot_early_percent_a": 90},
            {"hot_early_days_a": 7, "hot_early_days_b": 7},
        ],
    )
    def test_the_last_figures_that_make_sense_are_taken(
        self, changes: dict[str, int], client: Client, hospital: Hospital
    ) -> None:
        policy = BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=timezone.now())
        url = address(BookingPolicy, "change", policy.pk)

        response = client.post(url, form_data(client, url) | changes)

        assert response.status_code == 302, errors(response)
        newest = BookingPolicy.objects.get(version=2)
        assert {name: getattr(newest, name) for name in changes} == changes

    def test_every_constraint_of_the_table_has_its_sentence(self, client: Client, hospital: Hospital) -> None:
        """What the form lets through, the table takes: its constraints never have to speak to staff."""
        policy = BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=timezone.now())
        url = address(BookingPolicy, "change", policy.pk)
        against = {
            "policy_hot_release_not_before_release": {"hot_release_days": 16},
            "policy_schedule_reaches_release": {"schedule_days": 14},
            "policy_share_of_a_within_early_share": {"hot_early_percent_a": 51},
            "policy_waitlist_closes_after_opening": {"waitlist_closes_time": "05:00:00"},
            "policy_long_span_not_below_short": {"week_span_days": 20, "quarter_span_days": 19},
            "policy_contact_has_name_and_phone": {"named_contact_a": "王护士"},
            "policy_coupon_at_most_free": {"coupon_percent_off_b": 101},
        }
        checks = {one.name for one in BookingPolicy._meta.constraints if isinstance(one, CheckConstraint)}
        assert set(against) == checks
        shown = form_data(client, url)
        for changes in against.values():
            told = errors(client.post(url, shown | changes))
            assert len(told) == 1
            assert "__all__" not in told

    @pytest.mark.parametrize(
        ("changes", "field", "sentence"),
        [
            ({"named_contact_phone_a": "13800138000"}, "named_contact_a", "填写了专属客服电话，请同时填写姓名。"),
            ({"named_contact_a": "王护士"}, "named_contact_phone_a", "填写了专属客服姓名，请同时填写电话。"),
            *(
                (
                    {"named_contact_a": "王护士", "named_contact_phone_a": phone},
                    "named_contact_phone_a",
                    "请填写电话号码，如 13800138000 或 010-12345678-8。",
                )
                for phone in (
                    "找前台",
                    "12",
                    "138--0013",
                    "-1380013",
                    "1380013-",
                    "１３８００１３８０００",
                    "1234567890123456789",
                )
            ),
        ],
    )
    def test_a_contact_that_nobody_can_call_is_refused(
        self, changes: dict[str, str], field: str, sentence: str, client: Client, hospital: Hospital
    ) -> None:
        policy = BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=timezone.now())
        url = address(BookingPolicy, "change", policy.pk)

        response = client.post(url, form_data(client, url) | changes)

        assert errors(response) == {field: [sentence]}
        assert BookingPolicy.objects.count() == 1

    @pytest.mark.parametrize("phone", ["120", "13800138000", "010-12345678-8", "+86-13800138000", "0800-10010"])
    def test_a_contact_with_name_and_phone_is_saved(self, phone: str, client: Client, hospital: Hospital) -> None:
        policy = BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=timezone.now())
        url = address(BookingPolicy, "change", policy.pk)

        response = client.post(url, form_data(client, url) | {"named_contact_a": "王护士", "named_contact_phone_a": phone})

        assert response.status_code == 302, errors(response)
        assert BookingPolicy.objects.latest("version").named_contact_phone_a == phone

    def test_every_term_is_on_the_form_and_explained(self, client: Client, hospital: Hospital) -> None:
        policy = BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=timezone.now())
        bookkeeping = {"id", "hospital", "registration_type", "version", "valid_from", "created_by"}
        terms = {field.name: field for field in BookingPolicy._meta.concrete_fields if field.name not in bookkeeping}
        form = client.get(address(BookingPolicy, "change", policy.pk)).context["adminform"]
        shown = [bound.field.name for fieldset in form for line in fieldset for bound in line if hasattr(bound.field, "name")]
        assert [name for name in shown if name in terms] == sorted(set(shown) & set(terms), key=shown.index)  # each once
        assert set(shown) >= set(terms)
        assert [name for name, field in terms.items() if not field.help_text] == []

    def test_a_policy_for_one_registration_type_starts_from_the_hospitals(self, client: Client, hospital: Hospital) -> None:
        BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=timezone.now(), hold_minutes=22)
        special = make_registration_type(hospital=hospital)
        url = address(BookingPolicy, "add")
        shown = form_data(client, url)

        client.post(url, shown | {"registration_type": special.pk, "release_days": "10"})

        assert shown["hold_minutes"] == "22"
        made = BookingPolicy.objects.get(registration_type=special)
        assert (made.version, made.release_days, made.hold_minutes) == (1, 10, 22)
        # The hospital's own policy is still the newest of its scope.
        general = BookingPolicy.objects.get(registration_type=None)
        assert client.get(address(BookingPolicy, "change", general.pk)).context["has_change_permission"] is True

    def test_another_hospitals_registration_type_is_not_accepted(self, client: Client) -> None:
        foreign = make_registration_type()
        url = address(BookingPolicy, "add")

        response = client.post(url, form_data(client, url) | {"registration_type": foreign.pk})

        assert "registration_type" in errors(response)
        assert BookingPolicy.objects.count() == 0


class TestTemplates:
    def data(self, client: Client, **fields: Any) -> dict[str, Any]:
        typed = {
            "weekday": "1",
            "period": "am",
            "starts_at": "08:00",
            "ends_at": "12:00",
            "rated_capacity": "20",
            "extra_quota": "2",
        }
        return form_data(client, address(WeeklyTemplate, "add")) | typed | fields

    def test_the_hospital_is_filled_in_where_there_is_one(self, client: Client, hospital: Hospital) -> None:
        doctor = make_doctor(department=make_department(hospital=hospital))
        kind = make_registration_type(hospital=hospital)
        data = self.data(client, department=doctor.department.pk, doctor=doctor.pk, registration_type=kind.pk)

        response = client.post(address(WeeklyTemplate, "add"), data)

        assert response.status_code == 302, errors(response)
        template = WeeklyTemplate.objects.get()
        assert (template.hospital, template.doctor, template.rated_capacity) == (hospital, doctor, 20)

    def test_foreign_choices_and_a_forged_hospital_are_refused(self, client: Client) -> None:
        foreign = make_doctor()
        kind = make_registration_type(hospital=foreign.hospital)
        data = self.data(
            client,
            hospital=foreign.hospital.pk,
            department=foreign.department.pk,
            doctor=foreign.pk,
            registration_type=kind.pk,
        )

        response = client.post(address(WeeklyTemplate, "add"), data)

        assert set(errors(response)) >= {"hospital", "department", "doctor", "registration_type"}
        assert WeeklyTemplate.objects.count() == 0

    def test_rows_of_two_hospitals_do_not_mix_even_for_one_who_works_for_both(
        self, client: Client, staff: User, hospital: Hospital
    ) -> None:
        other = make_department()
        StaffMembership.objects.create(user=staff, hospital=other.hospital, role=StaffRole.ADMINISTRATOR)
        kind = make_registration_type(hospital=hospital)
        data = self.data(client, hospital=hospital.pk, department=other.pk, registration_type=kind.pk)

        response = client.post(address(WeeklyTemplate, "add"), data)

        assert "department" in errors(response)
        assert WeeklyTemplate.objects.count() == 0

    @pytest.mark.parametrize(
        ("fields", "where"),
        [
            ({"ends_at": "08:00"}, "ends_at"),
            ({"advance_quota": "21"}, "advance_quota"),
            ({"valid_from": "2026-12-02", "valid_until": "2026-12-01"}, "valid_until"),
            ({"rated_capacity": "0"}, "rated_capacity"),
        ],
    )
    def test_impossible_templates_are_refused(
        self, fields: dict[str, str], where: str, client: Client, hospital: Hospital
    ) -> None:
        department, kind = make_department(hospital=hospital), make_registration_type(hospital=hospital)
        data = self.data(client, department=department.pk, registration_type=kind.pk, **fields)

        response = client.post(address(WeeklyTemplate, "add"), data)

        assert set(errors(response)) == {where}
        assert WeeklyTemplate.objects.count() == 0

    @pytest.mark.parametrize(
        ("fields", "accepted"),
        [
            ({"starts_at": "09:00", "ends_at": "11:00"}, False),
            ({"starts_at": "12:00", "ends_at": "14:00"}, True),
            ({"starts_at": "09:00", "ends_at": "11:00", "weekday": "2"}, True),
            ({"starts_at": "09:00", "ends_at": "11:00", "valid_until": "2026-05-31"}, True),
            # The same hours from a later date: the newer template succeeds the older.
            ({"starts_at": "08:00", "ends_at": "11:00", "valid_from": "2027-01-01"}, True),
        ],
    )
    def test_a_doctor_is_not_in_two_places_at_once(
        self, fields: dict[str, str], accepted: bool, client: Client, hospital: Hospital
    ) -> None:
        doctor = make_doctor(department=make_department(hospital=hospital))
        existing = make_template(doctor=doctor, valid_from=date(2026, 6, 1))
        data = self.data(
            client,
            department=doctor.department.pk,
            doctor=doctor.pk,
            registration_type=existing.registration_type.pk,
            **fields,
        )

        response = client.post(address(WeeklyTemplate, "add"), data)

        assert response.status_code == (302 if accepted else 200)
        if not accepted:
            assert set(errors(response)) == {"starts_at"}
        assert WeeklyTemplate.objects.count() == (2 if accepted else 1)

    def test_the_action_generates_the_chosen_templates_of_own_hospitals_only(self, client: Client, hospital: Hospital) -> None:
        chosen = make_template(department=make_department(hospital=hospital))
        make_template(department=make_department(hospital=hospital))
        foreign = make_template()

        response = client.post(
            address(WeeklyTemplate, "changelist"), {"action": "generate", "_selected_action": [chosen.pk, foreign.pk]}
        )

        assert set(ClinicSession.objects.values_list("template", flat=True)) == {chosen.pk}
        made, slots = ClinicSession.objects.count(), Slot.objects.count()
        assert made >= 4
        assert sentences(response) == [f"{hospital}：新生成 {made} 个班次、{slots} 个时段，0 个班次已存在。"]

    def test_the_desk_has_no_such_action(self, client: Client, staff: User, hospital: Hospital) -> None:
        StaffMembership.objects.filter(user=staff).update(role=StaffRole.DESK)
        template = make_template(department=make_department(hospital=hospital))

        client.post(address(WeeklyTemplate, "changelist"), {"action": "generate", "_selected_action": [template.pk]})

        assert ClinicSession.objects.count() == 0


class TestHeatOfTemplates:
    def test_a_pin_takes_the_coming_sessions_along(self, client: Client, hospital: Hospital) -> None:
        template = make_template(department=make_department(hospital=hospital))
        generate_sessions(hospital=hospital, now=timezone.now())
        url = address(WeeklyTemplate, "change", template.pk)

        response = client.post(url, form_data(client, url) | {"hot_pin": HotPin.HOT}, follow=True)

        hot = list(ClinicSession.objects.filter(is_hot=True))
        assert [session.releases_at > timezone.now() for session in hot] == [True] * len(hot)
        assert 1 <= len(hot) < ClinicSession.objects.count()
        assert f"{len(hot)} 个尚未开放预约的班次已改为热门。" in sentences(response)

    def test_what_the_night_found_cannot_be_posted(self, client: Client, hospital: Hospital) -> None:
        template = make_template(department=make_department(hospital=hospital))
        url = address(WeeklyTemplate, "change", template.pk)

        client.post(url, form_data(client, url) | {"is_popular": "on", "found_popular": "on", "room": "8"})

        template.refresh_from_db()
        assert (template.room, template.is_popular) == ("8", False)


class TestSessions:
    @pytest.fixture
    def session(self, hospital: Hospital) -> ClinicSession:
        doctor = make_doctor(department=make_department(hospital=hospital))
        visit_date = timezone.localdate() + timedelta(days=20)
        return make_session(doctor=doctor, visit_date=visit_date, advance_quota=12, extra_quota=2, advance_taken=5)

    def test_quotas_room_and_pin_are_changed(self, client: Client, session: ClinicSession) -> None:
        url = address(ClinicSession, "change", session.pk)
        changes = {"advance_quota": "15", "extra_quota": "4", "room": "305", "is_quota_pinned": "on"}

        response = client.post(url, form_data(client, url) | changes)

        assert response.status_code == 302, errors(response)
        session.refresh_from_db()
        assert (session.advance_quota, session.extra_quota, session.room, session.is_quota_pinned) == (15, 4, "305", True)

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"advance_quota": "4"}, "已约出 5 个预约号，不能更少。"),
            ({"advance_quota": "21"}, "预约号不能超过额定号源 20。"),
        ],
    )
    def test_impossible_quotas_are_refused(
        self, fields: dict[str, str], sentence: str, client: Client, session: ClinicSession
    ) -> None:
        url = address(ClinicSession, "change", session.pk)

        response = client.post(url, form_data(client, url) | fields)

        assert errors(response) == {"advance_quota": [sentence]}
        session.refresh_from_db()
        assert session.advance_quota == 12

    def test_marking_hot_moves_the_release(self, client: Client, session: ClinicSession) -> None:
        url = address(ClinicSession, "change", session.pk)

        client.post(url, form_data(client, url) | {"is_hot": "on"})

        before = session.releases_at
        session.refresh_from_db()
        assert (session.is_hot, session.is_hot_pinned) == (True, True)
        assert session.releases_at - before == timedelta(days=8)

    def test_taking_the_pin_out_gives_the_session_back(self, client: Client, session: ClinicSession) -> None:
        """It has bookings: it stays as it is, and the page says so."""
        ClinicSession.objects.filter(pk=session.pk).update(is_hot=True, is_hot_pinned=True)
        url = address(ClinicSession, "change", session.pk)
        filled_in = form_data(client, url)
        del filled_in["is_hot_pinned"], filled_in["is_hot"]

        response = client.post(url, filled_in, follow=True)

        assert "已恢复自动判定，本班次现为热门。" in sentences(response)
        session.refresh_from_db()
        assert (session.is_hot, session.is_hot_pinned) == (True, False)

    def test_counters_dates_and_owner_cannot_be_posted(self, client: Client, session: ClinicSession) -> None:
        before = ClinicSession.objects.filter(pk=session.pk).values().get()
        url = address(ClinicSession, "change", session.pk)
        forged = {
            "advance_taken": "0",
            "same_day_taken": "7",
            "extra_taken": "1",
            "rated_capacity": "99",
            "fee_fen": "1",
            "status": "closed",
            "visit_date": "2030-01-01",
            "hospital": make_hospital().pk,
            "doctor": make_doctor().pk,
            "slots-0-capacity": "99",
            "slots-0-taken": "1",
        }
        slots = list(Slot.objects.order_by("pk").values())

        response = client.post(url, form_data(client, url) | forged)

        assert response.status_code == 302
        assert ClinicSession.objects.filter(pk=session.pk).values().get() == before
        assert list(Slot.objects.order_by("pk").values()) == slots

    @pytest.mark.parametrize("status", [SessionStatus.SUSPENDED, SessionStatus.CLOSED])
    def test_a_session_that_is_not_on_is_read_only(self, status: str, client: Client, session: ClinicSession) -> None:
        ClinicSession.objects.filter(pk=session.pk).update(status=status)
        url = address(ClinicSession, "change", session.pk)

        assert client.get(url).context["has_change_permission"] is False
        assert client.post(url, {"advance_quota": "15"}).status_code == 403
        session.refresh_from_db()
        assert session.advance_quota == 12

    def test_windows_are_shown_in_the_hospitals_zone(self, client: Client, hospital: Hospital) -> None:
        Hospital.objects.filter(pk=hospital.pk).update(time_zone="Asia/Urumqi")
        hospital.refresh_from_db()
        doctor = make_doctor(department=make_department(hospital=hospital))
        session = make_session(doctor=doctor, visit_date=timezone.localdate() + timedelta(days=3))

        content = client.get(address(ClinicSession, "change", session.pk)).content.decode()

        assert "08:00–08:30" in content
        assert "11:30–12:00" in content


class TestParticulars:
    @pytest.mark.parametrize(
        ("typed", "fen"), [("15.5", 1550), ("0", 0), ("0.01", 1), ("100", 10000), (" 7.00 ", 700), ("100000", 10_000_000)]
    )
    def test_fees_are_typed_in_yuan(self, typed: str, fen: int, client: Client, hospital: Hospital) -> None:
        url = address(RegistrationType, "add")

        response = client.post(url, form_data(client, url) | {"name": "专家号", "code": "expert", "fee_fen": typed})

        assert response.status_code == 302, errors(response)
        made = RegistrationType.objects.get()
        assert (made.hospital, made.fee_fen) == (hospital, fen)
        again = address(RegistrationType, "change", made.pk)
        client.post(again, form_data(client, again))
        made.refresh_from_db()
        assert made.fee_fen == fen

    @pytest.mark.parametrize("typed", ["", "-1", "1.005", "NaN", "Infinity", "1e9", "十元", "100000.01"])
    def test_what_is_no_amount_is_refused(self, typed: str, client: Client) -> None:
        url = address(RegistrationType, "add")

        response = client.post(url, form_data(client, url) | {"name": "专家号", "code": "expert", "fee_fen": typed})

        assert set(errors(response)) == {"fee_fen"}
        assert RegistrationType.objects.count() == 0

    def test_a_hospitals_code_zone_and_opening_are_not_its_administrators_to_change(
        self, client: Client, hospital: Hospital
    ) -> None:
        url = address(Hospital, "change", hospital.pk)
        forged = {"name": "新名", "code": "stolen", "time_zone": "UTC", "is_active": ""}

        client.post(url, form_data(client, url) | forged)

        before = hospital.code
        hospital.refresh_from_db()
        assert (hospital.name, hospital.code, hospital.time_zone, hospital.is_active) == ("新名", before, "Asia/Shanghai", True)

    def test_a_doctor_is_never_moved_to_another_hospital(self, client: Client, staff: User, hospital: Hospital) -> None:
        doctor = make_doctor(department=make_department(hospital=hospital))
        other = make_hospital()
        StaffMembership.objects.create(user=staff, hospital=other, role=StaffRole.ADMINISTRATOR)
        url = address(Doctor, "change", doctor.pk)

        client.post(url, form_data(client, url) | {"hospital": other.pk})

        doctor.refresh_from_db()
        assert doctor.hospital == hospital

    def test_a_department_in_use_is_not_deleted(self, client: Client, hospital: Hospital) -> None:
        doctor = make_doctor(department=make_department(hospital=hospital))

        client.post(address(Department, "delete", doctor.department.pk), {"post": "yes"})

        assert Department.objects.filter(pk=doctor.department.pk).exists()


class TestMemberships:
    def add(self, client: Client, username: str, **fields: Any) -> Any:
        url = address(StaffMembership, "add")
        return client.post(url, form_data(client, url) | {"username": username, "role": StaffRole.DESK} | fields)

    def test_a_colleague_is_added_by_sign_in_name(self, client: Client, hospital: Hospital) -> None:
        colleague = make_staff(username="li.na")

        response = self.add(client, "li.na")

        assert response.status_code == 302, errors(response)
        membership = StaffMembership.objects.get(user=colleague)
        assert (membership.hospital, membership.role) == (hospital, StaffRole.DESK)

    def test_who_is_no_staff_or_is_there_already_is_refused(self, client: Client, staff: User) -> None:
        patient = make_user()

        assert errors(self.add(client, "nobody")) == {"username": ["没有这个员工账户。"]}
        assert errors(self.add(client, patient.username)) == {"username": ["没有这个员工账户。"]}
        assert errors(self.add(client, staff.username)) == {"username": ["该员工已在本院，请直接修改其角色。"]}
        assert StaffMembership.objects.count() == 1

    def test_only_own_hospitals_can_be_joined(self, client: Client) -> None:
        make_staff(username="li.na")

        response = self.add(client, "li.na", hospital=make_hospital().pk)

        assert "hospital" in errors(response)
        assert StaffMembership.objects.count() == 1

    def test_the_person_of_a_membership_stays(self, client: Client, staff: User) -> None:
        membership = StaffMembership.objects.get(user=staff)
        url = address(StaffMembership, "change", membership.pk)

        client.post(url, form_data(client, url) | {"user": make_staff().pk, "role": StaffRole.CLINIC_OFFICE})

        membership.refresh_from_db()
        assert (membership.user, membership.role) == (staff, StaffRole.CLINIC_OFFICE)
