from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from config.home.selectors import home
from config.home.serializers import HomeSerializer
from hospitals.api.fields import PointField


class HomeQuery(serializers.Serializer[Any]):
    near = PointField(required=False, help_text="GCJ-02 longitude,latitude: nearest hospitals first.")


class HomeView(APIView):
    """Open to everyone; who comes with a token is told of their own visits too."""

    permission_classes = (AllowAny,)

    @extend_schema(summary="首页", parameters=[HomeQuery], responses=HomeSerializer)
    def get(self, request: Request) -> Response:
        query = HomeQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        user = request.user if isinstance(request.user, User) else None
        found = home(user=user, near=query.validated_data.get("near"), now=timezone.now())
        return Response(HomeSerializer(found).data)
