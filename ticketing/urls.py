from django.urls import path

from . import views

app_name = "ticketing"
urlpatterns = [
    path("tickets/<uuid:public_id>/back/", views.checkout_back, name="checkout-back"),
    path("stripe/webhook/", views.stripe_webhook, name="stripe-webhook"),
    path("stripe/webhook/connect/", views.stripe_connect_webhook, name="stripe-connect-webhook"),
]
