"""Changing the scoring policy: looked at first, confirmed as looked at, versioned; nonsense is refused beside its field."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core import signing
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import Standing, Tier
from hospitals.models import Hospital, StaffMembership, StaffRole
from scoring.models import ScoringPolicy
from scoring.services.policies import TERMS, revise_scoring_policy
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_hospital
from tests.scoring.history import NOW, TODAY, patient_with

pytestmark = pytest.mark.django_db

ADD, LIST, MOVERS = (f"admin:scoring_scoringpolicy_{name}" for name in ("add", "changelist", "movers"))


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


@pytest.fixture
def policy(hospital: Hospital) -> ScoringPolicy:
    return revise_scoring_policy(hospital=hospital, changes={}, by=None, now=NOW)


def sign_in(hospital: Hospital, role: str = StaffRole.ADMINISTRATOR) -> Client:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(hospital: Hospital) -> Client:
    return sign_in(hospital)


def change(policy: ScoringPolicy) -> str:
    return reverse("admin:scoring_scoringpolicy_change", args=[policy.pk])


def filled_in(client: Client, url: str) -> dict[str, Any]:
    form = client.get(url).context["adminform"].form
    return {name: form[name].value() for name in form.fields if form[name].value() is not None}


def sentences(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def standing(hospital: Hospital, tier: Tier, score: int, **counts: int) -> None:
    patient = patient_with(hospital, day=TODAY, **counts)
    Standing.objects.create(hospital=hospital, patient=patient, tier=tier, score=score, as_of=TODAY, changed_at=NOW)


class TestPreview:
    def test_a_change_is_shown_and_nothing_is_written_until_it_is_confirmed(self, client: Client, policy: ScoringPolicy) -> None:
        standing(policy.hospital, Tier.B, 85, fulfilled=3, missed=1)
        url = change(policy)
        typed = filled_in(client, url) | {"tier_b_from": "86", "window_days": "1825"}

        page = client.post(url, typed)

        assert page.status_code == 200
        assert ScoringPolicy.objects.count() == 1
        assert "1 位患者中 1 位的等级会变：0 位升级，1 位降级。" in page.content.decode()
        assert [(m.old_tier, m.new_tier, m.new_score) for m in page.context["preview"].movers] == [
            (Tier.B, Tier.C, Decimal("85.00"))
        ]
        # The values are kept as they were typed, to go on from.
        form = page.context["adminform"].form
        assert (form["tier_b_from"].value(), form["window_days"].value()) == ("86", "1825")
        assert not form.errors

        done = client.post(url, typed | {"_confirm": page.context["token"]})

        assert done.status_code == 302
        newest = ScoringPolicy.objects.latest("version")
        assert (newest.version, newest.tier_b_from, newest.window_days) == (2, 86, 1825)
        assert newest.created_by_id == int(client.session["_auth_user_id"])
        old = ScoringPolicy.objects.get(version=1)
        assert (old.tier_b_from, old.window_days) == (80, 365)

    def test_what_was_changed_after_the_preview_is_shown_again(self, client: Client, policy: ScoringPolicy) -> None:
        url = change(policy)
        typed = filled_in(client, url) | {"tier_b_from": "86"}
        token = client.post(url, typed).context["token"]
        page = client.post(url, typed | {"tier_b_from": "87", "_confirm": token})
        assert page.context["is_confirmation_outdated"]
        assert "没有保存。请核对下面的新预览。" in page.content.decode()
        assert page.context["proposed"].tier_b_from == 87
        assert ScoringPolicy.objects.count() == 1

    # Named: a signature has the second in it, and workers must find the same tests.
    @pytest.mark.parametrize("forged", ["x", "e30:1abc:def", signing.dumps({"hospital": 1})], ids=["text", "forged", "unsalted"])
    def test_a_token_that_is_not_ours_confirms_nothing(self, forged: str, client: Client, policy: ScoringPolicy) -> None:
        url = change(policy)
        page = client.post(url, filled_in(client, url) | {"tier_b_from": "86", "_confirm": forged})
        assert page.context["is_confirmation_outdated"]
        assert ScoringPolicy.objects.count() == 1

    def test_without_a_change_there_is_no_new_version(self, client: Client, policy: ScoringPolicy) -> None:
        url = change(policy)
        response = client.post(url, filled_in(client, url), follow=True)
        assert "没有改动，未生成新版本。" in sentences(response)
        assert ScoringPolicy.objects.count() == 1

    def test_a_first_policy_is_shown_and_confirmed_too(self, client: Client, hospital: Hospital) -> None:
        url = reverse(ADD)
        typed = filled_in(client, url)
        assert Decimal(typed["tier_a_from"]) == 90
        page = client.post(url, typed)
        assert "0 位患者的等级都不变。" in page.content.decode()
        done = client.post(url, typed | {"_confirm": page.context["token"]})
        assert done.status_code == 302
        assert ScoringPolicy.objects.get().hospital == hospital


class TestTwoEditors:
    def test_who_comes_second_is_told_and_led_to_the_new_version(self, client: Client, policy: ScoringPolicy) -> None:
        url = change(policy)
        typed = filled_in(client, url) | {"tier_b_from": "86"}
        token = client.post(url, typed).context["token"]
        newer = revise_scoring_policy(hospital=policy.hospital, changes={"tier_c_from": 75}, by=None, now=NOW)

        response = client.post(url, typed | {"_confirm": token})

        assert (response.status_code, response["Location"]) == (302, change(newer))
        assert sentences(response) == ["评分规则刚刚被他人修改，您的修改没有保存。请在新版本上重新修改并预览。"]
        assert ScoringPolicy.objects.count() == 2

    def test_one_who_comes_in_between_the_check_and_the_write_is_found_under_the_lock(
        self, client: Client, policy: ScoringPolicy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The other one's version is written just before the hospital is locked."""
        from scoring.admin import policies

        url = change(policy)
        typed = filled_in(client, url) | {"tier_b_from": "86"}
        token = client.post(url, typed).context["token"]
        lock = policies.lock_hospital_in_time

        def late(hospital_id: int) -> Hospital:
            revise_scoring_policy(hospital=policy.hospital, changes={"tier_b_from": 84}, by=None, now=NOW)
            return lock(hospital_id)

        monkeypatch.setattr(policies, "lock_hospital_in_time", late)
        response = client.post(url, typed | {"_confirm": token})

        assert response.status_code == 302
        assert sentences(response) == ["评分规则刚刚被他人修改，您的修改没有保存。请在新版本上重新修改并预览。"]
        assert not ScoringPolicy.objects.filter(tier_b_from=86).exists()


class TestNonsense:
    @pytest.mark.parametrize(
        ("changes", "field", "sentence"),
        [
            ({"tier_b_from": "90"}, "tier_b_from", "B 级起点须低于 A 级起点。"),
            ({"tier_c_from": "80"}, "tier_c_from", "C 级起点须低于 B 级起点。"),
            ({"tier_c_from": "0"}, "tier_c_from", "C 级起点须大于 0。"),
            ({"tier_a_from": "100.01"}, "tier_a_from", "A 级起点不能高于满分 100。"),
            ({"cool_fill_percent": "96"}, "cool_fill_percent", "退出热门约满率不能大于热门约满率。"),
            ({"hot_minimum_sessions": "13"}, "hot_minimum_sessions", "同一星期、午别一周一个班次，最少班次不能多于统计周数。"),
        ],
    )
    def test_it_is_refused_beside_the_field_to_blame(
        self, changes: dict[str, str], field: str, sentence: str, client: Client, policy: ScoringPolicy
    ) -> None:
        url = change(policy)
        page = client.post(url, filled_in(client, url) | changes)
        assert page.context["adminform"].form.errors == {field: [sentence]}
        assert "preview" not in page.context
        assert ScoringPolicy.objects.count() == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"tier_a_from": "NaN"},
            {"tier_a_from": "1e9"},
            {"tier_a_from": "九十"},
            {"tier_a_from": ""},
            {"tier_a_from": "-1"},
            {"window_days": "29"},
            {"window_days": "99999999999999999999"},
            {"minimum_appointments": "0"},
            {"minimum_appointments": "-1"},
            {"hot_fill_percent": "0"},
            {"hot_sell_out_hours": "1.5"},
            {"tier_b_from": "80.001"},
            {"tier_a_from": "80", "tier_b_from": "90", "tier_c_from": "95"},
        ],
    )
    def test_no_value_makes_a_traceback(self, changes: dict[str, str], client: Client, policy: ScoringPolicy) -> None:
        url = change(policy)
        page = client.post(url, filled_in(client, url) | changes)
        errors = page.context["adminform"].form.errors
        assert errors
        assert "__all__" not in errors
        assert ScoringPolicy.objects.count() == 1

    def test_every_term_is_on_the_form(self, client: Client, policy: ScoringPolicy) -> None:
        assert set(filled_in(client, change(policy))) - {"hospital"} == set(TERMS)

    def test_every_constraint_of_the_table_has_its_sentence(self) -> None:
        """Those whose sentences are asked for above; a version is the service's own business."""
        checks = {one.name for one in ScoringPolicy._meta.constraints if isinstance(one, models.CheckConstraint)}
        assert checks == {"scoring_bounds_in_order", "scoring_minimum_positive", "scoring_cool_not_above_hot"}


class TestWho:
    def test_an_older_version_and_another_hospitals_are_out_of_reach(self, client: Client, policy: ScoringPolicy) -> None:
        newer = revise_scoring_policy(hospital=policy.hospital, changes={"tier_c_from": 75}, by=None, now=NOW)
        elsewhere = revise_scoring_policy(hospital=make_hospital(), changes={}, by=None, now=NOW)
        assert client.get(change(policy)).context["has_change_permission"] is False
        assert client.get(change(newer)).context["has_change_permission"] is True
        assert client.get(change(elsewhere)).status_code == 404
        assert client.post(reverse("admin:scoring_scoringpolicy_delete", args=[newer.pk]), {"post": "yes"}).status_code == 403
        assert ScoringPolicy.objects.count() == 3

    @pytest.mark.parametrize("role", [StaffRole.CLINIC_OFFICE, StaffRole.DESK])
    def test_others_may_look_only(self, role: str, hospital: Hospital, policy: ScoringPolicy) -> None:
        client = sign_in(hospital, role)
        assert client.get(change(policy)).context["has_change_permission"] is False
        assert client.post(change(policy), {"tier_b_from": "86"}).status_code == 403
        assert client.get(reverse(ADD)).status_code == 403


class TestMovers:
    def token(self, client: Client, policy: ScoringPolicy) -> str:
        url = change(policy)
        token: str = client.post(url, filled_in(client, url) | {"tier_b_from": "86", "window_days": "1825"}).context["token"]
        return token

    def test_all_of_them_as_a_file(self, client: Client, policy: ScoringPolicy) -> None:
        for _ in range(3):
            standing(policy.hospital, Tier.B, 85, fulfilled=3, missed=1)
        answer = client.get(reverse(MOVERS), {"token": self.token(client, policy)})
        content = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        heading, *rows = csv.reader(io.StringIO(content))
        assert heading == ["就诊人编号", "就诊人", "现等级", "新等级", "现评分", "新评分"]
        assert [row[2:] for row in rows] == [["B 级", "C 级", "85.00", "85.00"]] * 3
        assert all("*" in row[1] for row in rows)

    def test_not_for_others(self, client: Client, policy: ScoringPolicy) -> None:
        token = self.token(client, policy)
        for other in (sign_in(make_hospital()), sign_in(policy.hospital, StaffRole.DESK)):
            assert other.get(reverse(MOVERS), {"token": token}).status_code == 403
        assert Client().get(reverse(MOVERS), {"token": token}).status_code == 302

    @pytest.mark.parametrize("token", ["", "x", "eyJhIjoxfQ:1:x"])
    def test_without_a_preview_there_is_no_list(self, token: str, client: Client) -> None:
        answer = client.get(reverse(MOVERS), {"token": token})
        assert (answer.status_code, answer.content.decode()) == (400, "预览已过期，请重新预览。")


def test_the_number_of_queries_of_a_preview_does_not_grow(client: Client, policy: ScoringPolicy) -> None:
    url = change(policy)
    typed = filled_in(client, url) | {"tier_b_from": "86", "window_days": "1825"}
    counts = []
    for size in (1, 5):
        for _ in range(size):
            standing(policy.hospital, Tier.B, 85, fulfilled=3, missed=1)
        with CaptureQueriesContext(connection) as captured:
            client.post(url, typed)
        counts.append(len(captured))
    assert counts[0] == counts[1]
