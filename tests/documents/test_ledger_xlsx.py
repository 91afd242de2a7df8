"""聘书台账 as a workbook: what it says, how it prints, and that nothing that was typed becomes a formula."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest
from lxml import etree

from app.documents.ledger import COLUMNS, Ledger, Line
from app.documents.ledger_xlsx import render_ledger

DAY = date(2026, 3, 5)
NASTY = ('=HYPERLINK("http://evil.example","看")', "+86", "-1", "@SUM(1)", "http://evil.example/x", "007")


def line(serial: int, **fields: object) -> Line:
    values = {"name": "张三", "reason": "", "state": "有效", "valid_to": None, "ended_on": None, "remark": ""} | fields
    return Line(
        number=f"YNS20260305{serial:03d}", title="省化工-防爆专家", body="云南省应急管理厅", department="危化处",
        valid_from=DAY, issued_on=DAY, **values,  # type: ignore[arg-type]
    )  # fmt: skip


def workbook(*lines: Line, name: str = "云南省应急管理厅", gaps: tuple[str, ...] = ()) -> bytes:
    return render_ledger(Ledger(name, 2026, date(2026, 11, 24), {"有效": len(lines)}, gaps, iter(lines)))


def sheet(data: bytes) -> tuple[str, etree._Element]:
    """The workbook's own part, and the sheet."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return archive.read("xl/workbook.xml").decode(), etree.fromstring(archive.read("xl/worksheets/sheet1.xml"))


def found(tree: etree._Element, path: str) -> list[etree._Element]:
    return tree.xpath(path, namespaces={"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"})


def test_it_prints_on_a4_with_its_headings_on_each_page() -> None:
    book, tree = sheet(workbook(line(1), name="某县应急局A&B"))
    (setup,) = found(tree, "//x:pageSetup")
    assert (setup.get("orientation"), setup.get("paperSize"), setup.get("fitToHeight")) == ("landscape", "9", "0")
    (footer,) = found(tree, "//x:oddFooter")
    assert footer.text.startswith("&L某县应急局A&&B2026年聘书台账&C第 &P 页，共 &N 页")
    assert "_xlnm.Print_Titles" in book
    assert "'2026年'!$3:$3" in book
    (pane,) = found(tree, "//x:pane")
    assert (pane.get("state"), pane.get("ySplit"), pane.get("xSplit")) == ("frozen", "3", "3")
    assert sum(int(one.get("max")) - int(one.get("min")) + 1 for one in found(tree, "//x:col")) == len(COLUMNS)


def test_what_was_typed_is_text_whatever_it_begins_with() -> None:
    data = workbook(*(line(n, name=text, reason=text, remark=text) for n, text in enumerate(NASTY, 1)))
    _, tree = sheet(data)
    assert not found(tree, "//x:f | //x:hyperlink")
    texts = [element.text for element in found(tree, "//x:c[@t='inlineStr']//x:t")]
    assert all(texts.count(text) == 3 for text in NASTY)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not [name for name in archive.namelist() if "rels" in name and b"evil" in archive.read(name)]


def cells(tree: etree._Element) -> dict[str, str]:
    """Address to what stands there, days as ISO writes them; blank ones left out."""
    values: dict[str, str] = {}
    for cell in found(tree, "//x:c[x:v or x:is]"):
        text = cell.xpath("string(.)")
        is_day = cell.get("t") is None and cell.get("r")[0] != "A"
        # Excel counts days from the end of 1899.
        values[cell.get("r")] = str(date(1899, 12, 30) + timedelta(days=int(text))) if is_day else text
    return values


def test_it_says_what_the_register_says() -> None:
    ended = line(
        2, name="𬱖·买买提", state="已终止", valid_to=date(2031, 3, 4), ended_on=date(2026, 4, 1), reason="调离。"
    )
    read = cells(sheet(workbook(line(1), ended, gaps=("编号不连续：2026年3月5日缺YNS20260305003。",)))[1])
    assert read["A1"] == "云南省应急管理厅2026年聘书台账"
    assert read["A2"] == "制表日期：2026年11月24日　共2份：有效2份"
    assert [read[f"{letter}3"] for letter in "ABCDEFGHIJKLM"] == [label for label, _ in COLUMNS]
    assert [read.get(f"{letter}4", "") for letter in "ABCGHIJKLM"] == [
        "1", "YNS20260305001", "张三", "2026-03-05", "长期", "2026-03-05", "有效", "", "", "",
    ]  # fmt: skip
    assert [read.get(f"{letter}5", "") for letter in "ACHJKL"] == [
        "2", "𬱖·买买提", "2031-03-04", "已终止", "2026-04-01", "调离。",
    ]  # fmt: skip
    assert read["A6"].startswith("编号不连续")


@pytest.mark.parametrize("count", [0, 3000])
def test_a_register_of_any_length_opens(count: int) -> None:
    _, tree = sheet(workbook(*(line(n) for n in range(1, count + 1))))
    assert len(found(tree, "//x:sheetData/x:row")) == count + 3


def test_a_row_is_as_high_as_the_longest_reason_needs() -> None:
    _, tree = sheet(workbook(line(1), line(2, reason="调" * 40), line(3, reason="调" * 500)))
    heights = [float(row.get("ht")) for row in found(tree, "//x:sheetData/x:row")[3:]]
    assert heights[0] < heights[1] < heights[2] <= 409  # no program has a higher row
