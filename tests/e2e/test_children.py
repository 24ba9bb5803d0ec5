"""A child without a document: registered under a guardian on the way to a booking, and brought to the doctor."""

from django.utils import timezone

from accounts.models import Consent, ConsentKind, Patient
from booking.models import Appointment, AppointmentStatus
from hospitals.models import ClinicSession
from tests.e2e.phones import Phone
from tests.e2e.test_booking import come_to_confirm
from tests.factories.booking import Account
from wechat.emulator.testing import Emulator


def test_a_newborn_is_booked_for_under_a_guardian(
    phone: Phone, account: Account, clinic: ClinicSession, wechat: Emulator
) -> None:
    come_to_confirm(phone, clinic)
    phone.tap("添加就诊人")
    phone.tap("居民身份证")
    phone.answer("暂无证件的儿童")
    phone.answer("确定")
    phone.sees("16 周岁以下没有证件的儿童，可以登记在监护人名下")
    phone.write("儿童的姓名", "周初一")
    # A child's date begins at today, not at a grown-up's.
    phone.tap("请选择出生日期")
    phone.answer("确定")
    phone.tap("女")
    phone.sees("未满 14 周岁的儿童，须由监护人单独同意。")
    phone.tick_all()
    phone.tap("保存")
    phone.misses("请检查标红的内容")
    assert Patient.objects.count() == 1

    phone.tap("请选择监护人")
    phone.answer("周小舟")
    phone.answer("确定")
    phone.tap("保存")
    phone.sees("预约须知", "周初一")
    child = Patient.objects.get(name="周初一")
    assert (child.guardian, child.birth_date, child.document_number) == (account.patient, timezone.localdate(), "")
    agreed = Consent.objects.filter(patient=child).values_list("kind", flat=True)
    assert set(agreed) == {ConsentKind.HEALTH_DATA, ConsentKind.MINOR_DATA}

    phone.tap("确认并支付")
    phone.answer("支付")
    phone.sees("预约成功")
    assert wechat.deliver() == 1
    booked = Appointment.objects.get()
    assert (booked.patient, booked.age_at_visit, booked.status) == (child, 0, AppointmentStatus.BOOKED)
    phone.tap("查看预约")
    phone.sees("周*一")

    # Whose child it is stays as long as the child does.
    phone.opens(f"/packages/patients/detail/index?id={account.patient.pk}")
    phone.tap("移除这位就诊人")
    phone.answer("移除")
    phone.sees("该就诊人是本账户中儿童的监护人，请先移除儿童。")
    assert account.user.patient_links.filter(removed_at__isnull=True).count() == 2
