"""The form as a file and as sheets of paper: pages, fonts, properties, size, what an office prints of it."""

from __future__ import annotations

import io
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn

from app.documents.data import Entry, Listing, ProfileData, Section
from app.documents.profile_docx import render_profile

Lines = Callable[[bytes], list[str]]

PROFILE = ProfileData(
    heading="云南省应急管理专家登记表",
    name="张三",
    parts=(
        Section(
            "基本信息",
            (
                Entry("姓名", "张三"),
                Entry("性别", "男"),
                Entry("通讯地址", "云南省昆明市五华区", wide=True),
                Entry("身份证号", "530102********0011"),
            ),
        ),
        Listing("教育经历", ("时间", "学校"), (("1988年—1992年", "昆明理工大学"),)),
        Listing("奖惩情况", ("时间", "内容"), ()),
    ),
    prepared_on=date(2026, 1, 5),
)


def with_parts(*parts: Section | Listing) -> ProfileData:
    return replace(PROFILE, parts=parts)


def opened(data: ProfileData) -> Any:
    return Document(io.BytesIO(render_profile(data)))


def test_headings_of_a_listing_come_again_on_each_page() -> None:
    rows = opened(with_parts(Listing("表", ("一",), (("甲",),) * 50))).tables[0]._tbl.tr_lst
    assert [row.find(f".//{qn('w:tblHeader')}") is not None for row in rows] == [True, True] + [False] * 50


def test_rows_stay_whole_unless_they_could_outgrow_a_page() -> None:
    parts = Section("业绩", (Entry("短", "一\n二", wide=True), Entry("长", "长" * 3000, wide=True)))
    rows = opened(with_parts(Section("", ()), parts)).tables[1]._tbl.tr_lst
    assert [row.find(f".//{qn('w:cantSplit')}") is not None for row in rows] == [True, True, False]


def test_titles_stay_with_what_they_head() -> None:
    for table in opened(PROFILE).tables:
        first = table._tbl.tr_lst[0]
        assert all(p.find(f".//{qn('w:keepNext')}") is not None for p in first.iter(qn("w:p")))


def test_page_is_a4_with_numbered_pages() -> None:
    section = opened(PROFILE).sections[0]
    assert (section.page_width.mm, section.page_height.mm) == pytest.approx((210, 297), abs=0.05)
    for footer in (section.footer, section.first_page_footer):
        (paragraph,) = footer.paragraphs
        assert paragraph._p.xpath("string(.)") == "第 1 页 共 1 页"
        fields = [field.get(qn("w:instr")) for field in paragraph._p.iter(qn("w:fldSimple"))]
        assert fields == ["PAGE", "NUMPAGES"]
    assert section.header.paragraphs[0].text == "云南省应急管理专家登记表　张三"


def test_fonts_and_language_are_chinese() -> None:
    document = opened(PROFILE)
    used = {p.get(qn("w:val")) for p in document.element.iter(qn("w:pStyle"))}
    fonts = {}
    for style in document.styles:
        if style.style_id in used:
            named = style.element.rPr.find(qn("w:rFonts"))
            fonts[style.style_id] = (named.get(qn("w:eastAsia")), named.get(qn("w:ascii")))
    assert fonts == {
        "FormTitle": ("宋体", "Times New Roman"),
        "FormPrepared": ("仿宋", "Times New Roman"),
        "FormSection": ("黑体", "Times New Roman"),
        "FormLabel": ("黑体", "Times New Roman"),
        "FormValue": ("宋体", "Times New Roman"),
        "FormText": ("宋体", "Times New Roman"),
        "FormGap": ("宋体", "Times New Roman"),
    }
    languages = [lang.get(qn("w:eastAsia")) for lang in document.styles.element.iter(qn("w:lang"))]
    assert languages == ["zh-CN"]


def test_properties_name_the_document_and_nothing_else() -> None:
    properties = opened(PROFILE).core_properties
    assert properties.title == "云南省应急管理专家登记表 张三"
    assert (properties.author, properties.comments, properties.last_modified_by) == ("", "", "")
    assert properties.created.date() == date(2026, 1, 5)


def test_file_is_small_and_holds_only_what_the_form_needs() -> None:
    content = render_profile(PROFILE)
    assert len(content) < 40 * 1024
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if "thumbnail" in name or "customXml" in name]


def test_is_quick() -> None:
    render_profile(PROFILE)
    times = []
    for _ in range(8):
        start = time.process_time()
        render_profile(PROFILE)
        times.append(time.process_time() - start)
    assert min(times) <= 0.100


def test_threads_do_not_mix_their_profiles() -> None:
    names = [f"{surname}{given}" for surname in "赵钱孙李" for given in "一二三四"]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda name: render_profile(replace(PROFILE, name=name)), names))
    for name, content in zip(names, made, strict=True):
        assert Document(io.BytesIO(content)).core_properties.title == f"云南省应急管理专家登记表 {name}"


@pytest.fixture
def printed(tmp_path: Path) -> Callable[[ProfileData], bytes]:
    """What LibreOffice makes of a profile, as PDF."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed")

    def convert(data: ProfileData) -> bytes:
        (tmp_path / "profile.docx").write_bytes(render_profile(data))
        own = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
        command = [office, own, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
        subprocess.run([*command, str(tmp_path / "profile.docx")], check=True, capture_output=True, timeout=120)
        return (tmp_path / "profile.pdf").read_bytes()

    return convert


def test_prints_on_numbered_pages_and_loses_nothing(printed: Callable[[ProfileData], bytes], pdf_lines: Lines) -> None:
    long = "".join(chr(0x4E00 + i) for i in range(4000))
    pdf = printed(
        replace(
            PROFILE,
            parts=(
                *PROFILE.parts,
                Section("业绩", (Entry("成果", long, wide=True),)),
                Listing("经历", ("序号", "单位"), tuple((f"第{i}项", "某某化工研究院") for i in range(60))),
            ),
        )
    )
    lines = pdf_lines(pdf)
    pages = pdf.count(b"/Type/Page/")
    assert pages >= 4
    numbers = [line.replace(" ", "") for line in lines if line.startswith("第") and line.endswith("页")]
    assert numbers == [f"第{page}页共{pages}页" for page in range(1, pages + 1)]
    text = "".join(lines).replace(" ", "")
    assert all(character in text for character in long)
    assert all(f"第{i}项" in text for i in range(60))
    assert lines.count("经历") >= 2
