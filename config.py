"""Settings, by environment variable. ``APP_ENV`` is development (the default), test or production.

Production refuses to start without its secrets; development makes its own in the instance folder.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent


class Misconfigured(RuntimeError):
    """Production lacks something without which it would be unsafe."""


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
    lacking += _lacking_for_sms(env, production)
    if lacking:
        raise Misconfigured(f"{'生产环境' if production else ''}缺少环境变量：" + "、".join(lacking))
    instance = Path(env.get("INSTANCE_PATH", HERE / "instance")).resolve()
    instance.mkdir(parents=True, exist_ok=True)
    hosts = [host.strip() for host in env.get("TRUSTED_HOSTS", "").split(",") if host.strip()]
    return {
        "APP_ENV": name,
        "APP_NAME": env.get("APP_NAME", "应急管理专家信息管理系统"),
        "INSTANCE_PATH": str(instance),
        "SECRET_KEY": env.get("SECRET_KEY") or _own_secret(instance, "secret_key"),
        # 1:BASE64,2:BASE64 — the highest number seals, every one opens; 32 bytes each.
        "ENCRYPTION_KEYS": env.get("ENCRYPTION_KEYS") or f"1:{_own_key(instance, 'encryption_key')}",
        "ENCRYPTION_ALGORITHM": env.get("ENCRYPTION_ALGORITHM", "AES-256-GCM"),
        "INDEX_KEY": env.get("INDEX_KEY") or _own_key(instance, "index_key"),
        "AUDIT_KEY": env.get("AUDIT_KEY") or _own_secret(instance, "audit_key"),
        # Where the public reaches the product: it stands in the QR code of every certificate, for good.
        "PUBLIC_URL": _public_url(env, production),
        # A TOML file with the keys of the organizations that sign their certificates electronically.
        "SIGNERS_FILE": env.get("SIGNERS_FILE", "").strip(),
        # How many reverse proxies stand before the application and may say whom they speak for.
        "PROXIES": int(env.get("PROXIES", "0")),
        **_database(env, instance),
        "STORAGE_PATH": env.get("STORAGE_PATH", str(instance / "files")),
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
        "NOTICE_RETENTION_DAYS": _whole(env, "NOTICE_RETENTION_DAYS", 180, least=1),
        # How many days before its end a certificate's end is told of, and from when on it can be renewed.
        "CERTIFICATE_REMINDERS": _days(env, "CERTIFICATE_REMINDERS", "90,30,7"),
        "RENEWAL_DAYS": _whole(env, "RENEWAL_DAYS", 90, least=1),
        # The hour of Shanghai at which the worker does what is to be done once a day.
        "DAILY_WORK_HOUR": _whole(env, "DAILY_WORK_HOUR", 3, least=0, most=23),
        "WORKER_QUEUE_URI": _queue(env),
        **_identity(env, production),
        "SUPPORT_PHONE": env.get("SUPPORT_PHONE", ""),
        "SUPPORT_QQ": env.get("SUPPORT_QQ", ""),
        "CLAMD_ADDRESS": env.get("CLAMD_ADDRESS", "").strip(),
        **_sms(env, production),
        **_FIXED,
    }


def _identity(env: dict[str, str], production: bool) -> dict[str, Any]:
    """How people prove who they are, and for how long that holds."""
    hours = _whole(env, "SESSION_ABSOLUTE_HOURS", 8, least=1)
    return {
        "SESSION_IDLE_MINUTES": _whole(env, "SESSION_IDLE_MINUTES", 30, least=1),
        "SESSION_ABSOLUTE_HOURS": hours,
        # The cookie lives as long as the session can, so no page has to send it anew.
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=hours),
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PASSWORD_MIN_STAFF": _whole(env, "PASSWORD_MIN_STAFF", 10, least=8),
        "PASSWORD_MIN_EXPERT": _whole(env, "PASSWORD_MIN_EXPERT", 10, least=8),
        "PASSWORD_MAX_AGE_DAYS": _whole(env, "PASSWORD_MAX_AGE_DAYS", 90 if production else 0, least=0),
        "TOTP_REQUIRED": (env.get("TOTP_REQUIRED") or ("1" if production else "0")) != "0",
    }


def _whole(env: dict[str, str], key: str, default: int, *, least: int, most: int = 999_999) -> int:
    """A whole number, ``default`` where none is set. Raises ``Misconfigured``."""
    text = env.get(key, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and least <= int(text) <= most):
        upper = f"、不大于 {most}" if most < 999_999 else ""
        raise Misconfigured(f"{key} 应为不小于 {least}{upper} 的整数，不能是 {text!r}")
    return int(text)


def _days(env: dict[str, str], key: str, default: str) -> tuple[int, ...]:
    """Numbers of days, the most first. Raises ``Misconfigured``."""
    text = env.get(key, "").strip() or default
    numbers = [part.strip() for part in text.split(",")]
    if not all(n.isascii() and n.isdigit() and len(n) <= 3 and int(n) >= 1 for n in numbers):
        raise Misconfigured(f"{key} 应为 1 至 999 的天数，用逗号隔开，如 {default}，不能是 {text!r}")
    return tuple(sorted({int(n) for n in numbers}, reverse=True))


_REDIS = ("redis://", "rediss://", "unix://")


def _queue(env: Mapping[str, str]) -> str:
    """Where the server wakes the worker: a Redis, or "" for a file in the instance folder. Raises ``Misconfigured``.

    Nothing is kept in it but that there is something to do, so the Redis of the limits serves unless another is named.
    """
    named = env.get("WORKER_QUEUE_URI", "").strip()
    if named and not named.startswith(_REDIS):
        raise Misconfigured(f"WORKER_QUEUE_URI 须以 {'、'.join(_REDIS)} 开头；不设则用 RATELIMIT_STORAGE_URI 的 Redis")
    limits = env.get("RATELIMIT_STORAGE_URI", "").strip()
    return named or (limits if limits.startswith(_REDIS) else "")


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


_SMS_PROVIDERS: dict[str, tuple[str, ...]] = {
    "console": (),
    "aliyun": ("SMS_ACCESS_KEY_ID", "SMS_ACCESS_KEY_SECRET"),
    "tencent": ("SMS_ACCESS_KEY_ID", "SMS_ACCESS_KEY_SECRET", "SMS_SDK_APP_ID"),
}
"""Each sender of messages, and what it cannot do without."""

PUBLIC_URL_AT_MOST = 80
"""Characters: a QR code of more is too fine for a printed page."""

SMS_TIMEOUT_AT_MOST = 30
"""Seconds. Connecting and waiting may take as long each, and the worker has a message to itself for two minutes."""


def _lacking_for_sms(env: Mapping[str, str], production: bool) -> list[str]:
    """What the provider lacks. Production needs a real one: the console would print every code to the log."""
    provider = env.get("SMS_PROVIDER", "").strip(" ,") or ("" if production else "console")
    if provider and provider not in _SMS_PROVIDERS:
        raise Misconfigured(f"SMS_PROVIDER 只能是 {'、'.join(_SMS_PROVIDERS)}，不能是 {provider!r}")
    if production and provider == "console":
        raise Misconfigured("生产环境的 SMS_PROVIDER 不能是 console，请改为 aliyun 或 tencent")
    needed = _SMS_PROVIDERS[provider] if provider else ("SMS_PROVIDER", *_SMS_PROVIDERS["aliyun"])
    return [key for key in needed if not env.get(key, "").strip(" ,")]


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


def _sms(env: Mapping[str, str], production: bool) -> dict[str, Any]:
    given = env.get("SMS_TIMEOUT_SECONDS", "").strip() or "10"
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:4]) <= SMS_TIMEOUT_AT_MOST):
        raise Misconfigured(f"SMS_TIMEOUT_SECONDS 须为 1 至 {SMS_TIMEOUT_AT_MOST} 的整数（秒）")
    scheme, is_address, _ = env.get("SMS_ENDPOINT", "").strip().partition("://")
    if is_address and scheme not in (("https",) if production else ("https", "http")):
        raise Misconfigured("SMS_ENDPOINT 须为 https 地址：短信里有姓名、手机号和验证码")
    names = ("SMS_ACCESS_KEY_ID", "SMS_ACCESS_KEY_SECRET", "SMS_SDK_APP_ID", "SMS_ENDPOINT")
    return {
        "SMS_PROVIDER": env.get("SMS_PROVIDER", "").strip() or "console",
        "SMS_SIGN_NAME": env.get("SMS_SIGN_NAME", "").strip() or "应急管理专家库",
        "SMS_TIMEOUT_SECONDS": int(given),
        **{name: env.get(name, "").strip() for name in names},
    }


def _database(env: dict[str, str], instance: Path) -> dict[str, Any]:
    """Where the data are, and for how long anybody may keep a connection busy."""
    pooler = env.get("DATABASE_POOLER", "").strip()
    if pooler not in ("", "transaction"):
        raise Misconfigured(f"DATABASE_POOLER 只能是 transaction 或不设，不能是 {pooler!r}")
    return {
        "SQLALCHEMY_DATABASE_URI": _database_url(env.get("DATABASE_URL") or f"sqlite:///{instance / 'registry.db'}"),
        # What each process keeps open, and may open besides: at least as many as it has threads.
        "DATABASE_POOL_SIZE": _whole(env, "DATABASE_POOL_SIZE", 5, least=1),
        "DATABASE_POOL_OVERFLOW": _whole(env, "DATABASE_POOL_OVERFLOW", 10, least=0),
        "DATABASE_POOL_WAIT_SECONDS": _whole(env, "DATABASE_POOL_WAIT_SECONDS", 10, least=1),
        "DATABASE_POOL_RECYCLE_SECONDS": _whole(env, "DATABASE_POOL_RECYCLE_SECONDS", 1800, least=1),
        # Longest for a statement, for a pause within a transaction, for a migration's wait for a lock.
        "DATABASE_STATEMENT_SECONDS": _whole(env, "DATABASE_STATEMENT_SECONDS", 15, least=1),
        "DATABASE_IDLE_SECONDS": _whole(env, "DATABASE_IDLE_SECONDS", 60, least=1),
        "DATABASE_LOCK_SECONDS": _whole(env, "DATABASE_LOCK_SECONDS", 10, least=1),
        # PgBouncer in its transaction mode stands between.
        "DATABASE_POOLER": pooler,
    }


def _database_url(url: str) -> str:
    """psycopg 3 is the driver, whatever way the address is written."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _own_key(instance: Path, name: str) -> str:
    """32 bytes in Base64, for development."""
    return base64.b64encode(bytes.fromhex(_own_secret(instance, name))).decode("ascii")


def _own_secret(instance: Path, name: str) -> str:
    """A secret kept beside the development database, so that sessions and data outlive a restart."""
    path = instance / name
    if not path.exists():
        # It appears whole or not at all: the server and the worker start at the same moment.
        with NamedTemporaryFile("w", dir=instance, encoding="ascii") as own, suppress(FileExistsError):
            own.write(secrets.token_hex(32))
            own.flush()
            os.link(own.name, path)
    return path.read_text(encoding="ascii").strip()
