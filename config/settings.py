"""Settings, in Django's own order. What varies comes from the environment through env.py.

Defaults are production's; demo mode (ROSTRUM_DEMO, set by script/server only) loosens exactly what
is named here.
"""

from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from . import embedded, env

BASE_DIR = env.BASE_DIR
VAR_DIR = env.var_dir()

# --- Core ---
DEMO = env.flag("ROSTRUM_DEMO")
DEBUG = False
SECRET_KEY = env.text("SECRET_KEY", embedded.demo_secret(VAR_DIR) if DEMO else None)
ALLOWED_HOSTS = env.csv("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEMO else "")
# Until the admin says otherwise (config.instance).
INSTANCE_NAME = env.text("INSTANCE_NAME", "Rostrum")
CSRF_TRUSTED_ORIGINS = env.csv("CSRF_TRUSTED_ORIGINS")
# Where links in letters lead, which no request asked for; "": it is not known (config.checks).
SITE_URL = env.text("SITE_URL", env.site_url(ALLOWED_HOSTS, demo=DEMO)).rstrip("/")
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "channels",
    "csp",
    "config",
    "accounts",
    "spaces",
    "ticketing",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.static_files.StaticFilesMiddleware",
    # Below WhiteNoise, whose files are compressed once and for all.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.reader.ReaderMiddleware",
    "config.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.toasts.ToastMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.seen.SeenMiddleware",
    "accounts.seen.ReachMiddleware",
    "config.middleware.RefusalMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.instance",
                "accounts.context.notifications",
            ],
        },
    },
]
FORM_RENDERER = "config.forms.FormRenderer"

# --- Database: the embedded Postgres unless DATABASE_URL names another ---
DATABASE_URL = env.text("DATABASE_URL", env.postgres_url(embedded.socket_dir(VAR_DIR)))
DATABASES = {
    "default": {
        **dj_database_url.parse(DATABASE_URL),
        # Every process keeps its own pool; the sum over processes stays below max_connections
        # (config.checks). Without it 200 concurrent requests on daphne gave 100 errors.
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "pool": {
                "min_size": 1,
                "max_size": env.number("DATABASE_POOL_SIZE", 12, least=2),
                "timeout": env.number("DATABASE_POOL_TIMEOUT_S", 10, least=1),
            },
        },
    }
}
# Threads of one web process that sockets and fragments share; below the pool's size, so that pages
# always find a connection too.
DATABASE_THREADS = env.number("DATABASE_THREADS", 6, least=1)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: channel layer, presence, media registry, broker ---
REDIS_URL = env.text("REDIS_URL", embedded.redis_url(VAR_DIR))
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # redis-py gives up on a reply after 5 s by default, just when the layer's own blocking
            # read of 5 s comes back empty.
            "hosts": [{"address": REDIS_URL, "socket_timeout": 15}],
            "prefix": "rostrum",
            # The limit holds for all sockets of one process together (facts: Channels 4.3), and a
            # join storm sends each of them a handful of signalling messages.
            "capacity": 20_000,
            "expiry": 30,
        },
    }
}
CELERY_BROKER_URL = env.celery_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# What waits for somebody else's server has a worker of its own: a page that never answers must not
# hold up what happens by the clock.
CELERY_TASK_ROUTES = {
    "spaces.tasks.fetch_pin_title": {"queue": "outside"},
    "accounts.tasks.send_mail": {"queue": "outside"},
    "accounts.tasks.send_push": {"queue": "outside"},
    "ticketing.tasks.process_stripe_events": {"queue": "outside"},
    "ticketing.tasks.send_stripe_calls": {"queue": "outside"},
    "ticketing.tasks.pull_stripe_events": {"queue": "outside"},
    "ticketing.tasks.sweep_holds": {"queue": "outside"},
    "ticketing.tasks.refund_called_off": {"queue": "outside"},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# Those that come often do not pile up while no worker is there.
_OFTEN = {"schedule": 5.0, "options": {"expires": 60.0}}
_EACH_MINUTE = {"schedule": 60.0, "options": {"expires": 60.0}}
CELERY_BEAT_SCHEDULE = {
    "spaces-sweep-absent": {"task": "spaces.tasks.sweep_absent", **_OFTEN},
    "spaces-remove-blocked": {"task": "spaces.tasks.remove_blocked", **_OFTEN},
    "spaces-withdraw-blocked": {"task": "spaces.tasks.withdraw_blocked", **_OFTEN},
    "spaces-show-out": {"task": "spaces.tasks.show_out", **_OFTEN},
    "spaces-limit-length": {"task": "spaces.tasks.limit_length", **_OFTEN},
    "spaces-send-reminders": {"task": "spaces.tasks.send_reminders", **_OFTEN},
    "spaces-tell-followers": {"task": "spaces.tasks.tell_followers", **_OFTEN},
    "spaces-measure-attendance": {
        "task": "spaces.tasks.measure_attendance",
        "schedule": 10.0,
        "options": {"expires": 60.0},
    },
    "spaces-fetch-missed-titles": {"task": "spaces.tasks.fetch_missed_titles", **_EACH_MINUTE},
    "spaces-cancel-overdue": {"task": "spaces.tasks.cancel_overdue", "schedule": 60.0},
    "accounts-send-mail": {"task": "accounts.tasks.send_mail", **_OFTEN},
    "accounts-send-push": {"task": "accounts.tasks.send_push", **_OFTEN},
    "accounts-settle-deliveries": {"task": "accounts.tasks.settle_deliveries", **_EACH_MINUTE},
    "accounts-forget-left-behind": {
        "task": "accounts.tasks.forget_left_behind",
        "schedule": 3600.0,
    },
    "accounts-forget-old": {"task": "accounts.tasks.forget_old", "schedule": 24 * 3600.0},
    "ticketing-process-stripe-events": {"task": "ticketing.tasks.process_stripe_events", **_OFTEN},
    "ticketing-send-stripe-calls": {"task": "ticketing.tasks.send_stripe_calls", **_OFTEN},
    "ticketing-pull-stripe-events": {
        "task": "ticketing.tasks.pull_stripe_events",
        "schedule": 300.0,
        "options": {"expires": 300.0},
    },
    "ticketing-sweep-holds": {"task": "ticketing.tasks.sweep_holds", **_EACH_MINUTE},
    "ticketing-refund-called-off": {"task": "ticketing.tasks.refund_called_off", **_EACH_MINUTE},
    "ticketing-sweep-offers": {"task": "ticketing.tasks.sweep_offers", **_EACH_MINUTE},
    "ticketing-forget-stripe-events": {
        "task": "ticketing.tasks.forget_stripe_events",
        "schedule": 24 * 3600.0,
    },
}

# --- Accounts ---
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "handle"
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "accounts.sign_up.SignUpForm",
    "add_email": "accounts.door_forms.AddEmailForm",
    "change_password": "accounts.door_forms.ChangePasswordForm",
    "set_password": "accounts.door_forms.SetPasswordForm",
    "reset_password": "accounts.door_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.door_forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.door_forms.ReauthenticateForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_MAX_EMAIL_ADDRESSES = 3
# A letter about each change of what signs one in, to the address that was the first until then.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_ON_GET = False
# Counted in Redis, so for all processes together; what is not named here keeps allauth's number.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/5m/ip,5/5m/key",
    "signup": "20/h/ip",
    "reset_password": "20/h/ip,3/h/key",
    "reset_password_from_key": "20/m/ip",
    "confirm_email": "1/3m/key",
    "manage_email": "10/m/user",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
# Addresses to count by: what the last of our own proxies wrote, else who is connected.
ALLAUTH_TRUSTED_PROXY_COUNT = (
    env.number("PROXY_COUNT", 1, least=1) if env.flag("TRUST_PROXY_HEADERS") else 0
)

MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.door_forms.AuthenticateForm",
    "reauthenticate": "accounts.door_forms.ReauthenticateByCodeForm",
    "activate_totp": "accounts.door_forms.ActivateTOTPForm",
    "authenticate_webauthn": "accounts.door_forms.UsePasskeyForm",
    "login_webauthn": "accounts.door_forms.LoginByPasskeyForm",
    "reauthenticate_webauthn": "accounts.door_forms.ReauthenticateByPasskeyForm",
    "add_webauthn": "accounts.door_forms.AddPasskeyForm",
    "edit_webauthn": "accounts.door_forms.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A code typed in the last second of its half minute still counts.
MFA_TOTP_TOLERANCE = 1
# Passkeys need https, except on a demo's http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO

# Providers are rows in the admin (docs/operate.md).
SOCIALACCOUNT_ADAPTER = "accounts.adapter.OpenIDAdapter"
SOCIALACCOUNT_FORMS = {"signup": "accounts.sign_up.OpenIDSignUpForm"}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True}}
# Whoever comes for the first time chooses a handle and agrees to the terms.
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False

# Staff enter the admin with a second factor only. A demo's known people have none.
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", default=not DEMO)

# The unique handle is a constraint on Lower(handle), which the check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]

# --- Sessions, cookies, transport ---
SESSION_COOKIE_SECURE = not DEMO
CSRF_COOKIE_SECURE = not DEMO
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
SECURE_SSL_REDIRECT = not DEMO and env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 0 if DEMO else env.number("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
# Lists in browsers are hard to leave again: an operator asks for it, no check does.
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD")
SILENCED_SYSTEM_CHECKS += ["security.W021"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("TRUST_PROXY_HEADERS") else None
)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# --- Cache, mail ---
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
MAILBOX_DIR = VAR_DIR / "mail"
if DEMO:
    # Demo mode has no mail server: what would be sent is a file, and /mailbox/ shows it.
    EMAIL_BACKEND = "accounts.mailbox.FileBackend"
    EMAIL_FILE_PATH = MAILBOX_DIR
else:
    vars().update(env.mail("EMAIL_URL", "smtp://localhost"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL", env.sender(INSTANCE_NAME, ALLOWED_HOSTS)
)
EMAIL_SUBJECT_PREFIX = ""

# --- Push: without a key no browser is asked ---
VAPID_PRIVATE_KEY = env.text("VAPID_PRIVATE_KEY", embedded.demo_vapid_key(VAR_DIR) if DEMO else "")

# --- Stripe: without a key no tickets are sold and nothing calls out (docs/stripe.md) ---
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY", "")
# The newest first: while one is replaced, both are taken.
STRIPE_WEBHOOK_SECRETS = env.csv("STRIPE_WEBHOOK_SECRETS")
STRIPE_CONNECT_WEBHOOK_SECRETS = env.csv("STRIPE_CONNECT_WEBHOOK_SECRETS")
# Of the stand-in. "": Stripe's own.
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "").rstrip("/")
STRIPE_MAY_STAND_IN = DEMO
STRIPE_RECORD_FILE = env.text("STRIPE_RECORD_FILE", "")
# Stripe's names of what a ticket may be paid with.
STRIPE_PAYMENT_METHODS = env.csv("STRIPE_PAYMENT_METHODS", "card,link")
STRIPE_TIMEOUT_S = env.number("STRIPE_TIMEOUT_S", 10, least=1)
# Of one process, at once.
STRIPE_AT_ONCE = env.number("STRIPE_AT_ONCE", 4, least=1)

# --- Language and time ---
LANGUAGE_CODE = "en"
# In their own words, so that whoever looks for theirs finds it.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = not DEMO
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Uploads: pictures only, written by accounts.pictures and served by its view ---
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "uploads")))

# --- Static files: WhiteNoise in every mode, since daphne with DEBUG off serves none ---
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.storage.StaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
# Nobody else's page loads them; a header less for each of the many files of a page.
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- Logging: to standard error, where the supervisor keeps it ---
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    # Each names itself loudly otherwise: daphne a line a request, aioice a line a candidate, stripe
    # what it refused, which may say who was to pay.
    "loggers": {
        name: {"level": "WARNING"}
        for name in (
            *("daphne.http_protocol", "django.channels.server", "aioice", "aiortc", "celery"),
            "stripe",
        )
    },
}

# --- The product: each an instance setting (docs/configuration.md) ---
HOST_MIN_FOLLOWERS = env.number("HOST_MIN_FOLLOWERS", 600)
# Stages: the standard one has places for the host, the co-hosts and so many speakers.
STAGE_SPEAKERS = env.number("STAGE_SPEAKERS", 10, least=1)
STAGE_SMALL = env.number("STAGE_SMALL", 4, least=2)
STAGE_LARGE = env.number("STAGE_LARGE", 50, least=4)
CO_HOSTS = env.number("CO_HOSTS", 2)
MAX_TOPICS = 3
MAX_SCHEDULED = 10
SCHEDULE_DAYS_AHEAD = 30
# So long a seat is kept for who is paying: as long as their checkout can be paid, and five minutes.
TICKET_HOLD_S = env.number("TICKET_HOLD_S", 2160, least=2160)
# And so long for who is first in the line of a sold out sale.
TICKET_OFFER_S = env.number("TICKET_OFFER_S", 3600, least=300)
# So long an announced Space waits for its host before it is called off.
HOST_LATE_S = env.number("HOST_LATE_S", 900, least=60)
# So long before its time its host is reminded, and who wants to know early; 0: not before.
HOST_REMINDER_S = env.number("HOST_REMINDER_S", 1800)
LISTENER_REMINDER_S = env.number("LISTENER_REMINDER_S", 600)
# A reminder, or that somebody is live, that is later than this is dropped.
REMINDER_LATE_S = env.number("REMINDER_LATE_S", 900, least=60)
# What was called off or moved is told after so long, unless it was taken back.
CHANGE_NOTICE_S = env.number("CHANGE_NOTICE_S", 60)
# Followers hear at most once in so long that the same host is live.
LIVE_NOTICE_EVERY_S = env.number("LIVE_NOTICE_EVERY_S", 3600)
SPEAKER_GRACE_S = env.number("SPEAKER_GRACE_S", 60, least=5)
# The host counts as lost after the first, and the Space ends by itself after the second.
HOST_MISSED_S = env.number("HOST_MISSED_S", 15, least=5)
HOST_GRACE_S = env.number("HOST_GRACE_S", 300, least=10)
MAX_LENGTH_S = env.number("MAX_LENGTH_S", 4 * 3600)
END_WARNING_S = env.number("END_WARNING_S", 600)
COMMENT_EDIT_S = env.number("COMMENT_EDIT_S", 300)
MAX_PINS = env.number("MAX_PINS", 5, least=1)
# What people were told is kept for so long.
NOTIFICATION_DAYS = env.number("NOTIFICATION_DAYS", 60, least=1)

# --- Tickets: amounts in minor units of their currency, never converted (ticketing.money) ---
# Decimals, the least and the most that a ticket costs, the least that Stripe charges, the net from
# which on the later share counts, and what a card payment costs at list price: basis points and so
# much each time. Those last two are for estimates only.
TICKET_CURRENCIES = {
    code: {
        "exponent": exponent,
        "price_least_minor": price_least,
        "price_most_minor": price_most,
        "charge_least_minor": charge_least,
        "share_threshold_minor": env.number(f"SHARE_THRESHOLD_{code.upper()}", threshold),
        "cost_bps": env.number(f"CARD_COST_BPS_{code.upper()}", cost_bps),
        "cost_fixed_minor": env.number(f"CARD_COST_FIXED_{code.upper()}", cost_fixed),
    }
    for code, exponent, price_least, price_most, charge_least, threshold, cost_bps, cost_fixed in (
        ("usd", 2, 100, 99_900, 50, 5_000_000, 290, 30),
        ("eur", 2, 100, 99_900, 50, 5_000_000, 290, 30),
        ("gbp", 2, 100, 99_900, 30, 5_000_000, 290, 30),
        ("jpy", 0, 100, 150_000, 50, 750_000_000, 290, 30),
    )
}
# The platform's part of net in basis points: up to the threshold, and of later income.
SHARE_BPS = env.number("SHARE_BPS", 300)
SHARE_LATER_BPS = env.number("SHARE_LATER_BPS", 2000)
# Who loses what Stripe keeps of a payment when the host cancels: "platform" or "host".
LOST_FEE_CARRIER = env.text("LOST_FEE_CARRIER", "platform")

# --- Media nodes ---
MAX_OPEN_MICS = env.number("MAX_OPEN_MICS", 13, least=1)
MEDIA_JOINS_PER_S = env.number("MEDIA_JOINS_PER_S", 50, least=1)
MEDIA_LEVELLING = env.flag("MEDIA_LEVELLING")
MEDIA_BIND = env.text("MEDIA_BIND", "127.0.0.1" if DEMO else "0.0.0.0")  # noqa: S104
MEDIA_PORTS = env.text("MEDIA_PORTS", "40000-40999")
MEDIA_ADVERTISE = env.csv("MEDIA_ADVERTISE")
STUN_URLS = env.csv("STUN_URLS")
TURN_URLS = env.csv("TURN_URLS")
TURN_SECRET = env.text("TURN_SECRET", "")
TURN_LIFETIME_S = env.number("TURN_LIFETIME_S", 6 * 3600, least=60)
