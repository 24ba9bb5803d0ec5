from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "通知"

    def ready(self) -> None:
        # Models can be imported from here on only.
        from accounts.personal_data import Contributor, register
        from notifications.personal_data import erase_messages, message_parts

        register(Contributor("notifications", export=message_parts, erase=erase_messages))
