from django.urls import path

from notifications.api.views import MessageListView, ReadView, SettingsView

urlpatterns = [
    path("messages", MessageListView.as_view(), name="messages"),
    path("messages/read", ReadView.as_view(), name="messages-read"),
    path("settings", SettingsView.as_view(), name="settings"),
]
