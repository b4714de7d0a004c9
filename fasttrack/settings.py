"""Settings of FastTrack Desk, chosen by environment variables (docs/operating.md lists them).

Two modes. Local, the default: one machine, SQLite, filesystem broker, answers on loopback only, a
secret key of its own in ``var/``. Production, with ``PRODUCTION=1``: every setting that has no safe
default must be given, and a missing one stops the start with a sentence that names it.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

from fasttrack import logs
from fasttrack.environment import CannotStart, Environment, Unusable

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

# What the processes write: the SQLite file, the local secret key, the queue, mail, uploads, beat's memory.
VAR_DIR = env.folder("VAR_DIR", default=BASE_DIR / "var")

PRODUCTION = env.boolean("PRODUCTION")
DEBUG = env.boolean("DEBUG")
DEMO_DATA = env.boolean("DEMO_DATA")

REQUIRED_IN_PRODUCTION = {
    "SECRET_KEY": "a long random string that signs sessions",
    "ALLOWED_HOSTS": "the host names that this site answers to, separated by commas",
    "DATABASE_URL": "for example postgres://user:password@host:5432/name",
    "REDIS_URL": "for example redis://host:6379/0",
    "EMAIL_URL": "for example smtp://user:password@host:587",
}
if PRODUCTION:
    missing = [f"{name} ({what})" for name, what in REQUIRED_IN_PRODUCTION.items() if not env.text(name)]
    if missing:
        raise CannotStart(
            "FastTrack Desk cannot start in production mode. Set in the environment: " + "; ".join(missing) + "."
        )
    if DEBUG:
        raise CannotStart("FastTrack Desk cannot start: DEBUG shows secrets, so unset it in production mode.")


def _local_secret_key() -> str:
    """A key made once for this machine, so that a restart keeps sessions and no key stands in the source."""
    path = VAR_DIR / "secret_key"
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(get_random_secret_key())
    except FileExistsError:
        pass
    return path.read_text() or get_random_secret_key()


SECRET_KEY = env.secret_key("SECRET_KEY", may_be_weak=not PRODUCTION) or _local_secret_key()
ALLOWED_HOSTS = env.hosts(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"], wildcards="." if PRODUCTION else ".*"
)
CSRF_TRUSTED_ORIGINS = env.web_addresses("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "engagements",
    "playbook",
    "tasks",
    "fasttrack.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "fasttrack.apps.SignInProtectionConfig",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "bootstrap",
    "crispy_bootstrap5",
    "crispy_forms",
    "csp",
    "django_filters",
    "django_htmx",
    "heroicons",
    "simple_history",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fasttrack.logs.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "fasttrack.middleware.PrivateAnswersMiddleware",
    "fasttrack.middleware.RefuseNulMiddleware",
    "fasttrack.middleware.LineBreaksMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fasttrack.middleware.IdleTimeoutMiddleware",
    "fasttrack.middleware.SignInFirstMiddleware",
    "engagements.middleware.UserTimeZoneMiddleware",
    "engagements.middleware.DownloadAuditMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "fasttrack.urls"
WSGI_APPLICATION = "fasttrack.wsgi.application"
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
            ],
            "builtins": ["heroicons.templatetags.heroicons"],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# Data -----------------------------------------------------------------------------------------------
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "desk.sqlite3")}
DATABASES = {"default": env.database("DATABASE_URL") or SQLITE}
ALLOW_SQLITE = env.boolean("ALLOW_SQLITE")
if DATABASES["default"]["ENGINE"] == SQLITE["ENGINE"]:
    if PRODUCTION and not ALLOW_SQLITE:
        raise Unusable(
            "DATABASE_URL",
            "a PostgreSQL database, such as postgres://user:password@host:5432/name. SQLite lets one process write "
            "at a time; if this machine is the only one and few people work on it, set ALLOW_SQLITE=1.",
        )
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock at the start of a transaction, so that a service which reads,
        # decides and writes is alone (DESIGN §3). That is also why ATOMIC_REQUESTS stays off.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000; PRAGMA foreign_keys=ON;"
        ),
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.redis("REDIS_URL")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# People ---------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "engagements.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "engagements.backends.DeskBackend"]
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
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "account_login"
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds
# Ends a session in which nothing was asked for so many minutes; 0 leaves it at SESSION_COOKIE_AGE.
SESSION_IDLE_MINUTES = env.number("SESSION_IDLE_MINUTES", default=0, at_least=0)

# Wrong passwords (fasttrack/throttling.py). Addresses come from X-Forwarded-For where proxies of ours write it.
INSECURE_HTTP = env.boolean("INSECURE_HTTP")
TRUSTED_PROXIES = env.number(
    "TRUSTED_PROXIES", default=1 if PRODUCTION and not INSECURE_HTTP else 0, at_least=0, at_most=20
)
SIGN_IN_FAILURES_PER_ADDRESS = env.number("SIGN_IN_FAILURES_PER_ADDRESS", default=30, at_least=0)
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_HANDLER = "fasttrack.throttling.SignInAttempts"
AXES_USERNAME_CALLABLE = "fasttrack.throttling.name_tried"
AXES_CLIENT_IP_CALLABLE = "fasttrack.throttling.counted_address"
AXES_LOCKOUT_CALLABLE = "fasttrack.throttling.locked"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # so that what Retry-After says stays true
# Axes keeps what was posted beside a failure: nothing that anybody typed belongs there.
AXES_SENSITIVE_PARAMETERS = [
    "username",
    "login",
    "ip_address",
    "password",
    "oldpassword",
    "password1",
    "password2",
    "code",
    "csrfmiddlewaretoken",
]

# Signing in, passwords and sessions (django-allauth).
ACCOUNT_ADAPTER = "fasttrack.accounts.adapter.DeskAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # administrators keep the addresses
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE, as before
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]
ACCOUNT_USER_DISPLAY = "fasttrack.accounts.display_name"
ACCOUNT_FORMS = {
    "login": "fasttrack.accounts.forms.SignInForm",
    "reauthenticate": "fasttrack.accounts.forms.ReauthenticateForm",
    "change_password": "fasttrack.accounts.forms.ChangePasswordForm",
    "reset_password": "fasttrack.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "fasttrack.accounts.forms.NewPasswordForm",
}
# Wrong passwords are counted above, without the cache; these limit mails and, once there are any, codes
# ("login_failed"). None lasts longer than the quarter of an hour that the page of a limit speaks of.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "change_password": None,
    "signup": None,  # closed
    "reauthenticate": "20/15m/user",
    "reset_password": "40/15m/ip,3/15m/key",
    "reset_password_from_key": "60/15m/ip",
    "login_failed": "100/m/ip,20/300s/key",
}

# Security -------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY = {feature: [] for feature in ("camera", "geolocation", "microphone", "payment", "usb")}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 12 * 60 * 60
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    # TLS ends at the proxy in front of gunicorn; INSECURE_HTTP=1 is for a trial behind no proxy.
    if INSECURE_HTTP:
        SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
    else:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        SECURE_SSL_REDIRECT = True
        SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
        SECURE_HSTS_SECONDS = 31536000

# Words, clocks, files --------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"
# WhiteNoise serves from the apps in local mode, yet warns without the folder.
STATIC_ROOT = env.folder("STATIC_ROOT", default=BASE_DIR / "staticfiles", make=not PRODUCTION)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
MEDIA_ROOT = VAR_DIR / "uploads"
mail_server = env.mail_server("EMAIL_URL")
if mail_server:
    vars().update(mail_server)
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
SENDS_MAIL = bool(mail_server)  # otherwise people send a referral's mail themselves
DEFAULT_FROM_EMAIL = env.mail_address("DEFAULT_FROM_EMAIL", default="FastTrack Desk <desk@localhost>")
EMAIL_TIMEOUT = 20  # seconds; a server that hangs must not hold up a worker
# Where people reach the desk: links in mails lead there. The runner of `make run` counts PORT up from process to
# process; the Procfile counts it down again, so that it is that of web everywhere.
PORT = env.number("PORT", default=8000, at_most=65535)


def _site_url() -> str:
    """The address that people type: on one machine loopback, in production the first host that is a whole name."""
    if not PRODUCTION:
        return f"http://127.0.0.1:{PORT}"
    host = next((name for name in ALLOWED_HOSTS if name[:1] not in ("", ".", "*")), "")
    if not host:
        raise CannotStart(
            "FastTrack Desk cannot start in production mode. ALLOWED_HOSTS names no whole host name, so set SITE_URL "
            "to the address that people type, for example https://desk.example."
        )
    return f"http://{host}:{PORT}" if INSECURE_HTTP else f"https://{host}"


SITE_URL = env.web_address("SITE_URL", default="") or _site_url()
MAIL_ID_DOMAIN = urlsplit(SITE_URL).hostname or "desk.invalid"

# Reminders: how often a round begins, and how long a worker that says nothing keeps what it is sending.
REMINDER_EVERY = timedelta(seconds=env.number("REMINDER_EVERY", default=60, at_most=86400))
REMINDER_LEASE = timedelta(seconds=env.number("REMINDER_LEASE", default=180, at_most=86400))

# Imports: how long a worker that says nothing keeps what it is at, and how long uploads and their previews stay.
IMPORT_LEASE = timedelta(seconds=env.number("IMPORT_LEASE", default=120, at_most=86400))
IMPORTS_KEPT = timedelta(days=env.number("IMPORTS_KEPT_DAYS", default=2, at_most=3650))

# Rules a team may set ---------------------------------------------------------------------------------
# R7: how many partners a referral proposes
REFERRAL_PARTNERS = env.number("REFERRAL_PARTNERS", default=3, at_most=100)
# What only Microsoft opens, beside the desk itself: recaps to customers lose links that lead there.
INTERNAL_HOSTS = env.hosts(
    "INTERNAL_HOSTS",
    default=[
        "microsoft.sharepoint.com",
        "microsoft-my.sharepoint.com",
        "fasttrack-docs.microsoft.com",
        "corp.microsoft.com",
        "msit.powerbi.com",
        "msit.microsoftstream.com",
        "microsoft.visualstudio.com",
    ],
)
# What customers read of colleagues in recaps, statuses and calendars: their names, their roles, or "FastTrack".
COLLEAGUES_SHOWN_AS = env.choice("COLLEAGUES_SHOWN_AS", ("NAMES", "ROLES", "TEAM"), default="NAMES").lower()

# Jobs -----------------------------------------------------------------------------------------------
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 10 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 9 * 60
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
else:
    QUEUE_DIR = VAR_DIR / "queue"
    for folder in ("messages", "done"):
        (QUEUE_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "processed_folder": str(QUEUE_DIR / "done"),
        "control_folder": str(QUEUE_DIR / "control"),
        "store_processed": False,
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "send-due-reminders": {
        "task": "engagements.jobs.send_due_reminders",
        "schedule": REMINDER_EVERY,
        # Rounds do not pile up while no worker is there: the next one does what was left.
        "options": {"expires": REMINDER_EVERY.total_seconds()},
    },
    "continue-imports": {
        "task": "engagements.jobs.continue_imports",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "rebuild-summaries-nightly": {
        "task": "engagements.jobs.rebuild_all_summaries",
        "schedule": crontab(hour=2, minute=10),
    },
    "forget-old-rounds-nightly": {
        "task": "engagements.jobs.forget_old_rounds",
        "schedule": crontab(hour=3, minute=20),
    },
    "clear-expired-sessions-nightly": {
        "task": "engagements.jobs.clear_expired_sessions",
        "schedule": crontab(hour=3, minute=10),
    },
    "forget-old-uploads-nightly": {
        "task": "engagements.jobs.forget_old_uploads",
        "schedule": crontab(hour=3, minute=20),
    },
}

LOGGING = logs.configuration(as_json=PRODUCTION, level=env.choice("LOG_LEVEL", logs.LEVELS, default="WARNING"))
