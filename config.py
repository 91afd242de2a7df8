"""Settings, by environment variable. ``APP_ENV`` is development (the default), test or production.

Production refuses to start without its secrets; development makes its own in the instance folder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from settings.connections import database, queue
from settings.environment import Misconfigured, days, folder, own_key, own_secret, whole
from settings.messages import SMS_TIMEOUT_AT_MOST, lacking_for_sms, sms
from settings.operations import backup, log_format, watching

__all__ = ["SMS_TIMEOUT_AT_MOST", "Misconfigured", "load", "log_format"]

HERE = Path(__file__).resolve().parent
BIND = "unix:/run/registry/web.sock"
"""Where deploy/gunicorn.conf.py listens unless told otherwise."""


def load(environ: dict[str, str] | None = None) -> dict[str, Any]:
    """The settings of this process. Raises ``Misconfigured`` naming every missing variable."""
    env = dict(os.environ) if environ is None else environ
    name = env.get("APP_ENV", "development")
    if name not in ("development", "test", "production"):
        raise Misconfigured(f"APP_ENV 只能是 development、test 或 production，不能是 {name!r}")
    production = name == "production"
    needed = (
        "SECRET_KEY",
        "DATABASE_URL",
        "RATELIMIT_STORAGE_URI",
        "TRUSTED_HOSTS",
        "ENCRYPTION_KEYS",
        "INDEX_KEY",
        "AUDIT_KEY",
        "PUBLIC_URL",
    )
    lacking = [key for key in needed if production and not env.get(key, "").strip(" ,")]
    lacking += lacking_for_sms(env, production)
    if lacking:
        raise Misconfigured(f"{'生产环境' if production else ''}缺少环境变量：" + "、".join(lacking))
    instance = Path(env.get("INSTANCE_PATH", HERE / "instance")).resolve()
    instance.mkdir(parents=True, exist_ok=True)
    hosts = [host.strip() for host in env.get("TRUSTED_HOSTS", "").split(",") if host.strip()]
    return {
        "APP_ENV": name,
        "APP_NAME": env.get("APP_NAME", "应急管理专家信息管理系统"),
        "INSTANCE_PATH": str(instance),
        "SECRET_KEY": env.get("SECRET_KEY") or own_secret(instance, "secret_key"),
        # 1:BASE64,2:BASE64 — the highest number seals, every one opens; 32 bytes each.
        "ENCRYPTION_KEYS": env.get("ENCRYPTION_KEYS") or f"1:{own_key(instance, 'encryption_key')}",
        "ENCRYPTION_ALGORITHM": env.get("ENCRYPTION_ALGORITHM", "AES-256-GCM"),
        "INDEX_KEY": env.get("INDEX_KEY") or own_key(instance, "index_key"),
        "AUDIT_KEY": env.get("AUDIT_KEY") or own_secret(instance, "audit_key"),
        # Where the public reaches the product: it stands in the QR code of every certificate, for good.
        "PUBLIC_URL": _public_url(env, production),
        # A TOML file with the keys of the organizations that sign their certificates electronically.
        "SIGNERS_FILE": env.get("SIGNERS_FILE", "").strip(),
        # How many reverse proxies stand before the application and may say whom they speak for.
        "PROXIES": int(env.get("PROXIES", "0")),
        "BIND": env.get("BIND", "").strip() or BIND,
        **database(env, instance),
        "STORAGE_PATH": env.get("STORAGE_PATH", str(instance / "files")),
        # A bucket, for several servers: adapters/storage_choice.py.
        **{name: env.get(name, "").strip() for name in _BUCKET},
        "RATELIMIT_STORAGE_URI": env.get("RATELIMIT_STORAGE_URI", "memory://"),
        "RATELIMIT_ENABLED": env.get("RATELIMIT_ENABLED", "1") != "0",
        "TRUSTED_HOSTS": hosts or None,
        "FAB_SAFE_REDIRECT_HOSTS": hosts,
        # By this prefix browsers take it from this host alone: not from a neighbour under the same domain.
        "SESSION_COOKIE_NAME": "__Host-session" if production else "session",
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # Days in which a closed account can be opened again; years for which filed cases are kept after that.
        "CLOSING_DAYS": int(env.get("CLOSING_DAYS", "30")),
        "RETENTION_YEARS": int(env.get("RETENTION_YEARS", "10")),
        "SMS_RETENTION_DAYS": int(env.get("SMS_RETENTION_DAYS", "365")),
        "NOTICE_RETENTION_DAYS": whole(env, "NOTICE_RETENTION_DAYS", 180, least=1),
        # How many days before its end a certificate's end is told of, and from when on it can be renewed.
        "CERTIFICATE_REMINDERS": days(env, "CERTIFICATE_REMINDERS", "90,30,7"),
        "RENEWAL_DAYS": whole(env, "RENEWAL_DAYS", 90, least=1),
        # The hour of Shanghai at which the worker does what is to be done once a day.
        "DAILY_WORK_HOUR": whole(env, "DAILY_WORK_HOUR", 3, least=0, most=23),
        "WORKER_QUEUE_URI": queue(env),
        **_identity(env, production),
        # Another province's divisions and offices: services/province.py.
        "REFERENCE_PATH": folder(env, "REFERENCE_PATH"),
        "SUPPORT_PHONE": env.get("SUPPORT_PHONE", ""),
        "SUPPORT_QQ": env.get("SUPPORT_QQ", ""),
        "CLAMD_ADDRESS": env.get("CLAMD_ADDRESS", "").strip(),
        **backup(env, instance, production),
        **watching(env, production),
        **sms(env, production),
        **_FIXED,
    }


def _identity(env: dict[str, str], production: bool) -> dict[str, Any]:
    """How people prove who they are, and for how long that holds."""
    hours = whole(env, "SESSION_ABSOLUTE_HOURS", 8, least=1)
    return {
        "SESSION_IDLE_MINUTES": whole(env, "SESSION_IDLE_MINUTES", 30, least=1),
        "SESSION_ABSOLUTE_HOURS": hours,
        # The cookie lives as long as the session can, so no page has to send it anew.
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=hours),
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PASSWORD_MIN_STAFF": whole(env, "PASSWORD_MIN_STAFF", 10, least=8),
        "PASSWORD_MIN_EXPERT": whole(env, "PASSWORD_MIN_EXPERT", 10, least=8),
        "PASSWORD_MAX_AGE_DAYS": whole(env, "PASSWORD_MAX_AGE_DAYS", 90 if production else 0, least=0),
        "TOTP_REQUIRED": (env.get("TOTP_REQUIRED") or ("1" if production else "0")) != "0",
    }


_BUCKET = tuple(f"STORAGE_{name}" for name in ("URL", "ENDPOINT", "REGION", "ACCESS_KEY_ID", "ACCESS_KEY_SECRET"))


_FIXED: dict[str, Any] = {
    "MAX_CONTENT_LENGTH": 21 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
    "MAX_FORM_PARTS": 2000,
    "WTF_CSRF_TIME_LIMIT": None,
    "BABEL_DEFAULT_LOCALE": "zh_Hans_CN",
    "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
    "LANGUAGES": {"zh_Hans_CN": {"flag": "cn", "name": "中文"}},
    # Alembic owns the schema, seed_taxonomy.py the permissions.
    "FAB_CREATE_DB": False,
    "FAB_UPDATE_PERMS": False,
    "FAB_ADD_SECURITY_API": False,
    "FAB_ADD_OPENAPI_VIEWS": False,
    "FAB_ADD_MENU_API": False,
    "FAB_API_SWAGGER_UI": False,
    "AUTH_RATE_LIMITED": False,
    # Where limits cannot be counted, nobody is waved through: errors surface, and soon.
    "RATELIMIT_STRATEGY": "moving-window",
    "RATELIMIT_SWALLOW_ERRORS": False,
    "RATELIMIT_STORAGE_OPTIONS": {"wrap_exceptions": True, "socket_connect_timeout": 2, "socket_timeout": 2},
}


PUBLIC_URL_AT_MOST = 80
"""Characters: a QR code of more is too fine for a printed page."""


def _public_url(env: Mapping[str, str], production: bool) -> str:
    """Without a slash at its end. Raises ``Misconfigured`` for what nobody could open, or could only open unsafely."""
    url = env.get("PUBLIC_URL", "").strip().rstrip("/") or f"http://127.0.0.1:{env.get('PORT', '8080')}"
    parts = urlsplit(url)
    safe = ("https",) if production else ("https", "http")
    if parts.scheme not in safe or not parts.hostname or parts.query or parts.fragment or len(url) > PUBLIC_URL_AT_MOST:
        raise Misconfigured(
            f"PUBLIC_URL 须为不超过 {PUBLIC_URL_AT_MOST} 个字符的 {safe[0]} 地址：它印在每份聘书的二维码里"
        )
    return url
