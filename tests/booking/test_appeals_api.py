"""Appeals over HTTP: handed in with pictures, looked at, taken back; and what is refused, with nothing changed."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from PIL import Image
from rest_framework.test import APIClient

from booking.api.uploads import LARGEST_UPLOAD_BYTES
from booking.models import AppealCause, AppealProof, AppealState, Appointment, Restriction
from booking.services.appeals.deciding import decide_appeal
from booking.services.appeals.filing import file_appeal
from booking.services.closing import close_days_before
from hospitals.models import Hospital
from tests.booking.appealing import encoded, picture
from tests.booking.snapshot import everything
from tests.booking.test_api import QUERY_COUNTS
from tests.booking.test_appeals import staff_of
from tests.booking.test_proofs import BAD, archive
from tests.factories.booking import Account, api_client, make_account, make_appointment, make_clinic

URL = "/api/v1/appeals"


def missed(account: Account, now: datetime, hospital: Hospital | None = None) -> Appointment:
    """Yesterday's visit, closed this night."""
    yesterday = timezone.localdate(now) - timedelta(days=1)
    session = make_clinic(visit_date=yesterday, hospital=hospital)
    appointment = make_appointment(now=now - timedelta(days=3), account=account, session=session)
    close_days_before(hospital=session.hospital, day=timezone.localdate(now), now=now - timedelta(minutes=5))
    appointment.refresh_from_db()
    return appointment


def upload(content: bytes, name: str = "证明.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def post(client: APIClient, about: Appointment, /, *pictures: bytes, **more: Any) -> Any:
    body = {"appointment": about.code, "cause": "illness", "statement": "前一晚高烧。", **more}
    return client.post(URL, body | {"proofs": [upload(content) for content in pictures]}, format="multipart")


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


@pytest.fixture
def appointment(account: Account, now: datetime) -> Appointment:
    return missed(account, now)


def test_from_the_miss_to_the_decision(client: APIClient, appointment: Appointment, now: datetime) -> None:
    detail = f"/api/v1/appointments/{appointment.code}"
    told = client.get(detail).json()["appeal"]
    until = appointment.closed_at + timedelta(days=7)
    assert parse_datetime(told.pop("until")) == until
    assert told == {"can_appeal": True, "id": None, "state": None, "state_label": None}

    answer = post(client, appointment, picture(), picture("PNG", colour="white"))
    filed = answer.json()
    assert (answer.status_code, filed["state"], filed["state_label"]) == (201, "pending", "待处理")
    assert (filed["appointment"], filed["restriction"], filed["decision"]) == (appointment.code, None, "")
    assert (filed["cause_label"], filed["patient_name"]) == ("突发疾病", appointment.patient.masked_name)
    assert parse_datetime(filed["until"]) == until
    assert [(p["width"], p["height"]) for p in filed["proofs"]] == [(64, 48)] * 2
    told = client.get(detail).json()["appeal"]
    assert (told["can_appeal"], told["id"], told["state"]) == (False, filed["id"], "pending")

    decide_appeal(
        appeal_id=filed["id"], by=staff_of(appointment.hospital), verdict=AppealState.UPHELD, decision="情况属实", now=now
    )
    shown = client.get(f"{URL}/{filed['id']}").json()
    assert (shown["state_label"], shown["decision"]) == ("予以豁免", "情况属实")
    assert parse_datetime(shown["decided_at"]) == now
    assert client.get(URL).json()["results"] == [shown]
    told = client.get(detail).json()
    assert (told["outcome"], told["appeal"]["state"]) == ("void", "upheld")


def test_without_pictures_as_json(client: APIClient, appointment: Appointment) -> None:
    body = {"appointment": appointment.code, "cause": "record-error", "statement": "当时已就诊。"}
    answer = client.post(URL, body, format="json")
    assert (answer.status_code, answer.json()["proofs"]) == (201, [])


def test_pictures_one_by_one(client: APIClient, appointment: Appointment) -> None:
    appeal = post(client, appointment).json()["id"]
    told = [
        client.post(f"{URL}/{appeal}/proofs", {"proof": upload(picture(colour=colour))}, format="multipart")
        for colour in ("red", "green", "blue", "white", "black", "gold")
    ]
    assert [answer.status_code for answer in told] == [201] * 5 + [400]
    assert told[5].json()["code"] == "too-many-proofs"
    assert (told[0].json()["width"], len(client.get(f"{URL}/{appeal}").json()["proofs"])) == (64, 5)


def test_withdrawn(client: APIClient, appointment: Appointment) -> None:
    appeal = post(client, appointment, picture()).json()["id"]
    told = [client.post(f"{URL}/{appeal}/withdraw") for _ in range(2)]
    assert [(answer.status_code, answer.json()["state"], answer.json()["proofs"]) for answer in told] == [
        (200, "withdrawn", [])
    ] * 2
    assert post(client, appointment).status_code == 201


class TestPictures:
    def test_to_its_account_as_a_picture_that_nobody_keeps(self, client: APIClient, appointment: Appointment) -> None:
        filed = post(client, appointment, picture("PNG")).json()
        answer = client.get(f"{URL}/{filed['id']}/proofs/{filed['proofs'][0]['id']}", headers={"Accept": "image/*"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store, private", "nosniff")
        assert answer.content.startswith(b"\xff\xd8\xff")

    def test_to_nobody_else(self, client: APIClient, appointment: Appointment, now: datetime) -> None:
        filed = post(client, appointment, picture()).json()
        path = f"{URL}/{filed['id']}/proofs/{filed['proofs'][0]['id']}"
        stranger = api_client(make_account().user)
        for asked in (path, f"{URL}/{filed['id']}/proofs/{2**63 - 1}", f"{URL}/{2**63}/proofs/1"):
            answer = stranger.get(asked, headers={"Accept": "image/*"})
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert APIClient().get(path).status_code == 401

    def test_not_under_another_appeal(self, client: APIClient, account: Account, appointment: Appointment, now: datetime) -> None:
        first = post(client, appointment, picture()).json()
        second = post(client, missed(account, now), picture()).json()
        assert client.get(f"{URL}/{second['id']}/proofs/{first['proofs'][0]['id']}").status_code == 404


class TestRefused:
    """Refused with 4xx in the one error shape, and nothing changed."""

    @pytest.fixture(autouse=True)
    def nothing_changes(self, appointment: Appointment) -> Iterator[None]:
        before = everything()
        yield
        assert everything() == before

    @pytest.mark.parametrize("make", [make for make, _ in BAD.values()], ids=BAD)
    def test_a_bad_picture_is_named(self, client: APIClient, appointment: Appointment, make: Callable[[], bytes]) -> None:
        answer = post(client, appointment, picture(), make())
        told = answer.json()
        assert (answer.status_code, told["code"].split("-")[0], told["detail"]["place"]) == (400, "proof", 2)
        assert told["message"].startswith("第 2 张图片")

    def test_six_pictures(self, client: APIClient, appointment: Appointment) -> None:
        answer = post(client, appointment, *[picture(colour=c) for c in ("red", "green", "blue", "white", "black", "gold")])
        assert (answer.status_code, answer.json()["message"]) == (400, "每次申诉最多上传 5 张图片。")

    def test_the_same_twice(self, client: APIClient, appointment: Appointment) -> None:
        answer = post(client, appointment, picture("PNG"), picture("PNG", compress_level=0))
        assert (answer.status_code, answer.json()["code"]) == (400, "proof-repeated")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"statement": "长" * 501},
            {"statement": ""},
            {"statement": "a\x00b"},
            {"cause": "laziness"},
            {"cause": ""},
            {"cause": "illness\x00"},
            {"appointment": ""},
            {"appointment": "x" * 10_000},
            {"restriction": "1"},
            {"restriction": "x"},
            {"restriction": str(2**63)},
            {"restriction": "-1"},
        ],
    )
    def test_ill_filled(self, client: APIClient, appointment: Appointment, wrong: dict[str, str]) -> None:
        answer = post(client, appointment, picture(), **wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"statement": None},
            {"statement": ["x"]},
            {"statement": 5},
            {"cause": {"x": 1}},
            {"appointment": 5},
            {"appointment": None},
            {"restriction": True},
            {"restriction": [1]},
            {"proofs": "picture"},
            {"proofs": ["picture"]},
            {"proofs": None},
        ],
    )
    def test_ill_filled_as_json(self, client: APIClient, appointment: Appointment, wrong: dict[str, Any]) -> None:
        body = {"appointment": appointment.code, "cause": "other", "statement": "说明"} | wrong
        answer = client.post(URL, body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

    def test_a_text_in_the_place_of_a_file(self, client: APIClient, appointment: Appointment) -> None:
        answer = client.post(
            URL, {"appointment": appointment.code, "cause": "other", "statement": "x", "proofs": "text"}, format="multipart"
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

    def test_more_than_any_honest_request(self, client: APIClient, appointment: Appointment) -> None:
        large = b"x" * (LARGEST_UPLOAD_BYTES + 1)
        many_files = {"proofs": [upload(b"x") for _ in range(101)]}
        many_fields = {f"field-{number}": "x" for number in range(1_100)}
        long_field = {"statement": "x" * 3_000_000}
        told = [post(client, appointment, large)]
        told += [client.post(URL, body, format="multipart") for body in (many_files, many_fields, long_field)]
        assert [(answer.status_code, answer.json()["code"]) for answer in told] == [(413, "too-large")] * 4

    @pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=", "text/plain"])
    def test_not_multipart_by_its_own_word(self, client: APIClient, content_type: str) -> None:
        answer = client.generic("POST", URL, b"--x\r\n", content_type=content_type)
        assert answer.status_code in {400, 415}
        assert set(answer.json()) == {"code", "message", "detail"}

    def test_of_anothers_appointment_nothing_is_told(self, appointment: Appointment) -> None:
        stranger = api_client(make_account().user)
        answers = [post(stranger, appointment, picture()), post(stranger, Appointment(code="0" * 16), picture())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json() == answers[1].json()
        assert APIClient().post(URL, {}).status_code == 401

    def test_what_pretends_to_be_a_picture_by_its_name(self, client: APIClient, appointment: Appointment) -> None:
        answer = post(client, appointment, archive())
        assert answer.json()["code"] == "proof-not-a-picture"


def test_of_anothers_appeal_nothing_is_told(now: datetime) -> None:
    owner, stranger = make_account(), api_client(make_account().user)
    missed_one = missed(owner, now)
    appeal = file_appeal(user=owner.user, appointment_code=missed_one.code, cause=AppealCause.OTHER, statement="x", now=now)
    before = everything()
    body = {"proof": upload(picture())}
    answers = [
        stranger.get(f"{URL}/{appeal.pk}"),
        stranger.post(f"{URL}/{appeal.pk}/withdraw"),
        stranger.post(f"{URL}/{appeal.pk}/proofs", body, format="multipart"),
        stranger.get(f"{URL}/{2**63}"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not-found")] * 4
    assert stranger.get(URL).json()["results"] == []
    assert everything() == before


class TestStanding:
    def test_what_counts_towards_a_pause_and_the_pause(self, client: APIClient, account: Account, now: datetime) -> None:
        hospital = missed(account, now).hospital
        missed(account, now, hospital)
        early = make_appointment(now=now, account=account, session=make_clinic(
            visit_date=timezone.localdate(now) + timedelta(days=3), hospital=hospital
        ))  # fmt: skip
        client.post(f"/api/v1/appointments/{early.code}/cancel")
        query = {"hospital": hospital.code, "patient": account.patient.pk}
        told = client.get("/api/v1/standing", query).json()
        assert told["misses"] == {"count": 2, "limit": 3, "severe_limit": 6, "window_days": 365}
        assert (told["early_cancellations"]["count"], told["early_cancellations"]["limit"]) == (1, 3)
        resets_at = parse_datetime(told["early_cancellations"]["resets_at"]).astimezone(hospital.zone)
        assert (resets_at.day, resets_at.hour, resets_at > now) == (1, 0, True)
        assert (told["restriction"], told["restricted_until"]) == (None, None)

        pause = Restriction.objects.create(
            hospital=hospital, patient=account.patient, starts_at=now - timedelta(days=1), created_at=now,
            ends_at=now + timedelta(days=89), missed_count=3,
        )  # fmt: skip
        told = client.get("/api/v1/standing", query).json()["restriction"]
        assert (told["id"], told["missed_count"], told["appeal"]["can_appeal"]) == (pause.pk, 3, True)
        answer = client.post(URL, {"restriction": pause.pk, "cause": "other", "statement": "说明"}, format="json")
        assert (answer.status_code, answer.json()["restriction"], answer.json()["appointment"]) == (201, pause.pk, None)
        told = client.get("/api/v1/standing", query).json()["restriction"]
        assert (told["appeal"]["can_appeal"], told["appeal"]["id"], told["appeal"]["state"]) == (
            False,
            answer.json()["id"],
            "pending",
        )


class TestQueryCounts:
    def queries(self, client: APIClient, path: str, **query: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path, query).status_code == 200
        return len(captured)

    def test_the_list_and_the_details(self, client: APIClient, account: Account, now: datetime) -> None:
        counts = []
        for many in (1, 4):
            for _ in range(many):
                last = missed(account, now)
                appeal = file_appeal(
                    user=account.user, appointment_code=last.code, cause=AppealCause.OTHER, statement="x", now=now,
                    proofs=[picture(), picture(colour="red")],
                )  # fmt: skip
            counts.append(self.queries(client, URL))
        assert counts == [QUERY_COUNTS["appeals"]] * 2
        assert self.queries(client, f"{URL}/{appeal.pk}") == QUERY_COUNTS["appeal"]
        assert self.queries(client, f"/api/v1/appointments/{last.code}") == QUERY_COUNTS["appointment:closed"]


def test_a_picture_as_a_phone_sends_it(client: APIClient, appointment: Appointment) -> None:
    """Twelve megapixels, on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    content = encoded(Image.effect_noise((400, 300), 40).resize((4032, 3024)), "JPEG", quality=70, exif=exif)
    (proof,) = post(client, appointment, content).json()["proofs"]
    assert (proof["width"], proof["height"]) == (1500, 2000)
    assert AppealProof.objects.count() == 1
