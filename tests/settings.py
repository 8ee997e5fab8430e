"""Settings of a test run: the embedded services of this worker, cheap passwords, mail in memory."""

import os
import tempfile
from pathlib import Path

# Before the real settings are read: every worker has services of its own. Workers inherit the root.
if "ROSTRUM_TEST_ROOT" not in os.environ:
    os.environ["ROSTRUM_TEST_ROOT"] = tempfile.mkdtemp(prefix="rostrum-test-")
TEST_ROOT = Path(os.environ["ROSTRUM_TEST_ROOT"])
os.environ["ROSTRUM_VAR"] = str(TEST_ROOT / os.environ.get("PYTEST_XDIST_WORKER", "main"))
os.environ.setdefault("SECRET_KEY", "tests-only")
for name in ("DATABASE_URL", "REDIS_URL", "ROSTRUM_DEMO"):
    os.environ.pop(name, None)
# Nothing calls out but what a test lets.
for name in [name for name in os.environ if name.startswith("STRIPE_")]:
    os.environ.pop(name)

from config.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
SITE_URL = "https://talks.example"
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"]["BACKEND"] = (  # noqa: F405
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
# WhiteNoise warns at every test client when the folder is missing.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
# tests/integration/accounts/test_admin_door.py is about it.
STAFF_SECOND_FACTOR = False
STRIPE_MAY_STAND_IN = True
# On the test's own thread, and so in its transaction.
STRIPE_AT_ONCE = 1
