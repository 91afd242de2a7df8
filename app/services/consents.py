"""告知与同意: versioned wordings, and who agreed to which (PIPL, articles 14, 17 and 29).

A wording is ``app/help/privacy/<kind>-<version>.md`` and is never edited once people have agreed to it: a new
one gets the next number, and is asked for at everybody's next login.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import select

from app.extensions import db
from app.models import Consent, ConsentKind
from app.services.province import Province, here
from app.services.unit_of_work import transactional

FOLDER = Path(__file__).resolve().parent.parent / "help" / "privacy"


@dataclass(frozen=True)
class Wording:
    """A document as it stands today. ``text`` is Markdown."""

    kind: ConsentKind
    version: int
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def wordings() -> dict[ConsentKind, Wording]:
    """The newest wording of each kind, in this province's words."""
    return _wordings(here())


@cache
def _wordings(province: Province) -> dict[ConsentKind, Wording]:
    found = {}
    for kind in ConsentKind:
        versions = {int(path.stem.rpartition("-")[2]): path for path in FOLDER.glob(f"{kind.value}-*.md")}
        newest = max(versions)
        found[kind] = Wording(kind, newest, province.fill(versions[newest].read_text(encoding="utf-8")))
    return found


def lacking(user_id: int) -> list[Wording]:
    """The present wordings that this person has not agreed to."""
    given = {
        tuple(row)
        for row in db.session.execute(select(Consent.kind, Consent.version).where(Consent.user_id == user_id))
    }
    return [wording for wording in wordings().values() if (wording.kind, wording.version) not in given]


def record(user_id: int) -> None:
    """The person agrees to whatever is lacking, in the caller's transaction."""
    for wording in lacking(user_id):
        db.session.add(Consent(user_id=user_id, kind=wording.kind, version=wording.version, digest=wording.digest))


@transactional
def agree(user_id: int) -> None:
    """The person agrees to whatever is lacking."""
    record(user_id)


def given_by(user_id: int) -> list[Consent]:
    """Every consent of this person, the newest first."""
    return list(db.session.scalars(select(Consent).where(Consent.user_id == user_id).order_by(Consent.id.desc())))
