"""The storage that the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.adapters.storage import DiskStorage, Storage
from app.cipher import KeyRing
from config import Misconfigured

ANY_REGION = "us-east-1"
"""A signature names one: this where a store has none."""
_ADDRESSING = ("auto", "path", "virtual")
_FORM = "STORAGE_URL 须写作 s3://桶/文件夹，后面可加 ?addressing=path 或 ?addressing=virtual"


def storage_at(settings: Mapping[str, Any], keys: KeyRing) -> Storage:
    """The bucket of ``STORAGE_URL``, or the folder ``STORAGE_PATH`` where it is empty. Raises ``Misconfigured``.

    ``s3://bucket/folder?addressing=path``: ``path`` has the bucket in the path, as MinIO and Ceph mostly want it,
    ``virtual`` in the host's name, as clouds do; ``auto`` leaves it to the client.
    """
    url = settings["STORAGE_URL"]
    if not url:
        return DiskStorage(Path(settings["STORAGE_PATH"]), keys)
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    addressing = options.pop("addressing", "auto")
    if parts.scheme != "s3" or not parts.hostname or parts.netloc != parts.hostname:
        raise Misconfigured(_FORM)
    if options or parts.fragment or addressing not in _ADDRESSING:
        raise Misconfigured(_FORM)
    needed = ("STORAGE_ENDPOINT", "STORAGE_ACCESS_KEY_ID", "STORAGE_ACCESS_KEY_SECRET")
    if lacking := [name for name in needed if not settings[name]]:
        raise Misconfigured("设置了 STORAGE_URL，还须设置：" + "、".join(lacking))
    if not settings["STORAGE_ENDPOINT"].startswith(("https://", "http://")):
        raise Misconfigured("STORAGE_ENDPOINT 须以 https:// 或 http:// 开头")
    try:
        module = import_module("app.adapters.object_storage")
    except ModuleNotFoundError as error:
        raise Misconfigured(
            f"STORAGE_URL 需要的组件 {error.name} 没有安装，请执行 pip install -r requirements-s3.txt"
        ) from error
    folder = parts.path.strip("/")
    bucket = module.Bucket(
        endpoint=settings["STORAGE_ENDPOINT"],
        region=settings["STORAGE_REGION"] or ANY_REGION,
        name=parts.hostname,
        folder=f"{folder}/" if folder else "",
        addressing=addressing,
        key_id=settings["STORAGE_ACCESS_KEY_ID"],
        key_secret=settings["STORAGE_ACCESS_KEY_SECRET"],
    )
    storage: Storage = module.ObjectStorage(bucket, keys)
    return storage
