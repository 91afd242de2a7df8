"""Looking for viruses in what people upload: ClamAV's daemon, or nobody."""

from __future__ import annotations

import re
import socket
import struct
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Protocol

from app.domain.errors import DomainError
from config import Misconfigured

CHUNK = 64 * 1024
ANSWER_AT_MOST = 4096
TIMEOUT_SECONDS = 15.0
_TCP = re.compile(r"\[?(?P<host>[0-9A-Za-z._:-]+?)\]?:(?P<port>[0-9]{1,5})")


class ScanFailed(DomainError):
    """The scanner gave no verdict: what it was to look at is not let in. ``reason`` is for the log."""

    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__("病毒检查服务暂时不能用，文件没有保存，请稍后再试。", field="file")
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class Scanner(Protocol):
    """Looks at bytes."""

    def scan(self, data: bytes) -> str | None:
        """The name of what was found in ``data``, or nothing. Raises ScanFailed where there is no verdict."""
        ...


class NoScanner:
    """For an installation without one: finds nothing."""

    def scan(self, data: bytes) -> str | None:
        """Nothing."""
        return None


@dataclass(frozen=True)
class ClamdScanner:
    """clamd at a host and port, or at the path of a Unix socket: a connection for each file.

    Speaks ``INSTREAM`` (clamd(8)): the command, then chunks, each behind its length as four bytes in network
    order, then a length of nought; one line comes back, all ended by NUL for the ``z``.
    """

    address: tuple[str, int] | str
    timeout: float = TIMEOUT_SECONDS

    def scan(self, data: bytes) -> str | None:
        """Ask the daemon. Raises ScanFailed where it is not there, is silent, or says anything but a verdict."""
        try:
            with closing(self._connect()) as connection:
                # A daemon that has had enough says so and closes: its answer is read however far we came.
                with suppress(BrokenPipeError, ConnectionResetError):
                    self._send(connection, data)
                answer = self._answer(connection)
        except OSError as error:
            raise ScanFailed(f"clamd: {type(error).__name__}") from error
        if answer == "stream: OK":
            return None
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise ScanFailed(f"clamd: {answer or 'no answer'}")

    def _connect(self) -> socket.socket:
        if isinstance(self.address, tuple):
            return socket.create_connection(self.address, self.timeout)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self.timeout)
        try:
            connection.connect(self.address)
        except OSError:
            connection.close()
            raise
        return connection

    def _send(self, connection: socket.socket, data: bytes) -> None:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), CHUNK):
            chunk = data[start : start + CHUNK]
            connection.sendall(struct.pack("!L", len(chunk)) + chunk)
        connection.sendall(struct.pack("!L", 0))

    def _answer(self, connection: socket.socket) -> str:
        received = b""
        while b"\0" not in received and len(received) < ANSWER_AT_MOST:
            part = connection.recv(ANSWER_AT_MOST)
            if not part:
                break
            received += part
        return received.partition(b"\0")[0].decode("utf-8", "replace").strip()


@dataclass
class FakeScanner:
    """For tests: finds ``finding`` in everything, or raises ``error``; ``seen`` holds what it looked at."""

    finding: str | None = None
    error: ScanFailed | None = None
    seen: list[bytes] = field(default_factory=list)

    def scan(self, data: bytes) -> str | None:
        """As told."""
        self.seen.append(data)
        if self.error is not None:
            raise self.error
        return self.finding


def scanner_at(address: str) -> Scanner:
    """The scanner at ``host:port`` or at a socket's path; none where ``address`` is empty. Raises ``Misconfigured``."""
    if not address:
        return NoScanner()
    if address.startswith("/"):
        return ClamdScanner(address)
    parts = _TCP.fullmatch(address)
    if parts is None or not 0 < int(parts["port"]) < 2**16:
        raise Misconfigured(f"CLAMD_ADDRESS 须为“主机:端口”或 Unix 套接字的绝对路径，不能是 {address!r}")
    return ClamdScanner((parts["host"], int(parts["port"])))
