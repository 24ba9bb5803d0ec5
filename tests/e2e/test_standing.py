"""What a low tier means: the reason, where the booking is refused, and the page that explains it."""

from datetime import datetime

from booking.models import Appointment, Tier
from hospitals.models import ClinicSession
from tests.booking.rated import rate
from tests.booking.waiting import set_policy_from
from tests.e2e.phones import Phone
from tests.e2e.test_booking import come_to_confirm
from tests.factories.booking import Account


def test_a_patient_of_tier_d_is_told_why_a_hot_doctor_is_not_open(
    phone: Phone, account: Account, clinic: ClinicSession, now: datetime
) -> None:
    clinic.is_hot = True
    clinic.save()
    set_policy_from(now, clinic.hospital, is_hot_open_to_d=False, hot_reserve_percent=0)
    rate(account, clinic.hospital, Tier.D, now=now)

    come_to_confirm(phone, clinic)

    phone.sees("患者暂不能在线预约热门号，请电话或到窗口预约")
    phone.refuses("确认并支付")
    assert not Appointment.objects.exists()
    phone.tap("查看我的履约等级")
    phone.sees("D 级")
