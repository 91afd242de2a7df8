"""Names in the rarest characters: printed from the system's large fonts, or refused by code point."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.documents import fonts
from app.documents.certificate_pdf import render_certificate
from app.domain.ideographs import BLOCKS, is_ideograph
from tests.documents.test_certificate_pdf import MANUAL, MANUAL_LINES

GUIDE = Path(__file__).parents[2] / "docs" / "architecture.md"
PRINTABLE = 93_245
"""Of the 97,680 of GB 18030-2022 level 3, by LXGW WenKai, BabelStone Han and HanaMin of Debian 12."""
ALL = [chr(point) for point in range(0x3400, 0x33480) if is_ideograph(chr(point))]
TO_F = "".join(chr(point) for first, last in BLOCKS if last <= 0x2EBE0 for point in range(first, last + 1))
"""Up to extension F; the 8,105 of 通用规范汉字表 are among them."""

FROM_EACH = "张\u3400\u3530\U00020023"
"""Characters of the text font and of each rare one."""

installed = pytest.mark.skipif(
    bool(fonts.lacking_rare_fonts()) and not os.environ.get("REQUIRE_REAL_PARTS"),
    reason="the rare fonts are not installed",
)


@pytest.fixture
def without_rare_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine on which nobody has installed them."""
    for cached in (fonts._rare_font, fonts.font_for):
        cached.cache_clear()
    monkeypatch.setattr(fonts, "_SYSTEM_FONTS", tmp_path)
    yield
    for cached in (fonts._rare_font, fonts.font_for):
        cached.cache_clear()


def test_ideographs_are_97680() -> None:
    assert len(ALL) == 97_680


@installed
def test_every_ideograph_up_to_extension_f_can_be_printed() -> None:
    assert fonts.missing_characters(TO_F) == ""


@installed
def test_as_many_can_be_printed_as_the_guide_says() -> None:
    assert sum(fonts.font_for(character) is not None for character in ALL) == PRINTABLE
    assert f"{PRINTABLE:,}" in GUIDE.read_text(encoding="utf-8")


@installed
@pytest.mark.parametrize("name", ["欧阳𱎔", "𡟙㛃", "𪚥·𠀉", "㐂𫜵𮯛", "\U00030edd", "张\U00031350"])
def test_a_rare_name_prints_embedded_and_reads_back(
    pdf_lines: Callable[[bytes], list[str]], run_on_pdf: Callable[..., str], name: str
) -> None:
    pdf = render_certificate(replace(MANUAL, name=name, title=f"省{name[-1]}防爆"))
    lines = [
        MANUAL_LINES[0],
        f"{name}同志：",
        f"经云南省应急管理厅审核批准，聘请你为省{name[-1]}防爆专家。",
        *MANUAL_LINES[3:],
    ]
    assert pdf_lines(pdf) == lines
    listed = run_on_pdf(pdf, "pdffonts", "{}").splitlines()[2:]
    assert [line for line in listed if not re.search(r"TrueType +\S+ +yes +yes +yes", line)] == []
    assert len(pdf) < 60_000


@installed
def test_a_rare_name_that_is_long_keeps_to_the_frame(pdf_lines: Callable[[bytes], list[str]]) -> None:
    name = "𡟙㛃" * 60
    assert "".join(pdf_lines(render_certificate(replace(MANUAL, name=name)))).count("𡟙㛃") == 60


@installed
def test_the_rare_fonts_fit_into_memory() -> None:
    """All of them loaded, each used: within the bar of 250 MB for a process."""
    assert {font for font, _ in fonts.runs(FROM_EACH)} == {fonts.TEXT_FONT, *fonts._RARE_FILES}
    code = (
        "from datetime import date\n"
        "from app.documents.certificate_pdf import render_certificate\n"
        "from app.documents.data import CertificateData\n"
        "day = date(2020, 10, 15)\n"
        f"render_certificate(CertificateData({FROM_EACH!r}, '云南省应急管理厅', '省化工', 'YNS20201015001', day, None, day))\n"
        "print(open('/proc/self/status').read())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    peak = re.search(r"VmHWM:\s+(\d+) kB", said)
    assert peak is not None
    assert int(peak[1]) < 250 * 1024


@pytest.mark.usefixtures("without_rare_fonts")
def test_without_them_a_rare_name_is_refused_by_code_point() -> None:
    assert len(fonts.lacking_rare_fonts()) == 3
    assert fonts.missing_characters("张𡟙") == "𡟙"
    with pytest.raises(fonts.UnprintableCharacter, match=r"𡟙（U\+217D9）") as refused:
        render_certificate(replace(MANUAL, name="张𡟙"))
    assert refused.value.field == "name"


@installed
def test_only_ideographs_are_looked_for_in_them() -> None:
    assert fonts.missing_characters("张😀") == "😀"
