"""What is asked about one of the account's patients at one hospital: `?hospital=CODE&patient=ID`."""

from dataclasses import dataclass
from typing import cast

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.fields import LARGEST_ID
from accounts.models import User
from accounts.selectors import linked_patient
from hospitals.models import Hospital

PARAMETERS = [OpenApiParameter("hospital", str, required=True), OpenApiParameter("patient", int, required=True)]


class OfPatientSerializer(serializers.Serializer[dict[str, object]]):
    hospital = serializers.SlugRelatedField(slug_field="code", queryset=Hospital.objects.filter(is_active=True), label="医院")
    patient = serializers.IntegerField(label="就诊人", min_value=1, max_value=LARGEST_ID)


@dataclass(frozen=True, slots=True)
class OfPatient:
    hospital: Hospital
    patient_id: int
    user: User


def asked_about(request: Request) -> OfPatient:
    """Raises ValidationError, and PatientNotInAccount for another account's patient."""
    wanted = OfPatientSerializer(data=request.query_params)
    wanted.is_valid(raise_exception=True)
    user, patient_id = cast(User, request.user), wanted.validated_data["patient"]
    linked_patient(user_id=user.pk, patient_id=patient_id)
    return OfPatient(hospital=wanted.validated_data["hospital"], patient_id=patient_id, user=user)
