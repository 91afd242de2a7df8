"""The QR code on a certificate, read by two readers that know nothing of the library that drew it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageFilter

from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from app.domain.design import Border, Design
from app.domain.errors import Invalid
from tests.documents.test_certificate_archive import ADDRESS, CHECKED
from tests.documents.test_certificate_pdf import EXTREMES
from tests.support.parts import left_out

Run = Callable[..., str]

LONGEST_ADDRESS = f"https://{'a' * 72}/check/Zm9vYmFyYmF6cXV4MTIzNA"
CASES = {
    "as usual": CHECKED,
    "longest texts": replace(EXTREMES["all long"], check_url=ADDRESS),
    "longest address, stamped": replace(CHECKED, check_url=LONGEST_ADDRESS, stamp="已终止 2026年11月24日"),
    "large letters": replace(CHECKED, design=Design(border=Border.DOUBLE, scale=120)),
}


def drawn(pdf: bytes, folder: Path, dpi: int) -> Image.Image:
    file = folder / "certificate.pdf"
    file.write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-gray", "-png", "-singlefile", str(file), str(folder / "page")],
        check=True,
        timeout=60,
    )
    with Image.open(folder / "page.png") as page:
        return page.convert("L")


def printed(page: Image.Image) -> Image.Image:
    """As a copying machine gives it back: pale, unsharp, a little turned."""
    return (
        page.filter(ImageFilter.GaussianBlur(1)).point(lambda level: 60 + level * 140 // 255).rotate(2, fillcolor=200)
    )


def zxing(page: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(page)]


@pytest.mark.parametrize("data", list(CASES.values()), ids=list(CASES))
def test_leads_to_the_check_page(data: CertificateData, tmp_path: Path) -> None:
    page = drawn(render_certificate(data), tmp_path, dpi=150)
    assert zxing(page) == [data.check_url]
    assert zxing(printed(page)) == [data.check_url]
    if shutil.which("zbarimg") is None:
        left_out("zbarimg (zbar-tools) is not installed")
    zbar = ["zbarimg", "--quiet", "--raw", str(tmp_path / "page.png")]
    read = subprocess.run(zbar, capture_output=True, text=True, check=True, timeout=60).stdout
    assert read == f"{data.check_url}\n"


def test_is_read_from_a_coarse_copy(tmp_path: Path) -> None:
    assert zxing(printed(drawn(render_certificate(CHECKED), tmp_path, dpi=100))) == [ADDRESS]


@pytest.mark.parametrize("border", list(Border))
def test_is_two_centimetres_at_least_in_a_quiet_zone(tmp_path: Path, border: Border) -> None:
    page = drawn(render_certificate(replace(CASES["longest texts"], design=Design(border=border))), tmp_path, dpi=200)
    (found,) = zxingcpp.read_barcodes(page)
    left, top = found.position.top_left.x, found.position.top_left.y
    right, bottom = found.position.bottom_right.x, found.position.bottom_right.y
    side = right - left
    assert side > 20 / 25.4 * 200
    quiet = round(4 * side / 33) - 2  # four of the 33 modules; the reader's corners are exact to a dot or two
    around = page.crop((left - quiet, top - quiet, right + quiet, bottom + quiet))
    around.paste(255, (quiet - 2, quiet - 2, quiet + side + 2, quiet + side + 2))
    assert min(around.tobytes()) > 240


@pytest.mark.parametrize("address", [f"https://{'a' * 200}", "https://查验.example/check/1", "https://a.example/\n"])
def test_what_is_no_address_of_a_page_is_refused(address: str) -> None:
    with pytest.raises(Invalid, match="查验地址") as refused:
        render_certificate(replace(CHECKED, check_url=address))
    assert refused.value.field == "check_url"


@pytest.mark.parametrize("data", [replace(CHECKED, check_url=None), replace(CHECKED, design=Design(qr=False))])
def test_none_where_nothing_leads_to_a_check_or_the_design_has_none(
    data: CertificateData, pdf_lines: Callable[[bytes], list[str]], tmp_path: Path
) -> None:
    pdf = render_certificate(data)
    assert "扫码查验" not in pdf_lines(pdf)
    assert b"/Link" not in pdf
    assert zxing(drawn(pdf, tmp_path, dpi=100)) == []
