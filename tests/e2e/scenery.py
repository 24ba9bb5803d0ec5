"""What the pictures show: hospitals of the demo, and people to whom all has happened that a page can tell of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Consent, ConsentKind, Relationship
from booking.models import AppealCause, AppealState, Appointment, WaitlistEntry
from booking.services.appeals.deciding import decide_appeal
from booking.services.appeals.filing import file_appeal
from booking.services.appointments import book_appointment
from booking.services.cancellation import expire_hold
from booking.services.checkin import check_in
from booking.services.closing import close_days_before
from booking.services.orders import place_order
from booking.services.transitions import patient_actor
from booking.services.waitlist.joining import join_waitlist
from booking.services.waitlist.passing import pass_on_seats
from config.demo import world
from config.demo.places import HOSPITALS
from hospitals.models import ClinicSession, Department, Hospital
from hospitals.services.sessions import generate_sessions
from scoring.services.nightly import score_hospital
from tests.booking.suspended import another_session, suspend
from tests.booking.waiting import ALL_DAY, cancel, set_policy_from
from tests.factories.accounts import give_health_consent, make_patient, make_staff
from tests.factories.booking import Account, make_account, make_appointment, make_clinic_now
from tests.factories.hospitals import make_session
from wechat.emulator.testing import Emulator

# Days ago, and whether the patient came.
HISTORY = ((54, True), (47, True), (40, True), (33, True), (26, True), (19, False), (12, True), (5, False))


def found_town(now: datetime, monkeypatch: pytest.MonkeyPatch) -> list[Hospital]:
    """The hospitals of the demo without their past."""
    monkeypatch.setattr(world, "write_history", lambda **_: None)
    hospitals = [world._found(place, now) for place in HOSPITALS]
    for hospital in hospitals:
        generate_sessions(hospital=hospital, now=now)
        set_policy_from(now, hospital, **ALL_DAY)
    return hospitals


@dataclass
class Scenery:
    """One account with two patients, and the clinics that its bookings are at."""

    account: Account
    hospital: Hospital
    wechat: Emulator
    now: datetime
    department: Department = field(init=False)
    mother: Account = field(init=False)
    clinics: Iterator[ClinicSession] = field(init=False)

    def __post_init__(self) -> None:
        self.department = Department.objects.get(hospital=self.hospital, name="心血管内科")
        self.mother = self._mother()
        self.clinics = iter([session for session in self._sessions() if self._is_open(session)])

    def _mother(self) -> Account:
        user = self.account.user
        patient = make_patient(
            name="林慧", sex="female", birth_date=date(1958, 4, 2), user=user, relationship=Relationship.PARENT
        )
        give_health_consent(user=user, patient=patient)
        version = settings.CONSENT_VERSION
        Consent.objects.create(user=user, kind=ConsentKind.PRIVACY_POLICY, version=version, given_at=self.now)
        Consent.objects.update(version=version, given_at=self.now - timedelta(days=60))
        return Account(user, patient)

    def _sessions(self) -> list[ClinicSession]:
        """With a fee; of our department first, and then of its neighbour."""
        paid = ClinicSession.objects.filter(hospital=self.hospital, fee_fen__gt=0).order_by("starts_at", "pk")
        return [*paid.filter(department=self.department), *paid.filter(department__name="呼吸内科")]

    def _is_open(self, session: ClinicSession) -> bool:
        return session.releases_at <= self.now and timedelta(days=1) < session.starts_at - self.now < timedelta(days=7)

    def past(self) -> Appointment:
        """Visits of the last weeks, each day closed, two appeals, the standing that follows; the last that was missed."""
        for days, came in HISTORY:
            visit = self._visit(self.account, days, came)
            if days == 19:
                self._appeal(
                    visit,
                    AppealCause.ILLNESS,
                    "当天突发高烧，到就近医院急诊，附急诊病历。",
                    decision="已核对急诊病历，予以豁免。",
                )
        # Hers is not scored: tier D could not book what the pictures show.
        score_hospital(hospital_id=self.hospital.pk, now=self.now)
        hers = self._visit(self.mother, 3, came=False)
        self._appeal(hers, AppealCause.TRAFFIC, "当天暴雨，地铁停运，到院时已经停诊。")
        return visit

    def _visit(self, account: Account, days: int, came: bool) -> Appointment:
        day = timezone.localdate(self.now) - timedelta(days=days)
        doctor = self.department.doctors.order_by("code")[0]
        session = make_session(visit_date=day, department=self.department, doctor=doctor)
        appointment = make_appointment(now=session.starts_at - timedelta(days=2), account=account, session=session)
        if came:
            arrive(appointment, session.starts_at)
        day_after = timedelta(days=1)
        close_days_before(hospital=self.hospital, day=day + day_after, now=session.starts_at + day_after)
        return appointment

    def _appeal(self, visit: Appointment, cause: AppealCause, statement: str, decision: str = "") -> None:
        """Filed the second day after; with a decision, upheld on the fourth."""
        assert visit.slot is not None
        filed = visit.slot.starts_at + timedelta(days=2)
        appeal = file_appeal(user=self.account.user, cause=cause, statement=statement, now=filed, appointment_code=visit.code)
        if decision:
            by, verdict = make_staff(is_superuser=True), AppealState.UPHELD
            decide_appeal(appeal_id=appeal.pk, by=by, verdict=verdict, decision=decision, now=filed + timedelta(days=2))

    def unpaid(self, account: Account) -> Appointment:
        slot = middle(next(self.clinics))
        appointment = book_appointment(user=account.user, patient_id=account.patient.pk, slot_id=slot, now=self.now)
        place_order(appointment_id=appointment.pk, now=self.now)
        return appointment

    def paid(self, account: Account) -> Appointment:
        appointment = self.unpaid(account)
        self.wechat.pay(appointment.payment_order.out_trade_no)
        self.wechat.deliver()
        return appointment

    def released(self, account: Account) -> Appointment:
        """A booking whose hold ran out."""
        appointment = self.unpaid(account)
        assert appointment.hold_expires_at is not None
        expire_hold(appointment_id=appointment.pk, now=appointment.hold_expires_at)
        return appointment

    def suspended(self) -> Appointment:
        appointment = self.paid(self.account)
        substitute = another_session(appointment.session)
        assert substitute.doctor is not None
        substitute.doctor.name = "程以宁"
        substitute.doctor.save()
        suspend(appointment.session, substitute, now=self.now)
        return appointment

    def full(self) -> ClinicSession:
        session = next(self.clinics)
        session.advance_quota = 1
        session.save()
        make_appointment(now=self.now, account=make_account(), session=session)
        return session

    def waits(self, account: Account, session: ClinicSession) -> WaitlistEntry:
        return join_waitlist(user=account.user, patient_id=account.patient.pk, session_id=session.pk, now=self.now).entry

    def offered(self, account: Account) -> WaitlistEntry:
        """A place in a waitlist, and a seat that is kept for it."""
        session = self.full()
        entry = self.waits(account, session)
        cancel(Appointment.objects.get(session=session), now=self.now)
        pass_on_seats(now=self.now)
        return entry

    def today(self, department: str, doctor: str, account: Account, before: int = 0) -> Appointment:
        """At a clinic that is running, behind so many that have arrived."""
        of = Department.objects.get(hospital=self.hospital, name=department)
        session = make_clinic_now(now=self.now, department=of)
        assert session.doctor is not None
        session.doctor.name = doctor
        session.doctor.save()
        for _ in range(before):
            arrive(make_appointment(now=self.now, account=make_account(), session=session), self.now)
        return make_appointment(now=self.now, account=account, session=session)


def middle(session: ClinicSession) -> int:
    slots = list(session.slots.order_by("starts_at"))
    return slots[len(slots) // 2].pk


def arrive(appointment: Appointment, now: datetime) -> None:
    assert appointment.booked_by is not None
    check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=now)
