"""Counts from elsewhere (次数导入): a file is read, shown as it would be stored, and stored when somebody confirms it."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from accounts.errors import Refusal
from accounts.models import User
from booking.admin.read_only import RecordAdmin
from booking.models import Tier
from hospitals.admin.scoped import ADMINISTRATOR_ONLY, SCHEDULING_ROLES, hospitals_with_role, is_platform_operator
from hospitals.admin.sentences import refusal_sentence
from hospitals.models import Hospital
from hospitals.reports.charts import Chart, bar_chart
from scoring.counts_files import TITLES, BadCountsFile
from scoring.counts_files.chinese import chinese
from scoring.models import CountsUpload, UploadedCounts
from scoring.services.pending_uploads import (
    LIMITS,
    MEGABYTE,
    MOST_BYTES,
    MOST_PROBLEMS,
    UploadTooLarge,
    discard_upload,
    hold_upload,
    pending_upload,
)
from scoring.services.uploads import TIERS, confirm_upload, counting_patients, preview_upload, withdraw_upload
from scoring.upload_results import HEADINGS, csv_pieces, preview_rows, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Beside the file itself a request has some hundred bytes of fields.
MOST_REQUEST_BYTES = MOST_BYTES + MEGABYTE
ROWS_SHOWN = 50


class UploadForm(forms.Form):
    hospital = forms.ModelChoiceField(Hospital.objects.none(), label="医院", empty_label=None)
    file = forms.FileField(
        label="文件",
        allow_empty_file=True,
        help_text=f"Excel（.xlsx）或 CSV，不超过 {MOST_BYTES // MEGABYTE} MB、{LIMITS.rows:,} 行。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    counted_until = CountsUpload._meta.get_field("counted_until").formfield(widget=forms.DateInput(attrs={"type": "date"}))
    counts_towards_standing = CountsUpload._meta.get_field("counts_towards_standing").formfield()

    def __init__(self, *args: Any, hospitals: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hospital"].queryset = hospitals  # type: ignore[attr-defined]
        if len(hospitals) == 1:
            self.fields["hospital"].widget = forms.HiddenInput()
            self.initial.setdefault("hospital", hospitals[0].pk)


@admin.register(CountsUpload)
class CountsUploadAdmin(RecordAdmin):
    """Uploads that were confirmed. New ones come through the page of the file, never through a form of fields."""

    view_roles = SCHEDULING_ROLES
    change_list_template = "admin/scoring/uploads.html"
    change_form_template = "admin/scoring/upload.html"
    list_display = ["file_name", "hospital", "uploaded_at", "counted_until", "rows", "flagged", "matched", "use", "uploaded_by"]
    list_filter = ["hospital", "counts_towards_standing"]
    list_select_related = ["hospital", "uploaded_by"]
    search_fields = ["file_name"]
    search_help_text = "按文件名查找"
    date_hierarchy = "uploaded_at"
    fieldsets = [
        (None, {"fields": ["hospital", "file_name", "uploaded_by", "uploaded_at", "counted_until"]}),
        ("人数", {"fields": ["rows", "flagged", "matched"]}),
        ("计入履约等级", {"fields": ["use", "counting_now"]}),
    ]

    @admin.display(description="计入等级")
    def use(self, upload: CountsUpload) -> str:
        if upload.withdrawn_at:
            day = upload.withdrawn_at.astimezone(upload.hospital.zone)
            return f"{day:%Y-%m-%d} 由 {upload.withdrawn_by} 退出"
        return "计入" if upload.counts_towards_standing else "不计入"

    @admin.display(description="目前计入人数")
    def counting_now(self, upload: CountsUpload) -> int:
        return counting_patients(upload)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("upload/", wrap(csrf_exempt(self.upload_view)), name="scoring_countsupload_upload"),
            path("pending/<int:pending_id>/", wrap(self.preview_view), name="scoring_countsupload_preview"),
            path("<int:upload_id>/withdraw/", wrap(self.withdraw_view), name="scoring_countsupload_withdraw"),
            path("<int:upload_id>/result.csv", wrap(self.csv_view), name="scoring_countsupload_csv"),
            path("<int:upload_id>/result.xlsx", wrap(self.excel_view), name="scoring_countsupload_excel"),
            *super().get_urls(),
        ]

    def may_upload(self, request: HttpRequest, upload: CountsUpload | None = None) -> bool:
        return self.has_role(request, ADMINISTRATOR_ONLY, upload)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        more = {"may_upload": self.may_upload(request)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        upload = self.get_object(request, object_id)
        may_withdraw = self.may_upload(request, upload) and upload.counts_towards_standing and not upload.withdrawn_at
        more = {"chart": tier_chart(upload.tiers), "may_withdraw": may_withdraw}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Too large a file is refused by what the request says of its length: nothing of it is read, not even the token."""
        if not self.may_upload(request):
            raise Http404
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_REQUEST_BYTES:
            refusal = UploadTooLarge(limit=MOST_BYTES // MEGABYTE)
            form = UploadForm(hospitals=self._hospitals(request))
            return self._upload_page(request, form, sentences=[refusal_sentence(refusal)], status=413)
        return csrf_protect(self._upload)(request)

    def _upload(self, request: HttpRequest) -> HttpResponse:
        hospitals = self._hospitals(request)
        form = UploadForm(request.POST or None, request.FILES or None, hospitals=hospitals)
        if request.method != "POST" or not form.is_valid():
            return self._upload_page(request, form)
        chosen = form.cleaned_data
        try:
            pending = hold_upload(
                hospital=chosen["hospital"],
                by=cast(User, request.user),
                file_name=chosen["file"].name,
                content=chosen["file"].read(MOST_BYTES + 1),
                counted_until=chosen["counted_until"],
                counts_towards_standing=chosen["counts_towards_standing"],
                now=timezone.now(),
            )
        except BadCountsFile as error:
            return self._upload_page(request, form, error=error, file_name=chosen["file"].name)
        except Refusal as refusal:
            return self._upload_page(request, form, sentences=[refusal_sentence(refusal)])
        return HttpResponseRedirect(reverse("admin:scoring_countsupload_preview", args=[pending.pk]))

    def preview_view(self, request: HttpRequest, pending_id: int) -> HttpResponse:
        """What the file comes to; a POST confirms or discards it."""
        user = cast(User, request.user)
        try:
            pending = pending_upload(pending_id=pending_id, by=user, now=timezone.now())
            # Whoever has lost the role since the upload may not confirm it.
            if not self.has_role(request, ADMINISTRATOR_ONLY, pending):
                raise Http404
            if request.method == "POST":
                return self._decide(request, pending_id, user)
            preview = preview_upload(pending)
        except BadCountsFile as error:
            return self._upload_page(request, UploadForm(hospitals=self._hospitals(request)), error=error)
        except Refusal as refusal:
            self.message_user(request, refusal_sentence(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:scoring_countsupload_upload"))
        tiers = [tier.value for tier in TIERS]
        context = {
            **self._context(request, "确认次数导入"),
            "pending": pending,
            "preview": preview,
            "people": len(preview.file.patients),
            "today": timezone.now().astimezone(pending.hospital.zone).date(),
            "headings": HEADINGS,
            "rows": preview_rows(preview.file, preview.positions, tiers, most=ROWS_SHOWN),
            "chart": tier_chart(preview.tiers),
        }
        return TemplateResponse(request, "admin/scoring/upload_preview.html", context)

    def _decide(self, request: HttpRequest, pending_id: int, user: User) -> HttpResponse:
        if "discard" in request.POST:
            discard_upload(pending_id=pending_id, by=user)
            self.message_user(request, "已取消，没有导入任何数据。", messages.INFO)
            return HttpResponseRedirect(reverse("admin:scoring_countsupload_changelist"))
        upload = confirm_upload(pending_id=pending_id, by=user, now=timezone.now())
        LogEntry.objects.log_actions(user.pk, [upload], ADDITION, change_message="上传并确认")
        told = "，匹配到的就诊人将在下次评分时计入" if upload.counts_towards_standing else ""
        self.message_user(request, f"已导入 {upload.rows} 人{told}。", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:scoring_countsupload_change", args=[upload.pk]))

    def withdraw_view(self, request: HttpRequest, upload_id: int) -> HttpResponse:
        upload = self.get_object(request, str(upload_id))
        if not self.may_upload(request, upload):
            raise Http404
        if request.method != "POST":
            context = {**self._context(request, "退出计入履约等级"), "upload": upload, "counting": counting_patients(upload)}
            return TemplateResponse(request, "admin/scoring/withdraw_upload.html", context)
        try:
            number = withdraw_upload(upload_id=upload_id, by=cast(User, request.user), now=timezone.now())
        except Refusal as refusal:
            self.message_user(request, refusal_sentence(refusal), messages.ERROR)
        else:
            LogEntry.objects.log_actions(cast(User, request.user).pk, [upload], CHANGE, change_message=f"退出计入 {number} 人")
            self.message_user(request, f"{number} 人的次数不再计入履约等级，下次评分时生效。", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:scoring_countsupload_change", args=[upload_id]))

    def csv_view(self, request: HttpRequest, upload_id: int) -> StreamingHttpResponse:
        upload = self._shown(request, upload_id)
        pieces: Iterator[bytes] = csv_pieces(upload)
        return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=_attached(upload, "csv"))

    def excel_view(self, request: HttpRequest, upload_id: int) -> HttpResponse:
        upload = self._shown(request, upload_id)
        return HttpResponse(workbook(upload), content_type=XLSX, headers=_attached(upload, "xlsx"))

    def _shown(self, request: HttpRequest, upload_id: int) -> CountsUpload:
        upload = self.get_object(request, str(upload_id))
        if not self.has_view_permission(request, upload):
            raise Http404
        return cast(CountsUpload, upload)

    def _hospitals(self, request: HttpRequest) -> Any:
        hospitals = Hospital.objects.order_by("name", "pk")
        if is_platform_operator(request):
            return hospitals
        return hospitals.filter(pk__in=hospitals_with_role(request, ADMINISTRATOR_ONLY))

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts}

    def _upload_page(
        self,
        request: HttpRequest,
        form: UploadForm,
        *,
        sentences: list[str] | None = None,
        error: BadCountsFile | None = None,
        file_name: str = "",
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **self._context(request, "上传次数文件"),
            "form": form,
            "titles": TITLES.values(),
            "sentences": [chinese(problem) for problem in error.problems] if error else sentences,
            "file_name": file_name,
            "has_more": error is not None and not error.is_complete and len(error.problems) >= MOST_PROBLEMS,
            "most_problems": MOST_PROBLEMS,
        }
        return TemplateResponse(request, "admin/scoring/upload_file.html", context, status=status)


@admin.register(UploadedCounts)
class UploadedCountsAdmin(RecordAdmin):
    """The patients of the uploads, found by their number. Names are elsewhere."""

    hospital_path = "upload__hospital"
    view_roles = SCHEDULING_ROLES
    list_display = ["record_number", "upload", "line", *(name for name in TITLES if name != "patient"), "score", "tier_label",
                    "sums", "is_matched"]  # fmt: skip
    list_filter = ["tier", "do_sum"]
    list_select_related = ["upload__hospital"]
    search_fields = ["=record_number"]
    search_help_text = "按用户编号查找（完整编号）"
    fields = ["upload", "line", "record_number", *(name for name in TITLES if name != "patient"), "score", "tier_label", "sums",
              "is_matched"]  # fmt: skip

    @admin.display(description="等级", ordering="tier")
    def tier_label(self, row: UploadedCounts) -> str:
        return Tier(row.tier).label

    @admin.display(description="次数相符", ordering="do_sum", boolean=True)
    def sums(self, row: UploadedCounts) -> bool:
        return row.do_sum

    @admin.display(description="匹配就诊人", boolean=True)
    def is_matched(self, row: UploadedCounts) -> bool:
        return row.patient_id is not None

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "upload__id__exact" or super().lookup_allowed(lookup, value, request)


def tier_chart(tiers: dict[str, int]) -> Chart:
    """How many patients each tier has."""
    return bar_chart(
        key="tiers",
        title="各级人数",
        labels=[tier.label for tier in Tier],
        series={"人数": [tiers.get(tier.value, 0) for tier in Tier]},
        unit="人",
    )


def _attached(upload: CountsUpload, extension: str) -> dict[str, str]:
    name = f"评分结果-{upload.hospital.code}-{upload.pk}.{extension}"
    return {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment"}
