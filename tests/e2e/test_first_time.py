"""Somebody who has never used the mini-program: consent, a patient, the nearest hospital, a booking, the doctor's door."""

from datetime import date, datetime

from django.utils import timezone

from accounts.models import AccountPatient, Consent, WeChatIdentity
from booking.models import Appointment, AppointmentStatus
from booking.services.checkin import finish_visit
from booking.services.queue.calling import call_next
from booking.services.transitions import staff_actor
from hospitals.models import Department, Slot
from tests.e2e.phones import Phones
from tests.factories.accounts import make_staff, valid_resident_id
from tests.factories.booking import make_clinic_now, slot_of
from tests.factories.hospitals import make_hospital
from wechat.emulator.testing import Emulator

DOCUMENT = valid_resident_id(date(1990, 1, 31), "female", serial=77)


def test_from_the_first_look_to_the_doctor(phones: Phones, wechat: Emulator, department: Department, now: datetime) -> None:
    make_hospital(code="far-away", name="一方示范医院", latitude=39.9, longitude=116.4)
    session = make_clinic_now(now=now, department=department, fee_fen=2500)
    assert session.doctor is not None
    phone = phones.open("沈初见", place="30.27,120.15")

    # The hospitals near: asked for, after consent to the privacy guide.
    phone.tap("按距离排列")
    phone.sees("用户隐私保护提示")
    phone.tap("同意")
    phone.answer("允许")
    phone.sees("附近医院", "公里")
    assert phone.text().index("云栖示范医院") < phone.text().index("一方示范医院")

    # Nobody is signed in before they want something that is theirs.
    assert not WeChatIdentity.objects.exists()
    phone.tap("云栖示范医院", "心血管内科", session.doctor.name)
    phone.tap(written(slot_of(session, 1)))
    phone.tap("添加就诊人")
    phone.write("18 位身份证号", DOCUMENT)
    phone.write("与证件上的姓名一致", "沈初见")
    phone.sees("1990")
    phone.tick_all()
    phone.tap("保存")
    phone.sees("预约须知", "沈初见")
    (link,) = AccountPatient.objects.all()
    assert (link.patient.name, WeChatIdentity.objects.get().openid) == ("沈初见", wechat.openid("沈初见"))
    assert Consent.objects.filter(user=link.user).exists()

    phone.tap("确认并支付")
    phone.answer("支付")
    phone.sees("预约成功")
    assert wechat.deliver() == 1
    phone.tap("查看预约", "签到")
    phone.sees("下一位就是您")
    appointment, nurse = Appointment.objects.get(), staff_actor(make_staff())
    call_next(session_id=session.pk, actor=nurse, now=timezone.now())
    phone.pull_down()
    phone.sees("请到诊室就诊")
    finish_visit(appointment_id=appointment.pk, actor=nurse, now=timezone.now())
    phone.pull_down()
    phone.sees("已就诊")

    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.FULFILLED


def written(slot: Slot) -> str:
    """The window as it stands on the screen."""
    return f"{timezone.localtime(slot.starts_at):%H:%M}–{timezone.localtime(slot.ends_at):%H:%M}"
