"""Messages on standard output, for development."""

from __future__ import annotations

import sys
from typing import TextIO

from app.adapters.sms.message import Sms, Submitted
from app.domain.identity import mask_mobile


class ConsoleSms:
    """One line to standard output instead of a message, the number masked."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    def send(self, message: Sms) -> None:
        """Print. Never fails."""
        # Asked for at each call: a test or a server may have put another stream in its place.
        out = self._out or sys.stdout
        text = " ".join(message.text.split())
        # In one piece: the worker has several threads, and their lines must not run into each other.
        out.write(f"[SMS] {mask_mobile(message.mobile)} {text} ({message.key})\n")
        out.flush()

    def report(self, message: Submitted) -> None:
        """Nobody carries these messages, so nobody reports."""
