"""Patients of the account, its consents, and the account itself."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in_user
from accounts.api.serializers import ConsentIn, ConsentOut, MeOut, PatientIn, PatientOut, PatientPatchIn
from accounts.models import ConsentKind, Relationship
from accounts.selectors import consents_of, linked_patient, patient_links
from accounts.services.consents import give_consent, withdraw_consent
from accounts.services.deletion import delete_account
from accounts.services.patients import add_patient, edit_patient, remove_patient


class MeView(APIView):
    @extend_schema(operation_id="me", responses=MeOut, summary="我的账户", tags=["account"])
    def get(self, request: Request) -> Response:
        return Response(MeOut(signed_in_user(request)).data)

    @extend_schema(
        operation_id="me_delete",
        responses={204: None},
        summary="注销我的账户",
        description="有未结束的预约、支付、退款或待处理的申诉时不能注销。注销后不能恢复，再次登录为新账户。",
        tags=["account"],
    )
    def delete(self, request: Request) -> Response:
        delete_account(user=signed_in_user(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class PatientsView(APIView):
    @extend_schema(
        operation_id="patients_list", responses=PatientOut(many=True), summary="我的就诊人（不分页）", tags=["patients"]
    )
    def get(self, request: Request) -> Response:
        return Response(PatientOut(patient_links(user_id=signed_in_user(request).pk), many=True).data)

    @extend_schema(
        operation_id="patients_add", request=PatientIn, responses={201: PatientOut}, summary="添加就诊人", tags=["patients"]
    )
    def post(self, request: Request) -> Response:
        given = PatientIn(data=request.data)
        given.is_valid(raise_exception=True)
        link = add_patient(
            user=signed_in_user(request),
            details=given.details(),
            relationship=Relationship(given.validated_data["relationship"]),
            consents=[ConsentKind(kind) for kind in given.validated_data["consents"]],
            consent_version=given.validated_data["consent_version"],
            now=timezone.now(),
        )
        return Response(PatientOut(link).data, status=status.HTTP_201_CREATED)


class PatientView(APIView):
    @extend_schema(operation_id="patient", responses=PatientOut, summary="一位就诊人", tags=["patients"])
    def get(self, request: Request, patient_id: int) -> Response:
        return Response(PatientOut(linked_patient(user_id=signed_in_user(request).pk, patient_id=patient_id)).data)

    @extend_schema(
        operation_id="patient_edit", request=PatientPatchIn, responses=PatientOut, summary="修改关系或联系电话", tags=["patients"]
    )
    def patch(self, request: Request, patient_id: int) -> Response:
        given = PatientPatchIn(data=request.data)
        given.is_valid(raise_exception=True)
        relationship = given.validated_data.get("relationship")
        link = edit_patient(
            user=signed_in_user(request),
            patient_id=patient_id,
            relationship=Relationship(relationship) if relationship else None,
            phone=given.validated_data.get("phone"),
        )
        return Response(PatientOut(link).data)

    @extend_schema(
        operation_id="patient_edit_by_put",
        request=PatientPatchIn,
        responses=PatientOut,
        summary="修改关系或联系电话（同 PATCH）",
        description="`wx.request` has no PATCH: the mini-program sends this.",
        tags=["patients"],
    )
    def put(self, request: Request, patient_id: int) -> Response:
        return self.patch(request, patient_id)

    @extend_schema(operation_id="patient_remove", responses={204: None}, summary="移除就诊人", tags=["patients"])
    def delete(self, request: Request, patient_id: int) -> Response:
        remove_patient(user=signed_in_user(request), patient_id=patient_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConsentsView(GenericAPIView[Any]):
    serializer_class = ConsentOut

    @extend_schema(operation_id="consents_list", responses=ConsentOut(many=True), summary="我的同意记录", tags=["consents"])
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(consents_of(user_id=signed_in_user(request).pk))
        return self.get_paginated_response(ConsentOut(page, many=True).data)

    @extend_schema(
        operation_id="consent_give", request=ConsentIn, responses={201: ConsentOut}, summary="同意文本", tags=["consents"]
    )
    def post(self, request: Request) -> Response:
        given = ConsentIn(data=request.data)
        given.is_valid(raise_exception=True)
        consent = give_consent(
            user=signed_in_user(request),
            kind=ConsentKind(given.validated_data["kind"]),
            version=given.validated_data["version"],
            patient_id=given.validated_data.get("patient"),
            now=timezone.now(),
        )
        return Response(ConsentOut(consent).data, status=status.HTTP_201_CREATED)


class ConsentWithdrawView(APIView):
    @extend_schema(operation_id="consent_withdraw", request=None, responses=ConsentOut, summary="撤回同意", tags=["consents"])
    def post(self, request: Request, consent_id: int) -> Response:
        return Response(
            ConsentOut(withdraw_consent(user=signed_in_user(request), consent_id=consent_id, now=timezone.now())).data
        )
