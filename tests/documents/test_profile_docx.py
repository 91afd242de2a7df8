from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from PIL import Image

from app.documents.data import Entry, Listing, ProfileData, Section
from app.documents.profile_docx import render_profile

Lines = Callable[[bytes], list[str]]


def picture(kind: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (295, 413)) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind)
    return buffer.getvalue()


PROFILE = ProfileData(
    heading="云南省应急管理专家登记表",
    name="张三",
    parts=(
        Section(
            "基本信息",
            (
                Entry("姓名", "张三"),
                Entry("性别", "男"),
                Entry("出生日期", "1970年1月1日"),
                Entry("民族", "彝族"),
                Entry("通讯地址", "云南省昆明市五华区", wide=True),
                Entry("政治面貌", "中共党员"),
                Entry("身份证号", "530102********0011"),
                Entry("最高学历", "博士研究生"),
                Entry("毕业院校", "昆明理工大学"),
                Entry("电子邮箱", "zhang.san@example.cn"),
            ),
        ),
        Section("工作信息", (Entry("工作单位", "某某化工研究院"), Entry("专业特长", "防爆", wide=True))),
        Listing("教育经历", ("时间", "学校", "学位"), (("1988年—1992年", "昆明理工大学", "学士"),)),
        Listing("奖惩情况", ("时间", "内容"), ()),
        Listing("附件", ("名称", "大小"), (("身份证.pdf", "1.2 MB"), ("职称证书.jpg", "860 KB"))),
    ),
    prepared_on=date(2026, 1, 5),
    photo=picture(),
)


def with_parts(*parts: Section | Listing) -> ProfileData:
    return replace(PROFILE, parts=parts)


def opened(data: ProfileData) -> Any:
    return Document(io.BytesIO(render_profile(data)))


def rows_of(table: Any) -> list[list[str]]:
    """The text of each cell that is written, merged ones once in their row."""
    return [[cell.xpath("string(.)") for cell in row.tc_lst] for row in table._tbl.tr_lst]


def test_sections_set_labels_and_values_two_to_a_row() -> None:
    tables = opened(PROFILE).tables
    assert rows_of(tables[0]) == [
        ["基本信息"],
        ["姓名", "张三", "性别", "男", ""],
        ["出生日期", "1970年1月1日", "民族", "彝族", ""],
        ["通讯地址", "云南省昆明市五华区", ""],
        ["政治面貌", "中共党员", "身份证号", "530102********0011", ""],
        ["最高学历", "博士研究生", "毕业院校", "昆明理工大学"],
        ["电子邮箱", "zhang.san@example.cn"],
    ]
    assert rows_of(tables[1]) == [["工作信息"], ["工作单位", "某某化工研究院"], ["专业特长", "防爆"]]


def test_listings_are_tables_with_headings_and_an_empty_one_says_so() -> None:
    tables = opened(PROFILE).tables
    assert rows_of(tables[2]) == [
        ["教育经历"],
        ["时间", "学校", "学位"],
        ["1988年—1992年", "昆明理工大学", "学士"],
    ]
    assert rows_of(tables[3]) == [["奖惩情况"], ["时间", "内容"], ["无"]]
    assert rows_of(tables[4])[2:] == [["身份证.pdf", "1.2 MB"], ["职称证书.jpg", "860 KB"]]


def test_every_row_fills_the_width_of_its_table() -> None:
    for table in opened(PROFILE).tables:
        columns = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid.gridCol_lst]
        for row in table._tbl.tr_lst:
            assert sum(cell.grid_span for cell in row.tc_lst) == len(columns)
            assert sum(cell.tcPr.find(qn("w:tcW")).w for cell in row.tc_lst) == sum(columns) == 9410


def test_title_date_and_order_of_parts() -> None:
    document = opened(PROFILE)
    assert [p.text for p in document.paragraphs if p.text] == [
        "云南省应急管理专家登记表",
        "制表日期：2026年1月5日",
    ]
    assert [rows_of(table)[0] for table in document.tables] == [[part.title] for part in PROFILE.parts]


def test_photo_stands_merged_at_the_right_of_the_first_section() -> None:
    table = opened(PROFILE).tables[0]
    merged = [row.tc_lst[-1].vMerge for row in table._tbl.tr_lst]
    assert merged == [None, "restart", "continue", "continue", "continue", None, None]
    (inline,) = table._tbl.iter(qn("wp:inline"))
    assert list(table._tbl.tr_lst[1].tc_lst[-1].iter(qn("wp:inline"))) == [inline]
    assert inline.docPr.get("descr") == "张三的照片"
    assert (inline.extent.cx, inline.extent.cy) == (pytest.approx(Mm(25), 0.01), pytest.approx(Mm(35), 0.01))


@pytest.mark.parametrize(
    "photo",
    [
        picture("PNG", "RGBA"),
        picture("PNG", "P"),
        picture("PNG", "LA"),
        picture("PNG", "I;16"),
        picture("JPEG", "L"),
        picture("JPEG", "CMYK"),
        picture("JPEG", size=(4000, 300)),
        picture("JPEG", size=(1, 2000)),
    ],
    ids=["RGBA", "palette", "grey alpha", "16 bit", "grey", "CMYK", "wide", "thin"],
)
def test_photo_of_any_kind_fits_its_frame(photo: bytes) -> None:
    (inline,) = opened(replace(PROFILE, photo=photo)).element.iter(qn("wp:inline"))
    assert 0 < inline.extent.cx <= Mm(25) + 1
    assert 0 < inline.extent.cy <= Mm(35) + 1


@pytest.mark.parametrize(
    "photo",
    [
        None,
        b"",
        b"not a picture",
        picture()[:400],
        picture("PNG")[:60],
        picture("GIF"),
        picture("PNG", "1", (6000, 6000)),
    ],
    ids=["none", "empty", "text", "cut JPEG", "cut PNG", "GIF", "huge"],
)
def test_without_a_readable_photo_an_empty_frame_is_left(photo: bytes | None) -> None:
    table = opened(replace(PROFILE, photo=photo)).tables[0]
    assert rows_of(table)[1] == ["姓名", "张三", "性别", "男", "照片"]
    assert not list(table._tbl.iter(qn("w:drawing")))


def test_photo_is_kept_no_larger_than_it_prints() -> None:
    noise = io.BytesIO()
    Image.effect_noise((3000, 4200), 90).convert("RGB").save(noise, "JPEG", quality=95)
    assert len(noise.getvalue()) > 5_000_000
    assert len(render_profile(replace(PROFILE, photo=noise.getvalue()))) < 400_000


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (Section("空", ()),),
        (Section("一", (Entry("甲", "乙"),)), Section("空", ())),
        (Listing("表", (), ()), Listing("表", ("一",), ())),
    ],
    ids=["no parts", "empty first section", "empty section", "no headings"],
)
def test_empty_parts_still_make_a_form(parts: tuple[Section | Listing, ...]) -> None:
    tables = opened(with_parts(*parts)).tables
    assert [rows_of(table)[0] for table in tables] == [[part.title] for part in parts]
    assert all(len(rows_of(table)) >= 2 for table in tables)


def test_a_row_that_does_not_match_its_headings_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        render_profile(with_parts(Listing("表", ("一", "二"), (("甲",),))))


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("张\x00三\x1f\x0b", "张三"),
        ("张\ud800三\udfff", "张三"),
        ("张三\ufffe\uffff", "张三"),
        ("<b>&amp;</b>]]>", "<b>&amp;</b>]]>"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("{{7*7}}", "{{7*7}}"),
        ("欧阳𬱖𬭖😀", "欧阳𬱖𬭖😀"),
        ("  两端  ", "  两端  "),
        ("长" * 20_000, "长" * 20_000),
    ],
    ids=[
        "controls",
        "surrogates",
        "noncharacters",
        "markup",
        "formula",
        "template",
        "rare",
        "blanks",
        "long",
    ],
)
def test_any_text_is_shown_as_it_is_or_without_what_xml_cannot_hold(typed: str, shown: str) -> None:
    document = opened(
        ProfileData(
            heading=typed,
            name=typed,
            parts=(
                Section(typed, (Entry(typed, typed), Entry(typed, typed, wide=True))),
                Listing(typed, (typed,), ((typed,),)),
            ),
            prepared_on=date(2026, 1, 5),
            photo=picture(),
        )
    )
    assert document.paragraphs[0].text == shown
    assert rows_of(document.tables[1]) == [[shown]] * 3
    assert rows_of(document.tables[0])[1][:2] == [shown, shown]
    assert document.sections[0].header.paragraphs[0].text == f"{shown}　{shown}"


def test_lines_of_a_value_stay_lines() -> None:
    table = opened(with_parts(Section("业绩", (Entry("成果", "一\r\n二\r三\n\n", wide=True),)))).tables[0]
    assert table.cell(1, 1).text == "一\n二\n三"


def test_a_note_stands_below_the_date_and_none_leaves_no_line() -> None:
    noted, plain = opened(replace(PROFILE, note="证件号码、手机号已脱敏")), opened(PROFILE)
    texts = [paragraph.text for paragraph in noted.paragraphs]
    assert texts[:3] == ["云南省应急管理专家登记表", "制表日期：2026年1月5日", "证件号码、手机号已脱敏"]
    assert len(plain.paragraphs) == len(noted.paragraphs) - 1
