"""A hospital's page in one request. Those of doctors, departments and sessions are booking's: who looks is judged there."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hospitals.api.serializers import HospitalPageSerializer
from hospitals.api.views import PublicView
from hospitals.selectors.departments import department_tree


class HospitalPageView(PublicView):
    serializer_class = HospitalPageSerializer
    pagination_class = None

    @extend_schema(summary="医院页", responses=HospitalPageSerializer)
    def get(self, request: Request, code: str) -> Response:
        """A hospital and its departments by subject."""
        hospital = self.hospital(code)
        return Response(HospitalPageSerializer({"hospital": hospital, "groups": department_tree(hospital)}).data)
