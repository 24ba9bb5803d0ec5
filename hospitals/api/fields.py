"""Fields that read a query parameter or write a time."""

import math
from datetime import date, datetime
from typing import Any, Final, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hospitals.selectors.hospitals import Point

# PostgreSQL's bigint, which every primary key is.
LARGEST_ID: Final = 2**63 - 1
# Nothing is scheduled outside; the bounds keep date arithmetic within the calendar.
EARLIEST_DATE: Final = date(2000, 1, 1)
LATEST_DATE: Final = date(2199, 12, 31)


@extend_schema_field({"type": "string", "example": "116.397,39.908"})
class PointField(serializers.CharField):
    """`longitude,latitude` in degrees, GCJ-02."""

    default_error_messages = {
        "not_a_point": "坐标应写作“经度,纬度”，例如 116.397,39.908。",
        "out_of_range": "经度应在 -180 到 180 之间，纬度应在 -90 到 90 之间。",
    }

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            longitude, latitude = (float(part) for part in text.split(","))
        except ValueError:
            self.fail("not_a_point")
        if not (math.isfinite(longitude) and math.isfinite(latitude)):
            self.fail("not_a_point")
        if abs(longitude) > 180 or abs(latitude) > 90:
            self.fail("out_of_range")
        return Point(longitude=longitude, latitude=latitude)


class IdField(serializers.IntegerField):
    """A primary key."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


class ScheduleDateField(serializers.DateField):
    """A date within the bounds of any schedule."""

    default_error_messages = {"out_of_calendar": "日期超出范围。"}

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if not EARLIEST_DATE <= day <= LATEST_DATE:
            self.fail("out_of_calendar")
        return day


class ZonedDateTimeField(serializers.DateTimeField):
    """Writes the time with the offset that it carries: services and views hand over the hospital's."""

    def to_representation(self, value: Any) -> str:
        return cast(datetime, value).isoformat(timespec="seconds")
