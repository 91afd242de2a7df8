"""Reading one variable, and the secrets that development keeps for itself."""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


class Misconfigured(RuntimeError):
    """Production lacks something without which it would be unsafe."""


def whole(env: dict[str, str], key: str, default: int, *, least: int, most: int = 999_999) -> int:
    """A whole number, ``default`` where none is set. Raises ``Misconfigured``."""
    text = env.get(key, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and least <= int(text) <= most):
        upper = f"、不大于 {most}" if most < 999_999 else ""
        raise Misconfigured(f"{key} 应为不小于 {least}{upper} 的整数，不能是 {text!r}")
    return int(text)


def days(env: dict[str, str], key: str, default: str) -> tuple[int, ...]:
    """Numbers of days, the most first. Raises ``Misconfigured``."""
    text = env.get(key, "").strip() or default
    numbers = [part.strip() for part in text.split(",")]
    if not all(n.isascii() and n.isdigit() and len(n) <= 3 and int(n) >= 1 for n in numbers):
        raise Misconfigured(f"{key} 应为 1 至 999 的天数，用逗号隔开，如 {default}，不能是 {text!r}")
    return tuple(sorted({int(n) for n in numbers}, reverse=True))


def folder(env: dict[str, str], key: str) -> str:
    """The whole path of a folder, "" where none is set. Raises ``Misconfigured``."""
    text = env.get(key, "").strip()
    if text and not Path(text).is_dir():
        raise Misconfigured(f"{key} 应为文件夹，没有 {text!r}")
    return str(Path(text).resolve()) if text else ""


def own_key(instance: Path, name: str) -> str:
    """32 bytes in Base64, for development."""
    return base64.b64encode(bytes.fromhex(own_secret(instance, name))).decode("ascii")


def own_secret(instance: Path, name: str) -> str:
    """A secret kept beside the development database, so that sessions and data outlive a restart."""
    path = instance / name
    if not path.exists():
        # It appears whole or not at all: the server and the worker start at the same moment.
        with NamedTemporaryFile("w", dir=instance, encoding="ascii") as own, suppress(FileExistsError):
            own.write(secrets.token_hex(32))
            own.flush()
            os.link(own.name, path)
    return path.read_text(encoding="ascii").strip()
