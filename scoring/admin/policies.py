"""The hospital's rules for scoring. A change is shown first, then confirmed; saving writes the next version, what was, stays."""

import csv
import io
import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.forms.models import model_to_dict
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.models import User
from booking.models import Tier
from hospitals.admin.scoped import (
    ADMINISTRATOR_ONLY,
    HospitalScopedAdmin,
    hospitals_with_role,
    is_platform_operator,
    staff_roles,
    works_for_one_hospital,
)
from hospitals.admin.sentences import refusal_sentence
from hospitals.locks import TooBusy, lock_hospital_in_time
from hospitals.reports.exports import guarded
from scoring.admin.policy_form import CONFIRM, ScoringPolicyForm, policy_in, token_for
from scoring.models import ScoringPolicy
from scoring.preview_sentences import hot_sentences, movement_sentence
from scoring.services.policies import TERMS, policy_in_force, revise_scoring_policy, scoring_policy
from scoring.services.preview import FIRST_MOVERS, Mover, PolicyPreview, all_movers, preview_policy

SHOWN_TIERS = (Tier.A, Tier.B, Tier.C, Tier.D, Tier.UNRATED)
KEPT_IN_MEMORY = 4 * 2**20


class RevisedMeanwhile(Exception):
    """Another version was written between the preview and its confirmation."""


@admin.register(ScoringPolicy)
class ScoringPolicyAdmin(HospitalScopedAdmin):
    form = ScoringPolicyForm
    change_form_template = "admin/scoring/policy_form.html"
    list_display = ["name", "version", "is_newest", "hospital", "bounds", "window_days", "valid_from", "created_by"]
    list_filter = ["hospital"]
    list_select_related = ["hospital", "created_by"]
    readonly_fields = ["version", "valid_from", "created_by"]
    fieldsets = [
        (
            None,
            {
                "fields": ["hospital", "version", "valid_from", "created_by"],
                "description": "没有规则的医院按默认值评分。修改先预览影响，确认后写入新版本，下一次夜间评分生效。",
            },
        ),
        ("评级", {"fields": ["window_days", ("tier_a_from", "tier_b_from", "tier_c_from"), "minimum_appointments"]}),
        (
            "热门判定",
            {
                "fields": [
                    ("hot_window_weeks", "hot_minimum_sessions"),
                    ("hot_fill_percent", "hot_sell_out_hours"),
                    "cool_fill_percent",
                ]
            },
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.movers_view)
        return [path("movers.csv", view, name="scoring_scoringpolicy_movers"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScoringPolicy]:
        newer = ScoringPolicy.objects.filter(hospital=OuterRef("hospital"), version__gt=OuterRef("version"))
        queryset: QuerySet[ScoringPolicy] = super().get_queryset(request)
        return queryset.annotate(is_superseded=Exists(newer))

    @admin.display(description="规则", ordering="version")
    def name(self, policy: ScoringPolicy) -> str:
        return f"第 {policy.version} 版"

    @admin.display(description="现行", boolean=True)
    def is_newest(self, policy: ScoringPolicy) -> bool:
        return not getattr(policy, "is_superseded", False)

    @admin.display(description="A / B / C 起点")
    def bounds(self, policy: ScoringPolicy) -> str:
        return " / ".join(f"{bound.normalize():f}" for bound in (policy.tier_a_from, policy.tier_b_from, policy.tier_c_from))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Runs point at the version they were made under: only the newest leads on to a next one.
        return super().has_change_permission(request, obj) and (obj is None or self.is_newest(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A policy that is not there yet has no version to show."""
        first, *others = super().get_fieldsets(request, obj)
        return [first, *others] if obj else [(first[0], {**first[1], "fields": ["hospital"]}), *others]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new policy starts from the hospital's own, where it is clear which hospital that is."""
        initial: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        if works_for_one_hospital(request):
            (hospital_id,) = staff_roles(request)
            initial = model_to_dict(policy_in_force(hospital_id=hospital_id), fields=TERMS) | initial
        return initial

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        try:
            if request.method == "POST" and object_id:
                self._refuse_superseded(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra_context)
        except RevisedMeanwhile:
            sentence = "评分规则刚刚被他人修改，您的修改没有保存。请在新版本上重新修改并预览。"
        except ValidationError as error:
            # The two changes together make no sense. Nothing was written.
            sentence = "；".join(error.messages)
        except TooBusy as busy:
            sentence = refusal_sentence(busy)
        self.message_user(request, sentence, messages.ERROR)
        return HttpResponseRedirect(self._newest_address(object_id))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """Where the form lacks the confirmation alone, the page shows what it would do, above the values as they were typed."""
        form = context["adminform"].form
        if isinstance(form, ScoringPolicyForm) and form.proposed is not None and not form.errors:
            told = preview_policy(hospital=form.proposed.hospital, policy=form.proposed, now=timezone.now())
            context |= _shown(told, form)
        # Saving leads to a new row: there is nothing to go on editing at this address.
        return super().render_change_form(request, context | {"show_save_and_continue": False}, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: ScoringPolicy, form: Any, change: bool) -> None:
        """Write the version that was previewed, or none."""
        if change and not form.changes:
            self.message_user(request, "没有改动，未生成新版本。", messages.WARNING)
            return
        lock_hospital_in_time(obj.hospital_id)
        if policy_in_force(hospital_id=obj.hospital_id).version + 1 != form.proposed.version:
            raise RevisedMeanwhile
        by = cast(User, request.user)
        policy = revise_scoring_policy(hospital=obj.hospital, changes=form.changes, by=by, now=timezone.now())
        # The admin goes on to log and to announce the object: let that be the version that was written.
        obj.pk, obj.version, obj.valid_from = policy.pk, policy.version, policy.valid_from

    def movers_view(self, request: HttpRequest) -> HttpResponseBase:
        """Everybody whom a previewed policy moves, as CSV; for administrators of its hospital."""
        policy = policy_in(request.GET.get("token", ""))
        if policy is None:
            sentence = "预览已过期，请重新预览。"
            return HttpResponse(sentence, status=400, content_type="text/plain; charset=utf-8")
        if not self.has_change_permission(request) or not _administers(request, policy.hospital_id):
            raise PermissionDenied
        as_of = timezone.now().astimezone(policy.hospital.zone).date()
        name = f"tier-changes-{policy.hospital.code}-{as_of:%Y%m%d}.csv"
        file = _written_down(all_movers(hospital=policy.hospital, policy=policy, as_of=as_of))
        return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")

    def _refuse_superseded(self, request: HttpRequest, object_id: str) -> None:
        """Somebody who has the form of what was the newest version still open is told, and led to the one that is."""
        policy = self.get_object(request, unquote(object_id))
        if super().has_change_permission(request, policy) and not self.is_newest(policy):
            raise RevisedMeanwhile

    def _newest_address(self, object_id: str | None) -> str:
        own = ScoringPolicy.objects.filter(pk=unquote(object_id)).first() if object_id else None
        newest = scoring_policy(hospital_id=own.hospital_id) if own else None
        if newest is None:
            return reverse("admin:scoring_scoringpolicy_changelist")
        return reverse("admin:scoring_scoringpolicy_change", args=[newest.pk])


def _administers(request: HttpRequest, hospital_id: int) -> bool:
    return is_platform_operator(request) or hospital_id in hospitals_with_role(request, ADMINISTRATOR_ONLY)


def _shown(preview: PolicyPreview, form: ScoringPolicyForm) -> dict[str, Any]:
    assert form.proposed is not None
    token = token_for(form.proposed)
    tiers = [tier for tier in SHOWN_TIERS if preview.patients(tier, after=False) or preview.patients(tier, after=True)]
    return {
        "preview": preview,
        "proposed": form.proposed,
        "is_confirmation_outdated": form.is_confirmation_outdated,
        "confirm": CONFIRM,
        "token": token,
        "movement": movement_sentence(preview),
        "hot_sentences": hot_sentences(preview.hot),
        "tiers": [tier.label for tier in tiers],
        "matrix": [
            {
                "tier": old.label,
                "cells": [{"count": preview.matrix.get((old, new), 0), "stays": old == new} for new in tiers],
                "before": preview.patients(old, after=False),
            }
            for old in tiers
        ],
        "after": [preview.patients(tier, after=True) for tier in tiers],
        "patients": sum(preview.matrix.values()),
        "most_movers": FIRST_MOVERS,
        "movers_address": f"{reverse('admin:scoring_scoringpolicy_movers')}?{urlencode({'token': token})}",
    }


def _written_down(movers: Iterable[Mover]) -> BinaryIO:
    """The whole list as a file before any of it is sent: a slow reader must not keep a transaction open."""
    file = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    rows = csv.writer(text)
    rows.writerow(["就诊人编号", "就诊人", "现等级", "新等级", "现评分", "新评分"])
    for mover in movers:
        tiers = (mover.old_tier.label, mover.new_tier.label)
        rows.writerow([mover.patient_id, guarded(mover.name), *tiers, mover.old_score, mover.new_score])
    text.flush()
    text.detach()
    file.seek(0)
    return cast(BinaryIO, file)
