"""A full clinic: waiting for a seat, being offered one, taking it."""

from datetime import datetime

import pytest
from django.utils import timezone

from booking.models import Appointment, AppointmentStatus, CancelledBy, WaitlistEnd, WaitlistEntry
from booking.services.waitlist.passing import pass_on_seats
from hospitals.models import ClinicSession
from tests.booking.waiting import ALL_DAY, cancel, set_policy_from, wait_for
from tests.e2e.phones import Phone
from tests.e2e.test_booking import open_clinic
from tests.factories.booking import Account, make_account, make_appointment


@pytest.fixture
def taken(clinic: ClinicSession, now: datetime) -> Appointment:
    """The only seat, somebody else's."""
    clinic.advance_quota = 1
    clinic.save()
    set_policy_from(now, clinic.hospital, **ALL_DAY)
    return make_appointment(now=now, account=make_account(), session=clinic)


def open_place(phone: Phone, clinic: ClinicSession) -> None:
    assert clinic.doctor is not None
    phone.tab("我")
    phone.tap("我的候补", f"{clinic.department.name} · {clinic.doctor.name}")


def test_sold_out_the_patient_waits_is_offered_a_seat_and_takes_it(
    phone: Phone, clinic: ClinicSession, taken: Appointment
) -> None:
    open_clinic(phone, clinic)
    phone.sees("这一场已经约满")

    phone.tap("加入候补")
    phone.sees("候补规则")
    phone.tap("加入候补")
    phone.sees("第 1 位")
    phone.tap("开启")
    phone.answer("允许")
    cancel(taken, now=timezone.now())
    assert pass_on_seats(now=timezone.now()).offered == 1
    phone.pull_down()
    phone.sees("候补到号了")
    phone.tap("接受并支付 ¥25.00", "继续支付")
    phone.answer("支付")

    phone.sees("预约成功")
    entry = WaitlistEntry.objects.get()
    assert entry.end == WaitlistEnd.OFFERED
    assert entry.appointment == Appointment.objects.get(status=AppointmentStatus.BOOKED)


def test_an_offer_is_declined_and_goes_to_the_next(
    phone: Phone, account: Account, clinic: ClinicSession, taken: Appointment, now: datetime
) -> None:
    mine, next_one = wait_for(clinic, account, now=now), wait_for(clinic, now=now)
    cancel(taken, now=now)
    assert pass_on_seats(now=now).offered == 1
    open_place(phone, clinic)
    phone.sees("候补到号了")
    phone.tap("放弃")
    phone.answer("再想想")
    phone.tap("放弃")
    phone.answer("放弃")

    phone.sees("您放弃了派出的号源", "看看这一场的号源")
    mine.refresh_from_db()
    assert mine.appointment is not None
    assert (mine.appointment.status, mine.appointment.cancelled_by) == (AppointmentStatus.CANCELLED, CancelledBy.PATIENT)
    assert pass_on_seats(now=timezone.now()).offered == 1
    next_one.refresh_from_db()
    assert next_one.end == WaitlistEnd.OFFERED


def test_a_place_is_left_though_the_answer_is_lost(
    phone: Phone, account: Account, clinic: ClinicSession, taken: Appointment, now: datetime
) -> None:
    entry = wait_for(clinic, account, now=now)
    open_place(phone, clinic)
    phone.sees("第 1 位")
    phone.loses_answer()
    phone.tap("退出候补")
    phone.answer("退出")

    phone.sees("您已退出候补。")
    phone.misses("网络不可用")
    entry.refresh_from_db()
    assert entry.end == WaitlistEnd.LEFT
    phone.back()
    phone.sees("已退出")
