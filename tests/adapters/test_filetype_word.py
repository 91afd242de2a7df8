"""Word: .docx and .doc pass; macros, bombs, passwords, remote templates and other archives do not."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable

import pytest

from app.adapters.filetype import MAX_BYTES, inspect_attachment

Refusal = Callable[..., str]

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES = f'<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>'
DOCUMENT = '<?xml version="1.0"?><w:document><w:body/></w:document>'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
Parts = dict[str, str | bytes]


def docx(extra: Parts | None = None, *, without: str = "", level: int = 6) -> bytes:
    parts: Parts = {"[Content_Types].xml": TYPES, "word/document.xml": DOCUMENT, **(extra or {})}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            if name != without:
                archive.writestr(name, content)
    return out.getvalue()


def related(kind: str, target: str, name: str = "word/_rels/settings.xml.rels") -> bytes:
    relation = f'<Relationship Id="r1" Type="{RELATIONS}{kind}" Target="{target}" TargetMode="External"/>'
    return docx({name: f"<Relationships>{relation}</Relationships>"})


@pytest.mark.parametrize(
    "content",
    [
        docx(),
        docx({"word/media/image1.png": random.Random(1).randbytes(500_000)}),
        docx({"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0" + bytes(900)}),
        docx({"word/styles.xml": "<w:style/>" * 300_000}),
        related("attachedTemplate", "file:///C:\\Users\\li\\AppData\\Templates\\Normal.dotm"),
        related("hyperlink", "https://www.yn.gov.cn/", "word/_rels/document.xml.rels"),
        docx({"[Content_Types].xml": TYPES.encode("utf-16")}),
    ],
    ids=range(7),
)
def test_ordinary_docx_is_kept_as_it_is(content: bytes) -> None:
    found = inspect_attachment(content, "情况说明.docx")
    assert found.data == content
    assert found.content_type.endswith("wordprocessingml.document")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (docx({"word/vbaProject.bin": b"x"}), "宏"),
        (docx({"word/VBAPROJECT.BIN": b"x"}), "宏"),
        (docx({"word/activeX/activeX1.bin": b"x"}), "宏"),
        (
            docx({"[Content_Types].xml": TYPES + "application/vnd.ms-word.document.macroEnabled.main+xml"}),
            "宏",
        ),
        (docx({"[Content_Types].xml": (TYPES + "macroEnabled").encode("utf-16")}), "宏"),
        (docx({"[Content_Types].xml": TYPES + "macro&#69;nabled"}), "宏"),
        (docx({"word/embeddings/setup.exe": b"MZ"}), "程序"),
        (docx({"word/run.JS": b"x"}), "程序"),
        (docx({"../../etc/cron.d/x": b"x"}), "路径"),
        (docx({"/etc/passwd": b"x"}), "路径"),
        (docx({"word\\..\\..\\x": b"x"}), "路径"),
        (docx({"c:/x": b"x"}), "路径"),
        (docx({"xl/workbook.xml": b"x"}, without="word/document.xml"), "Excel"),
        (docx({"ppt/presentation.xml": b"x"}, without="word/document.xml"), "PPT"),
        (docx(without="[Content_Types].xml"), "压缩包"),
        (docx({"AndroidManifest.xml": b"x"}, without="word/document.xml"), "压缩包"),
        (docx({"[Content_Types].xml": TYPES.replace("document.main", "template.main")}), "模板"),
        (docx({"word/document.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "定义"),
        (docx({"word/document.xml": '<?xml version="1.0"?><!DOCTYPE x>'.encode("utf-16")}), "定义"),
        (related("attachedTemplate", "https://evil.example/t.dotm"), "网络"),
        (related("attachedTemplate", "&#104;ttps://evil.example/t.dotm"), "网络"),
        (related("attached&#84;emplate", "\\\\evil\\share\\t.dotm"), "网络"),
        (related("attachedTemplate", "file://evil/share/t.dotm"), "网络"),
        (related("oleObject", "http://evil.example/x", "word/_rels/document.xml.rels"), "网络"),
        (related("frame", "//evil.example/x", "word/_rels/webSettings.xml.rels"), "网络"),
    ],
)
def test_docx_with_something_in_it_is_refused(content: bytes, part: str, refusal: Refusal) -> None:
    assert part in refusal(content, "a.docx")


def patched(content: bytes, offset: int, value: bytes, *, mark: bytes = b"PK\x01\x02") -> bytes:
    """``value`` written ``offset`` bytes behind the last ``mark``."""
    start = content.rindex(mark) + offset
    return content[:start] + value + content[start + len(value) :]


def duplicated() -> bytes:
    return docx({"word/Xocument.xml": b"x"}).replace(b"word/Xocument.xml", b"WORD/document.xml")


def overlapping(times: int) -> bytes:
    """One compressed kernel that many directory entries share: a bomb that needs no nesting."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("word/document.xml", bytes(9 << 20))
        kernel = archive.infolist()[-1]
        for number in range(times):
            twin = zipfile.ZipInfo(f"word/{number}.xml")
            for name in ("compress_type", "CRC", "compress_size", "file_size", "header_offset", "flag_bits"):
                setattr(twin, name, getattr(kernel, name))
            archive.filelist.append(twin)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (docx({"word/bomb.xml": bytes(200 << 20)}, level=9), "过大"),
        (docx({"word/bomb.xml": bytes(30 << 20)}, level=9), "过大"),
        (docx({f"word/{n}.xml": b"" for n in range(2100)}), "过大"),
        (overlapping(50), "过大"),
        (overlapping(5), "损坏"),
        (docx({"word/_rels/a.rels": b"<" * (2 << 20)}), "过大"),
        (patched(docx(), 24, struct.pack("<L", 10)), "损坏"),
        (patched(docx(), 16, b"\0\0\0\0"), "损坏"),
        (patched(docx(), 8, b"\x01"), "加密"),
        (patched(docx(), 10, b"\x0e\x00"), "损坏"),
        (duplicated(), "损坏"),
        (docx() + b"<script>", "混有其他内容"),
        (docx() + b"%PDF-1.4\n%%EOF", "混有其他内容"),
        (docx()[:-1], "混有其他内容"),
        (b"PK\x03\x04" + bytes(10) + docx(), "混有其他内容"),
        (docx()[:200], "损坏"),
        (b"PK\x03\x04", "损坏"),
        (b"PK\x03\x04" + random.Random(2).randbytes(100_000), "损坏"),
    ],
    ids=range(18),
)
def test_broken_or_swollen_docx_is_refused(content: bytes, part: str, refusal: Refusal) -> None:
    assert part in refusal(content, "a.docx")


@pytest.mark.parametrize("tag", ["<", "<Relationship ", '<x Target="', "Target = ", "&#60;"])
def test_relations_of_one_repeated_piece_take_no_time(tag: str, refusal: Refusal) -> None:
    tail = f'<Relationship Type="{RELATIONS}frame" Target="http://evil.example/"/>'
    content = docx({"word/_rels/a.rels": tag * (900_000 // len(tag)) + tail})
    assert "网络" in refusal(content, "a.docx")


def test_largest_directory_takes_no_time(refusal: Refusal) -> None:
    content = docx({f"{n:060}": b"" for n in range(12_000)})
    assert "过大" in refusal(content, "a.docx")


def entry(name: str, kind: int, start: int, size: int = 4096) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return raw.ljust(64, b"\0") + struct.pack("<HB49xLQ", len(raw), kind, start, size)


FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def doc(
    *names: str,
    flags: int = 0,
    fib: int = 0xA5EC,
    directory_next: int = END,
    main: str = "WordDocument",
    mini: int | None = None,
) -> bytes:
    """A compound file: sector 0 is the table, 1 the directory, 2 to 9 the document, or the short streams.

    ``mini`` puts the document at that place among the short streams.
    """
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6xLLL4xLLLLL", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 4096, END, 0, END, 0)
    header += struct.pack("<109L", 0, *[FREE] * 108)
    table = struct.pack("<128L", FAT, directory_next, *range(3, 10), END, *[FREE] * 118)
    document = entry(main, 2, 2) if mini is None else entry(main, 2, mini, 1000)
    entries = [entry("Root Entry", 5, 2), document, *(entry(name, 1, 2) for name in names)]
    stream = bytes(64 * min(mini or 0, 60)) + struct.pack("<H8xH", fib, flags)
    return header + table + b"".join(entries).ljust(512, b"\0") + stream.ljust(4096, b"\0")


def test_ordinary_doc_is_kept_as_it_is() -> None:
    found = inspect_attachment(doc("1Table"), "简历.DOC")
    assert found.data == doc("1Table")
    assert (found.filename, found.content_type) == ("简历.doc", "application/msword")


def test_short_doc_is_found_among_the_short_streams() -> None:
    content = doc(mini=19)
    assert inspect_attachment(content, "a.doc").data == content


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (doc(mini=19, flags=0x0100), "密码"),
        (doc(mini=40)[:-1100], "损坏"),
        (doc(mini=10**6), "损坏"),
        (doc("Macros"), "宏"),
        (doc("_VBA_PROJECT"), "宏"),
        (doc("vba"), "宏"),
        (doc(flags=0x0100), "密码"),
        (doc("EncryptedPackage"), "密码"),
        (doc(main="Workbook"), "不是Word"),
        (doc(main="PowerPoint Document"), "不是Word"),
        (doc(fib=0x1234), "损坏"),
        (doc(directory_next=1), "损坏"),
        (doc(directory_next=5000), "损坏"),
        (doc()[:1024], "损坏"),
        (doc()[:100], "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(3).randbytes(1 << 20), "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * (MAX_BYTES - 8), "损坏"),
        (
            doc().ljust(MAX_BYTES, b"\xff")[:68]
            + b"\x05\0\0\0\xff\xff\xff\x7f"
            + doc()[76:].ljust(MAX_BYTES - 76, b"\0"),
            "损坏",
        ),
    ],
    ids=range(19),
)
def test_doc_that_will_not_do_is_refused(content: bytes, part: str, refusal: Refusal) -> None:
    assert part in refusal(content, "a.doc")


def test_docx_with_a_password_is_told_from_an_old_doc(refusal: Refusal) -> None:
    assert "密码" in refusal(doc("EncryptedPackage"), "a.docx")
    assert "扩展名" in refusal(doc(), "a.docx")
