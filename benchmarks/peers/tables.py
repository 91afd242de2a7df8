"""The tables as plain SQLAlchemy has them; FAB and SQLAdmin each bring a base of their own."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column


class RegionColumns:
    """A place."""

    __tablename__ = "region"
    code: Mapped[str] = mapped_column(primary_key=True)
    full_name: Mapped[str]

    def __str__(self) -> str:
        return self.full_name

    __repr__ = __str__


class ExpertColumns:
    """The columns that a list and a page show."""

    __tablename__ = "expert"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sex: Mapped[str]
    birth_date: Mapped[date]
    nation: Mapped[str | None]
    politics: Mapped[str | None]
    health: Mapped[str | None]
    address: Mapped[str | None]
    postcode: Mapped[str | None]
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    school: Mapped[str | None]
    major: Mapped[str | None]
    education_level: Mapped[str | None]
    degree: Mapped[str | None]
    graduated_on: Mapped[date | None]
    work_began_on: Mapped[date | None]
    employer: Mapped[str | None]
    employer_kind: Mapped[str | None]
    duty: Mapped[str | None]
    title_level: Mapped[str | None]
    title_name: Mapped[str | None]
    titled_on: Mapped[date | None]
    practice: Mapped[str | None]
    practice_years: Mapped[int | None]
    strengths: Mapped[str | None]
    approved: Mapped[bool]

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__
