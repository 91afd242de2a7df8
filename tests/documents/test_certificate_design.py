"""What an organization may decide about its certificates: wording and look."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from pypdf import PdfReader

from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from app.documents.fonts import UnprintableCharacter
from app.domain.design import SCALES, Accent, Border, Design
from tests.documents.test_certificate_archive import CHECKED
from tests.documents.test_certificate_pdf import EXTREMES, MANUAL, MANUAL_LINES

Lines = Callable[[bytes], list[str]]
Run = Callable[..., str]

FULLEST = Design(
    heading="应急管理专家聘任证书（副本",
    greeting="尊敬的{name}" + "先生" * 10 + "：",
    sentence="兹" * 50 + "经{body}批准，聘请你为{title}专家。" + "望" * 50,
    number_label="聘任证书的统一编号（以此为准）：",
    term_label="本聘任证书的有效期限（含首尾两日）：",
    closing="特发此证，" * 12,
    border=Border.CORNERS,
    scale=120,
)


def designed(design: Design, data: CertificateData = MANUAL) -> bytes:
    return render_certificate(replace(data, design=design))


@pytest.mark.parametrize("border", list(Border))
def test_every_border_in_every_colour_reads_alike_and_looks_different(border: Border, pdf_lines: Lines) -> None:
    pdfs = [designed(Design(border=border, accent=accent)) for accent in Accent]
    assert pdf_lines(pdfs[-1]) == MANUAL_LINES
    drawn = set()
    for pdf in pdfs:
        (page,) = PdfReader(io.BytesIO(pdf)).pages
        drawn.add(page["/Resources"]["/XObject"]["/Border"].get_data())  # type: ignore[index]
    assert len(drawn) == len(Accent)


def test_wording_is_the_organizations_own(pdf_lines: Lines) -> None:
    design = Design(
        heading="聘任证书",
        greeting="尊敬的{name}：",
        sentence="现聘请您为{title}专家，{body}。",
        number_label="编号 ",
        term_label="聘期 ",
        closing="此聘。",
    )
    assert pdf_lines(designed(design)) == [
        "聘任证书",
        "尊敬的张三：",
        "现聘请您为省化工-防爆专家，云南省应急管理厅。",
        "此聘。",
        "编号 YNS20201015001",
        "聘期 2020年10月15日 至 2030年10月14日",
        "云南省应急管理厅",
        "2020年10月15日",
    ]


def test_a_value_is_no_placeholder_and_no_format(pdf_lines: Lines) -> None:
    lines = pdf_lines(render_certificate(replace(MANUAL, name="{title}", title="{name}{0.__class__}%s")))
    assert lines[1:3] == ["{title}同志：", "经云南省应急管理厅审核批准，聘请你为{name}{0.__class__}%s专家。"]


@pytest.mark.parametrize(
    "hostile", ["<b>{name}</b>", "</p><pdf:nextpage/>{name}", "{{ words.body }}{name}", "{name.__class__}{name}"]
)
def test_markup_in_a_wording_is_printed_as_it_stands(pdf_lines: Lines, hostile: str) -> None:
    greeting = "".join(pdf_lines(designed(Design(greeting=hostile)))[1:]).partition("经云南省")[0]
    assert greeting == hostile.replace("{name}", "张三")


@pytest.mark.parametrize("field", ["heading", "greeting", "sentence", "closing", "number_label", "term_label"])
def test_a_wording_that_no_font_has_is_refused_by_its_field(field: str) -> None:
    with pytest.raises(UnprintableCharacter) as refused:
        designed(replace(Design(), **{field: "😀{name}{body}{title}"}))  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize("data", [MANUAL, EXTREMES["all long"]], ids=["manual", "all long"])
@pytest.mark.parametrize("design", [Design(scale=120), Design(scale=80), FULLEST], ids=["120", "80", "fullest"])
def test_whatever_is_designed_stays_on_one_page_within_the_border(
    design: Design, data: CertificateData, run_on_pdf: Run
) -> None:
    pdf = designed(design, replace(data, check_url=CHECKED.check_url))
    boxes = run_on_pdf(pdf, "pdftotext", "-bbox", "{}", "-")
    assert boxes.count("<page ") == 1
    for corners in re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', boxes):
        left, top, right, bottom = map(float, corners)
        assert 58 < left < right < 784
        assert 58 < top < bottom < 537


def test_scale_makes_the_words_larger_and_smaller(run_on_pdf: Run) -> None:
    heights = []
    for scale in SCALES:
        boxes = run_on_pdf(designed(Design(scale=scale)), "pdftotext", "-bbox", "{}", "-")
        found = re.search(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">证书编号', boxes)
        assert found
        heights.append(float(found[2]) - float(found[1]))
    assert [round(height / heights[2], 1) for height in heights] == [scale / 100 for scale in SCALES]
