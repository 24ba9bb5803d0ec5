"""The pages on the way to a booking in one request each, as the patient sees them for whom it will be."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in_user
from accounts.models import User
from accounts.selectors import patient_links
from booking.api.page_serializers import (
    DepartmentPageSerializer,
    DoctorPageSerializer,
    MovePageSerializer,
    SessionPageSerializer,
    SlotPageSerializer,
    WaitlistPageSerializer,
)
from booking.models import Tier
from booking.selectors import appointments_of
from booking.slot_selectors import slot_to_book
from booking.viewers import Viewer, viewer_at
from booking.waitlist_selectors import session_waitlist
from hospitals.api.fields import IdField
from hospitals.api.queries import PeriodQuery
from hospitals.api.views import today_at
from hospitals.models import Hospital, SessionStatus
from hospitals.selectors.departments import active_doctors, doctors_of, open_department
from hospitals.selectors.schedule import (
    OfferedSession,
    days_of,
    sessions_between,
    slots_of_session,
    visible_sessions,
    with_openings,
)

# How far ahead a visit may be moved to: what patients are shown of a doctor as well.
MOVE_DAYS = 28


class ViewerQuery(serializers.Serializer[Any]):
    patient = IdField(
        required=False,
        label="就诊人",
        help_text="Of the account; the one added first if left out. Says for whom the states are, which needs signing in.",
    )


class SeenByViewer(APIView):
    """Open to everyone; whoever comes with a token sees what is open to their patient."""

    permission_classes: tuple[type[BasePermission], ...] = (AllowAny,)

    def query(self, serializer_class: type[serializers.Serializer[Any]], **context: Any) -> dict[str, Any]:
        """The checked query parameters. Raises ValidationError."""
        given = serializer_class(data=self.request.query_params, context=context)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def viewer(self, hospital: Hospital) -> Viewer | None:
        """Raises PatientNotInAccount, NotAuthenticated."""
        patient_id, user = self.query(ViewerQuery).get("patient"), self.request.user
        if not isinstance(user, User):
            if patient_id is not None:
                self.permission_denied(self.request)
            return None
        return viewer_at(user=user, patient_id=patient_id, hospital_id=hospital.pk)

    def period(self, hospital: Hospital, now: datetime) -> dict[str, Any]:
        return self.query(PeriodQuery, today=today_at(hospital, now))

    def offered(self, period: dict[str, Any], viewer: Viewer | None, now: datetime, **whose: int) -> list[OfferedSession]:
        sessions = sessions_between(first=period["first"], last=period["last"], now=now, **whose)
        return with_openings(sessions, now=now, tier=tier_of(viewer))


def tier_of(viewer: Viewer | None) -> str:
    return viewer.tier if viewer else Tier.UNRATED


def shown_to(viewer: Viewer | None, offered: Sequence[OfferedSession], now: datetime) -> Viewer | None:
    return viewer.shown(offered, now=now) if viewer else None


class DoctorPageView(SeenByViewer):
    @extend_schema(summary="医生页", parameters=[PeriodQuery, ViewerQuery], responses=DoctorPageSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """A doctor, the hospital, and the sessions of a week from today, or of `from` … `to`."""
        now = timezone.now()
        doctor = get_object_or_404(active_doctors(now=now), pk=pk)
        period, viewer = self.period(doctor.hospital, now), self.viewer(doctor.hospital)
        sessions = self.offered(period, viewer, now, doctor_id=doctor.pk)
        page = {"doctor": doctor, "hospital": doctor.hospital, "sessions": sessions, "viewer": shown_to(viewer, sessions, now)}
        return Response(DoctorPageSerializer(page).data)


class DepartmentPageView(SeenByViewer):
    @extend_schema(summary="科室页", parameters=[PeriodQuery, ViewerQuery], responses=DepartmentPageSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """A department, its hospital, its days with the best state of each, its doctors, and the sessions of the same days."""
        now = timezone.now()
        department = open_department(pk)
        if department is None:
            raise Http404
        period, viewer = self.period(department.hospital, now), self.viewer(department.hospital)
        sessions = self.offered(period, viewer, now, department_id=department.pk)
        page = {
            "department": department,
            "hospital": department.hospital,
            "days": days_of(sessions, first=period["first"], days=(period["last"] - period["first"]).days + 1),
            "doctors": doctors_of(department.hospital, now=now, department_id=department.pk),
            "sessions": sessions,
            "viewer": shown_to(viewer, sessions, now),
        }
        return Response(DepartmentPageSerializer(page).data)


class SessionPageView(SeenByViewer):
    @extend_schema(summary="班次页", parameters=[ViewerQuery], responses=SessionPageSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """A session and its windows with what is left of each."""
        now = timezone.now()
        session = get_object_or_404(visible_sessions(), pk=pk)
        viewer = self.viewer(session.hospital)
        (offered,) = with_openings([session], now=now, tier=tier_of(viewer))
        slots = slots_of_session(offered, now=now)
        page = {"session": offered, "slots": slots, "viewer": shown_to(viewer, [offered], now)}
        return Response(SessionPageSerializer(page).data)


class SlotPageView(SeenByViewer):
    permission_classes = (IsAuthenticated,)

    @extend_schema(summary="预约确认页（含就诊人）", parameters=[ViewerQuery], responses=SlotPageSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """As `slots/{id}`, judged for the patient or for the account's first one, with all of them to choose from."""
        user, patient_id = signed_in_user(request), self.query(ViewerQuery).get("patient")
        patients = list(patient_links(user_id=user.pk))
        if patient_id is None and patients:
            patient_id = patients[0].patient_id
        found = slot_to_book(slot_id=pk, user=user, patient_id=patient_id, now=timezone.now())
        return Response(SlotPageSerializer(found, context={"patients": patients}).data)


class MovePageView(APIView):
    @extend_schema(summary="改期页", responses=MovePageSerializer)
    def get(self, request: Request, code: str) -> Response:
        """An appointment, and its department's sessions of four weeks from today, as its patient sees them.

        To a visit that the hospital suspended no tier is held against: of its `viewer` nothing is closed.
        """
        now, user = timezone.now(), signed_in_user(request)
        visit = get_object_or_404(appointments_of(user), code=code)
        viewer = viewer_at(user=user, patient_id=visit.patient_id, hospital_id=visit.hospital_id)
        first = today_at(visit.hospital, now)
        last = first + timedelta(days=MOVE_DAYS - 1)
        sessions = sessions_between(first=first, last=last, now=now, department_id=visit.department_id)
        offered = with_openings(sessions, now=now, tier=tier_of(viewer))
        # Within its session a visit moves freely, too.
        others = [each for each in offered if each.session.pk != visit.session_id]
        is_suspended = visit.session.status == SessionStatus.SUSPENDED
        page = {
            "appointment": visit,
            "days": days_of(offered, first=first, days=MOVE_DAYS),
            "sessions": offered,
            "viewer": viewer if is_suspended else shown_to(viewer, others, now),
        }
        return Response(MovePageSerializer(page).data)


class WaitlistPageView(APIView):
    @extend_schema(summary="加入候补页", responses=WaitlistPageSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """A session, its waitlist, and the account's patients."""
        now, user = timezone.now(), signed_in_user(request)
        session = get_object_or_404(visible_sessions(), pk=pk)
        (offered,) = with_openings([session], now=now)
        page = {
            "session": offered,
            "waitlist": session_waitlist(session, now=now),
            "patients": list(patient_links(user_id=user.pk)),
        }
        return Response(WaitlistPageSerializer(page).data)
