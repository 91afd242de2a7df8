"""Ports of the loopback for servers that a test starts."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

_BELOW_OUTGOING = range(20000, 32000)
"""The kernel gives connections that go out a port from 32768 on, so none of these is taken meanwhile."""


def free_port() -> int:
    """A port that nobody has at the moment; tests that run side by side draw different ones."""
    while True:
        port = random.SystemRandom().choice(_BELOW_OUTGOING)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
