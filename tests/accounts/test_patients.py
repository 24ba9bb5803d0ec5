"""Patients of an account, through the API."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AccountPatient, Consent, DocumentType, Patient, Relationship, Sex, User
from tests.accounts.conftest import signed_in_client
from tests.factories.accounts import link_patient, make_patient, make_user, valid_resident_id

PATIENTS = "/api/v1/patients"
BORN = dt.date(1990, 5, 1)

pytestmark = pytest.mark.django_db


def body(**changes: Any) -> dict[str, Any]:
    """A request that is accepted; None takes a field out."""
    whole: dict[str, Any] = {
        "name": "李小花",
        "document_type": "01",
        "document_number": valid_resident_id(BORN, Sex.FEMALE, 7),
        "phone": "13700137000",
        "relationship": "self",
        "consents": ["health-data"],
        "consent_version": "2026-11",
    }
    return {key: value for key, value in (whole | changes).items() if value is not None}


def add(client: APIClient, **changes: Any) -> Any:
    return client.post(PATIENTS, body(**changes), format="json")


def nothing_was_written() -> bool:
    return not (Patient.objects.exists() or AccountPatient.objects.exists() or Consent.objects.exists())


def test_a_resident_id_fills_in_birth_date_and_sex(client: APIClient, user: User):
    number = valid_resident_id(BORN, Sex.FEMALE, 7)
    answer = add(client)

    assert answer.status_code == 201
    shown = answer.json()
    patient = Patient.objects.get()
    link = AccountPatient.objects.get()
    assert shown.pop("added_at") == link.added_at.astimezone(dt.timezone(dt.timedelta(hours=8))).isoformat()
    assert shown == {
        "id": patient.pk,
        "name": "李小花",
        "sex": "female",
        "birth_date": "1990-05-01",
        "document_type": "01",
        "document_type_label": "居民身份证",
        "document_number": f"{number[:3]}{'*' * 13}{number[-2:]}",
        "phone": "137****7000",
        "guardian": None,
        "relationship": "self",
        "relationship_label": "本人",
    }
    assert (patient.document_number, link.user_id, link.phone) == (number, user.pk, "13700137000")
    assert [(c.kind, c.version, c.patient_id) for c in Consent.objects.all()] == [("health-data", "2026-11", patient.pk)]


def test_neither_number_nor_phone_lies_readable_in_the_database(client: APIClient):
    add(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM accounts_patient p UNION ALL SELECT a::text FROM accounts_accountpatient a")
        stored = " ".join(row for (row,) in cursor.fetchall())
    assert "李小花" in stored  # the control: this is the row
    assert valid_resident_id(BORN, Sex.FEMALE, 7) not in stored
    assert "13700137000" not in stored


@pytest.mark.parametrize("type", [kind for kind in DocumentType if kind != DocumentType.RESIDENT_ID])
def test_every_other_document_type_is_taken(client: APIClient, type: DocumentType):
    number = {
        DocumentType.HOUSEHOLD_REGISTER: "001234567",
        DocumentType.PASSPORT: "E12345678",
        DocumentType.OFFICER_ID: "军字第1234567号",
        DocumentType.DRIVING_LICENCE: "110012345678",
        DocumentType.HONG_KONG_MACAO_PERMIT: "H12345678",
        DocumentType.TAIWAN_PERMIT: "12345678",
        DocumentType.OTHER: "CHN110123456789",
    }[type]
    answer = add(client, document_type=type.value, document_number=number, sex="female", birth_date="1990-05-01")
    assert (answer.status_code, answer.json()["document_type_label"]) == (201, type.label)


@pytest.mark.parametrize(
    ("changes", "status", "code", "sentence"),
    [
        ({"document_number": "11010519491231002"}, 400, "resident-id-length", "位数不对"),
        ({"document_number": "110105194912310021"}, 400, "resident-id-check", "校验码错误"),
        ({"document_number": "110105194902300022"}, 400, "resident-id-birth-date", "出生日期不存在"),
        ({"document_number": "A10105194912310021"}, 400, "resident-id-characters", "应为数字"),
        ({"sex": "male"}, 400, "sex-disagrees", "性别与证件不符"),
        ({"birth_date": "1990-05-02"}, 400, "birth-date-disagrees", "出生日期与证件不符"),
        ({"document_number": valid_resident_id(dt.date(2199, 1, 1), serial=1)}, 400, "birth-date-future", "不能晚于今天"),
        ({"document_number": None}, 400, "document-number-missing", "请填写证件号码"),
        ({"document_type": "03", "document_number": "护照"}, 400, "document-format", "护照号码格式不对"),
        ({"document_type": "03", "document_number": "E12345678", "sex": "male"}, 400, "birth-date-missing", "出生日期"),
        ({"document_type": "03", "document_number": "E12345678", "birth_date": "1990-05-01"}, 400, "sex-missing", "性别"),
        ({"document_type": None, "document_number": None}, 400, "guardian-missing", "监护人"),
        ({"name": "张三123"}, 400, "name-invalid", "姓名"),
        ({"name": "···"}, 400, "name-invalid", "姓名"),
        ({"phone": "12345"}, 400, "phone-invalid", "手机号"),
        ({"consents": []}, 400, "consent-missing", "健康信息处理"),
        ({"consents": ["privacy"]}, 400, "consent-missing", "健康信息处理"),
        ({"consent_version": "2025-01"}, 409, "consent-version-outdated", "已更新"),
    ],
)
def test_a_refusal_says_which_and_writes_nothing(client: APIClient, changes: Any, status: int, code: str, sentence: str):
    answer = add(client, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert sentence in answer.json()["message"]
    assert nothing_was_written()


def test_data_of_a_child_under_14_needs_a_consent_of_its_own(client: APIClient):
    child = {"document_number": valid_resident_id(timezone.localdate() - dt.timedelta(days=365 * 10), serial=3)}
    refused = add(client, **child)
    assert (refused.status_code, refused.json()["detail"]["kinds"]) == (400, ["minor-data"])
    assert nothing_was_written()

    assert add(client, **child, consents=["health-data", "minor-data"]).status_code == 201
    assert sorted(Consent.objects.values_list("kind", flat=True)) == ["health-data", "minor-data"]


def test_the_same_person_in_two_accounts_is_one_patient(client: APIClient):
    other = signed_in_client(make_user())
    first = add(client)
    second = add(other, name=" 李小花 ", phone="13600136000", relationship="spouse", sex="female")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert (Patient.objects.count(), AccountPatient.objects.count()) == (1, 2)
    # Each account keeps its own number, and sees only that.
    assert client.get(PATIENTS).json()[0]["phone"] == "137****7000"
    assert other.get(PATIENTS).json()[0]["phone"] == "136****6000"


def test_an_id_card_and_a_household_register_are_one_person(client: APIClient):
    add(client)
    other = signed_in_client(make_user())
    assert add(other, document_type="02").status_code == 201
    assert Patient.objects.count() == 1


@pytest.mark.parametrize("changes", [{"name": "李小草"}, {"sex": "male"}, {"birth_date": "1990-05-02"}])
def test_details_that_disagree_reveal_nothing_of_the_person_on_record(client: APIClient, changes: dict[str, str]):
    passport = {"document_type": "03", "document_number": "E12345678", "sex": "female", "birth_date": "1990-05-01"}
    add(client, **passport)
    answer = add(signed_in_client(make_user()), **(passport | changes))
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (409, "patient-details-disagree", {})
    assert "李小花" not in answer.content.decode()
    assert (Patient.objects.count(), AccountPatient.objects.count(), Consent.objects.count()) == (1, 1, 1)


def test_a_patient_is_added_once(client: APIClient):
    patient_id = add(client).json()["id"]
    again = add(client, relationship="other")
    assert (again.status_code, again.json()["code"]) == (409, "patient-already-added")
    assert again.json()["detail"] == {"patient_id": patient_id}
    assert (AccountPatient.objects.count(), Consent.objects.count()) == (1, 1)


def test_the_account_has_one_self(client: APIClient):
    add(client)
    again = add(client, document_number=valid_resident_id(BORN, Sex.FEMALE, 8))
    assert (again.status_code, again.json()["code"]) == (409, "self-already-added")
    assert Patient.objects.count() == 1


def test_an_account_carries_five(client: APIClient):
    numbers = [valid_resident_id(BORN, Sex.FEMALE, serial) for serial in range(10, 16)]
    answers = [add(client, document_number=number, relationship="other") for number in numbers]
    assert [answer.status_code for answer in answers] == [201] * 5 + [409]
    assert (answers[5].json()["code"], answers[5].json()["detail"]) == ("patient-limit", {"limit": 5})
    assert (Patient.objects.count(), AccountPatient.objects.count(), Consent.objects.count()) == (5, 5, 5)

    # Removing one makes room.
    assert client.delete(f"{PATIENTS}/{answers[0].json()['id']}").status_code == 204
    assert add(client, document_number=numbers[5], relationship="other").status_code == 201


def test_relationship_and_phone_change_and_nothing_else(client: APIClient, user: User):
    patient = make_patient(user=user, phone="13100131000")
    url = f"{PATIENTS}/{patient.pk}"

    assert client.patch(url, {"phone": "13500135000"}, format="json").json()["phone"] == "135****5000"
    assert client.patch(url, {"relationship": "parent"}, format="json").json()["relationship_label"] == "父母"
    refused = client.patch(url, {"name": "别人", "relationship": "spouse"}, format="json")

    assert (refused.status_code, refused.json()["detail"]) == (400, {"name": ["就诊人的身份信息不能修改。"]})
    patient.refresh_from_db()
    link = AccountPatient.objects.get()
    assert (patient.name, patient.phone) == ("王小明", "13100131000")
    assert (link.relationship, link.phone) == (Relationship.PARENT, "13500135000")


def test_put_edits_as_patch_does_for_clients_that_know_no_patch(client: APIClient, user: User):
    patient = make_patient(user=user)
    url = f"{PATIENTS}/{patient.pk}"

    assert client.put(url, {"phone": "13500135000"}, format="json").json()["phone"] == "135****5000"
    changed = client.put(url, {"relationship": "parent"}, format="json").json()
    assert (changed["relationship_label"], changed["phone"]) == ("父母", "135****5000")
    refused = client.put(url, {"birth_date": "1990-01-01"}, format="json")

    assert (refused.status_code, refused.json()["detail"]) == (400, {"birth_date": ["就诊人的身份信息不能修改。"]})
    assert client.put(f"{PATIENTS}/{make_patient(user=make_user()).pk}", {}, format="json").status_code == 404


def test_an_edit_cannot_make_a_second_self(client: APIClient, user: User):
    make_patient(user=user, relationship=Relationship.SELF)
    second = make_patient(user=user)
    answer = client.patch(f"{PATIENTS}/{second.pk}", {"relationship": "self"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "self-already-added")
    assert AccountPatient.objects.filter(relationship=Relationship.SELF).count() == 1


def test_a_removed_patient_is_gone_from_the_account_but_not_from_the_record(client: APIClient, user: User):
    patient = make_patient(user=user)
    url = f"{PATIENTS}/{patient.pk}"
    assert client.delete(url).status_code == 204
    assert [client.get(url).status_code, client.delete(url).status_code] == [404, 404]
    assert client.get(PATIENTS).json() == []
    assert Patient.objects.filter(pk=patient.pk).exists()
    assert AccountPatient.objects.get().removed_at is not None


def test_another_accounts_patient_is_as_if_it_were_not_there(client: APIClient):
    patient = make_patient(user=make_user())
    url = f"{PATIENTS}/{patient.pk}"
    answers = [
        client.get(url),
        client.patch(url, {"phone": "13500135000"}, format="json"),
        client.delete(url),
        client.get(f"{PATIENTS}/999999999"),
        client.get(f"{PATIENTS}/{2**70}"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "patient-not-found")] * 5
    link = AccountPatient.objects.get()
    assert (link.removed_at, link.phone) == (None, "")


def test_the_list_takes_the_same_queries_for_one_as_for_five(client: APIClient, user: User):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PATIENTS).status_code == 200
        return len(queries)

    guardian = make_patient(user=user)
    one = count()
    for _ in range(3):
        link_patient(user=user, patient=make_patient())
    make_patient(user=user, guardian=guardian, document_type="", document_index=None)
    assert count() == one == 2  # the account, its patients


def test_a_patient_of_a_stranger_is_never_listed(client: APIClient, user: User):
    mine = make_patient(user=user)
    make_patient(user=make_user())
    assert [row["id"] for row in client.get(PATIENTS).json()] == [mine.pk]
