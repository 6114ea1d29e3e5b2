"""Django settings, made from `evenhand.runtime.config`."""

from datetime import timedelta
from pathlib import Path

from evenhand.runtime.config import config
from evenhand.runtime.database import django_database
from evenhand.site.secret import secret_key

PACKAGE = Path(__file__).resolve().parents[1]
LIVE = config().mode == "live"

DEBUG = False
ALLOWED_HOSTS = list(config().allowed_hosts)
SECRET_KEY = secret_key(config().key_file)
ROOT_URLCONF = "evenhand.site.urls"
ASGI_APPLICATION = "evenhand.site.asgi.application"
WSGI_APPLICATION = "evenhand.site.wsgi.application"
DATABASES = {"default": django_database(config())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNELS = {  # of several for an act, the first that the settings set up
    "TEXT": (
        "evenhand.adapters.kannel_sms.client.of_settings",
        "evenhand.adapters.smpp_sms.client.of_settings",
    ),
    "PUSH": ("evenhand.adapters.push_messages.client.of_settings",),
    "LETTER": ("evenhand.adapters.typst_letters.client.of_settings",),
    "EMAIL": ("evenhand.adapters.smtp_mail.client.of_settings",),
    "CALL": ("evenhand.adapters.sip_voice.client.of_settings",),
}
PAYMENT_GATEWAY = "evenhand.adapters.paygate.client.of_settings"
TELEPHONE_EXCHANGE = "evenhand.adapters.pbx_calls.client.of_settings"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "evenhand.runtime",
    "evenhand.journal",
    "evenhand.access",
    "evenhand.approvals",
    "evenhand.rulebook",
    "evenhand.portfolio",
    "evenhand.ledger",
    "evenhand.payments",
    "evenhand.instructions",
    "evenhand.delinquency",
    "evenhand.casework",
    "evenhand.outreach",
    "evenhand.arrangements",
    "evenhand.cycle",
    "evenhand.web",  # before allauth, whose templates it replaces
    "evenhand.workbench",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "evenhand.web.middleware.content_security_policy",
    "evenhand.web.middleware.place_of_acts",
    "evenhand.api.middleware.problems",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "evenhand.web.context.banking_day",
            ],
            "builtins": ["django.templatetags.i18n", "evenhand.web.templatetags.web_tags"],
        },
    }
]

# Staff and how they log in

AUTH_USER_MODEL = "access.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "workbench:worklist"

ACCOUNT_ADAPTER = "evenhand.access.login.StaffLogin"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
# Passwords are guarded by axes below; what stays for allauth is guessing the six digits of an authenticator.
# Right log-ins are not counted: a whole department logs in at nine from one address.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "60/m/ip,10/5m/key"}
MFA_ADAPTER = "evenhand.access.login.StaffTotp"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Evenhand"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "evenhand.web.views.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# Sessions, cookies and headers. TLS ends at the bank's proxy.

SESSION_COOKIE_AGE = int(timedelta(hours=10).total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LIVE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "evenhand.web.views.stale_form"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Languages and static files

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = config().time_zone
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
