from django.urls import path

from booking.screen.views import now_view, screen_view

urlpatterns = [
    path("<slug:hospital>/<int:department>", screen_view, name="queue-screen"),
    path("<slug:hospital>/<int:department>/now", now_view, name="queue-screen-now"),
]
