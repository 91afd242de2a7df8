"""Refusals: each carries a Chinese sentence for the person and an HTTP status for a machine."""

from __future__ import annotations


class DomainError(Exception):
    """A rule said no. ``message`` is shown to the user as it stands; nothing was written."""

    status = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(DomainError):
    """What was typed or uploaded breaks a rule. ``field`` names the form field, where there is one."""

    status = 422


class NotAllowed(DomainError):
    """The actor may see the row and may not do this to it (R2-R7)."""

    status = 403


class NotFound(DomainError):
    """No such row, or none in the actor's scope: the two answer alike (R1, R5)."""

    status = 404


class Conflict(DomainError):
    """Somebody else changed the row meanwhile, or its state does not allow the action."""

    status = 409


class TooMany(DomainError):
    """A limit was reached; the message says how long to wait."""

    status = 429
