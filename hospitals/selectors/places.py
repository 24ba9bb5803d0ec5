"""Where a clinical subject is treated: in departments of one hospital, and of others near."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db.models import Case, F, FloatField, IntegerField, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from hospitals.models import ClinicalSubject, Department, Hospital
from hospitals.selectors.departments import open_departments
from hospitals.selectors.hospitals import Point, haversine_metres

PLACES_A_SUBJECT: Final = 10
# From this birthday on a patient is no child: the ministry's upper age of paediatrics.
GROWN_UP_YEARS: Final = 14

Ages = Literal["child", "adult"]


@dataclass(frozen=True, slots=True)
class SubjectPlaces:
    """A subject and the departments for it, best first, each with its hospital and `distance_metres` (None: not known)."""

    subject: ClinicalSubject
    departments: list[Department]


def places_of(
    subjects: Iterable[ClinicalSubject],
    *,
    point: Point | None = None,
    hospital: Hospital | None = None,
    ages: Ages | None = None,
    sex: str = "",
) -> list[SubjectPlaces]:
    """Return the open departments for each subject, at most `PLACES_A_SUBJECT` of each. One query for all of them.

    Those of `hospital` come first; then those of the subject itself or a narrower one, before the general department above it (03
    for 03.04); then the nearest. Distances are from `point`, or else from `hospital`. Departments that take no child or no adult
    are left out for `ages`, those of the other sex for `sex`.
    """
    wanted = list(subjects)
    if not wanted:
        return []
    departments = _taking(ages, sex).select_related("hospital")
    origin = point or _point_of(hospital)
    first, *others = [_nearest(departments, subject, origin, hospital) for subject in wanted]
    found: dict[str, list[Department]] = {subject.code: [] for subject in wanted}
    for department in sorted(first.union(*others, all=True), key=lambda row: row.place):  # type: ignore[attr-defined]
        found[department.asked].append(department)  # type: ignore[attr-defined]
    return [SubjectPlaces(subject, found[subject.code]) for subject in wanted]


def _taking(ages: Ages | None, sex: str) -> QuerySet[Department]:
    departments = open_departments()
    if ages == "child":
        departments = departments.filter(Q(minimum_age=None) | Q(minimum_age__lt=GROWN_UP_YEARS))
    if ages == "adult":
        departments = departments.filter(Q(maximum_age=None) | Q(maximum_age__gte=GROWN_UP_YEARS))
    return departments.filter(sex_limit__in=["", sex]) if sex else departments


def _point_of(hospital: Hospital | None) -> Point | None:
    if hospital is None or hospital.longitude is None or hospital.latitude is None:
        return None
    return Point(longitude=float(hospital.longitude), latitude=float(hospital.latitude))


def _nearest(
    departments: QuerySet[Department], subject: ClinicalSubject, origin: Point | None, hospital: Hospital | None
) -> QuerySet[Department]:
    of_subject = Q(subject=subject) | Q(subject__parent=subject)
    if subject.parent_id:
        of_subject |= Q(subject=subject.parent_id)
    distance = haversine_metres(origin, hospital="hospital__") if origin else Value(None, output_field=FloatField())
    order: list[Any] = [
        F("is_elsewhere"),
        F("is_general"),
        F("distance_metres").asc(nulls_last=True),
        F("hospital__name"),
        F("pk"),
    ]
    return (
        departments.filter(of_subject)
        .annotate(
            asked=Value(subject.code),
            is_elsewhere=_flag(Q(hospital=hospital) if hospital else Q(pk=None), 0, 1),
            is_general=_flag(Q(subject=subject.parent_id) if subject.parent_id else Q(pk=None), 1, 0),
            distance_metres=distance,
            place=Window(RowNumber(), order_by=order),
        )
        .order_by("place")[:PLACES_A_SUBJECT]
    )


def _flag(condition: Q, then: int, otherwise: int) -> Case:
    return Case(When(condition, then=Value(then)), default=Value(otherwise), output_field=IntegerField())
