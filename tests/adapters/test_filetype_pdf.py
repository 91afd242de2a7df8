"""PDF: scans and exports pass; what acts, hides, is locked or is two things at once does not."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from app.adapters.filetype import MAX_BYTES, inspect_attachment

Refusal = Callable[..., str]

PAGES = b"1 0 obj<</Type/Catalog/Pages 2 0 R%s>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
END = b"xref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R%s>>\nstartxref\n9\n%%%%EOF\n"


def pdf(catalog: bytes = b"", body: bytes = b"", trailer: bytes = b"") -> bytes:
    return b"%PDF-1.7\n" + PAGES % catalog + body + END % trailer


def stream(dictionary: bytes, content: bytes) -> bytes:
    return b"9 0 obj<<%s/Length %d>>stream\r\n%s\nendstream endobj\n" % (dictionary, len(content), content)


def packed(content: bytes, extra: bytes = b"/Filter/FlateDecode") -> bytes:
    return stream(b"/Type/ObjStm/N 1/First 4" + extra, zlib.compress(content))


def scan() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((600, 800), 80).save(out, "PDF")
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pdf(),
        scan(),
        pdf() + b"\r\n\0\0  \n",
        pdf(b"/OpenAction[2 0 R/Fit]"),
        pdf(b"/URI(https://www.yn.gov.cn/)"),
        pdf(body=packed(b"5 0 <</Type/Page>>")),
        pdf(body=packed(b"5 0 <</Type/Page>>", b"/Filter [ /FlateDecode ]")),
        pdf(body=stream(b"/Type/ObjStm", b"5 0 <</Type/Page>>")),
        pdf(body=stream(b"/Subtype/Image", b"\x01/JS (\x02/XFA \x03/Encrypt ")),
        pdf(b"/JSON 1/LaunchPad 2/JavaScripts 3"),
    ],
)
def test_ordinary_pdf_is_kept_as_it_is(content: bytes) -> None:
    found = inspect_attachment(content, "单位意见.PDF")
    assert found.data == content
    assert (found.filename, found.content_type) == ("单位意见.pdf", "application/pdf")


JAVASCRIPT = b"<</S/JavaScript/JS(app.alert(1))>>"


@pytest.mark.parametrize(
    "content",
    [
        pdf(b"/OpenAction" + JAVASCRIPT),
        pdf(b"/Names<</JavaScript 3 0 R>>"),
        pdf(b"/OpenAction<</S/J#61vaScript/JS(x)>>"),
        pdf(b"/OpenAction<</S/#4a#61#76#61#53#63#72#69#70#74>>"),
        pdf(b"/AA<</O<</S/Launch/F(cmd.exe)>>>>"),
        pdf(b"/OpenAction<</S/Rendition/JS(x)>>"),
        pdf(b"/AcroForm<</XFA 3 0 R>>"),
        pdf(b"/Annots[<</Subtype/RichMedia>>]"),
        pdf(b"/X<</JS(x)>>"),
        pdf(body=packed(b"5 0 " + JAVASCRIPT)),
        pdf(body=packed(b"5 0 <</X/JS >>")),
        pdf(body=packed(b"5 0 " + JAVASCRIPT).replace(b"ObjStm", b"Obj#53tm")),
        pdf(body=packed(b"5 0 " + JAVASCRIPT, b"/Filter[/Fl]")),
        pdf(body=b"%stream\n" + JAVASCRIPT + b"\n%endstream\n"),
        pdf(body=stream(b"/Type/ObjStm", b"5 0 <</AcroForm<</XFA 1>>>>")),
    ],
)
def test_pdf_that_acts_is_refused_wherever_it_hides_it(content: bytes, refusal: Refusal) -> None:
    assert "脚本" in refusal(content, "a.pdf")


@pytest.mark.parametrize(
    "content",
    [
        pdf(trailer=b"/Encrypt 8 0 R"),
        pdf(trailer=b"/#45ncrypt<</Filter/Standard>>"),
    ],
)
def test_locked_pdf_is_refused(content: bytes, refusal: Refusal) -> None:
    assert "密码" in refusal(content, "a.pdf")


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.class", "x")
        archive.comment = b"startxref\n9\n%%EOF\n"
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pdf() + zipped(),
        pdf() + b"<script>alert(1)</script>",
        pdf() + b"MZ" + bytes(500),
    ],
)
def test_pdf_with_something_behind_it_is_refused(content: bytes, refusal: Refusal) -> None:
    assert "混有其他内容" in refusal(content, "a.pdf")


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-",
        b"%PDF-1.7\n",
        pdf()[:-10],
        scan()[:-300],
        b"%PDF-9.9\n" + pdf()[9:],
        b"%PDF-1.7\n%%EOF",
        pdf() + bytes(5000),
    ],
)
def test_broken_pdf_is_refused(content: bytes, refusal: Refusal) -> None:
    assert "损坏" in refusal(content, "a.pdf")


def cut(content: bytes, length: int) -> bytes:
    return content[:length]


@pytest.mark.parametrize(
    "body",
    [
        packed(bytes(9 << 20)),
        packed(b"5 0 <<>>", b"/Filter/LZWDecode"),
        packed(b"5 0 <<>>", b"/Filter[/ASCIIHexDecode/FlateDecode]"),
        packed(b"5 0 <<>>", b"/Filter 7 0 R"),
        packed(b"5 0 <<>>", b"/F#69lter/Fl#61teDecode"),
        packed(b"5 0 <<>>", b"/Filter/FlateDecode/DecodeParms<</Predictor 12>>"),
        packed(b"5 0 <<>>", b"/Filter/LZWDecode/Filter/FlateDecode"),
        stream(b"/Type/ObjStm/Filter/FlateDecode", b"not deflated"),
        stream(b"/Type/ObjStm/Filter/FlateDecode", cut(zlib.compress(os.urandom(5000)), 3000)),
        b"9 0 obj<</Type/ObjStm>>stream\nno end",
        b"/ObjStm ",
        b"1 0 obj /ObjStm " * 6000,
        packed(bytes(7 << 20)) * 20,
        b"9 0 obj<</Type/ObjStm/Filter/FlateDecode>>" * 4000 + b"stream\n" + zlib.compress(os.urandom(1 << 20)),
    ],
    ids=range(14),
)
def test_pdf_that_can_not_be_looked_into_is_refused_soon(body: bytes, refusal: Refusal) -> None:
    assert "无法检查" in refusal(pdf(body=body), "a.pdf")


@pytest.mark.parametrize(
    "filler",
    [b"/", b"stream\n", b"/#4", b"obj", b"endstream stream\n", b"#", b"/J", b"/JavaScrip ", b"/#4aavaScrip "],
)
def test_largest_pdf_of_one_repeated_piece_takes_no_time(filler: bytes, refusal: Refusal) -> None:
    body = filler * ((MAX_BYTES - 400) // len(filler))
    content = pdf(body=body + b"\n1 0 obj" + JAVASCRIPT + b"endobj\n")
    assert len(content) <= MAX_BYTES
    message = refusal(content, "a.pdf")
    assert "脚本" in message or "无法检查" in message


def test_largest_scan_passes() -> None:
    content = pdf(body=stream(b"/Subtype/Image", os.urandom(MAX_BYTES - 1000)))
    assert inspect_attachment(content, "a.pdf").data is content
