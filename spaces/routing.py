"""Websocket addresses."""

from django.urls import path

from .live.consumer import HomeConsumer, MeConsumer, SpaceConsumer

websocket_urlpatterns = [
    path("ws/home/", HomeConsumer.as_asgi()),
    path("ws/me/", MeConsumer.as_asgi()),
    path("ws/spaces/<uuid:public_id>/", SpaceConsumer.as_asgi()),
]
