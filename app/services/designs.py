"""聘书样式: which design the next certificate of an organization is made with (R17, R20).

An organization without a design of its own follows the office of the region above, the nearest that has one,
and where none has, the built-in design.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, select
from sqlalchemy.orm import aliased, contains_eager

from app.domain.design import DEFAULT, Design
from app.extensions import db
from app.models import CertificateDesign, Organization, Region


@dataclass(frozen=True)
class InForce:
    """What an organization's next certificate is made with; ``version`` of ``None`` is the built-in design."""

    organization_id: int
    version: CertificateDesign | None = None

    @property
    def id(self) -> int | None:
        """What a certificate remembers."""
        return self.version.id if self.version else None

    @property
    def design(self) -> Design:
        """How it reads and looks."""
        return self.version.design if self.version else DEFAULT

    @property
    def is_own(self) -> bool:
        """Whether the organization decided it itself."""
        return self.version is not None and self.version.organization_id == self.organization_id

    @property
    def words(self) -> str:
        """Whose it is, for people."""
        if self.version is None:
            return "系统默认样式"
        return f"{'自有样式' if self.is_own else f'沿用{self.version.organization}的样式'}，第{self.version.version}版"


def in_force(organization_ids: Collection[int]) -> dict[int, InForce]:
    """By organization, in one statement."""
    line = (
        select(
            Organization.id.label("id"),
            Organization.region_code.label("code"),
            Organization.id.label("office"),
            literal(0).label("distance"),
        )
        .where(Organization.id.in_(organization_ids))
        .cte("line", recursive=True)
    )
    above = (
        select(line.c.id, Region.parent_code, office_of(Region.parent_code), line.c.distance + 1)
        .join(Region, Region.code == line.c.code)
        .where(Region.parent_code.is_not(None))
    )
    line = line.union_all(above)
    statement = (
        select(line.c.id, CertificateDesign)
        .select_from(line)
        .join(CertificateDesign, CertificateDesign.organization_id == line.c.office)
        .join(CertificateDesign.organization)
        .options(contains_eager(CertificateDesign.organization))
        .where(_decides())
        .order_by(line.c.distance.desc())
    )
    # The nearest comes last, and stands.
    found = dict(db.session.execute(statement).all())
    return {one: InForce(one, found.get(one)) for one in organization_ids}


def current(organization_id: int) -> InForce:
    """The same for one organization."""
    return in_force([organization_id])[organization_id]


def office_of(region_code: Any) -> ColumnElement[int]:
    """The organization that those below a region follow: its first; another one there speaks for itself alone."""
    office = aliased(Organization)
    first = select(func.min(office.id)).where(office.region_code == region_code, office.retired.is_(False))
    return first.scalar_subquery()


def has_own() -> ColumnElement[bool]:
    """The organizations that have a design of their own."""
    return exists().where(CertificateDesign.organization_id == Organization.id, _decides())


def _decides() -> ColumnElement[bool]:
    """The newest versions, but for those by which an organization went back to following."""
    other = aliased(CertificateDesign)
    newest = select(func.max(other.version)).where(other.organization_id == CertificateDesign.organization_id)
    return and_(
        CertificateDesign.version == newest.correlate(CertificateDesign).scalar_subquery(),
        CertificateDesign.content != CertificateDesign.FOLLOWING,
    )
