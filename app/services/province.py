"""Where the product is used: words for its manual, examples and defaults, from the divisions and offices given."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from app.domain import sms_wording, titles
from app.reference import read
from settings.environment import Misconfigured

CODES = {
    read.Level.PROVINCE: re.compile(r"\d\d0000"),
    read.Level.PREFECTURE: re.compile(r"\d{6}"),
    read.Level.COUNTY: re.compile(r"\d{6}"),
}
PREFIX = re.compile(r"[A-Z]{2,12}")


@dataclass(frozen=True, eq=False)
class Province:
    """``words`` by the names under which texts have them: ``{office}`` for 云南省应急管理厅."""

    code: str
    name: str
    words: Mapping[str, str]

    def fill(self, text: str) -> str:
        """``text`` with the words of this province; other placeholders stay."""
        return sms_wording.fill(text, self.words)


def own_files(config: Mapping[str, Any]) -> Path | None:
    """The folder of another province than the product's own."""
    return Path(config["REFERENCE_PATH"]) if config["REFERENCE_PATH"] else None


def here() -> Province:
    """Of this installation."""
    found: Province = current_app.extensions["province"]
    return found


def init_app(app: Flask) -> None:
    """Reads the files. Raises Misconfigured, with all that is wrong with them."""
    own = own_files(app.config)
    if own:
        try:
            faults = list(_faults(own))
        except (OSError, ValueError, StopIteration) as fault:
            faults = [str(fault)]
        if faults:
            raise Misconfigured("REFERENCE_PATH 中的数据有误：\n" + "\n".join(f"  {fault}" for fault in faults))
    app.extensions["province"] = of(own)


@cache
def of(own: Path | None) -> Province:
    """The examples are the first prefecture and its first county; where there is no county, the prefecture again."""
    regions, offices = read.regions(own), {office.region_code: office for office in read.organizations(own)}
    top = next(region for region in regions if region.parent_code is None)
    city = next((region for region in regions if region.parent_code == top.code), top)
    county = next((region for region in regions if region.parent_code == city.code), city)
    filing = next(one.name for one in read.departments(own) if one.files and one.level is read.Level.PROVINCE)
    reviewing = next(one.name for one in read.departments(own) if one.reviews and one.level is read.Level.PROVINCE)
    counts = Counter(region.level for region in regions)
    words = {"province": top.name, "level": titles.level(top.name), "filing": filing, "reviewing": reviewing}
    words |= {"cities": str(counts[read.Level.PREFECTURE]), "counties": str(counts[read.Level.COUNTY])}
    for begins, region in (("", top), ("city", city)):
        office = offices[region.code]
        names = dict(zip(("office", "safety", "disaster"), office.appointing_bodies, strict=True))
        words |= {f"{begins}{key}": name for key, name in names.items()} | {f"{begins}prefix": office.prefix}
    within = county.name if county is city else f"{city.name}{county.name}"
    words |= {"city": city.name, "county": county.name, "countywithin": within, "countycode": county.code}
    return Province(top.code, top.name, words)


def _faults(own: Path) -> Iterator[str]:
    """What would come to light only when somebody applies there, or never."""
    regions, offices = read.regions(own), read.organizations(own)
    codes, seen = {region.code for region in regions}, set[str]()
    for region in regions:
        if not CODES[region.level].fullmatch(region.code) or region.code in seen:
            yield f"regions.tsv：{region.name}的代码 {region.code} 应为六位，省 xx0000，且不重复"
        # Whom an official sees is a span of codes.
        if region.parent_code is not None and region.parent_code not in seen & {
            f"{region.code[:2]}0000",
            f"{region.code[:4]}00",
        }:
            yield f"regions.tsv：{region.name}的上级 {region.parent_code} 应列在它的前面，代码的前几位与它相同"
        around = f"{region.code[:4]}00"
        if region.level is read.Level.PREFECTURE and region.code != around and around in codes:
            yield f"regions.tsv：{region.name}直属于省，代码 {region.code} 不能与市州 {around} 的前四位相同"
        seen.add(region.code)
    if sum(region.parent_code is None for region in regions) != 1:
        yield "regions.tsv：应有一个、也只有一个没有上级的地区，即本省"
    if [office.region_code for office in offices] != [region.code for region in regions]:
        yield "organizations.tsv：每个地区应有一个机构，次序与 regions.tsv 相同"
    for office in offices:
        if not PREFIX.fullmatch(office.prefix):
            yield f"organizations.tsv：{office.name}的前缀 {office.prefix} 应为二至十二个大写字母"
    for what, names in (("前缀", [o.prefix for o in offices]), ("名称", [o.name for o in offices])):
        yield from (f"organizations.tsv：{what} {name} 重复" for name, count in Counter(names).items() if count > 1)
