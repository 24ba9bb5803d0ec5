"""The account itself: a phone number by short message, and deleting all of it."""

from datetime import datetime
from typing import Any

import pytest

from accounts.models import AccountDeletion, User
from booking.models import Appointment, AppointmentStatus
from hospitals.models import ClinicSession
from tests.accounts.senders import MemorySmsSender
from tests.e2e.phones import Phone
from tests.factories.booking import Account, book


@pytest.fixture
def messages(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The short messages that were sent: (phone, code)."""
    settings.SMS_SENDER = "tests.accounts.senders.MemorySmsSender"
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(MemorySmsSender, "sent", sent)
    return sent


def test_a_phone_number_is_bound_by_short_message(phone: Phone, account: Account, messages: list[tuple[str, str]]) -> None:
    phone.tab("我")
    phone.tap("用短信验证码")
    phone.write("11 位手机号", "1390000")
    phone.tap("获取验证码")
    phone.sees("手机号应为 11 位数字，请检查。")
    assert messages == []

    phone.write("11 位手机号", "13900009000")
    phone.tap("获取验证码")
    phone.sees("验证码已发送", "秒后重发")
    ((number, code),) = messages
    assert number == "13900009000"
    phone.write("6 位数字", f"{(int(code) + 1) % 1_000_000:06d}")
    phone.tap("绑定")
    phone.sees("验证码不正确，还可尝试 4 次。")
    phone.write("6 位数字", code)
    phone.tap("绑定")

    phone.reaches("/pages/me/index")
    phone.sees("139****9000")
    account.user.refresh_from_db()
    assert account.user.phone_verified_at is not None


def open_deletion(phone: Phone) -> None:
    phone.tab("我")
    phone.tap("隐私与数据", "注销账户")
    phone.refuses("永久注销账户")
    phone.write("注销账户", "注销账户")


def test_an_account_with_a_visit_to_come_is_deleted_only_after_it(
    phone: Phone, account: Account, clinic: ClinicSession, now: datetime
) -> None:
    clinic.fee_fen = 0
    clinic.save()
    appointment = book(account, clinic, now=now)
    open_deletion(phone)
    phone.tap("永久注销账户")
    phone.sees("还有 1 个未结束的预约，请取消或就诊结束后再注销。")
    assert not AccountDeletion.objects.exists()

    assert clinic.doctor is not None
    phone.tap("查看我的就诊", f"{clinic.department.name} · {clinic.doctor.name}", "取消预约")
    phone.answer("确认取消")
    phone.sees("再次预约")
    assert Appointment.objects.get(pk=appointment.pk).status == AppointmentStatus.CANCELLED
    phone.back()
    open_deletion(phone)
    phone.tap("永久注销账户")
    phone.sees("账户已注销")
    phone.answer("好的")

    phone.reaches("/pages/home/index")
    assert AccountDeletion.objects.get().user == account.user
    account.patient.refresh_from_db()
    assert account.patient.name == "已注销"
    # Who comes again is somebody new.
    phone.tab("我")
    phone.sees("去添加")
    assert User.objects.exclude(pk=account.user.pk).filter(wechat_identity__isnull=False).count() == 1
