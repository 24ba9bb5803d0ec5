from django.urls import include, path
from rest_framework.routers import SimpleRouter

from booking.api.acceptance import AcceptOfferView
from booking.api.appeals import AppealViewSet, ProofPictureView
from booking.api.entitlements import EntitlementsView
from booking.api.pages import (
    DepartmentPageView,
    DoctorPageView,
    MovePageView,
    SessionPageView,
    SlotPageView,
    WaitlistPageView,
)
from booking.api.queue import CheckInCodeView, QueueStatusView
from booking.api.reviews import ReviewViewSet
from booking.api.slots import SlotView
from booking.api.suspension import SuspensionChoiceView
from booking.api.views import AppointmentViewSet
from booking.api.waitlist import SessionWaitlistView, WaitlistViewSet

router = SimpleRouter(trailing_slash=False)
router.register("appointments", AppointmentViewSet, basename="appointment")
router.register("appeals", AppealViewSet, basename="appeal")
router.register("standing/review", ReviewViewSet, basename="standing-review")
router.register("waitlist", WaitlistViewSet, basename="waitlist")

urlpatterns = [
    path("entitlements", EntitlementsView.as_view(), name="entitlements"),
    path("appointments/<slug:code>/accept", AcceptOfferView.as_view(), name="accept-offer"),
    path("appointments/<slug:code>/check-in-code", CheckInCodeView.as_view(), name="check-in-code"),
    path("appointments/<slug:code>/move/page", MovePageView.as_view(), name="move-page"),
    path("appointments/<slug:code>/queue", QueueStatusView.as_view(), name="queue"),
    path("appointments/<slug:code>/suspension-choice", SuspensionChoiceView.as_view(), name="suspension-choice"),
    path("departments/<int:pk>/page", DepartmentPageView.as_view(), name="department-page"),
    path("doctors/<int:pk>/page", DoctorPageView.as_view(), name="doctor-page"),
    path("sessions/<int:pk>/page", SessionPageView.as_view(), name="session-page"),
    path("slots/<int:pk>/page", SlotPageView.as_view(), name="slot-page"),
    path("slots/<int:pk>", SlotView.as_view(), name="slot"),
    path("waitlist/sessions/<int:pk>/page", WaitlistPageView.as_view(), name="waitlist-page"),
    path("waitlist/sessions/<int:pk>", SessionWaitlistView.as_view(), name="session-waitlist"),
    path("appeals/<int:pk>/proofs/<int:proof_id>", ProofPictureView.as_view(), name="appeal-proof"),
    path("", include(router.urls)),
]
