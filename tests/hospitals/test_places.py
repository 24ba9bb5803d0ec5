"""Departments by clinical subject: of the hospital named, and of the nearest ones."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from hospitals.models import Department, Hospital
from hospitals.selectors.places import PLACES_A_SUBJECT
from tests.factories.hospitals import make_department, make_hospital

pytestmark = pytest.mark.django_db

HERE = "120,30"


@pytest.fixture
def near() -> Hospital:
    """About eleven kilometres away, by a tenth of a degree of latitude."""
    return make_hospital(code="near", name="近处医院", longitude=120, latitude=30.1)


@pytest.fixture
def far() -> Hospital:
    return make_hospital(code="far", name="远处医院", longitude=120, latitude=31)


def ask(**query: Any) -> Any:
    answer = APIClient().get("/api/v1/departments", query)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def names(groups: Any) -> dict[str, list[str]]:
    return {group["code"]: [each["name"] for each in group["departments"]] for group in groups}


def department(hospital: Hospital, subject: str, name: str, **fields: Any) -> Department:
    return make_department(hospital=hospital, subject_id=subject, name=name, **fields)


def test_the_nearest_come_first_in_the_order_of_the_subjects(near: Hospital, far: Hospital) -> None:
    department(far, "10", "远处眼科")
    eyes = department(near, "10", "近处眼科", location="2 层")
    department(near, "12", "口腔科")
    nowhere = make_hospital(name="无名之处")
    department(nowhere, "10", "无名眼科")

    found = ask(subjects="10,03.04,10", near=HERE)

    assert names(found) == {"10": ["近处眼科", "远处眼科", "无名眼科"], "03.04": []}
    assert [each["distance_metres"] for each in found[0]["departments"]] == [11120, 111195, None]
    assert found[0]["departments"][0] == {
        "id": eyes.pk,
        "code": eyes.code,
        "name": "近处眼科",
        "location": "2 层",
        "introduction": "",
        "minimum_age": None,
        "maximum_age": None,
        "sex_limit": "",
        "hospital": {"code": "near", "name": "近处医院", "address": ""},
        "distance_metres": 11120,
    }
    assert found[1] == {"code": "03.04", "name": "心血管内科专业", "departments": []}


def test_a_narrower_department_serves_the_subject_and_a_general_one_comes_after_it(near: Hospital, far: Hospital) -> None:
    department(near, "03", "大内科")
    department(far, "03.04", "心血管内科")
    department(far, "03.01", "呼吸内科")

    assert names(ask(subjects="03.04,03", near=HERE)) == {
        "03.04": ["心血管内科", "大内科"],
        "03": ["大内科", "心血管内科", "呼吸内科"],
    }


def test_the_hospital_named_comes_first_and_distances_are_from_it(near: Hospital, far: Hospital) -> None:
    department(near, "10", "近处眼科")
    department(far, "10", "远处眼科")

    found = ask(subjects="10", hospital="far")[0]["departments"]
    assert [(each["name"], each["distance_metres"]) for each in found] == [("远处眼科", 0), ("近处眼科", 100076)]
    found = ask(subjects="10", hospital="far", near=HERE)[0]["departments"]
    assert [(each["name"], each["distance_metres"]) for each in found] == [("远处眼科", 111195), ("近处眼科", 11120)]


def test_a_hospital_without_coordinates_still_comes_first(near: Hospital) -> None:
    department(near, "10", "近处眼科")
    department(make_hospital(code="nowhere"), "10", "本院眼科")

    found = ask(subjects="10", hospital="nowhere")[0]["departments"]
    assert [(each["name"], each["distance_metres"]) for each in found] == [("本院眼科", None), ("近处眼科", None)]


def test_who_is_not_taken_is_not_sent_there(near: Hospital) -> None:
    department(near, "11", "耳鼻喉科")
    department(near, "11", "儿童耳鼻喉科", maximum_age=13)
    department(near, "11", "成人耳鼻喉科", minimum_age=14)
    department(near, "11", "女子耳鼻喉科", sex_limit="female")

    everybody = {"耳鼻喉科", "儿童耳鼻喉科", "成人耳鼻喉科", "女子耳鼻喉科"}
    assert set(names(ask(subjects="11"))["11"]) == everybody
    assert set(names(ask(subjects="11", ages="child"))["11"]) == everybody - {"成人耳鼻喉科"}
    assert set(names(ask(subjects="11", ages="adult"))["11"]) == everybody - {"儿童耳鼻喉科"}
    assert set(names(ask(subjects="11", sex="male"))["11"]) == everybody - {"女子耳鼻喉科"}
    assert set(names(ask(subjects="11", sex="female"))["11"]) == everybody


def test_closed_ones_are_not_found_and_there_are_not_too_many(near: Hospital) -> None:
    department(near, "10", "停用眼科", is_active=False)
    department(make_hospital(is_active=False), "10", "关门眼科")
    for number in range(PLACES_A_SUBJECT + 1):
        department(near, "10", f"眼科 {number:02}")
    department(near, "12", "口腔科")

    found = names(ask(subjects="10,12", near=HERE))

    assert found == {"10": [f"眼科 {number:02}" for number in range(PLACES_A_SUBJECT)], "12": ["口腔科"]}


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({}, "subjects", "该字段是必填项。"),
        ({"subjects": ""}, "subjects", "该字段不能为空。"),
        ({"subjects": "内科"}, "subjects", "诊疗科目应写作代码，多个之间用逗号，例如 03.04,50.13。"),
        ({"subjects": "10,,12"}, "subjects", "诊疗科目应写作代码，多个之间用逗号，例如 03.04,50.13。"),
        ({"subjects": "10,99,98.1"}, "subjects", "没有这个诊疗科目：99、98.1。"),
        ({"subjects": "01,02,03,04,05,06"}, "subjects", "一次最多查询 5 个诊疗科目。"),
        ({"subjects": "10", "hospital": "none"}, "hospital", "没有这家医院。"),
        ({"subjects": "10", "hospital": "closed"}, "hospital", "没有这家医院。"),
        ({"subjects": "10", "near": "here"}, "near", "坐标应写作“经度,纬度”，例如 116.397,39.908。"),
        ({"subjects": "10", "ages": "old"}, "ages", "“old” 不是合法选项。"),
        ({"subjects": "10", "sex": "unknown"}, "sex", "“unknown” 不是合法选项。"),
    ],
)
def test_what_makes_no_sense_is_refused(query: dict[str, str], field: str, message: str) -> None:
    make_hospital(code="closed", is_active=False)

    answer = APIClient().get("/api/v1/departments", query)

    assert (answer.status_code, answer.json()["detail"]) == (400, {field: [message]})
