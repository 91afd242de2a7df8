"""What signs a PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from app.domain.errors import DomainError


class SigningFailed(DomainError):
    """There is a key and it did not sign: nothing is issued without the signature. ``reason`` is for the log."""

    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__("电子签名没有完成，聘书没有生成，请稍后再试；仍不成功请联系系统管理员。")
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class Signer(Protocol):
    """An organization's key and its certificate."""

    @property
    def subject(self) -> str:
        """Whose certificate it is: the common name, at most 200 characters."""
        ...

    @property
    def not_after(self) -> datetime:
        """When the certificate ends, aware."""
        ...

    def sign(self, pdf: bytes) -> bytes:
        """``pdf`` with a signature added to its end, what was there before untouched. Raises SigningFailed."""
        ...


@dataclass
class FakeSigner:
    """For tests: adds a line to the file, or raises ``error``."""

    subject: str = "测试印章"
    not_after: datetime = datetime(2099, 1, 1, tzinfo=UTC)
    error: SigningFailed | None = None

    def sign(self, pdf: bytes) -> bytes:
        """As told."""
        if self.error is not None:
            raise self.error
        return pdf + b"\n% signed\n"
