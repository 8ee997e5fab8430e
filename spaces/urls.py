from django.urls import URLPattern, URLResolver, include, path

from .views import lists, rooms, stage

app_name = "spaces"

space_patterns: list[URLPattern | URLResolver] = [
    path("", rooms.space_detail, name="space-detail"),
    path("go-live/", rooms.space_go_live, name="space-go-live"),
    path("cancel/", rooms.space_cancel, name="space-cancel"),
    path("restore/", rooms.space_restore, name="space-restore"),
    path("end/", rooms.space_end, name="space-end"),
    # The way to the stage
    path("ask/", stage.ask, name="ask"),
    path("step-up/", stage.step_up, name="step-up"),
    path("step-down/", stage.step_down, name="step-down"),
    path("requests/<uuid:request_id>/accept/", stage.request_accept, name="request-accept"),
    path("requests/<uuid:request_id>/decline/", stage.request_decline, name="request-decline"),
    path("requests/<uuid:request_id>/withdraw/", stage.request_withdraw, name="request-withdraw"),
    # Microphones
    path("microphone/open/", stage.microphone_open, name="microphone-open"),
    path("microphone/mute/", stage.microphone_mute, name="microphone-mute"),
    # What the crew does with people
    path(
        "participants/<uuid:participant_id>/",
        include(
            [
                path("invite/", stage.participant_invite, name="participant-invite"),
                path("mute/", stage.participant_mute, name="participant-mute"),
                path("allow/", stage.participant_allow, name="participant-allow"),
                path("move-down/", stage.participant_move_down, name="participant-move-down"),
            ]
        ),
    ),
]

urlpatterns = [
    path("", lists.home, name="home"),
    path("live/", lists.live, name="live"),
    path("upcoming/", lists.upcoming, name="upcoming"),
    path("topics/", lists.topic_list, name="topic-list"),
    path("topics/<slug:slug>/", lists.topic_detail, name="topic-detail"),
    path("spaces/start/", rooms.space_start, name="space-start"),
    path("spaces/<uuid:public_id>/", include(space_patterns)),
]
