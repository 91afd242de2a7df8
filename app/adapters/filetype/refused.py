"""The refusal that every part of this room raises."""

from __future__ import annotations

from app.domain.errors import Invalid


class FileRefused(Invalid):
    """An uploaded file will not do. The message says why and what to do about it; nothing was stored."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")
