"""What a new installation starts from: the manual's appendix with four cells mended, GB/T 2260, offices."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from app.reference import read
from app.reference.read import Level

FOLDER = Path(read.__file__).parent


def leaves() -> list[tuple[str, str, read.Speciality]]:
    return [
        (industry.name, field.name, speciality)
        for industry in read.taxonomy()
        for field in industry.fields
        for speciality in field.specialities
    ]


def test_taxonomy_file_is_the_appendix_row_for_row() -> None:
    with (FOLDER / "taxonomy.tsv").open(encoding="utf-8", newline="") as lines:
        rows = [tuple(row) for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]
    assert len(rows) == 392
    repeats = {row: count for row, count in Counter(rows).items() if count > 1}
    assert len(repeats) == 7
    assert {(row[0], row[2], count) for row, count in repeats.items()} == {("化工（危险化学品）", "安全工程", 2)}


def test_taxonomy_has_18_industries_49_fields_and_385_specialities() -> None:
    industries = read.taxonomy()
    assert len(industries) == 18
    assert sum(len(industry.fields) for industry in industries) == 49
    assert len(leaves()) == 385


def test_taxonomy_names_are_unique_below_their_parent_after_correction() -> None:
    assert len({(industry, field, leaf.name) for industry, field, leaf in leaves()}) == 385
    assert len({(industry, field, leaf.source) for industry, field, leaf in leaves()}) == 385


def test_taxonomy_mends_four_cells_and_keeps_their_source() -> None:
    mended = {(industry, field, s.source, s.name) for industry, field, s in leaves() if s.name != s.source}
    rescue = "抢险救灾应急与救援"
    enforcement = "安全生产执法"
    assert mended == {
        ("交通运输", "民航运输", "在·", "公路运输，车辆、道路安全"),
        (rescue, rescue, "泥土流防治", "泥石流防治"),
        (rescue, rescue, "铁路地质灾害抢", "铁路地质灾害抢险"),
        (enforcement, enforcement, "地址工程（水文工程及矿山工程）", "地质工程（水文工程及矿山工程）"),
    }


def test_taxonomy_mended_cell_agrees_with_its_three_sister_fields() -> None:
    firsts = {
        field.name: field.specialities[0].name
        for industry in read.taxonomy()
        if industry.name == "交通运输"
        for field in industry.fields
    }
    assert firsts == dict.fromkeys(("道路交通", "水上交通", "民航运输", "铁路运输"), "公路运输，车辆、道路安全")


def test_taxonomy_keeps_the_order_of_the_appendix() -> None:
    industries = read.taxonomy()
    assert [industries[0].name, industries[1].name, industries[-1].name] == [
        "化工（危险化学品）",
        "烟花爆竹",
        "其他行业",
    ]
    first = industries[0].fields[0]
    assert [s.name for s in first.specialities[:2]] == ["基础化学", "化工工艺"]


def test_every_correction_is_used() -> None:
    with (FOLDER / "taxonomy_corrections.tsv").open(encoding="utf-8", newline="") as lines:
        listed = list(csv.DictReader(lines, delimiter="\t"))
    assert len(listed) == sum(s.name != s.source for _, _, s in leaves()) == 4


def test_r17_short_names_are_short_and_tell_industries_apart() -> None:
    names = {industry.name: industry.short_name for industry in read.taxonomy()}
    assert names["化工（危险化学品）"] == "化工"
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{2,8}", short) for short in names.values())
    assert len(set(names.values())) == 18


def test_regions_are_1_province_16_prefectures_129_counties() -> None:
    regions = read.regions()
    assert Counter(region.level for region in regions) == {
        Level.PROVINCE: 1,
        Level.PREFECTURE: 16,
        Level.COUNTY: 129,
    }
    assert len({region.code for region in regions}) == 146
    assert all(re.fullmatch(r"53\d{4}", region.code) for region in regions)


def test_regions_hang_below_the_parent_their_code_names() -> None:
    seen: set[str] = set()
    for region in read.regions():
        if region.level is Level.PROVINCE:
            assert region.parent_code is None
        elif region.level is Level.PREFECTURE:
            assert region.parent_code == "530000"
        else:
            assert region.parent_code == region.code[:4] + "00"
            assert region.parent_code in seen
        seen.add(region.code)


def test_r17_every_region_is_named_for_its_level() -> None:
    assert {region.name[-1] for region in read.regions()} == {"省", "州", "市", "县", "区"}


def test_r16_each_region_has_one_organization_and_each_prefix_is_unique() -> None:
    organizations = read.organizations()
    assert [o.region_code for o in organizations] == [region.code for region in read.regions()]
    assert len({o.prefix for o in organizations}) == 146
    # Letters alone, so that prefix and date can be told apart in a number.
    assert all(re.fullmatch(r"[A-Z]{3,8}", o.prefix) for o in organizations)
    prefixes = {o.region_code: o.prefix for o in organizations}
    assert [prefixes[c] for c in ("530000", "530100", "532300", "530102")] == ["YNS", "KMS", "CXZ", "KMWHQ"]


@pytest.mark.parametrize(
    ("code", "bodies"),
    [
        (
            "530000",
            ("云南省应急管理厅", "云南省安全生产委员会办公室", "云南省自然灾害应急管理委员会办公室"),
        ),
        (
            "530100",
            ("昆明市应急管理局", "昆明市安全生产委员会办公室", "昆明市自然灾害应急管理委员会办公室"),
        ),
        (
            "530102",
            ("五华区应急管理局", "五华区安全生产委员会办公室", "五华区自然灾害应急管理委员会办公室"),
        ),
    ],
)
def test_r14_three_appointing_bodies(code: str, bodies: tuple[str, str, str]) -> None:
    found = {o.region_code: o for o in read.organizations()}[code]
    assert found.appointing_bodies == bodies
    assert found.name == bodies[0]


def test_r14_all_438_bodies_are_named_after_their_region() -> None:
    names = {region.code: region.name for region in read.regions()}
    bodies = [(names[o.region_code], body) for o in read.organizations() for body in o.appointing_bodies]
    assert len(bodies) == len({body for _, body in bodies}) == 438
    assert all(body.startswith(region) for region, body in bodies)


def test_departments_are_thirteen_at_each_of_two_levels_and_one_files() -> None:
    for level, ending in ((Level.PROVINCE, "处"), (Level.PREFECTURE, "科")):
        departments = [d for d in read.departments() if d.level is level]
        assert len({d.name for d in departments}) == 13
        assert [d.name for d in departments if d.files] == ["科技和信息化" + ending]
        assert all(d.reviews != d.files for d in departments)
        assert {d.name for d in departments if not d.name.endswith(ending)} == {
            "应急指挥中心",
            f"安全生产基础{ending}（工贸）",
        }


def test_files_hold_no_stray_blanks() -> None:
    for path in FOLDER.glob("*.tsv"):
        text = path.read_text(encoding="utf-8")
        assert text.endswith("\n")
        assert "\r" not in text
        assert "\ufeff" not in text
        for line in text.splitlines():
            assert all(cell == cell.strip() for cell in line.split("\t")), (path.name, line)


def test_reader_refuses_another_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "regions.tsv").write_text("code\tname\n530000\t云南省\n", encoding="utf-8")
    monkeypatch.setattr(read, "_FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"regions\.tsv"):
        read.regions()
