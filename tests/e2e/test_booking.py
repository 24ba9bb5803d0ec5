"""Booking and paying as a returning patient does it, and what gets in between."""

from datetime import timedelta

from django.utils import timezone

from booking.models import Appointment, AppointmentStatus, PaymentOrder
from booking.services.holds import expire_due_holds
from hospitals.models import ClinicSession
from tests.e2e.phones import Phone, Phones
from wechat.emulator.testing import Emulator


def open_clinic(phone: Phone, clinic: ClinicSession) -> None:
    """From the first screen to the windows: three taps."""
    assert clinic.doctor is not None
    phone.tap(clinic.hospital.name, clinic.department.name, clinic.doctor.name)
    phone.sees("选择就诊时段")


def come_to_confirm(phone: Phone, clinic: ClinicSession) -> None:
    open_clinic(phone, clinic)
    phone.tap("08:00–08:30")
    phone.sees("预约须知")


def test_six_taps_lead_to_a_paid_booking(phone: Phone, clinic: ClinicSession, wechat: Emulator) -> None:
    open_clinic(phone, clinic)
    phone.tap("08:00–08:30")
    phone.tap("确认并支付")
    phone.answer("支付")

    phone.sees("预约成功")
    assert wechat.deliver() == 1
    (appointment,) = Appointment.objects.all()
    assert (appointment.status, appointment.payment_order.paid_fen) == (AppointmentStatus.BOOKED, 2500)
    phone.tap("返回首页")
    phone.tab("我的就诊")
    phone.sees(clinic.doctor.name, "已预约")


def test_a_double_tap_books_and_pays_once(phone: Phone, clinic: ClinicSession) -> None:
    come_to_confirm(phone, clinic)

    phone.tap_twice("确认并支付")
    phone.answer("支付")

    phone.sees("预约成功")
    assert Appointment.objects.count() == PaymentOrder.objects.count() == 1


def test_a_payment_of_which_no_notice_comes_is_found_by_asking(phone: Phone, clinic: ClinicSession, wechat: Emulator) -> None:
    come_to_confirm(phone, clinic)
    phone.tap("确认并支付")
    phone.answer("不支付")
    phone.sees("号源为您保留")

    wechat.pay(PaymentOrder.objects.get().out_trade_no, notify="lost")

    phone.sees("预约成功")
    assert wechat.deliver() == 0
    assert Appointment.objects.get().status == AppointmentStatus.BOOKED


def test_a_hold_that_nobody_pays_runs_out(phone: Phone, clinic: ClinicSession) -> None:
    come_to_confirm(phone, clinic)
    phone.tap("确认并支付")
    phone.answer("不支付")
    phone.sees("号源为您保留", "继续支付")

    later = timezone.now() - timedelta(seconds=1)
    Appointment.objects.update(hold_expires_at=later)
    expire_due_holds(now=timezone.now())

    phone.sees("预约已取消，号源已释放")
    assert Appointment.objects.get().status == AppointmentStatus.CANCELLED
    phone.tap("重新选择时间")
    phone.sees("选择就诊时段")


def test_without_network_nothing_is_lost(phone: Phone, clinic: ClinicSession) -> None:
    come_to_confirm(phone, clinic)
    phone.set(network="none")
    phone.tap("确认并支付")
    phone.sees("网络不可用")
    assert not Appointment.objects.exists()

    phone.set(network="wifi")
    phone.tap("确认并支付")
    phone.answer("支付")

    phone.sees("预约成功")
    assert Appointment.objects.count() == 1


def test_a_booking_whose_answer_was_lost_is_not_made_twice(phone: Phone, clinic: ClinicSession) -> None:
    come_to_confirm(phone, clinic)
    phone.loses_answer()
    phone.tap("确认并支付")
    phone.sees("网络不可用")
    assert Appointment.objects.get().status == AppointmentStatus.PENDING

    phone.tap("确认并支付")
    phone.answer("支付")

    phone.sees("预约成功")
    assert Appointment.objects.count() == PaymentOrder.objects.count() == 1


def test_a_page_that_could_not_be_read_is_read_again(phones: Phones, clinic: ClinicSession) -> None:
    phone = phones.open("郑安", network="none")
    phone.sees("网络不可用")

    phone.set(network="wifi")
    phone.tap("重试")

    phone.sees(clinic.hospital.name)
