"""The keys that the settings name, each under the number prefix of its organization."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from app.adapters.signing.signer import Signer
from config import Misconfigured

_PKCS12 = {"pkcs12", "passphrase_file"}
_PKCS11 = {"pkcs11", "token", "certificate", "key", "pin_file"}
_BOTH = {"timestamp_url"}


def signers_in(path: str) -> Mapping[str, Signer]:
    """The signers of a TOML file, by prefix; none where ``path`` is empty. Raises ``Misconfigured``.

    A table for each organization that signs, named by its prefix (R16), with ``pkcs12`` and ``passphrase_file``,
    or ``pkcs11`` (the module's path), ``token``, ``certificate``, ``key`` (labels) and ``pin_file``; in both
    ``timestamp_url`` (RFC 3161) may stand. Secrets lie in files of their own; paths may be relative to the file.
    """
    if not path:
        return {}
    file = Path(path)
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Misconfigured(f"SIGNERS_FILE 读不出来：{error}") from error
    try:
        pades = import_module("app.adapters.signing.pades")
    except ModuleNotFoundError as error:
        raise Misconfigured(
            f"SIGNERS_FILE 需要的组件 {error.name} 没有安装，请执行 pip install -r requirements-sign.txt"
        ) from error
    return {prefix: _signer(pades, prefix, table, file.parent) for prefix, table in tables.items()}


def _signer(pades: Any, prefix: str, table: Any, folder: Path) -> Signer:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise Misconfigured(f"SIGNERS_FILE 中 [{prefix}] 的各项应为文字")
    for kind, make in ((_PKCS12, pades.from_pkcs12), (_PKCS11, pades.from_pkcs11)):
        if kind <= set(table) <= kind | _BOTH:
            paths = {"pkcs12", "pkcs11", "passphrase_file", "pin_file"} & kind
            made: Signer = make(**{key: folder / value if key in paths else value for key, value in table.items()})
            return made
    raise Misconfigured(
        f"SIGNERS_FILE 中 [{prefix}] 应写 {'、'.join(sorted(_PKCS12))}，或 {'、'.join(sorted(_PKCS11))}；"
        "另可写 timestamp_url"
    )
