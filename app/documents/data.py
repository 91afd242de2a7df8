"""What a document is made from: plain values, so that rendering needs no database and no request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.design import DEFAULT, Design


@dataclass(frozen=True)
class CertificateData:
    """The text of a letter of appointment, fixed at filing (R17, R20).

    ``title`` stands without its last word 专家, which the text adds. ``valid_to`` is inclusive;
    ``None`` prints 长期. ``stamp`` is printed across the page of a certificate that has ended
    (R19), for example 已终止; ``None`` leaves the page clean. ``check_url`` is what the QR code says;
    ``None`` leaves the page without one.
    """

    name: str
    body: str
    title: str
    number: str
    valid_from: date
    valid_to: date | None
    issued: date
    stamp: str | None = None
    check_url: str | None = None
    design: Design = DEFAULT


@dataclass(frozen=True)
class Entry:
    """One labelled value. ``wide`` values take a whole row of the form."""

    label: str
    value: str
    wide: bool = False


@dataclass(frozen=True)
class Section:
    """A titled group of single values."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Listing:
    """A titled table: 教育经历, 工作经历, attachments and the like."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ProfileData:
    """A profile in the order of its declaration, every value already text for a reader.

    ``photo`` is a JPEG or PNG, or ``None``. ``note`` stands below the heading: whether personal data is
    masked, or who took it out.
    """

    heading: str
    name: str
    parts: tuple[Section | Listing, ...]
    prepared_on: date
    photo: bytes | None = None
    note: str = ""
