from django.urls import path

from scoring.api.standing import StandingHistoryView, StandingView

urlpatterns = [
    path("standing", StandingView.as_view(), name="standing"),
    path("standing/history", StandingHistoryView.as_view(), name="standing-history"),
]
