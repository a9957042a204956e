"""Django's settings, made from `config.Config`. Operators set environment variables, not this."""

import secrets
import sys
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from servicebook import config as _config

CONFIG = _config.load()
BASE_DIR = Path(__file__).resolve().parent
TESTING = "pytest" in sys.modules


CONFIG.data_dir.mkdir(parents=True, exist_ok=True)
SECRET_KEY = CONFIG.secret_key or _config.kept_secret(
    CONFIG.data_dir, "secret-key", lambda: secrets.token_urlsafe(48)
)
DEBUG = CONFIG.debug
_host = urlsplit(CONFIG.address).hostname or "localhost"
ALLOWED_HOSTS = [_host, "localhost", "127.0.0.1", "[::1]", *CONFIG.allowed_hosts.split()]
CSRF_TRUSTED_ORIGINS = [CONFIG.address]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    # Floors 1 to 10, top to bottom. An app imports only from those above it.
    "servicebook.core",
    "servicebook.journal",
    "servicebook.agenda",
    "servicebook.files",
    "servicebook.search",
    "servicebook.accounts",
    "servicebook.customers",
    "servicebook.messaging",
    "servicebook.equipment",
    "servicebook.sla",
    "servicebook.contracts",
    "servicebook.tickets",
    "servicebook.maintenance",
    "servicebook.reminders",
    "servicebook.insights",
    "servicebook.intake",
    "servicebook.desk",
    "servicebook.api",
    "servicebook.simulator",
    # After our own, so that our templates of its pages are found first.
    "allauth",
    "allauth.account",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "servicebook.core.middleware.ContentSecurityPolicy",
    "servicebook.core.middleware.BodyLimit",
    "servicebook.api.middleware.ShortWay",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "servicebook.accounts.middleware.PersonsLanguageAndZone",
    "servicebook.accounts.middleware.RightsTable",
    "servicebook.core.middleware.NoNulls",
    "servicebook.core.middleware.RefusalPages",
]

ROOT_URLCONF = "servicebook.urls"
WSGI_APPLICATION = "servicebook.wsgi.application"
RIGHTS_TABLE = "servicebook.rights"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "servicebook.desk.context.shell",
            ],
            "builtins": [
                "servicebook.core.templatetags.page",
                "servicebook.files.templatetags.documents",
                "servicebook.customers.templatetags.phones",
            ],
        },
    }
]

FORM_RENDERER = "servicebook.core.widgets.Controls"

DATABASES = {"default": CONFIG.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "servicebook.accounts.adapter.StaffOnly"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Whoever reverse proxies add stands last in X-Forwarded-For; the rest of it may be forged.
ALLAUTH_TRUSTED_PROXY_COUNT = CONFIG.trusted_proxies
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

if TESTING:  # the people of tests sign in hundreds of times
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LANGUAGE_CODE = CONFIG.language
LANGUAGES = [
    ("en", _("English")),
    ("ru", _("Russian")),
    ("kk", _("Kazakh")),
    ("tr", _("Turkish")),
    ("zh-hans", _("Chinese")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["servicebook.core.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = CONFIG.time_zone
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = CONFIG.data_dir / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG or TESTING
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": CONFIG.data_dir / "files"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# What a form may carry. Files have their own limit in `files`.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
# What any request may carry: a handful of the largest files, and a form beside them.
LARGEST_BODY = DATA_UPLOAD_MAX_MEMORY_SIZE + 6 * CONFIG.max_upload_mb * 1024 * 1024

_https = CONFIG.address.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if _https else 0  # of this host alone: others are not ours to bind
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
X_FRAME_OPTIONS = "DENY"

# allauth's own mails (password reset) go through the same server as everything else.
_mail = urlsplit(CONFIG.mail_url)
EMAIL_BACKEND = (
    "django.core.mail.backends.console.EmailBackend"
    if _mail.scheme == "console"
    else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.username or "", _mail.password or ""
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = "tls=starttls" in _mail.query
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = CONFIG.mail_from
MAIL_DOMAIN = parseaddr(CONFIG.mail_from)[1].rpartition("@")[2]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": CONFIG.log_level},
    "loggers": {"django.server": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}

SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # e-mail addresses are unique in any case, by a constraint that Django cannot see here
    "security.W005",  # other hosts of the domain are not ours to bind to https,
    "security.W021",  # nor to put on browsers' lists
    "security.W008",  # whoever ends TLS in front of us redirects from http
]
