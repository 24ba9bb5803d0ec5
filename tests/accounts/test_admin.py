"""The admin of accounts and patients: for those who run the platform, masked, and every unmasked look recorded."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken

from accounts.models import Consent, ConsentKind, Patient, SensitiveAccess, User
from accounts.services.sensitive_access import AccessReasonMissing, reveal_document_number, reveal_phone
from accounts.services.tokens import issue_tokens
from tests.factories.accounts import make_patient, make_staff, make_user

PAGES = ["user", "patient", "consent", "sensitiveaccess"]

pytestmark = pytest.mark.django_db


def signed_in(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def operator() -> User:
    return make_staff(username="operator", is_superuser=True)


@pytest.fixture
def operator_client(operator: User) -> Client:
    return signed_in(operator)


@pytest.fixture
def patient(user: User) -> Patient:
    found = make_patient(name="王小明", user=user, phone="13700137000")
    Consent.objects.create(user=user, patient=found, kind=ConsentKind.HEALTH_DATA, version="1", given_at=timezone.now())
    return found


def rows_pages(patient: Patient, user: User, operator: User) -> dict[str, list[str]]:
    access = SensitiveAccess.objects.create(
        user=operator, patient=patient, field="document_number", reason="核对", at=timezone.now()
    )
    ids = {"user": user.pk, "patient": patient.pk, "consent": Consent.objects.get().pk, "sensitiveaccess": access.pk}
    return {
        name: [reverse(f"admin:accounts_{name}_changelist"), reverse(f"admin:accounts_{name}_change", args=[pk])]
        for name, pk in ids.items()
    }


def test_the_operator_sees_every_page_and_nothing_unmasked(operator_client: Client, operator: User, user: User, patient: Patient):
    for name, urls in rows_pages(patient, user, operator).items():
        for url in urls:
            page = operator_client.get(url)
            assert page.status_code == 200, url
            text = page.content.decode()
            for secret in (patient.document_number, patient.phone, user.phone, patient.name):
                assert secret not in text, (url, secret)
            assert not page.context.get("has_change_permission") or name == "user", url


def test_staff_without_the_platform_see_none_of_it(operator: User, user: User, patient: Patient):
    staff = make_staff()
    # Even a group that was given every permission by mistake opens nothing.
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client = signed_in(staff)
    for urls in rows_pages(patient, user, operator).values():
        assert [client.get(url).status_code for url in urls] == [403, 403]
    reveal = reverse("admin:accounts_patient_reveal", args=[patient.pk])
    before = SensitiveAccess.objects.count()
    assert [client.get(reveal).status_code, client.post(reveal, {"reason": "好奇"}).status_code] == [403, 403]
    assert SensitiveAccess.objects.count() == before
    assert "accounts" not in {app["app_label"] for app in client.get(reverse("admin:index")).context["app_list"]}


def test_a_number_is_shown_against_a_reason_and_the_look_is_recorded(operator_client: Client, operator: User, patient: Patient):
    url = reverse("admin:accounts_patient_reveal", args=[patient.pk])

    asked = operator_client.get(url)
    assert patient.document_number not in asked.content.decode()
    for reason in ("", "   ", "长" * 201):
        refused = operator_client.post(url, {"reason": reason})
        assert patient.document_number not in refused.content.decode()
    assert SensitiveAccess.objects.count() == 0

    shown = operator_client.post(url, {"reason": " 窗口核对身份 "})
    assert patient.document_number in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    access = SensitiveAccess.objects.get()
    assert (access.user, access.patient, access.field, access.reason) == (operator, patient, "document_number", "窗口核对身份")


def test_the_action_leads_to_one_patient_at_a_time(operator_client: Client, patient: Patient):
    url = reverse("admin:accounts_patient_changelist")
    one = operator_client.post(url, {"action": "reveal_selected", "_selected_action": [patient.pk]})
    assert one["Location"] == reverse("admin:accounts_patient_reveal", args=[patient.pk])
    two = operator_client.post(
        url, {"action": "reveal_selected", "_selected_action": [patient.pk, make_patient().pk]}, follow=True
    )
    assert "请只选择一位就诊人" in two.content.decode()
    assert SensitiveAccess.objects.count() == 0


@pytest.mark.parametrize("reveal", [reveal_document_number, reveal_phone])
def test_nobody_looks_without_a_reason(reveal: Any, operator: User, patient: Patient):
    for reason in ("", " \n", "长" * 201):
        with pytest.raises(AccessReasonMissing):
            reveal(user=operator, patient=patient, reason=reason, now=timezone.now())
    assert SensitiveAccess.objects.count() == 0
    assert reveal(user=operator, patient=patient, reason="核对", now=timezone.now()) in (patient.document_number, patient.phone)
    assert SensitiveAccess.objects.count() == 1


def test_a_patient_is_found_by_the_whole_number_or_name(operator_client: Client, patient: Patient):
    make_patient(name="赵六")

    def found(term: str) -> list[int]:
        page = operator_client.get(reverse("admin:accounts_patient_changelist"), {"q": term})
        return [row.pk for row in page.context["cl"].queryset]

    assert found(patient.document_number.lower()) == [patient.pk]
    assert found("王小明") == [patient.pk]
    assert found(patient.document_number[:-1]) == []


def test_an_account_is_found_by_its_phone(operator_client: Client, user: User):
    page = operator_client.get(reverse("admin:accounts_user_changelist"), {"q": user.phone})
    assert [row.pk for row in page.context["cl"].queryset] == [user.pk]


def test_the_operator_makes_staff_who_can_sign_in(operator_client: Client):
    answer = operator_client.post(
        reverse("admin:accounts_user_add"),
        {
            "username": "clerk",
            "usable_password": "true",
            "password1": "a-Long-passw0rd",
            "password2": "a-Long-passw0rd",
            "last_name": "钱",
            "first_name": "一",
        },
    )
    assert answer.status_code == 302
    clerk = User.objects.get(username="clerk")
    assert (clerk.is_staff, clerk.is_superuser) == (True, False)
    assert Client().login(username="clerk", password="a-Long-passw0rd")
    assert operator_client.get(reverse("admin:accounts_user_change", args=[clerk.pk])).context["has_change_permission"]


def test_a_patients_account_cannot_be_edited_or_given_a_password(operator_client: Client, user: User):
    change = operator_client.post(
        reverse("admin:accounts_user_change", args=[user.pk]), {"username": "root", "is_superuser": "on"}
    )
    password = operator_client.post(
        reverse("admin:auth_user_password_change", args=[user.pk]), {"password1": "x-Long-1", "password2": "x-Long-1"}
    )
    assert [change.status_code, password.status_code] == [403, 403]
    user.refresh_from_db()
    assert (user.is_superuser, user.has_usable_password()) == (False, False)


def test_closing_an_account_ends_its_tokens_and_it_can_be_reopened(operator_client: Client, operator: User, user: User):
    issue_tokens(user=user, now=timezone.now())
    url = reverse("admin:accounts_user_changelist")

    closed = operator_client.post(url, {"action": "close_accounts", "_selected_action": [user.pk, operator.pk]}, follow=True)
    user.refresh_from_db()
    operator.refresh_from_db()
    assert "已停用 1 个账户" in closed.content.decode()
    assert (user.is_active, operator.is_active, BlacklistedToken.objects.count()) == (False, True, 1)

    operator_client.post(url, {"action": "reopen_accounts", "_selected_action": [user.pk]})
    user.refresh_from_db()
    assert (user.is_active, BlacklistedToken.objects.count()) == (True, 1)


def test_records_are_never_written_by_hand(operator_client: Client, operator: User, user: User, patient: Patient):
    urls = rows_pages(patient, user, operator)
    for name in ("patient", "consent", "sensitiveaccess"):
        add, change = reverse(f"admin:accounts_{name}_add"), urls[name][1]
        delete = change.replace("/change/", "/delete/")
        statuses = [operator_client.post(page, {"name": "x", "reason": "x"}).status_code for page in (add, change, delete)]
        assert statuses == [403, 403, 403], name


@pytest.mark.parametrize("name", PAGES)
def test_a_list_takes_the_same_queries_for_many_rows(operator_client: Client, operator: User, name: str):
    def rows() -> None:
        user = make_user(openid=f"o-{User.objects.count()}")
        patient = make_patient(user=user)
        now = timezone.now()
        Consent.objects.create(user=user, patient=patient, kind=ConsentKind.HEALTH_DATA, version="1", given_at=now)
        SensitiveAccess.objects.create(user=operator, patient=patient, field="phone", reason="核对", at=now)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert operator_client.get(reverse(f"admin:accounts_{name}_changelist")).status_code == 200
        return len(queries)

    rows()
    count()
    one = count()
    for _ in range(5):
        rows()
    assert count() == one
