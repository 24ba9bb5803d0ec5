"""What is held against a patient, and what they say to it: words, pictures, a consent that is missing."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import Consent, ConsentKind
from booking.models import Appeal, AppealState, Appointment
from booking.services.appeals.deciding import decide_appeal
from booking.services.closing import close_days_before
from hospitals.models import Department
from tests.booking.appealing import picture
from tests.booking.test_appeals import staff_of
from tests.e2e.phones import Phone, Phones
from tests.factories.booking import Account, book, make_clinic
from wechat.emulator.testing import Emulator


@pytest.fixture
def missed(account: Account, department: Department, now: datetime) -> Appointment:
    """Yesterday's visit, to which 周小舟 did not come."""
    session = make_clinic(visit_date=timezone.localdate(now) - timedelta(days=1), department=department)
    appointment = book(account, session, now=now - timedelta(days=3))
    close_days_before(hospital=session.hospital, day=timezone.localdate(now), now=now - timedelta(minutes=5))
    appointment.refresh_from_db()
    return appointment


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Two that are right, one that is no picture, and one of over 5 MB."""
    contents = {
        "a.jpg": picture(),
        "b.png": picture("PNG", colour="white"),
        "c.png": b"no picture",
        "d.jpg": bytes(5 * 2**20 + 1),
    }
    files = [tmp_path / name for name in contents]
    for file in files:
        file.write_bytes(contents[file.name])
    return files


def open_appeal(phone: Phone, appointment: Appointment) -> None:
    phone.tab("我的就诊")
    phone.tap("历史")
    assert appointment.session.doctor is not None
    phone.tap(f"{appointment.department.name} · {appointment.session.doctor.name}")
    phone.sees("预约单号")
    phone.tap_on("如记录有误")
    phone.sees("提交申诉")


def test_an_appeal_with_pictures_good_and_bad(
    phones: Phones, missed: Appointment, pictures: list[Path], wechat: Emulator, now: datetime
) -> None:
    phone = phones.open("周小舟")
    open_appeal(phone, missed)
    phone.tap("提交申诉")
    phone.sees("请选择事由。", "请写下当时的情况")
    phone.tap("突发疾病")
    phone.write("如：当天突发高烧", "前一晚高烧，在急诊就诊。")

    # The first picture asks for consent to the privacy guide, and is chosen all the same.
    phone.tap("添加图片")
    phone.sees("用户隐私保护提示")
    phone.tap("同意")
    phone.choose("从相册选择", pictures[0])
    phone.misses("用户隐私保护提示")
    phone.tap("添加图片")
    phone.choose("拍摄", *pictures[1:])
    phone.sees("第 4 张：超过 5 MB，请换一张")
    phone.tap("提交申诉")

    phone.sees("还有 2 张图片没有上传", "第 3 张：不是完好的 JPEG、PNG 或 WebP 图片。")
    phone.tap_on("移除第 4 张图片")
    phone.sees("还有 1 张图片没有上传")
    phone.tap_on("移除第 3 张图片")
    phone.sees("申诉已提交", "待处理", "证明图片 2 张", "还可以补充 3 张图片")
    phone.tap("开启")
    phone.answer("允许")
    phone.sees("已开启，到时会在微信里通知您。")
    appeal = Appeal.objects.get()
    assert (appeal.appointment, appeal.proofs.count()) == (missed, 2)

    decide_appeal(
        appeal_id=appeal.pk,
        by=staff_of(missed.hospital),
        verdict=AppealState.UPHELD,
        decision="已核对急诊病历。",
        now=timezone.now(),
    )
    phone.back()
    phone.tap("申诉：予以豁免")
    phone.sees("已核对急诊病历。", "这次记录已不再计入履约评分")


def test_without_consent_an_appeal_leads_to_where_it_is_given(phones: Phones, missed: Appointment, now: datetime) -> None:
    Consent.objects.filter(kind=ConsentKind.HEALTH_DATA).update(withdrawn_at=now)
    phone = phones.open("周小舟")
    open_appeal(phone, missed)
    phone.tap("记录有误")
    phone.write("如：当天突发高烧", "我按时到院了。")
    phone.tap("提交申诉")
    phone.sees("您尚未同意或已撤回健康信息处理")
    assert not Appeal.objects.exists()

    phone.tap("去补充同意")
    # What it is for is read before it is agreed to.
    phone.tap("阅读全文")
    phone.sees("健康信息")
    phone.back()
    phone.tap("已阅读并同意")
    phone.sees("撤回同意")
    phone.back()
    phone.misses("您尚未同意或已撤回健康信息处理")
    phone.tap("提交申诉")

    phone.sees("申诉已提交")
    assert Appeal.objects.get().statement == "我按时到院了。"
    phone.tap("撤回申诉")
    phone.answer("撤回")
    phone.sees("已撤回，图片已删除。")
    phone.misses("撤回申诉")
    assert Appeal.objects.get().state == AppealState.WITHDRAWN
