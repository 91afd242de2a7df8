from __future__ import annotations

import pytest
from reportlab.pdfbase import pdfmetrics

from app.documents import fonts
from app.domain.errors import Invalid

FOLDER = fonts._FOLDER
NOWHERE = "\U0002ebf0"
"""Of extension I: no free font has it yet."""


def test_every_ideograph_of_the_basic_block_can_be_printed() -> None:
    assert fonts.missing_characters("".join(map(chr, range(0x4E00, 0xA000)))) == ""


@pytest.mark.parametrize("text", ["张三", "欧阳𬱖", "𠅤", "A1-b（地下矿山）、“一”·—…", "张　三", "2026年1月5日"])
def test_ordinary_and_rare_names_can_be_printed(text: str) -> None:
    assert fonts.missing_characters(text) == ""
    fonts.require_printable(text)


def test_missing_characters_come_once_and_in_order() -> None:
    assert fonts.missing_characters(f"张😀三{NOWHERE}😀{NOWHERE}") == f"😀{NOWHERE}"


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\n", "\u00ad", "\u200b", "\u202e", "\u2028", "\ud800", "\ue000", "\ufeff"]
)
def test_a_character_that_would_not_be_seen_counts_as_missing(character: str) -> None:
    assert fonts.missing_characters(f"张{character}三") == character


def test_an_unprintable_character_is_named_by_its_code_point() -> None:
    with pytest.raises(fonts.UnprintableCharacter) as refused:
        fonts.require_printable(f"张{NOWHERE}", field="name")
    assert isinstance(refused.value, Invalid)
    assert (
        refused.value.message == f"字库中没有以下字符，无法印出：{NOWHERE}（U+2EBF0）。请核对，或联系管理员补充字库。"
    )
    assert refused.value.field == "name"
    assert refused.value.characters == NOWHERE


def test_an_invisible_character_is_named_by_its_code_point_alone() -> None:
    with pytest.raises(fonts.UnprintableCharacter, match=r"无法印出：U\+202E、U\+D800。"):
        fonts.require_printable("\u202e张\ud800")


def test_a_message_about_many_characters_stays_short() -> None:
    with pytest.raises(fonts.UnprintableCharacter, match="等500个字符") as refused:
        fonts.require_printable("".join(map(chr, range(0x1F300, 0x1F300 + 500))))
    assert len(refused.value.message) < 200


def test_fonts_are_registered_once_for_the_process() -> None:
    fonts.register_fonts()
    first = [pdfmetrics.getFont(name) for name in (fonts.TEXT_FONT, fonts.TITLE_FONT)]
    fonts.register_fonts()
    assert [pdfmetrics.getFont(name) for name in (fonts.TEXT_FONT, fonts.TITLE_FONT)] == first


def test_width_grows_with_size() -> None:
    assert fonts.text_width("应急管理", 10) == pytest.approx(40)
    assert fonts.text_width("应急管理") == pytest.approx(4)


def test_each_font_ships_with_its_licence_and_no_reserved_name() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        "LXGWWenKai-Regular.ttf",
        "OFL-LXGWWenKai.txt",
        "CertificateTitle-Black.ttf",
        "OFL-CertificateTitle.txt",
    }
    for licence in FOLDER.glob("OFL-*.txt"):
        text = licence.read_text(encoding="utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in text
        assert "Copyright 20" in text
    fonts.register_fonts()
    # The title is a modified font: the names its makers reserve are not for it (OFL 1.1, condition 3).
    title = pdfmetrics.getFont(fonts.TITLE_FONT).face.name.decode()
    assert title == "CertificateTitle-Black"
