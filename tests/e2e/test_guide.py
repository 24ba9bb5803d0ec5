"""From what ails somebody to a department: whoever does not know which one to book, and whoever must not wait for one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hospitals.models import ClinicalSubject, ClinicSession, Department
from tests.e2e.phones import Phone
from tests.factories.booking import make_clinic
from tests.factories.hospitals import make_department, make_hospital

SUBJECTS = (
    ("03", "内科", None),
    ("03.01", "呼吸内科专业", "03"),
    ("03.04", "心血管内科专业", "03"),
    ("07", "儿科", None),
    ("16", "传染科", None),
)


@pytest.fixture
def clinic(clinic: ClinicSession) -> ClinicSession:
    """The clinic's department is for the heart; a hospital further away has one for children."""
    # What migrations wrote, another test may have emptied.
    for code, name, parent in SUBJECTS:
        ClinicalSubject.objects.get_or_create(code=code, defaults={"name": name, "parent_id": parent})
    clinic.department.subject_id = "03.04"
    clinic.department.save()
    children = make_department(
        hospital=make_hospital(code="children", name="松果示范医院", latitude=30.4, longitude=120.15),
        name="儿内科",
        subject_id="07",
        maximum_age=13,
    )
    make_clinic(department=children, visit_date=timezone.localdate() + timedelta(days=2))
    return clinic


def test_symptoms_lead_to_a_department_that_can_be_booked(phone: Phone, clinic: ClinicSession) -> None:
    assert clinic.doctor is not None
    phone.tap("不知道挂哪个科？")
    phone.sees("仅供挂号参考，不构成诊断")
    phone.tap("成年男性", "胸", "心慌、心跳不齐", "咳嗽、咳痰", "看看挂哪个科")

    phone.sees("您选了「心慌、心跳不齐」，心血管内科看心慌", "约诊上暂时没有找到这个科室")
    phone.misses("请立即拨打")
    # The second one: the first names the subject.
    phone.tap("心血管内科")
    phone.reaches("/packages/booking/department/index")
    phone.sees(clinic.doctor.name)


def test_what_must_not_wait_comes_before_departments(phone: Phone, department: Department) -> None:
    phone.tap(department.hospital.name, "不知道挂哪个科？", "胸")
    alarm = "胸口压榨样疼痛，伴出冷汗、恶心，或痛到左肩、下巴"
    phone.tap(alarm)
    phone.sees("请立即拨打 120，或前往最近的急诊")
    phone.tap("拨打 120")
    phone.answer("取消")
    phone.tap("心慌、心跳不齐", "看看该怎么做")

    phone.sees("请立即拨打 120，或前往最近的急诊", alarm)
    phone.misses("可以挂这些科室")
    phone.tap("医生已排除急症？查看可以挂的科室")
    phone.sees("请立即拨打 120，或前往最近的急诊", "本院")
    phone.tap("心血管内科")
    phone.reaches("/packages/booking/department/index")


def test_a_child_is_led_to_paediatrics_once_the_network_is_back(phone: Phone, department: Department) -> None:
    phone.tap(department.hospital.name, "不知道挂哪个科？", "儿童", "列表", "腹部", "拉肚子")
    phone.set(network="none")
    phone.tap("看看挂哪个科")
    phone.sees("您选了「拉肚子」，儿科看未满 14 岁孩子的各种不适", "重试")

    phone.set(network="wifi")
    phone.tap("重试")

    phone.sees("在这家医院没有找到这个科室，其他医院有", "松果示范医院", "13 岁及以下")
    phone.tap("儿内科")
    phone.reaches("/packages/booking/department/index")
