"""``flask copy-files`` brings every file over, goes on where it was stopped, and says what is in its way."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from app.adapters.sealing import StorageAway
from app.adapters.storage import DiskStorage, MemoryStorage
from app.models.encrypted import key_ring

pytestmark = pytest.mark.one_database


@pytest.fixture
def disk(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> DiskStorage:
    """Three files in the folder that the installation leaves."""
    monkeypatch.setitem(app.config, "STORAGE_PATH", str(tmp_path))
    monkeypatch.setitem(app.config, "STORAGE_URL", "s3://files")
    kept = DiskStorage(tmp_path, key_ring())
    for content in (b"one", b"two", b"three"):
        kept.put(content)
    return kept


def run(app: Flask) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["copy-files"])
    return result.exit_code, result.output.strip()


def test_every_file_is_copied_once(app: Flask, disk: DiskStorage, storage: MemoryStorage) -> None:
    storage.put(b"two")
    assert run(app) == (0, "完成：共 3 个文件，复制 2 个。原来的文件没有改动。")
    assert list(storage.digests()) == list(disk.digests())
    assert run(app) == (0, "完成：共 3 个文件，复制 0 个。原来的文件没有改动。")


def test_a_store_that_goes_away_is_told_of(
    app: Flask, disk: DiskStorage, storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = storage.put

    def once(data: bytes) -> str:
        if list(storage.digests()):
            raise StorageAway("object storage: ReadTimeoutError")
        return put(data)

    monkeypatch.setattr(storage, "put", once)
    code, said = run(app)
    assert code == 1
    assert said == "Error: 已核对 1 个，复制 1 个。文件存储暂时没有应答，这次操作没有完成。请过几分钟再试。"


def test_without_a_bucket_there_is_nothing_to_copy(
    app: Flask, disk: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "STORAGE_URL", "")
    assert run(app) == (1, "Error: 没有设置 STORAGE_URL：文件就放在 STORAGE_PATH，不用复制。")
