from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("@<str:handle>", views.profile, name="profile"),
    path("@<str:handle>/follow/", views.follow, name="follow"),
    path("@<str:handle>/unfollow/", views.unfollow, name="unfollow"),
    path("mailbox/", views.mailbox_list, name="mailbox"),
    path("mailbox/<str:name>/", views.mailbox_message, name="message"),
]
