"""A pause of booking: why, an appeal against it, what comes of that, and what waits for the appeal to be over."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import AccountDeletion
from booking.models import Appeal, AppealCause, AppealState, Appointment, Restriction
from booking.services.appeals.deciding import decide_appeal
from booking.services.appeals.filing import file_appeal
from hospitals.models import ClinicSession, Hospital
from tests.booking.test_appeals import staff_of
from tests.e2e.phones import Phone
from tests.e2e.test_account import open_deletion
from tests.e2e.test_booking import come_to_confirm
from tests.factories.booking import Account


@pytest.fixture
def pause(account: Account, hospital: Hospital, now: datetime) -> Restriction:
    """As the night writes it after three misses."""
    starts, ends = now - timedelta(hours=6), now + timedelta(days=90)
    return Restriction.objects.create(hospital=hospital, patient=account.patient, starts_at=starts, ends_at=ends, missed_count=3)


def test_an_appeal_against_a_pause_that_is_upheld_and_the_booking_that_follows(
    phone: Phone, clinic: ClinicSession, pause: Restriction
) -> None:
    come_to_confirm(phone, clinic)
    phone.sees("因失约 3 次，预约已暂停至")
    phone.refuses("确认并支付")
    phone.tap("查看原因和申诉")
    phone.sees("在线预约暂停至", "急诊、电话预约和窗口预约不受影响")
    phone.tap_on("我要申诉")
    phone.sees("对暂停在线预约的申诉")
    phone.tap("医院原因")
    phone.write("如：当天突发高烧", "其中一次是医院临时换了诊室，我到了没有找到。")
    phone.tap("提交申诉")
    phone.sees("申诉已提交", "对暂停预约的申诉", "待处理")
    # As in WeChat's own sheet, messages have the titles of their templates.
    phone.tap("开启")
    phone.sees("申诉结果通知")
    phone.answer("允许")
    appeal = Appeal.objects.get()
    assert (appeal.restriction, appeal.appointment, appeal.cause) == (pause, None, AppealCause.HOSPITAL)
    # It is a wish so far: the pause stands.
    phone.back()
    phone.sees("在线预约暂停至")
    phone.misses("我要申诉")
    phone.back()
    phone.sees("因失约 3 次，预约已暂停至")
    # A page that is opened shows nothing before its answer is here: the decision comes after that.
    phone.tap("查看原因和申诉")
    phone.sees("在线预约暂停至", "的申诉")
    assert not Appointment.objects.exists()

    decide_appeal(
        appeal_id=appeal.pk,
        by=staff_of(pause.hospital),
        verdict=AppealState.UPHELD,
        decision="已核实换诊室，予以解除。",
        now=timezone.now(),
    )
    phone.tap_on("的申诉")
    phone.sees("已核实换诊室，予以解除。")
    phone.back()
    phone.misses("在线预约暂停至")
    phone.back()
    phone.misses("因失约 3 次")
    phone.tap("确认并支付")
    phone.answer("支付")

    phone.sees("预约成功")
    assert Appointment.objects.get().patient == pause.patient


def test_an_account_with_an_appeal_that_waits_is_deleted_only_after_it(
    phone: Phone, account: Account, pause: Restriction
) -> None:
    appeal = file_appeal(
        user=account.user, cause=AppealCause.OTHER, statement="我按时到院了。", now=timezone.now(), restriction_id=pause.pk
    )
    open_deletion(phone)
    phone.tap("永久注销账户")
    phone.sees("还有 1 件申诉待处理，请等待结果或撤回后再注销。")
    assert not AccountDeletion.objects.exists()

    phone.tap("查看我的申诉", "对暂停预约的申诉", "撤回申诉")
    phone.answer("撤回")
    phone.sees("已撤回，图片已删除。")
    appeal.refresh_from_db()
    assert appeal.state == AppealState.WITHDRAWN
    phone.back()
    phone.sees("已撤回")
    phone.back()
    # What was in the way is gone, and so are the words about it.
    phone.sees("注销前请了解")
    phone.misses("还有 1 件申诉待处理")
    phone.tap("永久注销账户")
    phone.sees("账户已注销")
    phone.answer("好的")

    assert AccountDeletion.objects.get().user == account.user
