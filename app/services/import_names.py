"""Regions and specialities as people write them in a table: with or without the levels above, in old wording too."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.extensions import db
from app.models import Field, Industry, Region, Speciality

_BETWEEN = re.compile(r"[\s/\\|>→、,，·._—–-]+")
_SEVERAL = re.compile(r"[;；\n]+")
_ECHOED = 40

Places = dict[str, set[int]]


@dataclass
class Names:
    """What there is to choose from, read once for a file."""

    regions: dict[str, str] = field(default_factory=dict)
    """Wording to code."""
    today: Places = field(default_factory=lambda: defaultdict(set))
    former: Places = field(default_factory=lambda: defaultdict(set))
    shorter: Places = field(default_factory=lambda: defaultdict(set))
    """Wording to ids of specialities: whole paths as they read today, with a wording of the source's, parts of them."""
    retired: dict[int, str] = field(default_factory=dict)
    """What cannot be chosen any more, by id."""

    def region(self, text: str) -> str | None:
        """The code of a prefecture or county; ``None`` for what is neither."""
        return self.regions.get(plain(text))

    def chosen(self, text: str) -> tuple[list[int], str]:
        """The ids of the specialities that a cell names, and what is wrong with one of them, "" where nothing is."""
        found: dict[int, None] = {}
        for wording in filter(None, map(str.strip, _SEVERAL.split(text))):
            ids = next(
                (at[plain(wording)] for at in (self.today, self.former, self.shorter) if plain(wording) in at), set()
            )
            shown = wording if len(wording) <= _ECHOED else f"{wording[:_ECHOED]}…"
            if not ids:
                return [], f"没有“{shown}”这个专业类别，请从“申报类别”表中复制。"
            ids = ids - self.retired.keys() or ids
            if len(ids) > 1:
                return [], f"“{shown}”在几个领域中都有，请写全：行业类别/重点领域/专业类别。"
            (speciality_id,) = ids
            if speciality_id in self.retired:
                return [], f"专业类别“{self.retired[speciality_id]}”已停用，请另选。"
            found[speciality_id] = None
        return list(found), ""


def plain(text: str) -> str:
    """A wording without what people put between its levels, and with one sort of brackets."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text))


def read_names() -> Names:
    """Every region and speciality. Two statements."""
    names = Names()
    regions = {region.code: region for region in db.session.scalars(select(Region))}
    province = next(region.name for region in regions.values() if region.level == 0)
    for region in regions.values():
        if region.level:
            for before, name in product(("", province, province.removesuffix("省")), (region.full_name, region.name)):
                names.regions.setdefault(plain(before + name), region.code)
            names.regions[region.code] = region.code
    for speciality in every_speciality():
        levels = (speciality.field.industry, speciality.field, speciality)
        names.today[plain("".join(level.name for level in levels))].add(speciality.id)
        for wording in product(*({level.name, level.source_name or level.name} for level in levels)):
            names.former[plain("".join(wording))].add(speciality.id)
            names.shorter[plain("".join(wording[1:]))].add(speciality.id)
            names.shorter[plain(wording[2])].add(speciality.id)
        if any(level.retired for level in levels):
            names.retired[speciality.id] = speciality.name
    return names


def every_speciality() -> Iterable[Speciality]:
    """All of the taxonomy, retired entries too, in its order."""
    return db.session.scalars(
        select(Speciality)
        .join(Speciality.field)
        .join(Field.industry)
        .options(contains_eager(Speciality.field).contains_eager(Field.industry))
        .order_by(Industry.position, Industry.id, Field.position, Field.id, Speciality.position, Speciality.id)
    )


def living_paths() -> Iterator[str]:
    """What can be chosen, as a cell names it."""
    for one in every_speciality():
        if not (one.retired or one.field.retired or one.field.industry.retired):
            yield "/".join((one.field.industry.name, one.field.name, one.name))
