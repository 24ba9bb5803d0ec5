"""The pages of the uploads: who may do what, what they say, and the files they hand out."""

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from hospitals.models import Hospital, HospitalPatient, StaffMembership, StaffRole
from scoring.counts_files import read_counts
from scoring.models import CountsUpload, PendingUpload, UploadedCounts
from tests.factories.accounts import make_patient, make_staff
from tests.factories.hospitals import make_hospital
from tests.scoring.workbooks import CSV_HEADER, workbook

pytestmark = pytest.mark.django_db
ROWS = "P1,3,2,0,0,1\n=1+1,5,3,0,1,0\n"
FILE = (CSV_HEADER + ROWS).encode()
UPLOAD = "admin:scoring_countsupload_upload"


def signed_in(hospital: Hospital | None, role: str = StaffRole.ADMINISTRATOR, **fields: Any) -> Client:
    user = make_staff(**fields)
    if hospital:
        StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client(enforce_csrf_checks=False)
    client.force_login(user)
    return client


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


@pytest.fixture
def client(hospital: Hospital) -> Client:
    return signed_in(hospital)


def send(
    client: Client, hospital: Hospital, content: bytes = (CSV_HEADER + ROWS).encode(), name: str = "次数.csv", **more: Any
) -> Any:
    fields = {"hospital": hospital.pk, "counted_until": "2026-06-30", "file": SimpleUploadedFile(name, content)}
    return client.post(reverse(UPLOAD), fields | more)


def confirmed(client: Client, hospital: Hospital, **more: Any) -> CountsUpload:
    pending = send(client, hospital, **more)
    client.post(pending.url, {"confirm": "1"})
    return CountsUpload.objects.get()


def test_from_the_file_to_the_result(client: Client, hospital: Hospital) -> None:
    # Given
    HospitalPatient.objects.create(hospital=hospital, patient=make_patient(), record_number="P1")
    # When the file is sent, it is shown and not stored
    answer = send(
        client, hospital, workbook(["P1", 3, 2, 0, 0, 1], ["P2", 5, 3, 0, 1, 0]), "a.xlsx", counts_towards_standing="on"
    )
    page = client.get(answer.url).content.decode()
    cells = re.findall(r"<td>(.*?)</td>", page.split('class="upload-table"')[1])
    assert cells == [
        *("2", "P1", "3", "2", "0", "0", "1", "66.67%", "0.00%", "0.00%", "33.33%", "80.00", "B 级", ""),
        *("3", "P2", "5", "3", "0", "1", "0", "60.00%", "0.00%", "20.00%", "0.00%", "80.00", "B 级", "次数不平"),
    ]
    assert "匹配到的 1 人的次数计入其履约等级，直到 2027-06-30" in page
    assert CountsUpload.objects.count() == 0
    # When it is confirmed
    done = client.post(answer.url, {"confirm": "1"}, follow=True).content.decode()
    # Then
    upload = CountsUpload.objects.get()
    assert "已导入 2 人，匹配到的就诊人将在下次评分时计入。" in done
    assert (upload.file_name, upload.rows, upload.counts_towards_standing) == ("a.xlsx", 2, True)
    assert LogEntry.objects.get().change_message == "上传并确认"
    # And a second tap changes nothing
    again = client.post(answer.url, {"confirm": "1"}, follow=True).content.decode()
    assert "该次导入已确认、已取消、已过期或已被新上传的文件替换。" in again
    assert CountsUpload.objects.count() == 1


def test_wrong_rows_are_listed_and_nothing_is_kept(client: Client, hospital: Hospital) -> None:
    page = send(client, hospital, (CSV_HEADER + "P1,3,三,0,0,1\nP2,1,2,0,0,0\n").encode(), "<b>.csv").content.decode()
    assert "<li>第 2 行，履约数：“三”不是整数。</li>" in page
    assert "<li>第 3 行，履约数：2 大于总预约次数 1。</li>" in page
    assert "“&lt;b&gt;.csv”没有导入" in page
    assert PendingUpload.objects.count() == 0


def test_an_empty_file_and_a_day_to_come_are_told(client: Client, hospital: Hospital) -> None:
    assert "文件是空的。" in send(client, hospital, b"").content.decode()
    assert "统计截止日期 2999-01-01 晚于今天" in send(client, hospital, counted_until="2999-01-01").content.decode()
    assert PendingUpload.objects.count() == 0


def test_a_large_request_is_refused_without_reading_it(client: Client, hospital: Hospital) -> None:
    class Unread(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            raise AssertionError("the body was read")

    request = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(200 << 20), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = client.generic("POST", reverse(UPLOAD), **request)
    assert answer.status_code == 413
    assert "文件超过 20 MB，没有读取。" in answer.content.decode()


def test_the_page_wants_its_token(hospital: Hospital) -> None:
    guarded = Client(enforce_csrf_checks=True)
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=StaffRole.ADMINISTRATOR)
    guarded.force_login(user)
    assert send(guarded, hospital).status_code == 403
    assert PendingUpload.objects.count() == 0


def test_cancelling_keeps_nothing(client: Client, hospital: Hospital) -> None:
    answer = send(client, hospital)
    assert "已取消，没有导入任何数据。" in client.post(answer.url, {"discard": "1"}, follow=True).content.decode()
    assert (PendingUpload.objects.count(), CountsUpload.objects.count()) == (0, 0)


def test_the_same_file_again_is_said(client: Client, hospital: Hospital) -> None:
    confirmed(client, hospital)
    assert "同一文件已由" in client.get(send(client, hospital).url).content.decode()


def test_results_as_csv_and_workbook_run_nothing(client: Client, hospital: Hospital) -> None:
    upload = confirmed(client, hospital)
    # CSV: what looks like a formula is led by an apostrophe
    answer = client.get(reverse("admin:scoring_countsupload_csv", args=[upload.pk]))
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["用户编号", "P1", "'=1+1"]
    assert rows[1][2:] == ["3", "2", "0", "0", "1", "66.67%", "0.00%", "0.00%", "33.33%", "80.00", "B 级", ""]
    assert rows[2][-1] == "次数不平"
    # The workbook: it is a text, and the file can be read by us and by others
    answer = client.get(reverse("admin:scoring_countsupload_excel", args=[upload.pk]))
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert (sheet["B3"].value, sheet["B3"].data_type) == ("=1+1", "s")
    assert [cell.value for cell in sheet[2]] == [
        2,
        "P1",
        3,
        2,
        0,
        0,
        1,
        "66.67%",
        "0.00%",
        "0.00%",
        "33.33%",
        "80.00",
        "B 级",
        None,
    ]
    assert read_counts(answer.content).patients == ["P1", "=1+1"]


def test_an_upload_is_withdrawn_with_a_question_first(client: Client, hospital: Hospital) -> None:
    HospitalPatient.objects.create(hospital=hospital, patient=make_patient(), record_number="P1")
    upload = confirmed(client, hospital, counts_towards_standing="on")
    address = reverse("admin:scoring_countsupload_withdraw", args=[upload.pk])
    assert "有 1 人的次数目前计入其履约等级" in client.get(address).content.decode()
    assert UploadedCounts.objects.filter(hospital=hospital).count() == 1
    assert "1 人的次数不再计入履约等级" in client.post(address, follow=True).content.decode()
    assert UploadedCounts.objects.filter(hospital=hospital).count() == 0
    assert "没有计入履约等级，或已退出" in client.post(address, follow=True).content.decode()
    assert LogEntry.objects.filter(change_message="退出计入 1 人").count() == 1


@pytest.mark.parametrize(
    ("role", "looks", "uploads"),
    [(StaffRole.ADMINISTRATOR, True, True), (StaffRole.CLINIC_OFFICE, True, False), (StaffRole.DESK, False, False)],
)
def test_roles(hospital: Hospital, client: Client, role: str, looks: bool, uploads: bool) -> None:
    upload = confirmed(client, hospital, counts_towards_standing="on")
    person = signed_in(hospital, role)
    shown = 200 if looks else 404
    page = person.get(reverse("admin:scoring_countsupload_changelist"))
    assert (page.status_code, "上传文件" in page.content.decode()) == (200 if looks else 403, uploads)
    for name in ("csv", "excel"):
        assert person.get(reverse(f"admin:scoring_countsupload_{name}", args=[upload.pk])).status_code == shown
    asked = send(person, hospital)
    assert asked.status_code == (302 if uploads else 404)
    answer = person.post(reverse("admin:scoring_countsupload_withdraw", args=[upload.pk]))
    assert answer.status_code == (302 if uploads else 404)
    upload.refresh_from_db()
    assert (upload.withdrawn_at is not None) == uploads


def test_another_hospitals_uploads_are_not_there(hospital: Hospital, client: Client) -> None:
    # Given
    upload, pending = confirmed(client, hospital), send(client, hospital)
    stranger = signed_in(make_hospital())
    # When, then
    for name in ("csv", "excel", "withdraw", "change"):
        assert stranger.get(reverse(f"admin:scoring_countsupload_{name}", args=[upload.pk])).status_code == 404
    row = upload.counts.first()
    assert stranger.get(reverse("admin:scoring_uploadedcounts_change", args=[row.pk])).status_code == 404  # type: ignore[union-attr]
    assert stranger.get(reverse("admin:scoring_uploadedcounts_changelist")).context["cl"].result_count == 0
    assert stranger.get(reverse("admin:scoring_countsupload_changelist")).context["cl"].result_count == 0
    assert "已被新上传的文件替换" in stranger.post(pending.url, {"confirm": "1"}, follow=True).content.decode()
    assert "选择一个有效的选项" in send(stranger, hospital).content.decode()
    assert (CountsUpload.objects.count(), PendingUpload.objects.count()) == (1, 1)


def test_who_lost_the_role_cannot_confirm(hospital: Hospital, client: Client) -> None:
    pending = send(client, hospital)
    StaffMembership.objects.filter(hospital=hospital).update(role=StaffRole.CLINIC_OFFICE)
    assert client.post(pending.url, {"confirm": "1"}).status_code == 404
    assert CountsUpload.objects.count() == 0


def test_nothing_is_added_changed_or_deleted_by_forms(hospital: Hospital, client: Client) -> None:
    upload = confirmed(client, hospital)
    superuser = signed_in(None, is_superuser=True)
    for model, pk in (("countsupload", upload.pk), ("uploadedcounts", upload.counts.first().pk)):  # type: ignore[union-attr]
        for person in (client, superuser):
            assert person.post(reverse(f"admin:scoring_{model}_add"), {}).status_code == 403
            assert person.post(reverse(f"admin:scoring_{model}_change", args=[pk]), {"rows": 9}).status_code == 403
            assert person.post(reverse(f"admin:scoring_{model}_delete", args=[pk]), {"post": "yes"}).status_code == 403


def test_patients_are_found_and_lists_take_as_many_queries_for_more(hospital: Hospital, client: Client) -> None:
    few = confirmed(client, hospital)
    address = f"{reverse('admin:scoring_uploadedcounts_changelist')}?upload__id__exact="
    with CaptureQueriesContext(connection) as for_two:
        assert client.get(f"{address}{few.pk}").context["cl"].result_count == 2
    many = send(client, hospital, (CSV_HEADER + "".join(f"P{n},1,1,0,0,0\n" for n in range(30))).encode())
    client.post(many.url, {"confirm": "1"})
    newest = CountsUpload.objects.first()
    with CaptureQueriesContext(connection) as for_thirty:
        assert client.get(f"{address}{newest.pk}").context["cl"].result_count == 30  # type: ignore[union-attr]
    assert len(for_two) == len(for_thirty)
    found = client.get(f"{reverse('admin:scoring_uploadedcounts_changelist')}?q=P1").context["cl"].result_list
    assert {row.record_number for row in found} == {"P1"}
    assert len(found) == 2
    assert client.get(reverse("admin:scoring_countsupload_change", args=[few.pk])).status_code == 200
    assert dt.date(2026, 6, 30) == few.counted_until
