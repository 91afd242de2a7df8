"""统计分析: whose figures somebody may ask for (R1)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement

from app.domain.errors import NotAllowed, NotFound
from app.extensions import db
from app.models import Region
from app.policies.actor import Actor
from app.policies.roles import READ_EXPERTS
from app.policies.scope import sight
from app.policies.sight import Sight
from app.services import rows


@dataclass(frozen=True)
class Asked:
    """Whose figures: those ``seen`` in ``region``; of the experts, where ``approved``, only who has been approved."""

    seen: Sight
    region: Region
    approved: bool
    chosen: bool
    """Whether the region is another than the actor's own: then who lives there alone is counted, as in the list."""

    @property
    def key(self) -> tuple[object, ...]:
        """All that the figures depend on, by value."""
        return self.seen, self.region.code, self.approved, self.chosen

    @property
    def people(self) -> Sight:
        """The experts who are counted."""
        return self.seen.with_approved(True) if self.approved else self.seen

    @property
    def query(self) -> dict[str, str]:
        """The filters of 专家信息 under which it shows these experts."""
        return {"approved": "1" if self.approved else ""} | self.place

    @property
    def place(self) -> dict[str, str]:
        """The filter of any list of theirs."""
        return {"region": self.region.code} if self.chosen else {}

    @property
    def words(self) -> str:
        """The experts who are counted, for a reader."""
        whom = "审核通过的专家" if self.approved else "全部登记的专家"
        return f"居住在该地区的{whom}" if self.chosen else whom


def asked(actor: Actor, region_code: str = "", *, approved: bool = True) -> Asked:
    """What the address asks for. Raises ``NotAllowed``, and ``NotFound`` for a region beyond the actor's own."""
    seen = sight(actor, READ_EXPERTS)
    if seen is None:
        raise NotAllowed("您没有查看专家信息的权限。")
    own = db.session.get_one(Region, seen.span[0])
    region = db.session.get(Region, region_code) if region_code else own
    narrowed = seen if region in (None, own) else seen.living_in(region)
    if region is None or narrowed is None:
        raise NotFound(rows.NOT_THERE)
    return Asked(narrowed, region, approved, region is not own)


def regions(actor: Actor) -> ColumnElement[bool]:
    """The regions that may be asked for: the actor's own and those below."""
    seen = sight(actor, READ_EXPERTS)
    return Region.code.between(*seen.span) if seen else Region.code.is_(None)
