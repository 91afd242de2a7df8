"""``python -m deploy.alive`` ends with 0 where the server answers at its Unix socket, else with 1."""

from __future__ import annotations

import os
import socket
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

from config import BIND

PAGE = "/healthz"
SECONDS = 4


def status_at(path: str, host: str) -> int:
    """What the server at the socket ``path`` answers for ``PAGE``, asked as ``host``. Raises OSError."""
    connection = HTTPConnection(host, timeout=SECONDS)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(SECONDS)
    try:
        connection.sock.connect(path)
        connection.request("GET", PAGE)
        return connection.getresponse().status
    finally:
        connection.close()


def main() -> int:
    """0 or 1."""
    path = (os.environ.get("BIND", "").strip() or BIND).removeprefix("unix:")
    host = urlsplit(os.environ.get("PUBLIC_URL", "")).hostname or "localhost"
    try:
        return int(status_at(path, host) != 200)
    except OSError as fault:
        print(fault, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
