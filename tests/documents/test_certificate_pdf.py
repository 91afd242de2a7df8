from __future__ import annotations

import gc
import io
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from jinja2 import DictLoader, Environment
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import TextStringObject
from reportlab.pdfbase import pdfmetrics, ttfonts

from app.documents import certificate_pdf
from app.documents.certificate_pdf import CertificateFailed, render_certificate
from app.documents.data import CertificateData
from app.documents.fonts import TEXT_FONT, UnprintableCharacter
from app.domain.errors import Invalid

Lines = Callable[[bytes], list[str]]
Run = Callable[..., str]

MANUAL = CertificateData(
    name="张三",
    body="云南省应急管理厅",
    title="省化工-防爆",
    number="YNS20201015001",
    valid_from=date(2020, 10, 15),
    valid_to=date(2030, 10, 14),
    issued=date(2020, 10, 15),
)
MANUAL_LINES = [
    "聘书",
    "张三同志：",
    "经云南省应急管理厅审核批准，聘请你为省化工-防爆专家。",
    "证书编号：YNS20201015001",
    "证书有效期限：2020年10月15日 至 2030年10月14日",
    "云南省应急管理厅",
    "2020年10月15日",
]
LONG_TITLE = (
    "省危险化学品、烟花爆竹、金属非金属矿山（地下矿山）、冶金工贸、油气输送管道、建筑施工安全生产综合类A1级" * 5
)
LONG_BODY = "楚雄彝族自治州自然灾害应急管理委员会办公室" * 4
EXTREMES = {
    "manual": MANUAL,
    "long title": replace(MANUAL, title=LONG_TITLE),
    "very long title": replace(MANUAL, title="长" * 2000),
    "latin title": replace(MANUAL, title="explosion proof " * 30 + "x" * 400),
    "punctuation": replace(MANUAL, title="（一）、“二”。" * 60),
    "long body": replace(MANUAL, body=LONG_BODY),
    "long name": replace(MANUAL, name="阿" * 120),
    "long number": replace(MANUAL, number="YNS20201015001" * 12),
    "all long": replace(MANUAL, name="阿" * 60, body=LONG_BODY, title=LONG_TITLE, valid_to=None),
    "stamped": replace(MANUAL, stamp="已终止 2026年11月24日"),
    "long stamp": replace(MANUAL, stamp="已终止" * 30),
    "empty": replace(MANUAL, name="", body="", title="", number=""),
}


@pytest.fixture(params=list(EXTREMES.values()), ids=list(EXTREMES))
def extreme(request: pytest.FixtureRequest) -> CertificateData:
    data: CertificateData = request.param
    return data


def translucent_red(pdf: bytes, run_on_pdf: Run, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many pixels of the page, drawn at 50 dpi, have the red of the stamp on paper."""
    target = tmp_path_factory.mktemp("drawn") / "page"
    run_on_pdf(pdf, "pdftoppm", "-r", "50", "-png", "-singlefile", "{}", str(target))
    with Image.open(target.with_suffix(".png")) as page:
        pixels = page.convert("RGB").tobytes()
    triples = zip(pixels[0::3], pixels[1::3], pixels[2::3], strict=True)
    return sum(r > 210 and 120 < g < 190 and abs(g - b) < 25 for r, g, b in triples)


def test_r17_reads_exactly_as_the_manual_prints_it(pdf_lines: Lines) -> None:
    assert pdf_lines(render_certificate(MANUAL)) == MANUAL_LINES


def test_r17_without_an_end_prints_long_term(pdf_lines: Lines) -> None:
    lines = pdf_lines(render_certificate(replace(MANUAL, valid_to=None)))
    assert lines[4] == "证书有效期限：2020年10月15日 至 长期"


def test_r17_dates_bear_no_leading_zeros(pdf_lines: Lines) -> None:
    data = replace(MANUAL, valid_from=date(2026, 1, 5), valid_to=date(2028, 2, 29), issued=date(2026, 1, 5))
    lines = pdf_lines(render_certificate(data))
    assert lines[4] == "证书有效期限：2026年1月5日 至 2028年2月29日"
    assert lines[6] == "2026年1月5日"


@pytest.mark.parametrize("stamp", [None, "已失效"])
def test_r17_bears_no_seal(run_on_pdf: Run, stamp: str | None) -> None:
    pdf = render_certificate(replace(MANUAL, stamp=stamp))
    assert run_on_pdf(pdf, "pdfimages", "-list", "{}").count("\n") == 2  # its two lines of headings
    forms = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/XObject"]  # type: ignore[index]
    assert set(forms) == ({"/Border", "/Stamp"} if stamp else {"/Border"})


def test_r14_the_body_approves_and_signs(pdf_lines: Lines) -> None:
    body = "昆明市安全生产委员会办公室"
    lines = pdf_lines(render_certificate(replace(MANUAL, body=body)))
    assert [line for line in lines if body in line] == [
        f"经{body}审核批准，聘请你为省化工-防爆专家。",
        body,
    ]


@pytest.mark.parametrize("stamp", ["已终止 2026年11月24日", "已失效"])
def test_r19_terminated_certificate_is_stamped(
    pdf_lines: Lines, run_on_pdf: Run, tmp_path_factory: pytest.TempPathFactory, stamp: str
) -> None:
    pdf = render_certificate(replace(MANUAL, stamp=stamp))
    lines = pdf_lines(pdf)
    assert stamp in lines
    assert [line for line in lines if line != stamp] == MANUAL_LINES
    assert translucent_red(pdf, run_on_pdf, tmp_path_factory) > 2000


def test_r19_certificate_in_force_is_clean(run_on_pdf: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert translucent_red(render_certificate(MANUAL), run_on_pdf, tmp_path_factory) < 200


def test_is_one_landscape_a4_page(extreme: CertificateData) -> None:
    (page,) = PdfReader(io.BytesIO(render_certificate(extreme))).pages
    assert [float(side) for side in page.mediabox] == pytest.approx([0, 0, 841.89, 595.28], abs=0.01)


def test_no_word_is_lost_or_leaves_the_border(extreme: CertificateData, pdf_lines: Lines, run_on_pdf: Run) -> None:
    pdf = render_certificate(replace(extreme, stamp=None))
    read = "".join(pdf_lines(pdf)).replace(" ", "")
    sentence = f"经{extreme.body}审核批准，聘请你为{extreme.title}专家。证书编号：{extreme.number}"
    assert f"{extreme.name}同志：{sentence}".replace(" ", "") in read
    corners = re.findall(
        r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"',
        run_on_pdf(pdf, "pdftotext", "-bbox", "{}", "-"),
    )
    assert len(corners) >= 7 or extreme.name == ""
    for left, top, right, bottom in corners:
        assert 58 < float(left) < float(right) < 784
        assert 58 < float(top) < float(bottom) < 537


def test_long_words_print_smaller(run_on_pdf: Run) -> None:
    def height_of_name(data: CertificateData) -> float:
        boxes = run_on_pdf(render_certificate(data), "pdftotext", "-bbox", "{}", "-")
        found = re.search(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">张三同志', boxes)
        assert found
        return float(found[2]) - float(found[1])

    assert height_of_name(replace(MANUAL, title=LONG_TITLE)) < 0.8 * height_of_name(MANUAL)


@pytest.mark.parametrize("length", [63, 75, 183, 204, 285])
@pytest.mark.parametrize("pattern", ["危化、", "危险化学品，", "（一）。"])
def test_marks_that_may_not_begin_a_line_do_not_overflow_the_frame(pdf_lines: Lines, pattern: str, length: int) -> None:
    title = (pattern * length)[:length]
    assert f"{title}专家。" in "".join(pdf_lines(render_certificate(replace(MANUAL, title=title))))


@pytest.mark.parametrize("name", ["张三", "欧阳𬱖𡟙"])
@pytest.mark.parametrize(
    "title",
    [
        "省危险化学品、烟花爆竹、金属非金属矿山（地下矿山）-综合",
        "省油气输送管道（站场、阀室）、尾矿库、金属非金属矿山（地下矿山）-综合",
        *(f"省{'矿' * before}（地下矿山）、尾矿库" + "、冶金工贸" * 4 for before in range(10, 16)),
    ],
)
def test_no_line_begins_or_ends_with_a_mark_that_may_not(pdf_lines: Lines, title: str, name: str) -> None:
    lines = pdf_lines(render_certificate(replace(MANUAL, title=title, name=name)))
    sentence = lines[2 : lines.index("证书编号：YNS20201015001")]
    assert "".join(sentence).endswith(f"{title}专家。")
    assert not any(line[0] in "，。、；：？！）”’》" for line in sentence)
    assert not any(line[-1] in "（“‘《" for line in sentence)


def test_words_that_no_size_makes_fit_are_refused() -> None:
    with pytest.raises(Invalid, match="一页印不下"):
        render_certificate(replace(MANUAL, title="长" * 9000))


@pytest.mark.parametrize(
    "hostile",
    [
        "<b>李四</b>",
        "<script>alert(1)</script>",
        '"><img/src=x>',
        "</title></head></p><pdf:nextpage/>",
        "&lt;&amp;&#x41;",
        "{{7*7}}{%raw%}",
        "'};p{display:none}",
        "*/}/*",
    ],
)
def test_markup_appears_literally(pdf_lines: Lines, run_on_pdf: Run, hostile: str) -> None:
    pdf = render_certificate(replace(MANUAL, name=hostile, body=hostile, title=hostile, number=hostile, stamp=hostile))
    read = "".join(line for line in pdf_lines(pdf) if line != hostile)
    assert f"{hostile}同志：经{hostile}审核批准，聘请你为{hostile}专家。证书编号：{hostile}" in read
    assert f"Author:          {hostile}\n" in run_on_pdf(pdf, "pdfinfo", "{}")
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1


def test_blanks_and_line_ends_print_as_one_blank(pdf_lines: Lines) -> None:
    lines = pdf_lines(render_certificate(replace(MANUAL, name=" 张三\r\n", title="省化工\t\n 防爆")))
    assert lines[1:3] == ["张三同志：", "经云南省应急管理厅审核批准，聘请你为省化工 防爆专家。"]


def test_three_hundred_different_characters_are_read_back(pdf_lines: Lines) -> None:
    title = "".join(map(chr, range(0x5000, 0x5000 + 300)))
    pdf = render_certificate(replace(MANUAL, title=title))
    assert f"聘请你为{title}专家。" in "".join(pdf_lines(pdf))
    # Adobe's CMap specification allows a hundred entries to a block.
    fonts = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    maps = [font.get_object()["/ToUnicode"].get_data() for font in fonts.values()]
    blocks = [int(count) for cmap in maps for count in re.findall(rb"(\d+) beginbfchar", cmap)]
    assert sum(blocks) > 300
    assert max(blocks) <= 100


@pytest.mark.parametrize("field", ["name", "body", "title", "number", "stamp"])
@pytest.mark.parametrize("character", ["\U0002ebf0", "😀", "\x00", "\u202e", "\ud800"])
def test_a_character_without_a_glyph_is_refused(field: str, character: str) -> None:
    with pytest.raises(UnprintableCharacter, match=rf"U\+{ord(character):04X}") as refused:
        render_certificate(replace(MANUAL, **{field: f"省{character}"}))  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize("stamp", [None, "已终止 2026年11月24日"])
def test_every_font_is_an_embedded_subset_with_its_own_name(run_on_pdf: Run, stamp: str | None) -> None:
    fonts = run_on_pdf(render_certificate(replace(MANUAL, stamp=stamp)), "pdffonts", "{}").splitlines()[2:]
    names = [line.split()[0] for line in fonts]
    assert len(set(names)) == len(names) == (3 if stamp else 2)
    assert {name.split("+")[1] for name in names} == {"CertificateTitle-Black", "LXGWWenKai-Regular"}
    assert all(re.search(r"TrueType +\S+ +yes yes yes", line) for line in fonts)


def test_names_its_title_author_and_language(run_on_pdf: Run) -> None:
    pdf = render_certificate(MANUAL)
    information = run_on_pdf(pdf, "pdfinfo", "{}")
    assert "Title:           聘书 YNS20201015001\n" in information
    assert "Author:          云南省应急管理厅\n" in information
    assert PdfReader(io.BytesIO(pdf)).root_object["/Lang"] == TextStringObject("zh-CN")


def test_is_a_small_file(extreme: CertificateData) -> None:
    assert len(render_certificate(extreme)) <= 60 * 1024


def test_is_quick() -> None:
    render_certificate(MANUAL)
    times = []
    for serial in range(12):
        start = time.process_time()
        render_certificate(replace(MANUAL, number=f"YNS20201015{serial:03}"))
        times.append(time.process_time() - start)
    assert min(times) <= 0.060


def test_a_second_certificate_reads_no_font_and_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    render_certificate(MANUAL)
    monkeypatch.setattr(ttfonts.TTFontFile, "__init__", lambda *_, **__: pytest.fail("a font is read again"))
    render_certificate(replace(MANUAL, name="李四", stamp="已失效"))
    gc.collect()
    assert len(pdfmetrics.getFont(TEXT_FONT).state) == 0


def test_threads_do_not_mix_their_certificates(pdf_lines: Lines) -> None:
    names = [f"{surname}{given}" for surname in "赵钱孙李周吴郑王" for given in "一二三"]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda name: render_certificate(replace(MANUAL, name=name)), names))
    for name, pdf in zip(names, made, strict=True):
        assert pdf_lines(pdf) == ["聘书", f"{name}同志：", *MANUAL_LINES[2:]]


@pytest.mark.parametrize(
    "template",
    [
        '<p>{{ name }}</p><img src="https://example.com/seal.png">',
        '<p>{{ name }}</p><img src="file:///etc/hostname">',
        "<style>p, div { display: block } @page { size: a4; @frame f { -pdf-frame-content: c; left: 1cm;"
        " top: 1cm; width: 3cm; height: 1cm }"
        " @frame r { left: 9cm; top: 9cm; width: 9cm; height: 9cm } }</style>"
        '<div id="c">' + "<p>{{ name }}</p>" * 30 + "</div>",
        "<style>p { display: block } @page { size: a4; margin: 1cm }</style>" + "<p>{{ name }}</p>" * 300,
    ],
    ids=["remote image", "local file", "overflowing frame", "second page"],
)
def test_whatever_xhtml2pdf_complains_of_is_a_failure(monkeypatch: pytest.MonkeyPatch, template: str) -> None:
    pages = Environment(loader=DictLoader({"certificate.html": template}), autoescape=True)
    monkeypatch.setattr(certificate_pdf, "_PAGES", pages)
    with pytest.raises(CertificateFailed):
        render_certificate(MANUAL)
