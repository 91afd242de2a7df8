"""Files are whole or absent, never changed, never outside their folder, and survive a killed process."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from app.adapters.sealing import StorageDamaged
from app.adapters.storage import DiskStorage, Storage
from tests.support.files import KEYS, SHA256_OF_ABC, incoming, stored_at


@pytest.fixture
def disk(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "files", KEYS)


def test_what_is_put_is_found_under_its_sha256(storage: Storage) -> None:
    assert storage.put(b"abc") == SHA256_OF_ABC
    assert storage.read(SHA256_OF_ABC) == b"abc"
    with storage.open(SHA256_OF_ABC) as stream:
        assert stream.read() == b"abc"
    assert storage.size(SHA256_OF_ABC) == 3
    assert storage.exists(SHA256_OF_ABC)


@pytest.mark.parametrize("length", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_000])
def test_streams_of_any_length_are_stored_from_where_they_stand(storage: Storage, length: int) -> None:
    content = random.Random(length).randbytes(length)
    stream = io.BytesIO(b"skipped" + content)
    stream.seek(7)
    digest = storage.put(stream)
    assert digest == hashlib.sha256(content).hexdigest()
    assert storage.read(digest) == content


def test_putting_twice_changes_nothing(storage: Storage) -> None:
    assert storage.put(b"abc") == storage.put(io.BytesIO(b"abc"))
    assert list(storage.digests()) == [SHA256_OF_ABC]


def test_digests_come_in_order(storage: Storage) -> None:
    put = {storage.put(str(number).encode()) for number in range(50)}
    assert list(storage.digests()) == sorted(put)


def test_unknown_digest(storage: Storage) -> None:
    unknown = "0" * 64
    assert not storage.exists(unknown)
    for ask in (storage.read, storage.open, storage.size):
        with pytest.raises(FileNotFoundError):
            ask(unknown)


@pytest.mark.parametrize(
    "digest",
    [
        "",
        "abc",
        "0" * 63,
        "0" * 65,
        "A" * 64,
        "0" * 64 + "\n",
        "g" * 64,
        "٠" * 64,
        "../" * 21 + "x",
        "/etc/passwd".ljust(64, "0"),
        "\0" * 64,
        ("../../" + "0" * 64)[:64],
    ],
)
def test_malformed_digest_opens_nothing(storage: Storage, digest: str) -> None:
    for ask in (storage.read, storage.open, storage.size, storage.exists):
        with pytest.raises(ValueError, match="SHA-256"):
            ask(digest)


def test_files_and_folders_are_the_owner_s_alone(disk: DiskStorage, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        path = stored_at(tmp_path, disk.put(b"abc"))
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    for folder in (path.parent, path.parent.parent, tmp_path / "files", tmp_path / "files" / "incoming"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_stored_file_is_never_written_again_but_is_young_again(disk: DiskStorage, tmp_path: Path) -> None:
    path = stored_at(tmp_path, disk.put(b"abc"))
    before = path.stat()
    time.sleep(0.02)
    disk.put(b"abc")
    after = path.stat()
    assert before.st_ino == after.st_ino
    assert before.st_mtime_ns < after.st_mtime_ns
    assert after.st_nlink == 1
    assert incoming(tmp_path) == []


def test_damage_is_told_and_not_overwritten(disk: DiskStorage, tmp_path: Path) -> None:
    path = stored_at(tmp_path, disk.put(b"abc"))
    damaged = path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])
    path.write_bytes(damaged)
    with pytest.raises(StorageDamaged):
        disk.read(SHA256_OF_ABC)
    with pytest.raises(StorageDamaged):
        disk.put(b"abc")
    assert path.read_bytes() == damaged
    assert incoming(tmp_path) == []


def test_stream_that_breaks_off_leaves_nothing(disk: DiskStorage, tmp_path: Path) -> None:
    class Breaking:
        def read(self) -> bytes:
            raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost"):
        disk.put(cast(BinaryIO, Breaking()))
    assert list(disk.digests()) == []
    assert incoming(tmp_path) == []


def test_content_is_synced_before_it_gets_its_name_and_folders_after(
    disk: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def note_fsync(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        steps.append("file" if path.parent.name == "incoming" else path.name)
        fsync(descriptor)

    def note_link(source: Path, target: Path) -> None:
        steps.append("link")
        link(source, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "link", note_link)
    disk.put(b"abc")
    name = KEYS.index(SHA256_OF_ABC, "file").hex()
    assert steps == ["file", "link", name[2:4], name[:2], "sealed"]


def test_one_content_put_by_many_threads_at_once_is_stored_once(disk: DiskStorage, tmp_path: Path) -> None:
    contents = [bytes([number]) * 100_000 for number in range(10)]
    barrier = threading.Barrier(8)

    def put_all(seed: int) -> set[str]:
        shuffled = random.Random(seed).sample(contents, len(contents))
        barrier.wait()
        return {disk.put(content) for content in shuffled}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(put_all, range(8)))
    expected = {hashlib.sha256(content).hexdigest() for content in contents}
    assert all(answer == expected for answer in answers)
    assert set(disk.digests()) == expected
    assert all(disk.read(digest) for digest in expected)
    assert incoming(tmp_path) == []


def write_for_ever(storage: DiskStorage, seed: int, promises: int) -> None:
    rng = random.Random(seed)
    while True:
        os.write(promises, storage.put(rng.randbytes(300_000)).encode())


def test_killed_at_any_moment_nothing_is_half_stored_and_nothing_promised_is_lost(disk: DiskStorage) -> None:
    promised: list[str] = []
    for seed in range(20):
        reading, writing = os.pipe()
        writer = multiprocessing.get_context("fork").Process(target=write_for_ever, args=(disk, seed, writing))
        writer.start()
        os.close(writing)
        first = os.read(reading, 64)
        time.sleep(random.Random(seed).uniform(0, 0.03))
        writer.kill()
        writer.join()
        with os.fdopen(reading, "rb") as rest:
            text = (first + rest.read()).decode()
        promised += [text[start : start + 64] for start in range(0, len(text), 64)]
    for digest in disk.digests():
        assert len(disk.read(digest)) == 300_000
    assert set(promised) <= set(disk.digests())
    assert promised


def test_sweep_removes_old_leftovers_and_no_stored_file(disk: DiskStorage, tmp_path: Path) -> None:
    digest = disk.put(b"abc")
    folder = tmp_path / "files" / "incoming"
    (folder / "old").write_bytes(b"half")
    os.utime(folder / "old", (1, 1))
    # Killed between getting its name and losing the old one: two names, one file.
    os.link(stored_at(tmp_path, digest), folder / "linked")
    os.utime(folder / "linked", (1, 1))
    (folder / "fresh").write_bytes(b"being written")
    assert disk.sweep([digest]) == 2
    assert [path.name for path in incoming(tmp_path)] == ["fresh"]
    assert disk.read(digest) == b"abc"
    assert disk.sweep([digest], older_than_seconds=0) == 1
