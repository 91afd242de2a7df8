"""An archive: what goes in comes out, checked; what even a holder of the key has put together wrongly is refused."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from app.adapters import archive
from app.adapters.archive import DATABASE, FILES, MANIFEST, ArchiveWriter, archive_key, entries
from app.adapters.sealed_stream import SealedReader, SealedWriter
from app.cipher import Algorithm
from app.domain.errors import Invalid

KEY = b"k" * 32
CONTENTS = {hashlib.sha256(content).hexdigest(): content for content in (b"", b"abc", b"x" * 5000)}


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(archive, "PART", 512)
    path = tmp_path / "made"
    with path.open("wb") as out:
        writer = ArchiveWriter(out, KEY, "AES-256-GCM")
        writer.add_database([b"d" * 700, b"", b"e" * 700])
        for digest in sorted(CONTENTS):
            writer.add_file(digest, CONTENTS[digest])
        writer.finish({"kind": "试"})
    return path


def members(path: Path) -> list[tuple[str, bytes]]:
    with path.open("rb") as file, tarfile.open(fileobj=io.BufferedReader(SealedReader(file, KEY)), mode="r|") as tar:
        return [(member.name, getattr(tar.extractfile(member), "read")()) for member in tar]  # noqa: B009


def rewritten(path: Path, kept: list[tuple[str, bytes]]) -> Path:
    """The members as somebody with the key puts them together."""
    with path.open("wb") as out:
        sealed = SealedWriter(out, KEY, Algorithm.AES_256_GCM)
        with tarfile.open(fileobj=sealed, mode="w|") as tar:
            for name, content in kept:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        sealed.finish()
    return path


def test_what_goes_in_comes_out_and_any_tar_reads_it(made: Path) -> None:
    told: list[int] = []
    found = list(entries(made, KEY, told.append))
    assert b"".join(entry.content for entry in found if entry.kind == DATABASE) == b"d" * 700 + b"e" * 700
    assert {entry.name: entry.content for entry in found if entry.kind == FILES} == CONTENTS
    said = json.loads(found[-1].content)
    assert found[-1].kind == MANIFEST
    assert (said["kind"], said["database"]["bytes"], said["files"]["count"]) == ("试", 1400, 3)
    assert told == sorted(told)
    assert told[-1] == made.stat().st_size
    assert [name for name, _ in members(made)] == [entry.kind + entry.name for entry in found]
    assert rewritten(made, members(made)) == made
    assert len(list(entries(made, KEY))) == len(found)


@pytest.mark.parametrize(
    "wrong", ["lacks", "twice", "other name", "other content", "order", "no manifest", "two", "link"]
)
def test_members_that_do_not_agree_are_refused(made: Path, wrong: str) -> None:
    found = members(made)
    first = next(place for place, (name, _) in enumerate(found) if name.startswith(FILES))
    changed = {
        "lacks": found[:first] + found[first + 1 :],
        "twice": [*found[: first + 1], *found[first:]],
        "other name": [*found[:first], ("files/../../etc/passwd", b"abc"), *found[first:]],
        "other content": [*found[:first], (found[first][0], b"other"), *found[first + 1 :]],
        "order": [*found[:first], found[first + 1], found[first], *found[first + 2 :]],
        "no manifest": found[:-1],
        "two": [*found, found[-1]],
        "link": [*found[:-1], ("secrets", b""), found[-1]],
    }[wrong]
    with pytest.raises(Invalid, match="与其清单不符"):
        list(entries(rewritten(made, changed), KEY))


def test_a_key_that_is_none_is_refused_and_not_repeated() -> None:
    with pytest.raises(Invalid, match="没有设置 BACKUP_KEY"):
        archive_key("")
    with pytest.raises(Invalid, match="BACKUP_KEY 设置有误") as refused:
        archive_key("c2hvcnQ=")
    assert "c2hvcnQ" not in refused.value.message
