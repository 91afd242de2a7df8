"""Looks for a text in all that a running server leaves behind, as it stands and in the usual encodings."""

from __future__ import annotations

import base64
import binascii
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

LOOK_EVERY_SECONDS = 0.005
OFFSETS = 3


def encodings(text: str) -> set[bytes]:
    """How ``text`` may stand in a file: UTF-8, UTF-16, both in hex and Base64 at each offset, URL-encoded."""
    found: set[bytes] = set()
    for typed in {text, text.lower()}:
        for plain in (typed.encode(), typed.encode("utf-16-le"), typed.encode("utf-16-be")):
            found |= {plain, plain.hex().encode(), plain.hex().upper().encode()}
            for ahead in range(OFFSETS):
                for encode in (base64.b64encode, base64.urlsafe_b64encode):
                    # Without the characters that neighbours have a part in.
                    coded = encode(b"\0" * ahead + plain)
                    found.add(coded[4 if ahead else 0 : -4])
        found.add("".join(f"%{byte:02X}" for byte in typed.encode()).encode())
    return found


class Temporary:
    """Watches what the processes put into their folder for temporary files, for as long as a block lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen = folder, bytearray()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Temporary:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_EVERY_SECONDS):
            for file in self.folder.rglob("*"):
                self.seen += str(file).encode()
                with suppress(OSError):
                    self.seen += file.read_bytes()


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file's name and bytes; the name is looked at too."""
    for file in folder.rglob("*"):
        if file.is_file():
            yield str(file), str(file).encode() + file.read_bytes()


def opened(cookie: str) -> bytes:
    """A cookie as it stands, and what its parts hold: Base64, compressed or not."""
    found = cookie.encode()
    for part in cookie.split("."):
        with suppress(binascii.Error, ValueError):
            inner = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
            found += b"\n" + inner
            with suppress(zlib.error):
                found += b"\n" + zlib.decompress(inner)
    return found


def found_in(places: Iterable[tuple[str, bytes]], canaries: Iterable[str]) -> list[tuple[str, str]]:
    """Which canary stands in which place."""
    forms = [(canary, encodings(canary)) for canary in canaries]
    return [(place, canary) for place, data in places for canary, coded in forms if any(one in data for one in coded)]
