from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from booking.api.serializers import AppointmentSerializer
from booking.next_things import NextStep
from config.home.selectors import Visit
from hospitals.api.serializers import HospitalSerializer


class NextThingSerializer(serializers.Serializer[Any]):
    step = serializers.ChoiceField(choices=NextStep.choices)
    text = serializers.CharField(source="step.label", help_text="一句话，可直接显示；无事可做时为空", allow_blank=True)
    until = serializers.DateTimeField(allow_null=True, help_text="须在此前办理")


class VisitSerializer(serializers.Serializer[Any]):
    """As in the list of appointments, with what there is to do next."""

    appointment = AppointmentSerializer()
    next = serializers.SerializerMethodField()

    @extend_schema_field(NextThingSerializer)
    def get_next(self, visit: Visit) -> Any:
        return NextThingSerializer(visit.next).data


class MineSerializer(serializers.Serializer[Any]):
    visits = VisitSerializer(many=True, help_text="最近的几次就诊，先到的在前")
    urgent = VisitSerializer(many=True, help_text="须在截止前办理的（停诊选择、支付、确认号源），先截止的在前")
    coming = serializers.IntegerField(help_text="今天及以后的预约数")
    waiting = serializers.IntegerField(help_text="候补中的班次数")
    unread_messages = serializers.IntegerField()


class HomeSerializer(serializers.Serializer[Any]):
    hospitals = HospitalSerializer(many=True, help_text="第一页，与医院列表相同")
    has_more_hospitals = serializers.BooleanField()
    mine = MineSerializer(allow_null=True, help_text="登录后才有")
