from django.urls import URLPattern, URLResolver, include, path

from . import views

app_name = "spaces"

space_patterns: list[URLPattern | URLResolver] = [
    path("", views.space_detail, name="space-detail"),
    path("go-live/", views.space_go_live, name="space-go-live"),
    path("cancel/", views.space_cancel, name="space-cancel"),
    path("restore/", views.space_restore, name="space-restore"),
    path("end/", views.space_end, name="space-end"),
    # The way to the stage
    path("ask/", views.ask, name="ask"),
    path("step-up/", views.step_up, name="step-up"),
    path("step-down/", views.step_down, name="step-down"),
    path("requests/<uuid:request_id>/accept/", views.request_accept, name="request-accept"),
    path("requests/<uuid:request_id>/decline/", views.request_decline, name="request-decline"),
    path("requests/<uuid:request_id>/withdraw/", views.request_withdraw, name="request-withdraw"),
    # Microphones
    path("microphone/open/", views.microphone_open, name="microphone-open"),
    path("microphone/mute/", views.microphone_mute, name="microphone-mute"),
    # What the crew does with people
    path(
        "participants/<uuid:participant_id>/",
        include(
            [
                path("invite/", views.participant_invite, name="participant-invite"),
                path("mute/", views.participant_mute, name="participant-mute"),
                path("allow/", views.participant_allow, name="participant-allow"),
                path("move-down/", views.participant_move_down, name="participant-move-down"),
            ]
        ),
    ),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("live/", views.live, name="live"),
    path("upcoming/", views.upcoming, name="upcoming"),
    path("topics/", views.topic_list, name="topic-list"),
    path("topics/<slug:slug>/", views.topic_detail, name="topic-detail"),
    path("spaces/start/", views.space_start, name="space-start"),
    path("spaces/<uuid:public_id>/", include(space_patterns)),
]
