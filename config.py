"""Settings, by environment variable. ``APP_ENV`` is development (the default), test or production.

Production refuses to start without its secrets; development makes its own in the instance folder.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

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
    needed = ("SECRET_KEY", "DATABASE_URL", "RATELIMIT_STORAGE_URI", "TRUSTED_HOSTS")
    lacking = [key for key in needed if production and not env.get(key, "").strip(" ,")]
    if lacking:
        raise Misconfigured("生产环境缺少环境变量：" + "、".join(lacking))
    instance = Path(env.get("INSTANCE_PATH", HERE / "instance")).resolve()
    instance.mkdir(parents=True, exist_ok=True)
    hosts = [host.strip() for host in env.get("TRUSTED_HOSTS", "").split(",") if host.strip()]
    return {
        "APP_ENV": name,
        "APP_NAME": env.get("APP_NAME", "应急管理专家信息管理系统"),
        "INSTANCE_PATH": str(instance),
        "SECRET_KEY": env.get("SECRET_KEY") or _own_secret(instance),
        "SQLALCHEMY_DATABASE_URI": _database_url(env.get("DATABASE_URL") or f"sqlite:///{instance / 'registry.db'}"),
        "STORAGE_PATH": env.get("STORAGE_PATH", str(instance / "files")),
        "RATELIMIT_STORAGE_URI": env.get("RATELIMIT_STORAGE_URI", "memory://"),
        "RATELIMIT_ENABLED": env.get("RATELIMIT_ENABLED", "1") != "0",
        "TRUSTED_HOSTS": hosts or None,
        "FAB_SAFE_REDIRECT_HOSTS": hosts,
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        **_identity(env, production),
        "SUPPORT_PHONE": env.get("SUPPORT_PHONE", ""),
        "SUPPORT_QQ": env.get("SUPPORT_QQ", ""),
        **_FIXED,
    }


def _identity(env: dict[str, str], production: bool) -> dict[str, Any]:
    """How people prove who they are, and for how long that holds."""
    hours = _whole(env, "SESSION_ABSOLUTE_HOURS", 8, least=1)
    return {
        "SESSION_IDLE_MINUTES": _whole(env, "SESSION_IDLE_MINUTES", 30, least=1),
        "SESSION_ABSOLUTE_HOURS": hours,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=hours),
        "PASSWORD_MIN_STAFF": _whole(env, "PASSWORD_MIN_STAFF", 10, least=8),
        "PASSWORD_MIN_EXPERT": _whole(env, "PASSWORD_MIN_EXPERT", 10, least=8),
        "PASSWORD_MAX_AGE_DAYS": _whole(env, "PASSWORD_MAX_AGE_DAYS", 90 if production else 0, least=0),
        "TOTP_REQUIRED": (env.get("TOTP_REQUIRED") or ("1" if production else "0")) != "0",
    }


def _whole(env: dict[str, str], key: str, default: int, *, least: int) -> int:
    """A whole number, ``default`` where none is set. Raises ``Misconfigured``."""
    text = env.get(key, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) >= least):
        raise Misconfigured(f"{key} 应为不小于 {least} 的整数，不能是 {text!r}")
    return int(text)


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


def _database_url(url: str) -> str:
    """psycopg 3 is the driver, whatever way the address is written."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _own_secret(instance: Path) -> str:
    """A secret kept beside the development database, so that sessions outlive a restart."""
    path = instance / "secret_key"
    if not path.exists():
        # It appears whole or not at all: the server and the worker start at the same moment.
        with NamedTemporaryFile("w", dir=instance, encoding="ascii") as own, suppress(FileExistsError):
            own.write(secrets.token_hex(32))
            own.flush()
            os.link(own.name, path)
    return path.read_text(encoding="ascii").strip()
