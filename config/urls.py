from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language as django_set_language

admin.autodiscover()
# The admin's own login form would be a second door with its own rules.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# A form of the footer, for who has no account; the settings of an account win over it.
set_language = login_not_required(django_set_language)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("account/", include("allauth.urls")),
    path("language/", set_language, name="set-language"),
    path("", include("accounts.urls")),
    path("", include("spaces.urls")),
]

handler500 = "config.views.server_error"
