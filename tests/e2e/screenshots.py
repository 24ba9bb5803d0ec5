"""Pictures of every page, in light, dark and large type, and a sheet of the most important ones: `make screenshots`.

No test: pytest does not collect it by itself. It uses the harness of the tests, with the demo's hospitals and no history.
"""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from PIL import Image

from accounts.models import Consent, ConsentKind, Relationship
from booking.models import Appointment
from booking.services.appointments import book_appointment
from booking.services.checkin import check_in
from booking.services.closing import close_days_before
from booking.services.orders import place_order
from booking.services.transitions import patient_actor
from booking.services.waitlist.joining import join_waitlist
from config.demo import world
from config.demo.places import HOSPITALS
from hospitals.models import ClinicSession, Department, Hospital
from hospitals.services.sessions import generate_sessions
from scoring.services.nightly import score_hospital
from tests.booking.suspended import suspend
from tests.booking.waiting import ALL_DAY, set_policy_from
from tests.e2e.phones import Phone, Phones
from tests.factories.accounts import give_health_consent, make_patient
from tests.factories.booking import Account, make_account, make_appointment, make_clinic_now
from tests.factories.hospitals import make_session
from wechat.emulator.testing import Emulator

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
MODES = {"light": {"theme": "light"}, "dark": {"theme": "dark"}, "elder": {"theme": "light", "font": 23}}
WIDTH, SHEET_WIDTH, GAP = 390, 234, 12
COLOURS = 64
ON_THE_SHEET = (
    ("light/home", "light/hospital", "light/department", "light/slots", "light/confirm", "light/pay"),
    ("dark/visit", "dark/waiting", "dark/code", "elder/home", "elder/confirm", "elder/standing"),
)


@pytest.fixture
def town(transactional_db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> list[Hospital]:
    monkeypatch.setattr(world, "write_history", lambda **_: None)
    hospitals = [world._found(place, now) for place in HOSPITALS]
    for hospital in hospitals:
        generate_sessions(hospital=hospital, now=now)
        set_policy_from(now, hospital, **ALL_DAY)
    return hospitals


@pytest.fixture
def paths(town: list[Hospital], account: Account, wechat: Emulator, now: datetime) -> dict[str, str]:
    """Name of the picture → the page."""
    hospital = town[0]
    department = Department.objects.get(hospital=hospital, name="心血管内科")
    for days, came in ((40, True), (33, True), (26, True), (19, True), (12, True), (5, False)):
        missed = past(account, department, now, days=days, came=came)
    score_hospital(hospital_id=hospital.pk, now=now)
    mother = make_patient(
        name="林慧", sex="female", birth_date=date(1958, 4, 2), user=account.user, relationship=Relationship.PARENT
    )
    give_health_consent(user=account.user, patient=mother)
    Consent.objects.create(user=account.user, kind=ConsentKind.PRIVACY_POLICY, version=settings.CONSENT_VERSION, given_at=now)
    Consent.objects.update(version=settings.CONSENT_VERSION)

    later = [
        s for s in ClinicSession.objects.filter(department=department, fee_fen__gt=0).order_by("starts_at") if is_open(s, now)
    ]
    booked = book(account, later[0], wechat, now)
    pending = book_appointment(user=account.user, patient_id=mother.pk, slot_id=middle(later[1]), now=now)
    place_order(appointment_id=pending.pk, now=now)
    suspended = book(account, later[-1], wechat, now)
    suspend(later[-1], now=now, reason="医生临时外出会诊")
    full = later[2]
    full.advance_quota = 1
    full.save()
    make_appointment(now=now, account=make_account(), session=full)
    entry = join_waitlist(user=account.user, patient_id=account.patient.pk, session_id=full.pk, now=now).entry

    today = make_clinic_now(now=now, department=Department.objects.get(hospital=hospital, name="呼吸内科"))
    today.doctor.name = "顾清和"
    today.doctor.save()
    for _ in range(3):
        arrive(make_appointment(now=now, account=make_account(), session=today), now)
    waiting = make_appointment(now=now, account=account, session=today)
    other_day = make_clinic_now(now=now, department=Department.objects.get(hospital=hospital, name="妇产科"))
    other_day.doctor.name = "许星晚"
    other_day.doctor.save()
    can_check_in = make_appointment(now=now, account=Account(account.user, mother), session=other_day)
    arrive(waiting, now)
    of = f"patient={account.patient.pk}&hospital={hospital.code}"
    doctor = later[0].doctor
    assert doctor is not None
    return {
        "home": "/pages/home/index",
        "visits": "/pages/visits/index",
        "me": "/pages/me/index",
        "hospital": f"/packages/booking/hospital/index?code={hospital.code}",
        "department": f"/packages/booking/department/index?id={department.pk}&name=心血管内科&hospital={hospital.code}",
        "doctor": f"/packages/booking/doctor/index?id={doctor.pk}",
        "slots": f"/packages/booking/slots/index?session={later[3].pk}",
        "slots-full": f"/packages/booking/slots/index?session={full.pk}",
        "confirm": f"/packages/booking/confirm/index?slot={middle(later[3])}",
        "pay": f"/packages/booking/pay/index?code={pending.code}",
        "result": f"/packages/booking/result/index?code={booked.code}",
        "visit": f"/packages/visit/detail/index?code={booked.code}",
        "suspended": f"/packages/visit/detail/index?code={suspended.code}",
        "waiting": f"/packages/visit/detail/index?code={waiting.code}",
        "move": f"/packages/visit/move/index?code={booked.code}",
        "code": f"/packages/visit/code/index?code={can_check_in.code}",
        "patients": "/packages/patients/list/index",
        "patient": f"/packages/patients/detail/index?id={mother.pk}",
        "patient-new": "/packages/patients/edit/index",
        "standing": f"/packages/standing/index/index?{of}",
        "standing-history": f"/packages/standing/history/index?{of}",
        "perks": f"/packages/standing/perks/index?{of}",
        "review": f"/packages/standing/review/index?{of}",
        "appeals": "/packages/standing/appeals/index",
        "appeal": f"/packages/standing/appeal/index?appointment={missed.code}",
        "waitlist": "/packages/waitlist/list/index",
        "waitlist-join": f"/packages/waitlist/join/index?session={full.pk}",
        "waitlist-entry": f"/packages/waitlist/detail/index?id={entry.pk}",
        "messages": "/packages/messages/list/index",
        "privacy": "/packages/account/privacy/index",
        "consents": "/packages/account/consents/index",
        "consent-text": "/packages/account/text/index?kind=privacy",
        "export": "/packages/account/export/index",
        "delete": "/packages/account/delete/index",
        "phone": "/packages/account/phone/index",
        "settings": "/packages/account/settings/index",
        "about": "/packages/account/about/index",
    }


def past(account: Account, department: Department, now: datetime, *, days: int, came: bool) -> Appointment:
    """A visit so many days ago, and its day closed."""
    day = timezone.localdate(now) - timedelta(days=days)
    session = make_session(visit_date=day, department=department, doctor=department.doctors.order_by("code")[0])
    appointment = make_appointment(now=session.starts_at - timedelta(days=2), account=account, session=session)
    if came:
        arrive(appointment, session.starts_at)
    close_days_before(hospital=department.hospital, day=day + timedelta(days=1), now=session.starts_at + timedelta(days=1))
    return appointment


def is_open(session: ClinicSession, now: datetime) -> bool:
    return session.releases_at <= now and now + timedelta(days=1) < session.starts_at < now + timedelta(days=7)


def middle(session: ClinicSession) -> int:
    slots = list(session.slots.order_by("starts_at"))
    return slots[len(slots) // 2].pk


def book(account: Account, session: ClinicSession, wechat: Emulator, now: datetime) -> Appointment:
    """Paid."""
    appointment = book_appointment(user=account.user, patient_id=account.patient.pk, slot_id=middle(session), now=now)
    place_order(appointment_id=appointment.pk, now=now)
    wechat.pay(appointment.payment_order.out_trade_no)
    wechat.deliver()
    return appointment


def arrive(appointment: Appointment, now: datetime) -> None:
    check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=now)


def test_every_page_is_photographed(phones: Phones, paths: dict[str, str], tmp_path: Path) -> None:
    failed: list[str] = []
    for mode, phone_settings in MODES.items():
        (FOLDER / mode).mkdir(parents=True, exist_ok=True)
        phone = phones.open("周小舟", scale=2, place="30.27,120.15", **phone_settings)
        for name, path in paths.items():
            photograph(phone, path, tmp_path / f"{mode}-{name}.png", failed)
    pictures = {file.stem.replace("-", "/", 1): Image.open(file).convert("RGB") for file in sorted(tmp_path.glob("*.png"))}
    for name, picture in pictures.items():
        small(picture, WIDTH).quantize(COLOURS).save(FOLDER / f"{name}.png", compress_level=9)
    sheet(pictures).quantize(128).save(FOLDER / "overview.png", compress_level=9)
    assert failed == []


def photograph(phone: Phone, path: str, file: Path, failed: list[str]) -> None:
    phone.opens(path)
    phone.picture(str(file))
    failed += [f"{path}: {problem}" for problem in phone.problems()]


def small(picture: Image.Image, width: int) -> Image.Image:
    return picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)


def sheet(pictures: dict[str, Image.Image]) -> Image.Image:
    rows = [[small(pictures[name], SHEET_WIDTH) for name in row] for row in ON_THE_SHEET]
    height = rows[0][0].height
    size = (GAP + len(rows[0]) * (SHEET_WIDTH + GAP), GAP + len(rows) * (height + GAP))
    page = Image.new("RGB", size, "#8a929c")
    for down, row in enumerate(rows):
        for across, picture in enumerate(row):
            page.paste(picture, (GAP + across * (SHEET_WIDTH + GAP), GAP + down * (height + GAP)))
    return page
