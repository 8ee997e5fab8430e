"""What every template may know of who reads it."""

from django.http import HttpRequest

from .models import Notification


def notifications(request: HttpRequest) -> dict[str, object]:
    """`new_notifications`: how many, asked for by the frame alone, which calls it."""

    def count() -> int:
        user = request.user
        if not user.is_authenticated:
            return 0
        return Notification.objects.of(user).unread().capped_count()

    return {"new_notifications": count}
