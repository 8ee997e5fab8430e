from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter

from . import views


class HandleConverter(StringConverter):
    """Whatever somebody types; only a slash is not theirs, and NUL not the database's."""

    regex = r"[^/\x00]+"


register_converter(HandleConverter, "handle")

app_name = "accounts"
urlpatterns = [
    path("@<handle:handle>", views.profile, name="profile"),
    path("@<handle:handle>/spaces/", views.profile_spaces, name="profile-spaces"),
    path("@<handle:handle>/followers/", views.followers, name="followers"),
    path("@<handle:handle>/following/", views.following, name="following"),
    path("@<handle:handle>/follow/", views.follow, name="follow"),
    path("@<handle:handle>/unfollow/", views.unfollow, name="unfollow"),
    path("@<handle:handle>/block/", views.block, name="block"),
    path("@<handle:handle>/unblock/", views.unblock, name="unblock"),
    path("@<handle:handle>/mute/", views.mute, name="mute"),
    path("@<handle:handle>/unmute/", views.unmute, name="unmute"),
    path("settings/", views.settings_profile, name="settings-profile"),
    path("settings/picture/", views.settings_picture, name="settings-picture"),
    path("settings/picture/remove/", views.picture_remove, name="picture-remove"),
    path("settings/reading/", views.settings_reading, name="settings-reading"),
    path("settings/notifications/", views.settings_notifications, name="settings-notifications"),
    path("settings/people/", views.settings_people, name="settings-people"),
    re_path(r"^pictures/([0-9a-f]{32})-(96|384)\.webp$", views.picture, name="picture"),
    path("push/", views.push_state, name="push-state"),
    path("push/subscribe/", views.push_subscribe, name="push-subscribe"),
    path("push/unsubscribe/", views.push_unsubscribe, name="push-unsubscribe"),
    path("mail/stop/<str:token>/", views.mail_stop, name="mail-stop"),
    path("mailbox/", views.mailbox_list, name="mailbox"),
    path("mailbox/<str:name>/", views.mailbox_message, name="message"),
]
