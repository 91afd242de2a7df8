"""PDF/A-2a and PDF/UA-1, clause by clause: what veraPDF found in order by hand must stay so."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from PIL import ImageCms

from app.documents.certificate_pdf import CertificateFailed, render_certificate
from app.documents.data import CertificateData
from app.documents.tagged_page import TaggedPage
from app.domain.design import Accent, Border, Design
from tests.documents.test_certificate_pdf import MANUAL, MANUAL_LINES

Run = Callable[..., str]

ADDRESS = "https://yjzj.example.gov.cn/check/Zm9vYmFyYmF6cXV4MTIzNA"
CHECKED = replace(MANUAL, check_url=ADDRESS)
STAMPED = replace(CHECKED, name="欧阳𡟙㛃", stamp="已终止 2026年11月24日")
CASES = {
    "without a code": MANUAL,
    "with a code": CHECKED,
    "stamped, rare characters": STAMPED,
    "designed": replace(
        CHECKED, design=Design(heading="聘任证书", closing="此聘。", border=Border.CORNERS, accent=Accent.BLUE)
    ),
}
NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
}
PAINTING = {"Tj", "TJ", "'", '"', "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "Do", "sh", "BI"}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> CertificateData:
    data: CertificateData = request.param
    return data


@pytest.fixture
def pdf(case: CertificateData) -> bytes:
    return render_certificate(case)


@pytest.fixture
def document(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def test_an_independent_reader_finds_the_file_sound(pdf: bytes, document: pikepdf.Pdf) -> None:
    assert document.check_pdf_syntax() == []
    assert re.match(rb"%PDF-1\.7\n%[\x80-\xff]{4}", pdf)
    assert not document.is_encrypted
    assert b"/ObjStm" not in pdf
    assert b"/XRef" not in pdf
    first, second = document.trailer["/ID"]  # type: ignore[misc]
    assert len(bytes(first)) == len(bytes(second)) == 16


def test_colours_are_those_of_an_srgb_profile_within(document: pikepdf.Pdf) -> None:
    (intent,) = document.Root.OutputIntents  # type: ignore[misc]
    assert intent.S == "/GTS_PDFA1"
    profile = intent.DestOutputProfile
    assert profile.N == 3
    read = ImageCms.ImageCmsProfile(io.BytesIO(profile.read_bytes())).profile
    assert (read.xcolor_space.strip(), read.version < 5) == ("RGB", True)
    for content in contents(document):
        used = {str(operator) for _, operator in pikepdf.parse_content_stream(content)}
        assert not used & {"k", "K", "cs", "CS", "scn", "SCN", "sh"}


def test_metadata_agrees_with_the_information_and_claims_both_standards(
    case: CertificateData, document: pikepdf.Pdf
) -> None:
    stream = document.Root.Metadata
    assert (stream.Type, stream.Subtype, "/Filter" in stream) == ("/Metadata", "/XML", False)
    xmp = ElementTree.fromstring(stream.read_bytes())

    def said(path: str) -> str:
        return xmp.findtext(f".//{path}", namespaces=NAMESPACES) or ""

    information = document.docinfo
    assert said("dc:title/rdf:Alt/rdf:li") == information["/Title"] == f"{case.design.heading} {case.number}"
    assert said("dc:creator/rdf:Seq/rdf:li") == information["/Author"] == case.body
    assert said("xmp:CreatorTool") == information["/Creator"] == "应急管理专家信息管理系统"
    made = datetime.fromisoformat(said("xmp:CreateDate"))
    assert abs((datetime.now(UTC) - made).total_seconds()) < 60
    assert str(information["/CreationDate"]) == f"D:{made:%Y%m%d%H%M%S}+08'00" == str(information["/ModDate"])
    assert said("xmp:ModifyDate") == said("xmp:CreateDate")
    assert (said("pdfaid:part"), said("pdfaid:conformance"), said("pdfuaid:part")) == ("2", "A", "1")


def test_a_value_cannot_break_out_of_the_metadata() -> None:
    hostile = "</rdf:li>&<pdfaid:part>3"
    document = pikepdf.open(io.BytesIO(render_certificate(replace(MANUAL, body=hostile))))
    xmp = ElementTree.fromstring(document.Root.Metadata.read_bytes())
    assert xmp.findtext(".//dc:creator/rdf:Seq/rdf:li", namespaces=NAMESPACES) == hostile


def test_nothing_in_it_acts_by_itself(document: pikepdf.Pdf) -> None:
    assert not set(document.Root.keys()) & {"/OpenAction", "/AA", "/Names", "/AcroForm", "/Requirements"}
    assert "/AA" not in document.pages[0]
    for annotation in document.pages[0].get("/Annots", []):
        assert (annotation.Subtype, annotation.A.S, str(annotation.A.URI)) == ("/Link", "/URI", ADDRESS)
        assert annotation.F == 4
        assert ADDRESS in str(annotation.Contents)


def test_fonts_are_as_pdf_a_wants_them(document: pikepdf.Pdf) -> None:
    names = []
    for font in fonts(document):
        assert (font.Subtype, "/Encoding" in font) == ("/TrueType", False)
        names.append(str(font.BaseFont))
        program = TTFont(io.BytesIO(font.FontDescriptor.FontFile2.read_bytes()))
        (table,) = program["cmap"].tables
        for code, glyph in table.cmap.items():
            if code <= int(font.LastChar):
                width = 1000 * program["hmtx"][glyph][0] / program["head"].unitsPerEm
                assert float(font.Widths[code]) == pytest.approx(width, abs=1)
    assert len(set(names)) == len(names)


def test_every_mark_is_tagged_or_decoration(document: pikepdf.Pdf) -> None:
    numbers, depth = [], 0
    for operands, operator in pikepdf.parse_content_stream(document.pages[0]):
        match str(operator):
            case "BDC":
                numbers.append(int(operands[1].MCID))  # type: ignore[union-attr]
                depth += 1
            case "BMC":
                assert operands[0] == "/Artifact"
                depth += 1
            case "EMC":
                depth -= 1
            case painting if painting in PAINTING:
                assert depth == 1
    assert depth == 0
    assert numbers == list(range(len(numbers)))
    tree = document.Root.StructTreeRoot.ParentTree.Nums
    for number, element in enumerate(tree[1]):
        assert number in list(element.K)
    assert document.Root.MarkInfo.Marked
    assert document.Root.ViewerPreferences.DisplayDocTitle
    assert document.Root.Lang == "zh-CN"
    assert document.pages[0].Tabs == "/S"


def test_is_read_out_in_order_the_stamp_first(run_on_pdf: Run) -> None:
    read = run_on_pdf(render_certificate(replace(STAMPED, name="张三")), "pdfinfo", "-struct-text", "{}")
    roles = re.findall(r"^  (\w+) \(", read, re.MULTILINE)
    assert roles == ["P", "H1", *["P"] * 7, "Link"]
    assert re.findall(r'"(.+)"', read) == [STAMPED.stamp, *MANUAL_LINES, "扫码查验"]


def test_the_code_is_a_figure_that_says_where_it_leads() -> None:
    document = pikepdf.open(io.BytesIO(render_certificate(CHECKED)))
    (root,) = document.Root.StructTreeRoot.K  # type: ignore[misc]
    *_, link = root.K  # type: ignore[misc]
    figure, annotation = link.K
    assert (figure.S, str(figure.Alt)) == ("/Figure", f"二维码，查验地址 {ADDRESS}")
    assert annotation.Obj == document.pages[0].Annots[0]


def test_words_that_are_not_tagged_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    add_words = TaggedPage.add_words
    monkeypatch.setattr(TaggedPage, "add_words", lambda page, roles: add_words(page, roles[1:]))
    with pytest.raises(CertificateFailed, match="7 paragraphs, 6 roles"):
        render_certificate(MANUAL)


def contents(document: pikepdf.Pdf) -> list[Any]:
    page = document.pages[0]
    return [page, *page.Resources.XObject.values()]  # type: ignore[operator]


def fonts(document: pikepdf.Pdf) -> list[Any]:
    page = document.pages[0]
    held = [page.Resources, *(form.Resources for form in page.Resources.XObject.values())]  # type: ignore[operator]
    return [font for resources in held for font in resources.get("/Font", {}).values()]
