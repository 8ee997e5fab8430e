from django.urls import URLPattern, URLResolver, include, path

import accounts.urls  # noqa: F401  (it registers <handle:…>)

from .views import (
    analytics,
    calendars,
    comments,
    invitations,
    lists,
    notifications,
    people,
    pins,
    queue,
    reminders,
    rooms,
    search,
    settings,
    stage,
    topics,
)

app_name = "spaces"

space_patterns: list[URLPattern | URLResolver] = [
    path("", rooms.space_detail, name="space-detail"),
    path("go-live/", rooms.space_go_live, name="space-go-live"),
    path("edit/", rooms.space_edit, name="space-edit"),
    path("calendar.ics", calendars.space_calendar, name="space-calendar"),
    path("remind/", reminders.reminder_ask, name="reminder-ask"),
    path("remind-early/", reminders.reminder_ask_early, name="reminder-ask-early"),
    path("remind-not/", reminders.reminder_cancel, name="reminder-cancel"),
    path("cancel/", rooms.space_cancel, name="space-cancel"),
    path("restore/", rooms.space_restore, name="space-restore"),
    path("end/", rooms.space_end, name="space-end"),
    # How it went
    path("analytics/", analytics.space_analytics, name="space-analytics"),
    path("analytics/minutes.csv", analytics.space_minutes, name="space-minutes"),
    # How it is set
    path("settings/", settings.space_settings, name="space-settings"),
    path("comments/pause/", settings.comments_pause, name="comments-pause"),
    path("comments/resume/", settings.comments_resume, name="comments-resume"),
    # The way to the stage
    path("ask/", queue.ask, name="ask"),
    path("step-up/", stage.step_up, name="step-up"),
    path("step-down/", stage.step_down, name="step-down"),
    path("requests/<uuid:request_id>/accept/", queue.request_accept, name="request-accept"),
    path("requests/<uuid:request_id>/decline/", queue.request_decline, name="request-decline"),
    path("requests/<uuid:request_id>/withdraw/", queue.request_withdraw, name="request-withdraw"),
    path("requests/<uuid:request_id>/question/", queue.request_question, name="request-question"),
    path("requests/<uuid:request_id>/move/", queue.request_move, name="request-move"),
    # Comments
    path("comments/", comments.comments, name="comments"),
    path("comments/post/", comments.comment_post, name="comment-post"),
    path("comments/<uuid:comment_id>/edit/", comments.comment_edit, name="comment-edit"),
    path("comments/<uuid:comment_id>/delete/", comments.comment_delete, name="comment-delete"),
    path("comments/<uuid:comment_id>/restore/", comments.comment_restore, name="comment-restore"),
    # Pins
    path("pins/add/", pins.pin_add, name="pin-add"),
    path("pins/<uuid:pin_id>/remove/", pins.pin_remove, name="pin-remove"),
    path("pins/<uuid:pin_id>/restore/", pins.pin_restore, name="pin-restore"),
    # Handing it on
    path("share/", invitations.space_share, name="space-share"),
    path("qr.svg", invitations.space_qr, name="space-qr"),
    path("invitations/invite/", invitations.person_invite, name="person-invite"),
    path(
        "invitations/<uuid:invitation_id>/withdraw/",
        invitations.invitation_withdraw,
        name="invitation-withdraw",
    ),
    path(
        "invitations/<uuid:invitation_id>/decline/",
        invitations.invitation_decline,
        name="invitation-decline",
    ),
    # Being counted without a name
    path("listen-unnamed/", invitations.listen_unnamed, name="listen-unnamed"),
    path("listen-named/", invitations.listen_named, name="listen-named"),
    # Microphones
    path("microphone/open/", stage.microphone_open, name="microphone-open"),
    path("microphone/mute/", stage.microphone_mute, name="microphone-mute"),
    path("microphones/mute/", stage.mute_all, name="mute-all"),
    path("hand/raise/", stage.hand_raise, name="hand-raise"),
    path("hand/lower/", stage.hand_lower, name="hand-lower"),
    # Who hosts together
    path("co-hosts/invite/", people.co_host_invite, name="co-host-invite"),
    path("co-hosts/withdraw/", people.co_host_withdraw, name="co-host-withdraw"),
    path("co-hosts/accept/", people.co_host_accept, name="co-host-accept"),
    path("co-hosts/decline/", people.co_host_decline, name="co-host-decline"),
    # Who is there, and what the crew does with them
    path("people/", people.people, name="people"),
    path(
        "participants/<uuid:participant_id>/",
        include(
            [
                path("invite/", stage.participant_invite, name="participant-invite"),
                path("mute/", stage.participant_mute, name="participant-mute"),
                path("allow/", stage.participant_allow, name="participant-allow"),
                path("give-turn/", queue.participant_give_turn, name="participant-give-turn"),
                path("move-down/", stage.participant_move_down, name="participant-move-down"),
                path("lower-hand/", stage.participant_lower_hand, name="participant-lower-hand"),
                path("remove/", people.participant_remove, name="participant-remove"),
                path("block/", people.participant_block, name="participant-block"),
                path("restore/", people.participant_restore, name="participant-restore"),
            ]
        ),
    ),
]

urlpatterns = [
    path("", lists.home, name="home"),
    path("live/", lists.live, name="live"),
    path("upcoming/", lists.upcoming, name="upcoming"),
    path("upcoming/next/", lists.coming_up, name="coming-up"),
    path("search/", search.search, name="search"),
    path("topics/", lists.topic_list, name="topic-list"),
    path("topics/<slug:slug>/", lists.topic_detail, name="topic-detail"),
    path("topics/<slug:slug>/follow/", topics.topic_follow, name="topic-follow"),
    path("topics/<slug:slug>/unfollow/", topics.topic_unfollow, name="topic-unfollow"),
    path("spaces/start/", rooms.space_start, name="space-start"),
    path("spaces/<uuid:public_id>/", include(space_patterns)),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.notifications_read, name="notifications-read"),
    # What calendar programs read
    path("@<handle:handle>/calendar.ics", calendars.host_calendar, name="host-calendar"),
    path("calendar/<slug:secret>/spaces.ics", calendars.person_calendar, name="person-calendar"),
    path("settings/calendar/", calendars.settings_calendar, name="settings-calendar"),
    path("settings/calendar/renew/", calendars.calendar_renew, name="calendar-renew"),
]
