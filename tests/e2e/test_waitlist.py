"""A full clinic: waiting for a seat, being offered one, taking it."""

from datetime import datetime

from django.utils import timezone

from booking.models import Appointment, AppointmentStatus, WaitlistEnd, WaitlistEntry
from booking.services.waitlist.passing import pass_on_seats
from hospitals.models import ClinicSession
from tests.booking.waiting import ALL_DAY, cancel, set_policy_from
from tests.e2e.phones import Phone
from tests.e2e.test_booking import open_clinic
from tests.factories.booking import make_account, make_appointment


def test_sold_out_the_patient_waits_is_offered_a_seat_and_takes_it(phone: Phone, clinic: ClinicSession, now: datetime) -> None:
    clinic.advance_quota = 1
    clinic.save()
    set_policy_from(now, clinic.hospital, **ALL_DAY)
    taken = make_appointment(now=now, account=make_account(), session=clinic)
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
