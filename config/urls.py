from allauth.socialaccount.views import LoginErrorView
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from django.views.i18n import set_language as django_set_language

from accounts import openid, staff

from . import views

admin.autodiscover()
staff.guard(admin.site)

# A form of the footer, for who has no account; the settings of an account win over it.
set_language = login_not_required(django_set_language)
openid_error = login_not_required(LoginErrorView.as_view())

urlpatterns = [
    path("admin/", admin.site.urls),
    # allauth's own names and addresses: reverse() goes by those of the include below.
    path("account/oidc/<provider_id>/login/", openid.openid_login),
    path("account/oidc/<provider_id>/login/callback/", openid.openid_callback),
    # Its own asks visitors to sign in, who were just about to.
    path("account/3rdparty/login/error/", openid_error, name="socialaccount_login_error"),
    path("account/", include("allauth.urls")),
    path("language/", set_language, name="set-language"),
    path("terms/", views.terms, name="terms"),
    path("privacy/", views.privacy, name="privacy"),
    re_path(r"^brand/(?P<accent>[0-9a-f]{6})\.css$", views.brand_css, name="brand-css"),
    re_path(
        r"^logo/(?P<name>[0-9a-f]{32}-\d+x\d+\.webp)$", views.instance_logo, name="instance-logo"
    ),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("service-worker.js", views.service_worker, name="service-worker"),
    path("offline/", views.offline, name="offline"),
    path("", include("accounts.urls")),
    path("", include("spaces.urls")),
    path("", include("ticketing.urls")),
]

handler429 = "accounts.rate_limits.too_many_requests"
handler500 = "config.views.server_error"
