"""证书查验: what anybody may know of a certificate who has its QR code, its number and name, or its file.

Each look-up is one statement on a unique column, and answers alike for what does not exist and what does not fit.
Nothing is written, and nobody notes who asked.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select

from app.domain.errors import Invalid
from app.domain.person_name import comparable, masked_name
from app.domain.standing import Standing, standing_on
from app.domain.titles import SUFFIX
from app.domain.validity import chinese_term, today_in_shanghai
from app.extensions import db
from app.models import Certificate
from app.models.types import now
from app.services.closing import ERASED

FILE_AT_MOST = 2 * 1024 * 1024
"""Bytes of a file that is compared: thirty times what a certificate has."""
_CODE = re.compile(r"[A-Za-z0-9_-]{22}")
_PDF = b"%PDF-"


@dataclass(frozen=True)
class Finding:
    """All that is told. ``name`` is masked; ``day`` is that on which it ended, begins or was replaced."""

    standing: Standing
    day: date | None
    name: str
    title: str
    body: str
    number: str
    term: str
    checked_at: datetime


def by_code(code: str) -> Finding | None:
    """The certificate whose QR code says so: 22 characters of Base64url, which nobody guesses (128 bits)."""
    return _told(_one(Certificate.check_code == code) if _CODE.fullmatch(code) else None)


def by_number(number: str, name: str) -> Finding | None:
    """The certificate of this number, where its name is that: both as ``comparable`` makes them alike."""
    found = _one(Certificate.number == comparable(number).upper())
    return _told(found if found is not None and comparable(found.name) == comparable(name) else None)


def by_file(content: bytes) -> Finding | None:
    """The certificate that was issued as this very file, which is hashed (SHA-256) and neither parsed nor kept.

    Raises ``Invalid`` where it is empty, longer than ``FILE_AT_MOST`` or does not begin as a PDF does.
    """
    if not content:
        raise Invalid("请选择要核对的 PDF 文件，空文件不能核对。", field="file")
    if len(content) > FILE_AT_MOST:
        raise Invalid(f"文件超过 {FILE_AT_MOST // 1024**2} MB，不是本系统生成的聘书文件。", field="file")
    if not content.startswith(_PDF):
        raise Invalid("这不是 PDF 文件。照片、扫描件和截图不能核对，请上传下载得到的聘书 PDF。", field="file")
    return _told(_one(Certificate.digest == hashlib.sha256(content).hexdigest()))


def _one(which: ColumnElement[bool]) -> Certificate | None:
    """But for one whose holder was erased when its record's time was over: it is nobody's any more."""
    return db.session.scalars(select(Certificate).where(which, Certificate.name != ERASED).limit(1)).first()


def _told(certificate: Certificate | None) -> Finding | None:
    if certificate is None:
        return None
    moment = now()
    standing = standing_on(certificate.status, certificate.valid_from, certificate.valid_to, today_in_shanghai(moment))
    return Finding(
        standing=standing,
        day=_day(certificate, standing),
        name=masked_name(certificate.name),
        title=certificate.title + SUFFIX,
        body=certificate.body,
        number=certificate.number,
        term=chinese_term(certificate.valid_from, certificate.valid_to),
        checked_at=moment,
    )


def _day(certificate: Certificate, standing: Standing) -> date | None:
    if certificate.ended_at is not None:
        return today_in_shanghai(certificate.ended_at)
    return {Standing.NOT_YET: certificate.valid_from, Standing.EXPIRED: certificate.valid_to}.get(standing)
