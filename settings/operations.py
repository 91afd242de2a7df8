"""Backups, the log, and what a monitor may read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from settings.environment import Misconfigured, own_key, whole


def backup(env: dict[str, str], instance: Path, production: bool) -> dict[str, Any]:
    """Where backups go, under which key, how many are kept of each day, week and month. Raises ``Misconfigured``."""
    kept = [part.strip() for part in (env.get("BACKUP_KEEP", "").strip() or "7,4,12").split(",")]
    if len(kept) != 3 or not all(n.isascii() and n.isdigit() and len(n) <= 3 for n in kept):
        raise Misconfigured(f"BACKUP_KEEP 应为每日、每周、每月的份数，如 7,4,12，不能是 {env['BACKUP_KEEP']!r}")
    return {
        "BACKUP_KEY": env.get("BACKUP_KEY", "").strip() or ("" if production else own_key(instance, "backup_key")),
        "BACKUP_PATH": env.get("BACKUP_PATH", "").strip() or str(instance / "backups"),
        "BACKUP_KEEP": tuple(map(int, kept)),
        "BACKUP_DAILY": (env.get("BACKUP_DAILY", "").strip() or "0") != "0",
    }


def log_format(env: Mapping[str, str]) -> str:
    """``text`` or ``json``, which production writes unless told otherwise. Raises ``Misconfigured``."""
    found = env.get("LOG_FORMAT", "").strip() or ("json" if env.get("APP_ENV") == "production" else "text")
    if found not in ("text", "json"):
        raise Misconfigured(f"LOG_FORMAT 只能是 text 或 json，不能是 {found!r}")
    return found


def watching(env: dict[str, str], production: bool) -> dict[str, Any]:
    """What the log says, who may read the metrics, and how much room there must be."""
    token = env.get("METRICS_TOKEN", "").strip()
    if token and len(token) < 16:
        raise Misconfigured("METRICS_TOKEN 太短，应为至少 16 个随机字符")
    return {
        "LOG_FORMAT": log_format(env),
        "ACCESS_LOG": (env.get("ACCESS_LOG") or ("1" if production else "0")) != "0",
        "SLOW_STATEMENT_MS": whole(env, "SLOW_STATEMENT_MS", 500, least=0),
        "METRICS_TOKEN": token,
        "DISK_FREE_MB": whole(env, "DISK_FREE_MB", 500, least=0),
    }
