"""The scanner: clamd's protocol against a stand-in that speaks it, and no verdict where there is none."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.adapters import scanner
from app.adapters.scanner import ClamdScanner, NoScanner, ScanFailed, scanner_at
from config import Misconfigured

EICAR = "Eicar-Test-Signature"


@dataclass
class Daemon:
    """Reads a stream as clamd does and gives ``answer``; ``limit`` is its StreamMaxLength."""

    listener: socket.socket
    answer: bytes = b"stream: OK\0"
    limit: int = 100_000_000
    received: list[bytes] = field(default_factory=list)
    chunks: list[int] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with closing(connection):
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        assert self._read(connection, 10) == b"zINSTREAM\0"
        data = b""
        while length := struct.unpack("!L", self._read(connection, 4))[0]:
            self.chunks.append(length)
            data += self._read(connection, length)
            if len(data) > self.limit:
                connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.received.append(data)
        if not self.answer:
            self.release.wait(20)
            return
        # In two parts, as a network may.
        connection.sendall(self.answer[:5])
        time.sleep(0.01)
        connection.sendall(self.answer[5:])

    def _read(self, connection: socket.socket, length: int) -> bytes:
        data = b""
        while len(data) < length:
            part = connection.recv(length - len(data))
            if not part:
                raise AssertionError("the stream broke off")
            data += part
        return data


def listening(family: socket.AddressFamily, address: tuple[str, int] | str) -> Iterator[Daemon]:
    with closing(socket.socket(family)) as listener:
        listener.bind(address)
        listener.listen()
        daemon = Daemon(listener)
        threading.Thread(target=daemon.serve, daemon=True).start()
        yield daemon
        daemon.release.set()


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    yield from listening(socket.AF_INET, ("127.0.0.1", 0))


@pytest.fixture
def clamd(daemon: Daemon) -> ClamdScanner:
    host, port = daemon.listener.getsockname()
    return ClamdScanner((host, port), timeout=1)


@pytest.mark.parametrize("size", [0, 1, scanner.CHUNK - 1, scanner.CHUNK, scanner.CHUNK + 1, 5 * scanner.CHUNK])
def test_what_is_clean_passes_and_arrives_whole(clamd: ClamdScanner, daemon: Daemon, size: int) -> None:
    data = os.urandom(size)
    assert clamd.scan(data) is None
    assert daemon.received == [data]
    assert all(0 < length <= scanner.CHUNK for length in daemon.chunks)


def test_what_is_found_is_named(clamd: ClamdScanner, daemon: Daemon) -> None:
    daemon.answer = f"stream: {EICAR} FOUND\0".encode()
    assert clamd.scan(b"X5O!P%@AP") == EICAR


def test_one_scanner_serves_file_after_file(clamd: ClamdScanner, daemon: Daemon) -> None:
    for number in range(3):
        assert clamd.scan(b"%d" % number) is None
    assert daemon.received == [b"0", b"1", b"2"]


@pytest.mark.parametrize("size", [2_000, 8_000_000])
def test_more_than_the_daemon_takes_is_no_verdict(clamd: ClamdScanner, daemon: Daemon, size: int) -> None:
    """Whether all was sent already or the daemon has hung up in the midst of it."""
    daemon.limit = 1_000
    with pytest.raises(ScanFailed) as failed:
        clamd.scan(b"0" * size)
    if size == 2_000:
        assert failed.value.reason == "clamd: INSTREAM size limit exceeded. ERROR"


@pytest.mark.parametrize(
    "answer", [b"stream: Can't allocate memory ERROR\0", b"UNKNOWN COMMAND\0", b"\0", b"stream: OKAY\0", b"\xff\xfe\0", b"x" * 9000]
)  # fmt: skip
def test_any_other_answer_is_no_verdict(clamd: ClamdScanner, daemon: Daemon, answer: bytes) -> None:
    daemon.answer = answer
    with pytest.raises(ScanFailed) as failed:
        clamd.scan(b"file")
    assert failed.value.message == "病毒检查服务暂时不能用，文件没有保存，请稍后再试。"
    assert failed.value.field == "file"


def test_silence_is_no_verdict_after_the_timeout(clamd: ClamdScanner, daemon: Daemon) -> None:
    daemon.answer = b""
    begun = time.monotonic()
    with pytest.raises(ScanFailed, match="TimeoutError"):
        clamd.scan(b"file")
    assert time.monotonic() - begun < 3


def nobody_at_a_port() -> ClamdScanner:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return ClamdScanner(free.getsockname(), timeout=1)


@pytest.mark.parametrize(
    "absent", [nobody_at_a_port, lambda: ClamdScanner("/no/such/socket"), lambda: ClamdScanner("/" + "x" * 200)]
)
def test_nobody_there_is_no_verdict(absent: Callable[[], ClamdScanner]) -> None:
    with pytest.raises(ScanFailed):
        absent().scan(b"file")


def test_a_unix_socket_serves_as_well(tmp_path: Path) -> None:
    path = str(tmp_path / "clamd.ctl")
    for daemon in listening(socket.AF_UNIX, path):
        assert scanner_at(path).scan(b"file") is None
        daemon.answer = f"stream: {EICAR} FOUND\0".encode()
        assert scanner_at(path).scan(b"file") == EICAR
        assert daemon.received == [b"file"] * 2


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("127.0.0.1:3310", ("127.0.0.1", 3310)),
        ("clamd.internal:3310", ("clamd.internal", 3310)),
        ("[::1]:3310", ("::1", 3310)),
        ("/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"),
    ],
)
def test_an_address_is_a_host_with_a_port_or_a_path(written: str, address: tuple[str, int] | str) -> None:
    assert scanner_at(written) == ClamdScanner(address)


def test_no_address_is_no_scanner() -> None:
    assert isinstance(scanner_at(""), NoScanner)
    assert scanner_at("").scan(b"anything") is None


@pytest.mark.parametrize(
    "written", ["clamd", "clamd:", ":3310", "clamd:0", "clamd:65536", "clamd:33a", "run/clamd.ctl"]
)
def test_what_is_no_address_is_refused_at_the_start(written: str) -> None:
    with pytest.raises(Misconfigured, match="CLAMD_ADDRESS"):
        scanner_at(written)
