"""A patient's entitlements (权益) at a hospital: what can be used, what was, what has expired."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.of_patient import PARAMETERS, asked_about
from booking.entitlement_selectors import entitlements_of
from booking.entitlement_wording import entitlement_sentence, name_of
from booking.models import Entitlement, EntitlementKind
from booking.rules.entitlements import EntitlementState, state_of
from booking.services.entitlements.using import REDEEMABLE
from booking.services.standing import standing_of


class EntitlementSerializer(serializers.ModelSerializer[Entitlement]):
    """`context`: the `hospital`, the patient's `tier` there, and `now`."""

    kind = serializers.ChoiceField(choices=EntitlementKind.choices, read_only=True)
    name = serializers.SerializerMethodField(help_text="名称与内容，如“洁牙 9 折券”。")
    tier_label = serializers.CharField(source="get_tier_display", read_only=True)
    state = serializers.SerializerMethodField()
    state_label = serializers.SerializerMethodField()
    code = serializers.SerializerMethodField(help_text="可使用的优惠券和检查，到院向工作人员出示；其他为空。")
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = Entitlement
        fields = [
            "id",
            "kind",
            "name",
            "tier",
            "tier_label",
            "state",
            "state_label",
            "code",
            "starts_at",
            "ends_at",
            "used_at",
            "sentence",
        ]
        read_only_fields = fields

    def _state(self, entitlement: Entitlement) -> EntitlementState:
        return state_of(entitlement, tier=self.context["tier"], now=self.context["now"])

    def get_name(self, entitlement: Entitlement) -> str:
        return name_of(entitlement.kind, entitlement.terms)

    def get_state(self, entitlement: Entitlement) -> str:
        return str(self._state(entitlement))

    def get_state_label(self, entitlement: Entitlement) -> str:
        return str(self._state(entitlement).label)

    def get_code(self, entitlement: Entitlement) -> str | None:
        is_shown = entitlement.kind in REDEEMABLE and self._state(entitlement) == EntitlementState.AVAILABLE
        return entitlement.code if is_shown else None

    def get_sentence(self, entitlement: Entitlement) -> str:
        tier, now, zone = self.context["tier"], self.context["now"], self.context["hospital"].zone
        return entitlement_sentence(entitlement, state=self._state(entitlement), tier=tier, zone=zone, now=now)


@extend_schema_view(get=extend_schema(summary="我的权益", parameters=PARAMETERS))
class EntitlementsView(generics.ListAPIView[Entitlement]):
    """The newest first."""

    queryset = Entitlement.objects.none()
    serializer_class = EntitlementSerializer

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        of, now = asked_about(request), timezone.now()
        tier = standing_of(hospital_id=of.hospital.pk, patient_id=of.patient_id).tier
        page = self.paginate_queryset(entitlements_of(hospital=of.hospital, patient_id=of.patient_id))
        context = {"hospital": of.hospital, "tier": tier, "now": now}
        return self.get_paginated_response(EntitlementSerializer(page or [], many=True, context=context).data)
