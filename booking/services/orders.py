"""Orders with WeChat Pay: made with the booking, placed after its commit, closed when the hold is over.

Nothing here holds a transaction open while it speaks to WeChat.
"""

import logging
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User, WeChatIdentity
from booking.locks import limit_lock_waits, lock_order
from booking.models import Appointment, AppointmentStatus, OrderState, PaymentOrder
from booking.services.pay_states import move_order, order_may_become, order_states_before
from booking.services.payments import PaymentNotOurs, record_payment
from wechat import pay

logger = logging.getLogger(__name__)

# WeChat's prepay_id opens the sheet for two hours, and an offered seat may be held for days. It is asked for anew a while before.
PREPAY_LIFETIME = timedelta(hours=2) - timedelta(minutes=10)


class WeChatIdentityMissing(Refusal):
    """A fee is due, and the account has no WeChat identity that could pay it."""


class NothingToPay(Refusal):
    """The appointment is not waiting for a payment."""


class PaymentUnavailable(Refusal):
    """WeChat Pay gave no usable answer; the seat stays held until its deadline, and paying can be tried again."""


def can_pay(*, user: User, fee_fen: int) -> bool:
    """Whether the account could pay such a fee."""
    return not fee_fen or WeChatIdentity.objects.filter(user=user).exists()


def new_trade_number(now: datetime) -> str:
    """A merchant number that WeChat accepts (6–32 of letters and digits), unique and not guessable, with the day of its bill."""
    return f"YZ{now.astimezone(pay.BILL_ZONE):%Y%m%d}{secrets.token_hex(10)}"


def create_order(*, appointment: Appointment, user: User, now: datetime) -> PaymentOrder:
    """Write the order of a pending appointment, in the transaction that holds its seat. Raises WeChatIdentityMissing."""
    openid = WeChatIdentity.objects.filter(user=user).values_list("openid", flat=True).first()
    if openid is None:
        raise WeChatIdentityMissing()
    assert appointment.hold_expires_at is not None
    return PaymentOrder.objects.create(
        appointment=appointment,
        hospital_id=appointment.hospital_id,
        out_trade_no=new_trade_number(now),
        openid=openid,
        amount_fen=appointment.fee_fen,
        created_at=now,
        expires_at=appointment.hold_expires_at,
    )


def place_order(*, appointment_id: int, now: datetime) -> dict[str, str]:
    """Place the appointment's order with WeChat; return the signed parameters for `wx.requestPayment`.

    Placed before, it is placed again only where what WeChat answered then is about to be worth nothing any more.

    Raises NothingToPay where it is not waiting for money (any more), PaymentUnavailable where WeChat did not answer.
    """
    order = PaymentOrder.objects.select_related("appointment__department").get(appointment_id=appointment_id)
    appointment = order.appointment
    if appointment.status != AppointmentStatus.PENDING or order.state not in (OrderState.CREATED, OrderState.PLACED):
        raise NothingToPay()
    if order.expires_at <= now:
        raise NothingToPay()
    prepay_id = order.prepay_id if _is_fresh(order, now) else _place(order, now)
    return pay.request_payment_parameters(prepay_id=prepay_id, now=now)


def _is_fresh(order: PaymentOrder, now: datetime) -> bool:
    return order.placed_at is not None and now < order.placed_at + PREPAY_LIFETIME


def _place(order: PaymentOrder, now: datetime) -> str:
    try:
        prepay_id = pay.place_order(
            out_trade_no=order.out_trade_no,
            amount_fen=order.amount_fen,
            description=f"{order.appointment.department.name} 挂号费",
            openid=order.openid,
            expires_at=order.expires_at,
        )
    except pay.OrderPaid as error:
        settle_order(order_id=order.pk, now=now)
        raise NothingToPay() from error
    except pay.OrderClosed as error:
        # The hold is running out this moment: the sweep closed it, or WeChat did by its own clock.
        raise NothingToPay() from error
    except pay.PayError as error:
        logger.warning("Order %s could not be placed: %s", order.out_trade_no, error)
        raise PaymentUnavailable() from error
    # Placed by two at once: the later prepay_id is as good.
    open_order = PaymentOrder.objects.filter(pk=order.pk, state__in=[*order_states_before(OrderState.PLACED), OrderState.PLACED])
    if not open_order.update(state=OrderState.PLACED, prepay_id=prepay_id, placed_at=now):
        _close_again(order)
        raise NothingToPay()
    return prepay_id


def _close_again(order: PaymentOrder) -> None:
    """The sweep ended the order while WeChat was placing it: an order that we think closed must not stay payable."""
    try:
        pay.close_order(out_trade_no=order.out_trade_no)
    except pay.OrderPaid:
        logger.info("Order %s was paid the moment it was ended: its notification settles it", order.out_trade_no)
    except pay.PayError as error:
        logger.error("Order %s is closed here and may be payable at WeChat until it expires: %s", order.out_trade_no, error)


def settle_order(*, order_id: int, now: datetime) -> bool:
    """Ask WeChat how an unpaid order stands and record a payment that was made. Returns whether it is paid.

    Raises PaymentUnavailable, also where the answer cannot be true of our order. A lost notification is found this way.
    """
    order = PaymentOrder.objects.get(pk=order_id)
    if order.state == OrderState.PAID:
        return True
    try:
        answer = pay.query_order(out_trade_no=order.out_trade_no)
    except pay.OrderNotFound:
        return False
    except pay.PayError as error:
        raise PaymentUnavailable() from error
    if not answer.is_paid:
        return False
    try:
        record_payment(state=answer, now=now)
    except PaymentNotOurs as error:
        logger.error("WeChat's answer about an order disagrees with it, staff must look: %s", error)
        raise PaymentUnavailable() from error
    return True


def close_order(*, order_id: int, now: datetime) -> bool:
    """Make an unpaid order unpayable at WeChat, then mark it closed. Returns False where it turned out to be paid.

    Raises PaymentUnavailable where WeChat did not answer: the sweep comes back to it.
    """
    order = PaymentOrder.objects.get(pk=order_id)
    if order.state in (OrderState.PAID, OrderState.CLOSED):
        return order.state == OrderState.CLOSED
    try:
        # Never placed as far as we know, yet an answer of WeChat's may have been lost on its way: close it there as well.
        pay.close_order(out_trade_no=order.out_trade_no)
    except pay.OrderPaid:
        return not settle_order(order_id=order_id, now=now)
    except pay.OrderNotFound:
        logger.debug("Order %s never reached WeChat", order.out_trade_no)
    except pay.PayError as error:
        raise PaymentUnavailable() from error
    return _mark_closed(order_id, now)


@transaction.atomic
def _mark_closed(order_id: int, now: datetime) -> bool:
    limit_lock_waits()
    order = lock_order(order_id)
    if not order_may_become(order, OrderState.CLOSED):
        return order.state == OrderState.CLOSED
    move_order(order, OrderState.CLOSED, closed_at=now)
    return True
