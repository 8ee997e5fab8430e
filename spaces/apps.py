from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_delete


class SpacesConfig(AppConfig):
    name = "spaces"

    def ready(self) -> None:
        from allauth.usersessions.models import UserSession

        from accounts import notifications

        from . import notification_kinds, receivers

        notifications.register(*notification_kinds.ALL)

        user_logged_out.connect(receivers.on_logged_out, dispatch_uid="spaces.on_logged_out")
        post_delete.connect(
            receivers.on_session_ended, sender=UserSession, dispatch_uid="spaces.on_session_ended"
        )
