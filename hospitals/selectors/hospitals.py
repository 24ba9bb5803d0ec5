"""Finding a hospital: by distance and by name."""

import math
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, Exists, F, FloatField, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

from hospitals.models import Department, Doctor, Hospital

# IUGG mean radius; the sphere errs by 0.5 % at most, far below what "near me" needs.
EARTH_RADIUS_METRES: Final = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees in GCJ-02, as the mini-program's location gives them and as hospitals are stored: nothing is converted."""

    longitude: float
    latitude: float


def hospitals_near(*, point: Point | None = None, text: str = "") -> QuerySet[Hospital]:
    """Return the open hospitals that `text` finds, annotated with `distance_metres` (None where it is not known).

    Nearest first, those without coordinates last; without a point by name. Every word of `text` must occur in the hospital's name
    or in the name of one of its open departments or doctors.
    """
    hospitals = Hospital.objects.filter(is_active=True)
    for word in text.split():
        hospitals = hospitals.filter(_named(word))
    distance = haversine_metres(point) if point else Value(None, output_field=FloatField())
    order = [F("distance_metres").asc(nulls_last=True)] if point else []
    return hospitals.annotate(distance_metres=distance).order_by(*order, "name", "id")


def haversine_metres(point: Point, *, hospital: str = "") -> Combinable:
    """The great-circle distance from `point` to a hospital's coordinates in metres, as SQL; NULL without coordinates.

    `hospital` is the way from the rows to their hospital, e.g. `hospital__`.
    """
    latitude = math.radians(point.latitude)
    longitude_field, latitude_field = f"{hospital}longitude", f"{hospital}latitude"
    north = Sin((Radians(latitude_field) - Value(latitude)) / 2)
    east = Sin((Radians(longitude_field) - Value(math.radians(point.longitude))) / 2)
    square = Power(north, 2) + Value(math.cos(latitude)) * Cos(Radians(latitude_field)) * Power(east, 2)
    # Rounding can carry the square a hair past 1 at the antipodes, where the arcsine ends.
    metres = Value(2 * EARTH_RADIUS_METRES) * ASin(Sqrt(Least(square, Value(1.0))), output_field=FloatField())
    # PostgreSQL's LEAST passes over NULL: without the question a hospital with no coordinates would lie at the antipodes.
    is_known = {f"{longitude_field}__isnull": False, f"{latitude_field}__isnull": False}
    return Case(When(**is_known, then=metres), output_field=FloatField())


def _named(word: str) -> Q:
    departments = Department.objects.filter(hospital=OuterRef("pk"), is_active=True, name__icontains=word)
    doctors = Doctor.objects.filter(hospital=OuterRef("pk"), is_active=True, department__is_active=True, name__icontains=word)
    return Q(name__icontains=word) | Exists(departments) | Exists(doctors)
