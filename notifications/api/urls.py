from django.urls import path

from notifications.api.views import MessageListView

urlpatterns = [path("messages", MessageListView.as_view(), name="messages")]
