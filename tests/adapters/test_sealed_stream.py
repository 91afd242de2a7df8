"""A sealed stream gives back what was written, and refuses whatever was done to it."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import pytest

from app.adapters import sealed_stream
from app.adapters.sealed_stream import MAGIC, SealedReader, SealedWriter
from app.cipher import OVERHEAD, Algorithm
from app.domain.errors import Invalid

KEY = b"k" * 32
PIECE = 64
HEAD = len(MAGIC) + 64
SEALED = PIECE + OVERHEAD


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_stream, "PIECE", PIECE)


def sealed(content: bytes, algorithm: Algorithm = Algorithm.AES_256_GCM) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, KEY, algorithm)
    for start in range(0, len(content), 50):
        writer.write(content[start : start + 50])
    writer.finish()
    return out.getvalue()


def read(file: bytes, key: bytes = KEY) -> bytes:
    return SealedReader(io.BytesIO(file), key).readall() or b""


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 1000])
def test_what_is_written_is_read(length: int, algorithm: Algorithm) -> None:
    content = random.Random(length).randbytes(length)
    assert read(sealed(content, algorithm)) == content


def test_nothing_of_it_stands_in_clear_and_no_two_are_alike() -> None:
    content = b"530102197505200011" * 20
    one, other = sealed(content), sealed(content)
    assert b"5301021975" not in one
    assert one[HEAD:] != other[HEAD:]


CONTENT = random.Random(1).randbytes(3 * PIECE + 10)
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut in a piece": lambda file: file[:-1],
    "cut between pieces": lambda file: file[: HEAD + 2 * SEALED],
    "nothing but its head": lambda file: file[:HEAD],
    "the last piece twice": lambda file: file + file[HEAD + 3 * SEALED :],
    "something appended": lambda file: file + b"\0",
    "two pieces swapped": lambda file: (
        file[:HEAD] + file[HEAD + SEALED : HEAD + 2 * SEALED] + file[HEAD : HEAD + SEALED] + file[HEAD + 2 * SEALED :]
    ),
    "a piece left out": lambda file: file[:HEAD] + file[HEAD + SEALED :],
    "a piece of another file": lambda file: sealed(CONTENT)[: HEAD + SEALED] + file[HEAD + SEALED :],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_is_refused(damage: str) -> None:
    with pytest.raises(Invalid, match="备份文件不完整，或者被改动过"):
        read(DAMAGES[damage](sealed(CONTENT)))


def test_any_byte_that_is_another_is_noticed() -> None:
    file = sealed(CONTENT)
    for place in range(len(file)):
        changed = bytearray(file)
        changed[place] ^= 1
        with pytest.raises(Invalid, match=r"备份文件|BACKUP_KEY"):
            read(bytes(changed))


def test_another_key_and_another_file_are_said_to_be_that() -> None:
    with pytest.raises(Invalid, match="BACKUP_KEY 不是做这份备份时的密钥"):
        read(sealed(CONTENT), b"o" * 32)
    for file in (b"", b"PK\3\4" + bytes(200), MAGIC[:-1]):
        with pytest.raises(Invalid, match="不是本系统的备份文件"):
            read(file)
