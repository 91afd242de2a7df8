"""Files are sealed on disk, brought under new keys, and swept where no row names them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.adapters.sealing import StorageDamaged
from app.adapters.storage import DiskStorage
from app.cipher import Algorithm, KeyRing
from tests.support.files import KEYS, OLD, SHA256_OF_ABC, incoming, stored_at


@pytest.fixture
def disk(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "files", KEYS)


def test_nothing_on_disk_shows_a_file_or_its_digest(disk: DiskStorage, tmp_path: Path) -> None:
    content = "身份证 530102197505200011".encode() * 100
    digest = disk.put(content)
    for path in (tmp_path / "files").rglob("*"):
        assert digest not in str(path)
        assert path.is_dir() or content[:20] not in path.read_bytes()


def test_a_file_in_another_s_place_is_damage(disk: DiskStorage, tmp_path: Path) -> None:
    one, other = disk.put(b"abc"), disk.put(b"other")
    stored_at(tmp_path, one).write_bytes(stored_at(tmp_path, other).read_bytes())
    with pytest.raises(StorageDamaged):
        disk.read(one)


def test_reseal_brings_old_and_clear_files_under_the_present_key(tmp_path: Path) -> None:
    old = DiskStorage(tmp_path / "files", OLD)
    digests = [old.put(str(number).encode()) for number in range(5)]
    clear = tmp_path / "files" / SHA256_OF_ABC[:2] / SHA256_OF_ABC[2:4] / SHA256_OF_ABC
    clear.parent.mkdir(parents=True)
    clear.write_bytes(b"abc")
    disk = DiskStorage(tmp_path / "files", KEYS)
    assert disk.read(SHA256_OF_ABC) == b"abc"
    assert disk.size(SHA256_OF_ABC) == 3
    assert set(disk.digests()) == {*digests, SHA256_OF_ABC}
    next(iter(disk.reseal()))  # stopped in the middle
    assert sum(disk.reseal()) == 5
    assert not any(disk.reseal())
    assert not clear.exists()
    only_new = DiskStorage(tmp_path / "files", KeyRing({2: b"2" * 32}, b"i" * 32, Algorithm.SM4_GCM))
    assert [only_new.read(digest) for digest in digests] == [str(number).encode() for number in range(5)]
    assert only_new.read(SHA256_OF_ABC) == b"abc"


def test_sweep_removes_what_nobody_names_once_it_is_old(disk: DiskStorage, tmp_path: Path) -> None:
    named, nobody_s, young = disk.put(b"abc"), disk.put(b"refused"), disk.put(b"just came")
    for digest in (named, nobody_s):
        os.utime(stored_at(tmp_path, digest), (1, 1))
    assert disk.sweep([named]) == 1
    assert [disk.exists(digest) for digest in (named, nobody_s, young)] == [True, False, True]
    assert incoming(tmp_path) == []


def test_what_is_put_again_while_it_is_swept_stays(
    disk: DiskStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = disk.put(b"abc")
    os.utime(stored_at(tmp_path, digest), (1, 1))
    rename = Path.rename

    def put_before(path: Path, target: Path) -> Path:
        disk.put(b"abc")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", put_before)
    assert disk.sweep([]) == 0
    assert disk.read(digest) == b"abc"
    os.utime(stored_at(tmp_path, digest), (1, 1))

    def put_after(path: Path, target: Path) -> Path:
        moved = rename(path, target)
        disk.put(b"abc")
        return moved

    monkeypatch.setattr(Path, "rename", put_after)
    disk.sweep([])
    assert disk.read(digest) == b"abc"
    assert incoming(tmp_path) == []
