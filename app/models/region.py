"""行政区划: 1 province, 16 prefectures, 129 counties, keyed by GB/T 2260 code."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.columns import column

LEVELS = ("省", "州市", "县区")


def prefix_of(code: str, level: int) -> str:
    """The digits that the region ``code`` of ``level`` shares with those below it alone.

    GB/T 2260 gives two digits to the province, two to the prefecture, two to the county. What a province governs
    directly (110101, a district of 北京; 429004, a city of 湖北) stands where a prefecture does, and is all six.
    """
    own, rest = code[: 2 * (level + 1)], code[2 * (level + 1) :]
    return code if rest.strip("0") else own


def span_of(code: str, level: int) -> tuple[str, str]:
    """The codes of the region ``code`` of ``level`` and all below it: first and last, both included.

    A subtree is one range of codes, and a range is served by an index.
    """
    prefix = prefix_of(code, level)
    return prefix.ljust(6, "0"), prefix.ljust(6, "9")


class Region(Model):
    """A place of the tree. ``level``: 0 for the province, 1 for what is directly below, 2 for what is below that."""

    __tablename__ = "region"
    __shown__ = "full_name"
    __label__ = "行政区划"

    code: Mapped[str] = column(String(6), label="区划代码", primary_key=True, nullable=False, listed=True)
    name: Mapped[str] = column(String(40), label="名称", nullable=False, listed=True, searchable=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    level: Mapped[int] = mapped_column()

    full_name: Mapped[str] = column(String(60), label="全称", nullable=False, listed=True)
    """With its prefecture's name before a county's, as people write it."""

    @property
    def prefix(self) -> str:
        """The digits of its code that those below it begin with, and no other region."""
        return prefix_of(self.code, self.level)

    @property
    def span(self) -> tuple[str, str]:
        """The codes of this region and all below it."""
        return span_of(self.code, self.level)

    def __str__(self) -> str:
        return self.full_name
