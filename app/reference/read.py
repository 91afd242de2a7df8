"""Typed readers of the reference files in this folder.

``own`` is the folder of another province (``REFERENCE_PATH``): a file in it stands in for ours of the same name.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

_FOLDER = Path(__file__).parent


class Level(StrEnum):
    """Where a region stands in the tree of administrative divisions."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"


@dataclass(frozen=True)
class Speciality:
    """专业类别. ``source`` is the appendix's wording, so that old files match; ``name`` the right one."""

    name: str
    source: str


@dataclass(frozen=True)
class Field:
    """重点领域 with its specialities in the appendix's order."""

    name: str
    source: str
    specialities: tuple[Speciality, ...]


@dataclass(frozen=True)
class Industry:
    """行业类别 with its fields. ``short_name``, at most 8 characters, stands in certificate titles (R17)."""

    name: str
    source: str
    short_name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Region:
    """A division by its six-digit GB/T 2260 code; the province has no parent."""

    code: str
    name: str
    parent_code: str | None
    level: Level


@dataclass(frozen=True)
class Organization:
    """The emergency management office of a region.

    ``prefix`` begins its certificate numbers: capital letters, never shared (R16). ``appointing_bodies`` are
    the three of R14: the office itself, 安全生产委员会办公室, 自然灾害应急管理委员会办公室.
    """

    region_code: str
    name: str
    prefix: str
    appointing_bodies: tuple[str, str, str]


@dataclass(frozen=True)
class Department:
    """A department that every organization of ``level`` begins with: it reviews, or it files."""

    level: Level
    name: str
    reviews: bool
    files: bool


@dataclass(frozen=True)
class Holiday:
    """A day that differs from the week. ``kind`` is 放假 or 调休上班."""

    day: date
    name: str
    kind: str


def _rows(own: Path | None, file_name: str, *columns: str) -> list[tuple[str, ...]]:
    """Read the cells of ``columns`` in that order. Raises ValueError where the header is another one."""
    path = own / file_name if own and (own / file_name).exists() else _FOLDER / file_name
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
        header = tuple(next(reader, ()))
        if header != columns:
            raise ValueError(f"{file_name}: expected the columns {columns}, found {header}")
        rows = [tuple(row) for row in reader]
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{file_name}: expected {len(columns)} cells, found {row}")
    return rows


def taxonomy(own: Path | None = None) -> tuple[Industry, ...]:
    """The three levels as a tree: 18 industries, 49 fields, 385 specialities.

    Repeats are dropped, damaged cells mended, and the appendix's order is kept at each level.
    """
    corrected = {
        (level, path, source): name
        for level, path, source, name in _rows(own, "taxonomy_corrections.tsv", "level", "path", "source", "corrected")
    }
    short_names = {row[0]: row[1] for row in _rows(own, "industries.tsv", "industry", "short_name")}
    tree: dict[str, dict[str, dict[str, None]]] = {}
    for industry, field, speciality in _rows(own, "taxonomy.tsv", "行业类别", "行业重点领域", "专业类别"):
        tree.setdefault(industry, {}).setdefault(field, {})[speciality] = None

    def name(level: str, path: str, source: str) -> str:
        return corrected.get((level, path, source), source)

    return tuple(
        Industry(
            name=name("industry", "", industry),
            source=industry,
            short_name=short_names[industry],
            fields=tuple(
                Field(
                    name=name("field", industry, field),
                    source=field,
                    specialities=tuple(
                        Speciality(name("speciality", f"{industry}/{field}", speciality), speciality)
                        for speciality in specialities
                    ),
                )
                for field, specialities in fields.items()
            ),
        )
        for industry, fields in tree.items()
    )


def regions(own: Path | None = None) -> tuple[Region, ...]:
    """Every division by code, each parent before its children. Yunnan: 1 province, 16 prefectures, 129 counties."""
    rows = _rows(own, "regions.tsv", "code", "name", "parent_code")
    province = next(code for code, _, parent in rows if not parent)

    def level(parent: str) -> Level:
        if not parent:
            return Level.PROVINCE
        return Level.PREFECTURE if parent == province else Level.COUNTY

    return tuple(Region(code, name, parent or None, level(parent)) for code, name, parent in rows)


def organizations(own: Path | None = None) -> tuple[Organization, ...]:
    """One office for each region, in the order of the regions."""
    rows = _rows(own, "organizations.tsv", "region_code", "name", "prefix", "safety_office", "disaster_office")
    return tuple(
        Organization(code, name, prefix, (name, safety, disaster)) for code, name, prefix, safety, disaster in rows
    )


def departments(own: Path | None = None) -> tuple[Department, ...]:
    """The thirteen of the province (处) and the thirteen of a prefecture (科). Counties begin with none."""
    flag = {"yes": True, "no": False}
    return tuple(
        Department(Level(level), name, flag[reviews], flag[files])
        for level, name, reviews, files in _rows(own, "departments.tsv", "level", "name", "reviews", "files")
    )


def holidays(own: Path | None = None) -> tuple[Holiday, ...]:
    """Day by day what the file gives from a first to a last day."""
    found = []
    for first, last, name, kind in _rows(own, "holidays.tsv", "first", "last", "name", "kind"):
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            found.append(Holiday(day, name, kind))
            day += timedelta(days=1)
    return tuple(found)
