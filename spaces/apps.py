from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out


class SpacesConfig(AppConfig):
    name = "spaces"

    def ready(self) -> None:
        from . import receivers

        user_logged_out.connect(receivers.on_logged_out, dispatch_uid="spaces.on_logged_out")
