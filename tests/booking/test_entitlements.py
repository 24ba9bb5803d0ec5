"""Perks of a tier: granted once a period or a visit, used once, resting while the tier is another, over by themselves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import Refusal
from accounts.models import AccountPatient, User
from booking.entitlement_selectors import allowances_of, is_queue_free
from booking.entitlement_wording import allowance_sentence, entitlement_sentence
from booking.models import Entitlement, EntitlementKind, Outcome, PastStanding, Standing, Tier
from booking.rules.entitlements import EntitlementState, Period, period_around, state_of
from booking.services.checkin import check_in
from booking.services.closing import close_days_before
from booking.services.entitlements import using
from booking.services.entitlements.granting import grant_coupons, grant_period_entitlements
from booking.services.entitlements.using import use_entitlement
from booking.services.outcomes import reclassify
from booking.services.transitions import patient_actor
from hospitals.models import Hospital, StaffMembership, StaffRole
from hospitals.services.policies import effective_policy, revise_policy
from tests.booking.clock import NOW, ONE_SECOND, VISIT, ZONE, at
from tests.booking.rated import rate, rated
from tests.booking.snapshot import everything
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, make_account, make_appointment, make_clinic
from tests.factories.hospitals import make_hospital

pytestmark = pytest.mark.django_db

# NOW is in March 2026.
QUARTER = datetime(2026, 1, 1, tzinfo=ZONE), datetime(2026, 4, 1, tzinfo=ZONE)
MONTH = datetime(2026, 3, 1, tzinfo=ZONE), datetime(2026, 4, 1, tzinfo=ZONE)
YEAR = datetime(2026, 1, 1, tzinfo=ZONE), datetime(2027, 1, 1, tzinfo=ZONE)
LONG_AGO = NOW - timedelta(days=400)


@pytest.fixture
def hospital() -> Hospital:
    hospital = make_hospital()
    policy(hospital, named_contact_a="周敏", named_contact_phone_a="010-5550000")
    return hospital


def policy(hospital: Hospital, *, now: datetime = LONG_AGO, **changes: Any) -> None:
    revise_policy(hospital=hospital, registration_type=None, changes=changes, by=None, now=now)


def grant(hospital: Hospital, now: datetime = NOW) -> int:
    return grant_period_entitlements(hospital=hospital, now=now)


def held(account: Account) -> list[tuple[str, str, int, tuple[datetime, datetime]]]:
    rows = Entitlement.objects.filter(patient=account.patient).order_by("kind", "starts_at", "serial")
    return [(row.kind, row.tier, row.serial, (row.starts_at, row.ends_at)) for row in rows]


def desk(hospital: Hospital, role: StaffRole = StaffRole.DESK) -> User:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    return user


class TestPeriods:
    @pytest.mark.parametrize(
        ("period", "day", "begins", "ends"),
        [
            (Period.MONTH, "2026-12-31", "2026-12-01", "2027-01-01"),
            (Period.MONTH, "2024-02-29", "2024-02-01", "2024-03-01"),
            (Period.QUARTER, "2026-03-31", "2026-01-01", "2026-04-01"),
            (Period.QUARTER, "2026-04-01", "2026-04-01", "2026-07-01"),
            (Period.QUARTER, "2026-12-31", "2026-10-01", "2027-01-01"),
            (Period.YEAR, "2026-07-15", "2026-01-01", "2027-01-01"),
        ],
    )
    def test_are_the_calendars(self, period: Period, day: str, begins: str, ends: str) -> None:
        noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=ZONE)
        assert [f"{moment:%Y-%m-%d %H:%M}" for moment in period_around(period, noon)] == [f"{begins} 00:00", f"{ends} 00:00"]

    def test_are_the_hospitals(self) -> None:
        """When it is April in Shanghai it is still March in London."""
        hospital = make_hospital(time_zone="Europe/London")
        account = rated(hospital, Tier.B, now=LONG_AGO)
        grant(hospital, datetime(2026, 4, 1, 0, 30, tzinfo=ZONE))
        (row,) = Entitlement.objects.filter(patient=account.patient)
        assert f"{row.starts_at.astimezone(hospital.zone):%Y-%m-%d %H:%M}" == "2026-03-01 00:00"


class TestGranting:
    def test_what_each_tier_is_given(self, hospital: Hospital) -> None:
        accounts = {tier: rated(hospital, tier, now=LONG_AGO) for tier in Tier}
        assert grant(hospital) == 5
        assert held(accounts[Tier.A]) == [
            (EntitlementKind.EXAMINATION, "A", 1, YEAR),
            (EntitlementKind.FREE_MOVE, "A", 1, QUARTER),
            (EntitlementKind.NAMED_CONTACT, "A", 1, QUARTER),
            (EntitlementKind.QUEUE_FREE, "A", 1, QUARTER),
        ]
        assert held(accounts[Tier.B]) == [(EntitlementKind.FREE_MOVE, "B", 1, MONTH)]
        assert [held(accounts[tier]) for tier in (Tier.C, Tier.D, Tier.UNRATED)] == [[], [], []]
        assert Entitlement.objects.get(kind=EntitlementKind.EXAMINATION).terms == {"item": "口腔检查"}

    def test_again_adds_nothing_and_the_next_period_all(self, hospital: Hospital) -> None:
        account = rated(hospital, Tier.A, now=LONG_AGO)
        assert [grant(hospital), grant(hospital, QUARTER[1] - ONE_SECOND), grant(hospital, QUARTER[1])] == [4, 0, 3]
        kinds = [kind for kind, *_ in held(account)]
        assert kinds.count(EntitlementKind.EXAMINATION) == 1
        assert grant(hospital, YEAR[1]) == 4

    def test_a_used_one_is_not_granted_anew(self, hospital: Hospital) -> None:
        rated(hospital, Tier.B, now=LONG_AGO)
        grant(hospital)
        Entitlement.objects.update(used_at=NOW)
        assert grant(hospital) == 0

    def test_nobody_without_an_account_and_nobody_elsewhere(self, hospital: Hospital) -> None:
        removed = rated(hospital, Tier.A, now=LONG_AGO)
        AccountPatient.objects.filter(patient=removed.patient).update(removed_at=NOW)
        elsewhere = rated(make_hospital(), Tier.A, now=LONG_AGO)
        assert grant(hospital) == 0
        assert held(removed) == held(elsewhere) == []

    def test_a_patient_of_two_accounts_is_given_it_once(self, hospital: Hospital) -> None:
        account = rated(hospital, Tier.B, now=LONG_AGO)
        AccountPatient.objects.create(user=make_account().user, patient=account.patient, added_at=NOW)
        assert grant(hospital) == 1

    def test_only_some_patients_and_kinds(self, hospital: Hospital) -> None:
        wanted, _ = rated(hospital, Tier.A, now=LONG_AGO), rated(hospital, Tier.A, now=LONG_AGO)
        kinds = [EntitlementKind.FREE_MOVE]
        asked = {"hospital": hospital, "now": NOW, "patient_ids": [wanted.patient.pk], "kinds": kinds}
        assert grant_period_entitlements(**asked) == 1
        assert [kind for kind, *_ in held(wanted)] == kinds

    def test_as_many_as_the_policy_says(self, hospital: Hospital) -> None:
        account = rated(hospital, Tier.A, now=LONG_AGO)
        policy(
            hospital,
            free_moves_a=2,
            examinations_a=0,
            is_registration_queue_free_a=False,
            named_contact_a="",
            named_contact_phone_a="",
        )
        assert grant(hospital) == 2
        # Raised, the others are added; lowered, none is taken away.
        policy(hospital, free_moves_a=3, now=NOW)
        assert grant(hospital) == 1
        policy(hospital, free_moves_a=1, now=NOW)
        assert grant(hospital) == 0
        assert [serial for _, _, serial, _ in held(account)] == [1, 2, 3]

    def test_the_month_and_the_quarter_that_begin_together(self, hospital: Hospital) -> None:
        """Of B in January, A in February: what A is given begins on the same day as B's did."""
        january = datetime(2026, 1, 10, tzinfo=ZONE)
        account = rated(hospital, Tier.B, now=LONG_AGO)
        grant(hospital, january)
        rate(account, hospital, Tier.A, now=NOW)
        grant(hospital)
        moves = [(tier, starts) for kind, tier, _, (starts, _) in held(account) if kind == EntitlementKind.FREE_MOVE]
        assert sorted(moves) == [("A", QUARTER[0]), ("B", QUARTER[0])]

    def test_costs_the_same_for_many(self, hospital: Hospital) -> None:
        grant(hospital)  # reads the policy's version once a process
        costs = []
        for many in (1, 7):
            for _ in range(many):
                rated(hospital, Tier.A, now=LONG_AGO)
            with CaptureQueriesContext(connection) as captured:
                grant(hospital)
            costs.append(len(captured))
        assert costs[0] == costs[1]

    def test_codes_differ_and_are_as_long_as_any(self, hospital: Hospital) -> None:
        for _ in range(5):
            rated(hospital, Tier.A, now=LONG_AGO)
        grant(hospital)
        codes = set(Entitlement.objects.values_list("code", flat=True))
        assert len(codes) == 20
        assert {len(code) for code in codes} == {16}


class TestCoupons:
    def kept(self, hospital: Hospital, account: Account) -> Any:
        """A visit on VISIT that was checked in and closed in the night after."""
        appointment = make_appointment(now=NOW, account=account, session=make_clinic(visit_date=VISIT, hospital=hospital))
        return check_in(appointment_id=appointment.pk, actor=patient_actor(account.user), now=at("08:00"))

    def close(self, hospital: Hospital) -> datetime:
        night = at("00:10", days=1)
        close_days_before(hospital=hospital, day=VISIT + timedelta(days=1), now=night)
        return night + timedelta(minutes=30)

    def test_one_for_each_visit_that_b_has_kept(self, hospital: Hospital) -> None:
        account = rated(hospital, Tier.B, now=LONG_AGO)
        visit = self.kept(hospital, account)
        missed = make_appointment(now=NOW, account=account, session=make_clinic(visit_date=VISIT, hospital=hospital))
        others = [self.kept(hospital, rated(hospital, tier, now=LONG_AGO)) for tier in (Tier.A, Tier.C, Tier.UNRATED)]
        later = self.close(hospital)

        assert [grant_coupons(hospital=hospital, now=later), grant_coupons(hospital=hospital, now=later)] == [1, 0]

        (coupon,) = Entitlement.objects.all()
        assert (coupon.earned_by, coupon.patient, coupon.kind) == (visit, account.patient, EntitlementKind.COUPON)
        assert coupon.terms == {"item": "洁牙", "percent_off": 10}
        # The day of giving and 89 more.
        assert (coupon.starts_at, coupon.ends_at) == (later, at("00:00", days=1 + 90))
        assert {missed.pk, *(other.pk for other in others)}.isdisjoint({coupon.earned_by_id})

    def test_by_the_tier_that_the_visit_was_closed_with(self, hospital: Hospital) -> None:
        """The visit itself may have lifted it; and who became B by it had not been B."""
        risen, new = rated(hospital, Tier.B, now=LONG_AGO), rated(hospital, Tier.C, now=LONG_AGO)
        for account in (risen, new):
            self.kept(hospital, account)
        later = self.close(hospital)
        for account, before, tier in ((risen, Tier.B, Tier.A), (new, Tier.C, Tier.B)):
            PastStanding.objects.create(
                hospital=hospital, patient=account.patient, as_of=VISIT, tier=before, held_from=LONG_AGO, held_until=later
            )
            rate(account, hospital, tier, now=later)
        assert grant_coupons(hospital=hospital, now=later) == 1
        assert Entitlement.objects.get().patient == risen.patient

    def test_none_where_the_hospital_gives_none_or_nobody_could_see_it(self, hospital: Hospital) -> None:
        account = rated(hospital, Tier.B, now=LONG_AGO)
        self.kept(hospital, account)
        later = self.close(hospital)
        AccountPatient.objects.filter(patient=account.patient).update(removed_at=NOW)
        assert grant_coupons(hospital=hospital, now=later) == 0
        AccountPatient.objects.update(removed_at=None)
        policy(hospital, coupon_percent_off_b=0)
        assert grant_coupons(hospital=hospital, now=later) == 0
        policy(hospital, coupon_percent_off_b=20, now=LONG_AGO + ONE_SECOND)
        assert grant_coupons(hospital=hospital, now=later) == 1
        assert Entitlement.objects.get().terms["percent_off"] == 20

    def test_a_correction_within_two_weeks_still_earns_it(self, hospital: Hospital) -> None:
        account = rated(hospital, Tier.B, now=LONG_AGO)
        missed = make_appointment(now=NOW, account=account, session=make_clinic(visit_date=VISIT, hospital=hospital))
        self.close(hospital)
        judge, now = desk(hospital, StaffRole.CLINIC_OFFICE), at("09:00", days=7)
        reclassify(appointment_id=missed.pk, outcome=Outcome.FULFILLED, by=judge, reason="签到机故障", now=now)
        assert grant_coupons(hospital=hospital, now=at("09:00", days=15)) == 0
        assert grant_coupons(hospital=hospital, now=at("09:00", days=14)) == 1


class TestState:
    def row(self, **fields: Any) -> Entitlement:
        given = {"kind": EntitlementKind.EXAMINATION, "tier": "A", "starts_at": YEAR[0], "ends_at": YEAR[1]}
        return Entitlement(**given | {"terms": {"item": "口腔检查"}} | fields)

    @pytest.mark.parametrize(
        ("fields", "tier", "now", "state", "told"),
        [
            ({}, "A", NOW, "available", "免费口腔检查，12 月 31 日到期。"),
            ({}, "A", YEAR[1] - ONE_SECOND, "available", "免费口腔检查，12 月 31 日到期。"),
            ({}, "A", YEAR[1], "expired", "免费口腔检查，已于 2026 年 12 月 31 日到期，未使用。"),
            ({}, "B", NOW, "paused", "免费口腔检查，为A 级权益，暂停使用，等级恢复后可继续使用，12 月 31 日到期。"),
            ({}, "unrated", NOW, "paused", "免费口腔检查，为A 级权益，暂停使用，等级恢复后可继续使用，12 月 31 日到期。"),
            ({"tier": "B"}, "A", NOW, "paused", "免费口腔检查，为B 级权益，现由更高等级的权益代替，12 月 31 日到期。"),
            ({"tier": "B", "earned_by_id": 1}, "D", NOW, "available", "免费口腔检查，12 月 31 日到期。"),
            ({"used_at": NOW}, "A", YEAR[1], "used", "免费口腔检查，已于 2026 年 3 月 10 日使用。"),
            ({"withdrawn_at": NOW, "withdrawn_reason": "误发"}, "A", NOW, "withdrawn", "免费口腔检查，已收回：误发。"),
        ],
    )
    def test_and_its_sentence(self, fields: dict[str, Any], tier: str, now: datetime, state: str, told: str) -> None:
        row = self.row(**fields)
        found = state_of(row, tier=tier, now=now)
        assert found == state
        assert entitlement_sentence(row, state=found, tier=tier, zone=ZONE, now=now.astimezone(ZONE)) == told


class TestAllowances:
    def told(self, hospital: Hospital, account: Account, now: datetime = NOW) -> list[str]:
        tier = Standing.objects.get(patient=account.patient, hospital=hospital).tier
        terms = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=now)
        found = allowances_of(hospital=hospital, patient_id=account.patient.pk, tier=tier, policy=terms, now=now)
        return [allowance_sentence(one, zone=hospital.zone, now=now) for one in found]

    def test_are_there_before_the_clock_has_granted_them(self, hospital: Hospital) -> None:
        account = rated(hospital, Tier.A, now=LONG_AGO)
        before = self.told(hospital, account)
        assert before == [
            "本季度免费改约 1 次，已用 0 次，3 月 31 日到期。",
            "本年度免费口腔检查 1 次，已用 0 次，12 月 31 日到期。",
            "专属客服：周敏，电话 010-5550000。",
            "到院免排队登记，请向导诊台出示签到码。",
        ]
        assert not Entitlement.objects.exists()
        grant(hospital)
        assert self.told(hospital, account) == before

    def test_count_what_is_used_in_the_running_period(self, hospital: Hospital) -> None:
        account = rated(hospital, Tier.B, now=LONG_AGO)
        grant(hospital)
        Entitlement.objects.update(used_at=NOW)
        assert self.told(hospital, account) == ["本月免费改约 1 次，已用 1 次，3 月 31 日到期。"]
        assert self.told(hospital, account, MONTH[1]) == ["本月免费改约 1 次，已用 0 次，4 月 30 日到期。"]

    def test_a_coupon_stays_when_the_tier_falls(self, hospital: Hospital) -> None:
        account = rated(hospital, Tier.B, now=LONG_AGO)
        TestCoupons().kept(hospital, account)
        later = TestCoupons().close(hospital)
        grant_coupons(hospital=hospital, now=later)
        rate(account, hospital, Tier.C, now=later)
        assert self.told(hospital, account, later) == ["洁牙 9 折券 1 张可用，最早一张 6 月 10 日到期。"]

    def test_queue_free_while_the_tier_holds(self, hospital: Hospital) -> None:
        account = rated(hospital, Tier.A, now=LONG_AGO)
        asked = {"hospital_id": hospital.pk, "patient_id": account.patient.pk}
        assert not is_queue_free(**asked, now=NOW)
        grant(hospital)
        assert is_queue_free(**asked, now=NOW)
        assert not is_queue_free(**asked, now=QUARTER[1])
        # A at another hospital is A there.
        rate(account, make_hospital(), Tier.A, now=LONG_AGO)
        rate(account, hospital, Tier.B, now=NOW)
        assert not is_queue_free(**asked, now=NOW)


class TestUsing:
    @pytest.fixture
    def account(self, hospital: Hospital) -> Account:
        account = rated(hospital, Tier.A, now=LONG_AGO)
        grant(hospital)
        return account

    @pytest.fixture
    def examination(self, account: Account) -> Entitlement:
        return Entitlement.objects.get(patient=account.patient, kind=EntitlementKind.EXAMINATION)

    def refused(self, entitlement: Entitlement, by: User, now: datetime = NOW, code: str | None = None) -> Refusal:
        before = everything()
        with pytest.raises(Refusal) as caught:
            use_entitlement(code=code or entitlement.code, by=by, now=now)
        assert everything() == before
        return caught.value

    def test_says_who_and_when(self, hospital: Hospital, examination: Entitlement) -> None:
        staff = desk(hospital)
        used = use_entitlement(code=f" {examination.code.lower()} ", by=staff, now=NOW)
        examination.refresh_from_db()
        assert (used.pk, examination.used_by, examination.used_at) == (examination.pk, staff, NOW)

    def test_once(self, hospital: Hospital, examination: Entitlement) -> None:
        use_entitlement(code=examination.code, by=desk(hospital), now=NOW)
        told = self.refused(examination, desk(hospital))
        assert isinstance(told, using.EntitlementUsed)
        assert told.detail == {"at": "2026-03-10 10:00"}

    def test_not_elsewhere(self, hospital: Hospital, examination: Entitlement, account: Account) -> None:
        strangers = [desk(make_hospital()), make_staff(), account.user]
        gone = desk(hospital)
        User.objects.filter(pk=gone.pk).update(is_active=False)
        gone.refresh_from_db()
        for stranger in (*strangers, gone):
            assert isinstance(self.refused(examination, stranger), using.EntitlementNotFound)
        assert isinstance(self.refused(examination, desk(hospital), code="0" * 16), using.EntitlementNotFound)

    def test_not_when_it_is_over(self, hospital: Hospital, examination: Entitlement) -> None:
        told = self.refused(examination, desk(hospital), now=YEAR[1])
        assert isinstance(told, using.EntitlementExpired)
        assert state_of(examination, tier="A", now=YEAR[1]) == EntitlementState.EXPIRED

    def test_not_while_the_tier_is_another(self, hospital: Hospital, examination: Entitlement, account: Account) -> None:
        rate(account, hospital, Tier.B, now=NOW)
        assert isinstance(self.refused(examination, desk(hospital)), using.EntitlementPaused)
        rate(account, hospital, Tier.A, now=NOW)
        assert use_entitlement(code=examination.code, by=desk(hospital), now=NOW).used_at == NOW

    def test_not_what_was_taken_back(self, hospital: Hospital, examination: Entitlement) -> None:
        Entitlement.objects.filter(pk=examination.pk).update(withdrawn_at=NOW, withdrawn_reason="误发")
        assert isinstance(self.refused(examination, desk(hospital)), using.EntitlementWithdrawn)

    def test_not_what_needs_no_code(self, hospital: Hospital, account: Account) -> None:
        for kind in (EntitlementKind.FREE_MOVE, EntitlementKind.NAMED_CONTACT, EntitlementKind.QUEUE_FREE):
            row = Entitlement.objects.get(patient=account.patient, kind=kind)
            assert isinstance(self.refused(row, desk(hospital)), using.EntitlementNotRedeemable)
