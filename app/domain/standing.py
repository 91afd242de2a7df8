"""How a certificate stands on a day, in the words that anybody may read (R18, R19)."""

from __future__ import annotations

from datetime import date

from app.domain.states import CertificateStatus, Labelled
from app.domain.validity import is_expired


class Standing(Labelled):
    """One more than the stored statuses: expired, and not yet begun, are told by the day."""

    VALID = "valid", "有效"
    NOT_YET = "not_yet", "尚未生效"
    EXPIRED = "expired", "已失效"
    TERMINATED = "terminated", "已提前终止"
    SUPERSEDED = "superseded", "已换发"


_FINAL = {
    CertificateStatus.TERMINATED: Standing.TERMINATED,
    CertificateStatus.SUPERSEDED: Standing.SUPERSEDED,
}


def standing_on(status: CertificateStatus, valid_from: date, valid_to: date | None, day: date) -> Standing:
    """The standing on ``day``: what was ended or replaced stays so, whatever its term says."""
    if status in _FINAL:
        return _FINAL[status]
    if is_expired(valid_to, day):
        return Standing.EXPIRED
    return Standing.VALID if valid_from <= day else Standing.NOT_YET
