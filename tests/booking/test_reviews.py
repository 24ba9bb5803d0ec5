"""A person looks at a tier: who may ask and when, who answers, and that no answer changes a tier."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AccountPatient
from booking.models import ReviewState, Standing, StandingReview, Tier
from booking.services.reviews import answer_review, ask_for_review
from hospitals.models import Hospital, StaffMembership, StaffRole
from tests.booking.snapshot import everything
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, api_client, make_account
from tests.factories.hospitals import make_hospital

pytestmark = pytest.mark.django_db
URL = "/api/v1/standing/review"
LIST = reverse("admin:booking_standingreview_changelist")


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


@pytest.fixture
def account(hospital: Hospital, now: datetime) -> Account:
    """Of tier C, since a day."""
    account = make_account()
    Standing.objects.create(
        hospital=hospital,
        patient=account.patient,
        as_of=timezone.localdate(now),
        total=2,
        fulfilled=1,
        missed=1,
        score=70,
        tier=Tier.C,
        changed_at=now - timedelta(days=1),
    )
    return account


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


def asked(client: APIClient, account: Account, at: Hospital, **changes: Any) -> Any:
    body = {"hospital": at.code, "patient": account.patient.pk, "reason": "那天是医院停电，不是我失约"} | changes
    return client.post(URL, body, format="json")


def refused(client: APIClient, account: Account, at: Hospital, **changes: Any) -> tuple[int, str]:
    before = everything()
    answer = asked(client, account, at, **changes)
    assert everything() == before
    return answer.status_code, answer.json()["code"]


def facts(client: APIClient, account: Account, hospital: Hospital) -> Any:
    return client.get("/api/v1/standing", {"hospital": hospital.code, "patient": account.patient.pk}).json()["review"]


def answered(review: StandingReview, now: datetime, verdict: ReviewState = ReviewState.CONFIRMED) -> StandingReview:
    by = make_staff(last_name="陈", first_name="静")
    StaffMembership.objects.create(user=by, hospital=review.hospital, role=StaffRole.CLINIC_OFFICE)
    return answer_review(review_id=review.pk, by=by, verdict=verdict, answer="签到记录显示当日未到。", now=now)


def signed_in(hospital: Hospital, role: StaffRole = StaffRole.CLINIC_OFFICE) -> Client:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


class TestAsking:
    def test_says_what_the_standing_was(self, client: APIClient, account: Account, hospital: Hospital) -> None:
        assert facts(client, account, hospital) == {"can_ask": True, "latest": None}
        answer = asked(client, account, hospital)
        assert answer.status_code == 201, answer.content.decode()
        told = answer.json()
        assert (told["tier"], told["score"], told["state"], told["answer"]) == ("C", "70.00", "pending", "")
        assert facts(client, account, hospital)["can_ask"] is False
        assert client.get(URL).json()["results"] == [told] == [client.get(f"{URL}/{told['id']}").json()]

    def test_one_waits_at_a_time(self, client: APIClient, account: Account, hospital: Hospital) -> None:
        asked(client, account, hospital)
        assert refused(client, account, hospital) == (409, "review-waits")

    def test_an_unchanged_standing_is_looked_at_once(
        self, client: APIClient, account: Account, hospital: Hospital, now: datetime
    ) -> None:
        asked(client, account, hospital)
        answered(StandingReview.objects.get(), now)
        assert refused(client, account, hospital) == (409, "review-answered-before")
        Standing.objects.update(changed_at=now + timedelta(seconds=1))
        assert facts(client, account, hospital)["can_ask"] is True
        assert asked(client, account, hospital).status_code == 201

    def test_nothing_to_look_at(self, client: APIClient, account: Account) -> None:
        assert refused(client, account, make_hospital()) == (409, "nothing-to-review")

    @pytest.mark.parametrize("reason", ["", "   ", "长" * 501, None, 7, ["x"]])
    def test_in_words(self, client: APIClient, account: Account, hospital: Hospital, reason: Any) -> None:
        assert refused(client, account, hospital, reason=reason) == (400, "invalid")

    @pytest.mark.parametrize("changes", [{"patient": "1"}, {"patient": True}, {"hospital": 1}, {"hospital": "none-such"}])
    def test_ill_asked(self, client: APIClient, account: Account, hospital: Hospital, changes: dict[str, Any]) -> None:
        assert refused(client, account, hospital, **changes) == (400, "invalid")

    def test_not_for_another_accounts_patient(self, account: Account, hospital: Hospital) -> None:
        stranger = api_client(make_account().user)
        assert refused(stranger, account, hospital) == (404, "patient-not-found")

    def test_another_account_that_carries_the_patient_sees_the_answer_only(
        self, client: APIClient, account: Account, hospital: Hospital, now: datetime
    ) -> None:
        asked(client, account, hospital)
        other = make_account()
        AccountPatient.objects.create(user=other.user, patient=account.patient, added_at=now)
        answered(StandingReview.objects.get(), now)
        latest = facts(api_client(other.user), account, hospital)["latest"]
        assert (latest["id"], latest["reason"], latest["answer"]) == (None, None, "签到记录显示当日未到。")
        own = facts(client, account, hospital)["latest"]
        assert (own["id"], own["reason"]) == (StandingReview.objects.get().pk, "那天是医院停电，不是我失约")

    def test_taken_back_and_asked_again(self, client: APIClient, account: Account, hospital: Hospital) -> None:
        pk = asked(client, account, hospital).json()["id"]
        for _ in range(2):
            assert client.post(f"{URL}/{pk}/withdraw").json()["state"] == "withdrawn"
        assert asked(client, account, hospital).status_code == 201

    def test_not_taken_back_once_answered(self, client: APIClient, account: Account, hospital: Hospital, now: datetime) -> None:
        pk = asked(client, account, hospital).json()["id"]
        answered(StandingReview.objects.get(), now)
        answer = client.post(f"{URL}/{pk}/withdraw")
        assert (answer.status_code, answer.json()["code"]) == (409, "review-not-pending")


class TestAnswering:
    @pytest.fixture
    def review(self, account: Account, hospital: Hospital, now: datetime) -> StandingReview:
        patient = account.patient.pk
        return ask_for_review(user=account.user, hospital=hospital, patient_id=patient, reason="请核对", now=now)

    @staticmethod
    def page(review: StandingReview) -> str:
        return reverse("admin:booking_standingreview_change", args=[review.pk])

    def test_by_name_with_words_and_no_change_of_the_tier(self, review: StandingReview, client: APIClient) -> None:
        before = list(Standing.objects.values())
        staff = signed_in(review.hospital)
        body = staff.get(self.page(review)).content.decode()
        assert all(shown in body for shown in ("请核对", review.patient.masked_name, "C 级", "确认答复"))
        assert review.patient.name not in body
        staff.post(self.page(review), {"verdict": "confirmed", "answer": "已核对三次记录。"})
        review.refresh_from_db()
        assert (review.state, review.answer) == ("confirmed", "已核对三次记录。")
        assert review.decided_by is not None
        assert list(Standing.objects.values()) == before
        assert "确认答复" not in staff.get(self.page(review)).content.decode()
        assert client.get(f"{URL}/{review.pk}").json()["answer"] == "已核对三次记录。"

    @pytest.mark.parametrize(
        "told", [{}, {"verdict": "confirmed", "answer": " "}, {"verdict": "withdrawn", "answer": "x"}, {"answer": "x"}]
    )
    def test_not_without_a_verdict_and_words(self, review: StandingReview, told: dict[str, str]) -> None:
        before = everything()
        assert signed_in(review.hospital).post(self.page(review), told).status_code == 200
        assert everything() == before

    def test_only_by_those_in_charge_here(self, review: StandingReview) -> None:
        before, told = everything(), {"verdict": "confirmed", "answer": "无误"}
        desk = signed_in(review.hospital, StaffRole.DESK)
        assert "只有本院管理员和门诊办公室" in desk.post(self.page(review), told, follow=True).content.decode()
        assert signed_in(make_hospital()).post(self.page(review), told).status_code == 404
        assert everything() == before

    def test_once(self, review: StandingReview, now: datetime) -> None:
        answered(review, now)
        before = everything()
        told = {"verdict": "corrected", "answer": "另一种说法"}
        body = signed_in(review.hospital).post(self.page(review), told, follow=True).content.decode()
        assert "不能再处理或更改" in body
        assert everything() == before

    def test_those_that_wait_longest_come_first(self, review: StandingReview, now: datetime) -> None:
        done = StandingReview.objects.create(
            hospital=review.hospital, patient=make_account().patient, by=review.by, reason="x", asked_at=now, tier=Tier.B
        )
        answered(done, now)
        older = StandingReview.objects.create(
            hospital=review.hospital,
            patient=make_account().patient,
            by=review.by,
            reason="x",
            asked_at=now - timedelta(days=2),
            tier=Tier.B,
        )
        rows = signed_in(review.hospital).get(LIST).context["cl"].result_list
        assert [row.pk for row in rows] == [older.pk, review.pk, done.pk]
