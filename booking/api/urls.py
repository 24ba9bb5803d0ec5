from django.urls import include, path
from rest_framework.routers import SimpleRouter

from booking.api.standing import StandingView
from booking.api.views import AppointmentViewSet

router = SimpleRouter(trailing_slash=False)
router.register("appointments", AppointmentViewSet, basename="appointment")

urlpatterns = [path("standing", StandingView.as_view(), name="standing"), path("", include(router.urls))]
