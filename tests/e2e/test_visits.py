"""What becomes of a booking: the day of the visit, cancelling, moving, a doctor who cannot come."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from booking.models import Appointment, AppointmentStatus, Choice, RefundState, SuspensionChoice
from booking.services.checkin import finish_visit
from booking.services.orders import place_order
from booking.services.queue.calling import call_next
from booking.services.transitions import staff_actor
from booking.tasks import send_refunds
from hospitals.models import ClinicSession, Department
from tests.booking.suspended import another_session, suspend
from tests.e2e.phones import Phone, Phones
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, book, make_clinic, make_clinic_now, slot_of
from wechat.emulator.testing import Emulator


@pytest.fixture
def booked(account: Account, clinic: ClinicSession, wechat: Emulator, now: datetime) -> Appointment:
    """Paid, in three days."""
    appointment = book(account, clinic, now=now)
    place_order(appointment_id=appointment.pk, now=now)
    wechat.pay(appointment.payment_order.out_trade_no)
    assert wechat.deliver() == 1
    appointment.refresh_from_db()
    return appointment


def open_visit(phone: Phone, session: ClinicSession) -> None:
    assert session.doctor is not None
    phone.tab("我的就诊")
    phone.tap(f"{session.department.name} · {session.doctor.name}")
    phone.sees("预约单号")


def day_of(session: ClinicSession) -> str:
    """As the strip of days names it."""
    return f"{session.visit_date.month}月{session.visit_date.day}日"


def test_the_day_of_the_visit(phones: Phones, account: Account, department: Department, now: datetime) -> None:
    session = make_clinic_now(now=now, department=department)
    appointment = book(account, slot_of(session, 1), now=now)
    phone, nurse = phones.open("周小舟"), staff_actor(make_staff())
    open_visit(phone, session)

    phone.tap("签到")
    phone.sees("下一位就是您", "已签到")
    call_next(session_id=session.pk, actor=nurse, now=timezone.now())
    phone.pull_down()
    phone.sees("请到诊室就诊")
    finish_visit(appointment_id=appointment.pk, actor=nurse, now=timezone.now())
    phone.back()
    phone.tap("历史")

    phone.sees("已就诊")
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.FULFILLED


def test_cancelled_in_time_the_money_comes_back(phone: Phone, booked: Appointment, wechat: Emulator) -> None:
    open_visit(phone, booked.session)

    phone.tap("取消预约")
    phone.sees("挂号费全额退回")
    phone.answer("确认取消")
    phone.sees("¥25.00（退款中）")
    send_refunds.delay()
    assert wechat.deliver() == 1
    phone.pull_down()

    phone.sees("退款", "¥25.00（已全额退款）")
    (refund,) = booked.payment_order.refunds.all()
    assert (refund.state, refund.amount_fen) == (RefundState.SUCCEEDED, 2500)


def test_after_a_suspension_the_substitute_is_taken(phone: Phone, booked: Appointment, now: datetime) -> None:
    substitute = another_session(booked.session)
    suspend(booked.session, substitute, now=now)
    open_visit(phone, booked.session)
    phone.sees("医生临时外出会诊")

    phone.tap("由替诊医生接诊")
    phone.answer("确认")

    phone.sees("停诊后您选择了")
    phone.tap("已改期，查看新的预约")
    assert substitute.doctor is not None
    phone.sees(substitute.doctor.name)
    assert SuspensionChoice.objects.get().choice == Choice.SUBSTITUTE


def test_after_a_suspension_the_money_is_taken(phone: Phone, booked: Appointment, now: datetime) -> None:
    suspend(booked.session, now=now)
    open_visit(phone, booked.session)

    phone.tap("取消并全额退款")
    phone.answer("确认")

    phone.sees("停诊后您选择了")
    assert (SuspensionChoice.objects.get().choice, booked.payment_order.refunds.get().amount_fen) == (Choice.REFUND, 2500)


def test_after_a_suspension_another_date_is_taken(phone: Phone, booked: Appointment, now: datetime) -> None:
    later = another_session(booked.session, fee_fen=2500, visit_date=booked.session.visit_date + timedelta(days=1))
    assert later.doctor is not None
    suspend(booked.session, now=now)
    open_visit(phone, booked.session)

    phone.tap("改到其他时间", day_of(later), later.doctor.name, "08:30–09:00")
    phone.answer("确认改期")
    phone.reaches("/packages/visit/detail/index")

    phone.sees("预约单号", later.doctor.name)
    assert SuspensionChoice.objects.get().choice == Choice.ANOTHER_DATE
    assert Appointment.objects.get(session=later).status == AppointmentStatus.BOOKED


def test_a_free_booking_is_moved_and_nothing_is_paid(
    phones: Phones, account: Account, department: Department, now: datetime
) -> None:
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), department=department)
    later = another_session(session, visit_date=session.visit_date + timedelta(days=1))
    assert later.doctor is not None
    before = book(account, session, now=now)
    phone = phones.open("周小舟")
    open_visit(phone, session)

    phone.tap("改期", day_of(later), later.doctor.name, "08:30–09:00")
    phone.answer("再想想")
    assert not Appointment.objects.filter(session=later).exists()
    phone.tap("08:30–09:00")
    phone.answer("确认改期")

    phone.reaches("/packages/visit/detail/index")
    phone.sees("预约单号", later.doctor.name, "已预约")
    before.refresh_from_db()
    assert before.status == AppointmentStatus.CANCELLED
    assert Appointment.objects.get(session=later).status == AppointmentStatus.BOOKED


def test_a_visit_is_cancelled_though_the_answer_is_lost(phone: Phone, booked: Appointment) -> None:
    open_visit(phone, booked.session)
    phone.loses_answer()
    phone.tap("取消预约")
    phone.answer("确认取消")

    phone.sees("再次预约")
    phone.misses("网络不可用")
    assert booked.payment_order.refunds.count() == 1


def test_a_booking_is_moved(phone: Phone, booked: Appointment, now: datetime) -> None:
    later = another_session(booked.session, fee_fen=2500, visit_date=booked.session.visit_date + timedelta(days=1))
    assert later.doctor is not None
    open_visit(phone, booked.session)

    phone.tap("改期", day_of(later), later.doctor.name, "08:30–09:00")
    phone.answer("确认改期")
    phone.reaches("/packages/visit/detail/index")
    phone.sees("预约单号", later.doctor.name)

    assert Appointment.objects.filter(session=later).count() == 1
