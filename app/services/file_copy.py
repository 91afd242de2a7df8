"""Files that an installation has on disk, copied to where it keeps them from now on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flask import current_app

from app.adapters.storage import DiskStorage
from app.domain.errors import Conflict
from app.models.encrypted import key_ring
from app.services.ports import ports


def into_bucket() -> Iterator[bool]:
    """For each file in ``STORAGE_PATH``, in its order, whether it was copied or was there. May be stopped at any point.

    Each is checked against its digest as it is read. Raises ``Conflict`` where there is no bucket, ``StorageAway``.
    """
    config, target = current_app.config, ports().storage
    if not config["STORAGE_URL"]:
        raise Conflict("没有设置 STORAGE_URL：文件就放在 STORAGE_PATH，不用复制。")
    source = DiskStorage(Path(config["STORAGE_PATH"]), key_ring())
    for digest in source.digests():
        is_new = not target.exists(digest)
        if is_new:
            target.put(source.read(digest))
        yield is_new
