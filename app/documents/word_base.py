"""The empty Word document that forms are written into: A4, Chinese fonts and language, a few named styles."""

from __future__ import annotations

import functools
import io
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm, Pt

LATIN, SONG, HEI, FANGSONG = "Times New Roman", "宋体", "黑体", "仿宋"

# Style ids. A department restyles a form by these, not paragraph by paragraph.
TITLE, PREPARED, SECTION = "FormTitle", "FormPrepared", "FormSection"
LABEL, VALUE, TEXT = "FormLabel", "FormValue", "FormText"
GAP, MARGIN = "FormGap", "FormMargin"

# Name in Word's list, East Asian font, size in points (二号 22, 小四 12, 五号 10.5, 小五 9), bold, alignment,
# space before and after in points.
_LEFT, _CENTER, _RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
_STYLES = {
    TITLE: ("表格标题", SONG, 22, True, _CENTER, 0, 10),
    PREPARED: ("表格制表栏", FANGSONG, 12, False, _RIGHT, 0, 4),
    SECTION: ("表格分节", HEI, 12, False, _CENTER, 0, 0),
    LABEL: ("表格项目", HEI, 10.5, False, _CENTER, 0, 0),
    VALUE: ("表格内容", SONG, 10.5, False, _CENTER, 0, 0),
    TEXT: ("表格文字", SONG, 10.5, False, _LEFT, 0, 0),
    GAP: ("表格间隔", SONG, 5, False, _LEFT, 0, 0),
    MARGIN: ("表格页眉页脚", SONG, 9, False, _CENTER, 0, 0),
}

_KEPT_STYLES = frozenset({"Normal", "DefaultParagraphFont", "TableNormal", "NoList"})
_KEPT_PARTS = frozenset({
    RELATIONSHIP_TYPE.STYLES,
    RELATIONSHIP_TYPE.SETTINGS,
    RELATIONSHIP_TYPE.FONT_TABLE,
    RELATIONSHIP_TYPE.THEME,
})  # fmt: skip


def new_form() -> WordDocument:
    """An empty A4 document with the form styles, the margins of a form, and nothing of python-docx's own."""
    return Document(io.BytesIO(_empty_form()))


@functools.cache
def _empty_form() -> bytes:
    # The template of python-docx carries 900 KB of table styles; without them a form is made in half the time
    # and is a quarter of the size.
    document = Document()
    _drop_unused(document)
    _set_language(document)
    for style_id, declaration in _STYLES.items():
        _add_style(document, style_id, *declaration)
    _set_page(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _drop_unused(document: WordDocument) -> None:
    styles = document.styles.element
    for style in styles.findall(qn("w:style")):
        if style.get(qn("w:styleId")) not in _KEPT_STYLES:
            styles.remove(style)
    relationships = document.part.rels
    for key in [key for key, value in relationships.items() if value.reltype not in _KEPT_PARTS]:
        del relationships[key]
    package = document.part.package.rels
    for key in [key for key, value in package.items() if value.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
        del package[key]


def _set_language(document: WordDocument) -> None:
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    fonts = defaults.find(qn("w:rFonts"))
    fonts.attrib.clear()
    _name_fonts(fonts, SONG)
    defaults.find(qn("w:lang")).set(qn("w:eastAsia"), "zh-CN")
    settings = document.settings.element
    settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")  # else Word opens the file in 兼容模式


def _name_fonts(fonts: Any, east_asian: str) -> None:
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), LATIN)
    fonts.set(qn("w:eastAsia"), east_asian)


def _add_style(
    document: WordDocument,
    style_id: str,
    name: str,
    font: str,
    size: float,
    bold: bool,
    alignment: WD_ALIGN_PARAGRAPH,
    before: float,
    after: float,
) -> None:
    style: Any = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.element.set(qn("w:styleId"), style_id)
    style.quick_style = True
    style.font.size = Pt(size)
    style.font.bold = bold
    _name_fonts(style.element.get_or_add_rPr().get_or_add_rFonts(), font)
    form = style.paragraph_format
    form.alignment = alignment
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.line_spacing_rule = WD_LINE_SPACING.SINGLE


def _set_page(document: WordDocument) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(22), Mm(20)
    section.header_distance, section.footer_distance = Mm(12), Mm(11)
    # python-docx's grid of 18 pt lines would stretch every row of a form.
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)


def element(tag: str, *children: Any, **attributes: str) -> Any:
    """The element ``w:tag``; attributes are in the same namespace."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    made.extend(children)
    return made


def page_number_paragraph(before: str, between: str, after: str) -> Any:
    """A ``w:p`` for a footer: after ``before`` the page's number, after ``between`` the count of pages."""

    def run(text: str) -> Any:
        words = element("t")
        words.text = text
        words.set(qn("xml:space"), "preserve")
        return element("r", words)

    # Word counts the fields itself as it lays out the pages; 1 is what stands there until then.
    page, pages = (element("fldSimple", run("1"), instr=name) for name in ("PAGE", "NUMPAGES"))
    style = element("pPr", element("pStyle", val=MARGIN))
    return element("p", style, run(before), page, run(between), pages, run(after))
