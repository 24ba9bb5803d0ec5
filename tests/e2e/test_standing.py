"""What a low tier means: the reason, where the booking is refused, and the page that explains it."""

from datetime import datetime

from booking.models import Appointment, ReviewState, Standing, StandingReview, Tier
from hospitals.models import ClinicSession, Hospital
from tests.booking.rated import rate
from tests.booking.waiting import set_policy_from
from tests.e2e.phones import Phone, Phones
from tests.factories.booking import Account


def test_a_patient_of_tier_d_is_told_why_a_hot_doctor_is_not_open(
    phone: Phone, account: Account, clinic: ClinicSession, now: datetime
) -> None:
    clinic.is_hot = True
    clinic.save()
    set_policy_from(now, clinic.hospital, is_hot_open_to_d=False, hot_reserve_percent=0)
    rate(account, clinic.hospital, Tier.D, now=now)

    # Whoever has used it before is signed in.
    phone.tab("我")
    phone.sees("D 级")
    phone.tab("首页")
    # Said where doctors are chosen, where windows are, and in the end; and all of it can be looked at.
    assert clinic.doctor is not None
    reason = "D 级患者暂不能在线预约热门号，请电话或到窗口预约。"
    phone.tap(clinic.hospital.name, clinic.department.name)
    phone.sees(clinic.doctor.name, reason)
    phone.tap(clinic.doctor.name)
    phone.sees("就诊人周小舟：" + reason, "可以为其他就诊人预约")
    phone.tap(clinic.doctor.name)
    phone.sees("出诊安排", reason)
    phone.back()
    phone.tap("08:00–08:30")

    phone.sees("患者暂不能在线预约热门号，请电话或到窗口预约")
    phone.refuses("确认并支付")
    assert not Appointment.objects.exists()
    phone.tap("查看我的履约等级")
    phone.sees("D 级")


def test_a_review_is_asked_for_and_withdrawn(phones: Phones, account: Account, hospital: Hospital, now: datetime) -> None:
    rate(account, hospital, Tier.C, now=now)
    Standing.objects.update(total=2, fulfilled=1, missed=1)
    whose = f"patient={account.patient.pk}&hospital={hospital.code}"
    phone = phones.open("周小舟", path=f"/packages/standing/index/index?{whose}")
    phone.tap("申请人工复核", "提交申请")
    phone.sees("请写下您认为哪里不对。")
    assert not StandingReview.objects.exists()

    phone.write("我按时到院就诊", "10 月 8 日我按时到院就诊。")
    phone.tap("提交申请")
    phone.sees("待复核", "10 月 8 日我按时到院就诊。")
    phone.misses("您认为哪里不对")
    phone.tap("开启")
    phone.answer("允许")
    phone.sees("已开启，到时会在微信里通知您。")
    phone.tap("撤回申请")
    phone.answer("撤回")

    phone.sees("您认为哪里不对")
    phone.misses("待复核")
    assert StandingReview.objects.get().state == ReviewState.WITHDRAWN
