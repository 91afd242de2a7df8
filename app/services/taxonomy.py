"""Choosing from the taxonomy: nothing retired is offered."""

from __future__ import annotations

from sqlalchemy import or_, select, true
from sqlalchemy.orm import contains_eager

from app.extensions import db
from app.models import Field, Industry, Speciality
from app.services import rows

SHOWN = 60


def specialities(typed: str) -> list[Speciality]:
    """Up to 60 living specialities; one of their three levels holds each word that was typed."""
    words = typed.replace("/", " ").replace("\x00", "").split()[:5]
    levels = (Industry.name, Field.name, Speciality.name)
    return list(
        db.session.scalars(
            select(Speciality)
            .join(Speciality.field)
            .join(Field.industry)
            .options(contains_eager(Speciality.field).contains_eager(Field.industry))
            .where(
                Speciality.retired.is_(False),
                Field.retired.is_(False),
                Industry.retired.is_(False),
                *(or_(*(level.contains(word, autoescape=True) for level in levels)) for word in words),
            )
            .order_by(Industry.position, Industry.id, Field.position, Field.id, Speciality.position, Speciality.id)
            .limit(SHOWN)
        )
    )


def one(speciality_id: str) -> Speciality:
    """The speciality with this id. Raises ``NotFound``."""
    return rows.one(Speciality, speciality_id, true())
