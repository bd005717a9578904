"""All settings, read from the environment in this one file.

``HELPDESK_MODE`` is ``demo`` (the default: SQLite, keys made on first use, reachable from this
machine only), ``test``, or ``production`` (every secret must be given).
"""

import base64
import secrets
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import environ
from cryptography.fernet import Fernet
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

MODE = env.str("HELPDESK_MODE", default="demo")
if MODE not in {"demo", "test", "production"}:
    raise ImproperlyConfigured(f"HELPDESK_MODE is {MODE!r}; it must be demo, test or production")
DEMO, TEST, PRODUCTION = MODE == "demo", MODE == "test", MODE == "production"
DEBUG = env.bool("DEBUG", default=False)

DATA_DIR = Path(env.str("HELPDESK_DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)


def kept_secret(name: str, make: Any) -> str:
    """A secret from the environment; outside production one is made once and kept in DATA_DIR."""
    given = env.str(name, default="")
    if given:
        return str(given)
    if PRODUCTION:
        raise ImproperlyConfigured(f"{name} must be set when HELPDESK_MODE=production")
    path = DATA_DIR / f"{name.lower()}.{MODE}"
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(make())
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip()


SECRET_KEY = kept_secret("SECRET_KEY", lambda: secrets.token_urlsafe(50))
# Comma-separated Fernet keys for personal data at rest: the first encrypts, all decrypt.
DATA_KEYS = kept_secret("DATA_KEYS", lambda: Fernet.generate_key().decode()).split(",")

# Ed25519 key (32 bytes, base64) that signs the heads of the audit chains, and where those lines are appended.
ANCHOR_KEY = kept_secret("ANCHOR_KEY", lambda: base64.b64encode(secrets.token_bytes(32)).decode())
ANCHOR_DIR = Path(env.str("ANCHOR_DIR", default=str(DATA_DIR / "anchors")))

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "daphne",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # widget templates, because forms are rendered with the project's templates
    "django_htmx",
    "heroicons",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_q",
    "helpdesk.core",
    "faq",
    "tickets",
    "chat",
    "quality",
    "helpdesk.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "helpdesk.core.middleware.LanguageInAddress",
    "django.middleware.common.CommonMiddleware",
    "helpdesk.core.middleware.RefuseNul",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "helpdesk.core.middleware.SignInRequired",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "helpdesk.core.middleware.KeepNoCopies",
    "helpdesk.core.middleware.ActionErrors",
]

ROOT_URLCONF = "helpdesk.urls"
ASGI_APPLICATION = "helpdesk.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["heroicons.templatetags.heroicons", "helpdesk.core.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "helpdesk.core.context_processors.shell",
            ],
        },
    }
]
FORM_RENDERER = "helpdesk.core.forms.Renderer"

# --- Real parts: the embedded default, or servers named in the environment -------------------
DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'helpdesk.sqlite3'}")
DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE: a writer waits at the start of its transaction and never fails half-way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # Tests kill servers, which have a file of their own; their own tables need not outlive a power cut.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;"
        f" PRAGMA synchronous={'OFF' if TEST else 'FULL'};",
    }
    # A file, because consumers reach the database from threads of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    options = DATABASES["default"].setdefault("OPTIONS", {})  # what the address says, such as sslmode, stays
    # Pages are many short queries: a helper process costs one more than it saves.
    options.setdefault("options", "-c max_parallel_workers_per_gather=0")
    if not TEST:
        options["pool"] = {"min_size": 1, "max_size": 10}

REDIS_URL = env.str("REDIS_URL", default="")
REDIS_PREFIX = env.str("REDIS_PREFIX", default="helpdesk")  # of all keys and channels: one Redis, many desks
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_PREFIX,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- What is kept how long ------------------------------------------------------------------
SEARCH_LOG_DAYS = env.int("SEARCH_LOG_DAYS", default=400)  # searches without personal data: a year and a bit

# --- Sockets and API ------------------------------------------------------------------------
CONSUMER_WRITERS = 1 if DATABASES["default"]["ENGINE"].endswith("sqlite3") else 4
CONSUMERS_KEEP_CONNECTIONS = not TEST  # the threads of helpdesk.core.pool keep theirs open
SOCKET_QUEUE = 256  # frames that may wait for one client; one more closes it, and it resumes
SOCKET_WINDOW_BYTES = env.int("SOCKET_WINDOW_BYTES", default=1024 * 1024)  # sent and not yet confirmed
SOCKET_HELLO_SECONDS = 10
SOCKET_SILENT_SECONDS = env.int("SOCKET_SILENT_SECONDS", default=60)
SOCKET_CHECK_SECONDS = 5
BACKGROUND_WORK = not TEST  # the bot and the router run by themselves (helpdesk.core.pool.in_background)
CHAT_PENDING_SENDS = 128  # unanswered sends of one connection
# Days that an ended conversation is kept, by class; 0 keeps it. One that became a case stays with the case.
CHAT_KEPT_DAYS = {
    "spam": env.int("CHAT_KEPT_DAYS_SPAM", default=30),
    "enquiry": env.int("CHAT_KEPT_DAYS_ENQUIRY", default=1095),
    "complaint": env.int("CHAT_KEPT_DAYS_COMPLAINT", default=1825),
}
# Minutes after which a chat ends whose visitor has gone: in the queue, with people, with the bot; 0 never.
CHAT_ENDS_AFTER = {
    "waiting": env.int("CHAT_ENDS_AFTER_WAITING", default=30),
    "bot": env.int("CHAT_ENDS_AFTER_BOT", default=24 * 60),
}
CHAT_ENDS_AFTER["active"] = CHAT_ENDS_AFTER["waiting"]
CHAT_STARTS_PER_MINUTE = env.int("CHAT_STARTS_PER_MINUTE", default=20)  # from one address
# In ten minutes from one address, which a whole office may share
VOTES_PER_ADDRESS = env.int("VOTES_PER_ADDRESS", default=30)  # about articles
SEARCHES_PER_ADDRESS = env.int("SEARCHES_PER_ADDRESS", default=300)  # that are remembered; more are answered
CASES_PER_ADDRESS = env.int("CASES_PER_ADDRESS", default=20)  # filed by visitors and customers
TICKETS_PER_AGENT = env.int("TICKETS_PER_AGENT", default=40)  # open cases that one person may hold
# How many proxies of ours stand in front: only that many addresses of X-Forwarded-For are believed.
NINJA_NUM_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)

Q_CLUSTER: dict[str, Any] = {
    "name": "helpdesk",
    "orm": "default",
    "workers": 1,
    "timeout": 300,
    "retry": 360,
    "poll": 2,
    "catch_up": False,
    "label": "Jobs",
}

# --- People ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["helpdesk.core.accounts.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "core:landing"
LOGOUT_REDIRECT_URL = "faq:home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {
    "login": "helpdesk.core.accounts.SignInForm",
    "change_password": "helpdesk.core.accounts.NewPasswordForm",
}
ACCOUNT_ADAPTER = "helpdesk.core.accounts.AccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "faq:home"
ACCOUNT_PREVENT_ENUMERATION = True
# Staff sign in with a code besides the password. The accounts of the demonstration are everybody's.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=not DEMO)
MFA_ADAPTER = "helpdesk.core.accounts.SecondFactorAdapter"
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    default="django.core.mail.backends.smtp.EmailBackend"
    if PRODUCTION
    else "django.core.mail.backends.filebased.EmailBackend",
)
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_TIMEOUT = 20  # seconds; a mail server that does not answer must not hold up a worker
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="helpdesk@localhost")
# Letters: maildir:/path or imaps://user:password@host/INBOX, and the address that people write to.
MAIL_INBOX = env.str("MAIL_INBOX", default="")
MAIL_ADDRESS = env.str("MAIL_ADDRESS", default="")

# --- Letters and money ------------------------------------------------------------------------
DESK_NAME = env.str("DESK_NAME", default="")  # whose letters these are; empty: the desk's general name
MFA_TOTP_ISSUER = DESK_NAME or "Helpdesk"  # what an authenticator app lists the account under
# Where customers reach this site: links in e-mails start with it. Without it no e-mail leaves in production.
PUBLIC_URL = env.str("PUBLIC_URL", default="" if PRODUCTION else "http://localhost:8000").rstrip("/")
REDRESS_LIMIT = Decimal(env.str("REDRESS_LIMIT", default="1000"))  # yuan a case without a second person

# --- The lender's loan ledger (docs/ledger.md) -----------------------------------------------
LEDGER_URL = env.str("LEDGER_URL", default="").rstrip("/")
LEDGER_TOKEN = env.str("LEDGER_TOKEN", default="")
LEDGER_TIMEOUT = env.float("LEDGER_TIMEOUT", default=3.0)  # seconds that a page waits, attempts included
LEDGER_FRESH_SECONDS = env.int("LEDGER_FRESH_SECONDS", default=900)  # older figures are marked as such
LEDGER = "" if PRODUCTION else "helpdesk.demo.ledger.DemonstrationLedger"  # where there is no LEDGER_URL
if LEDGER_URL and PRODUCTION and not (LEDGER_TOKEN and LEDGER_URL.startswith("https://")):
    raise ImproperlyConfigured("LEDGER_URL must be https:// and needs LEDGER_TOKEN in production")

# --- Language and time ----------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("zh-hant", _("繁體中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "helpdesk" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Shanghai")

# --- Files ----------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "staticfiles"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = not PRODUCTION
# A client of the tests starts the middleware anew, which would look through all files again.
WHITENOISE_AUTOREFRESH = DEBUG or TEST
CSRF_FAILURE_VIEW = "helpdesk.core.views.csrf_failure"
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "media/"  # never routed: files are served by views that check who asks
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
UPLOAD_MAX_BYTES = 25 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
REQUEST_MAX_BYTES = 5 * UPLOAD_MAX_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE  # five files and their form

# --- Browser security -----------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "media-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
WIDGET_ORIGINS = env.list("WIDGET_ORIGINS", default=["*"])  # sites that may frame the chat widget
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "helpdesk.core.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {
        "refusals": {"()": "helpdesk.core.logs.RefusalsInOneLine"},
        "leaving": {"()": "helpdesk.core.logs.LeavingIsNoError"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["leaving", "refusals"],
            "stream": sys.stderr,
        }
    },
    "loggers": {"httpx": {"level": "WARNING"}},  # it would log addresses, and customers are in them
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
