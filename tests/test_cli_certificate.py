"""``flask preview-certificate``: one certificate as a file, nothing filed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from app.domain.design import Border, Design
from app.extensions import db
from app.models import Certificate, NumberCounter

pytestmark = pytest.mark.one_database

ASKED = {
    "--name": "张三", "--body": "云南省应急管理厅", "--title": "省化工-防爆", "--number": "YNS20201015001",
    "--from": "2020-10-15", "--to": "2030-10-14", "--issued": "2020-10-15",
}  # fmt: skip
WORDS = """聘书
张三同志：
经云南省应急管理厅审核批准，聘请你为省化工-防爆专家。
证书编号：YNS20201015001
证书有效期限：2020年10月15日 至 2030年10月14日
云南省应急管理厅
2020年10月15日"""


def preview(app: Flask, out: Path, **changed: str | None) -> tuple[int, str]:
    asked = {**ASKED, **{f"--{name}": value for name, value in changed.items()}, "--out": str(out)}
    words = [word for name, value in asked.items() if value is not None for word in (name, value)]
    result = app.test_cli_runner().invoke(args=["preview-certificate", *words])
    return result.exit_code, result.output


def text(pdf: Path) -> str:
    said = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True, text=True).stdout
    return "\n".join(line for line in said.replace("\f", "").splitlines() if line)


def test_r17_the_manuals_example_is_drawn_and_nothing_filed(app: Flask, tmp_path: Path) -> None:
    out = tmp_path / "聘书.pdf"
    assert preview(app, out)[0] == 0
    assert text(out) == WORDS
    for model in (Certificate, NumberCounter):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_without_an_end_it_is_for_good(app: Flask, tmp_path: Path) -> None:
    assert preview(app, tmp_path / "a.pdf", to=None)[0] == 0
    assert "2020年10月15日 至 长期" in text(tmp_path / "a.pdf")


def test_a_design_and_a_check_address_are_drawn(app: Flask, tmp_path: Path) -> None:
    design = tmp_path / "design.json"
    design.write_text(Design(heading="聘任证书", closing="此聘。", border=Border.DOUBLE).to_json(), encoding="utf-8")
    address = "https://a.example/check/1"
    out = tmp_path / "a.pdf"
    assert preview(app, out, **{"design": str(design), "check-url": address})[0] == 0
    lines = text(out).splitlines()
    assert (lines[0], lines[3], lines[-1]) == ("聘任证书", "此聘。", "扫码查验")
    assert PdfReader(out).pages[0]["/Annots"][0].get_object()["/A"]["/URI"] == address  # type: ignore[index]


@pytest.mark.parametrize(
    "written", ["[]", "{", '{"border": "lace"}', '{"heading": 5}', '{"scale": 500}', '{"greeting": "{x}"}']
)
def test_a_design_that_no_certificate_can_have_is_told(app: Flask, tmp_path: Path, written: str) -> None:
    design = tmp_path / "design.json"
    design.write_text(written, encoding="utf-8")
    status, said = preview(app, tmp_path / "a.pdf", design=str(design))
    assert (status, said.startswith("Error: ")) == (1, True)
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"to": "2020-10-14"}, "早于起始日期"),
        ({"name": "张\U0002ebf0"}, "U+2EBF0"),
        ({"title": " "}, "聘任名称"),
        ({"from": "2020-13-01"}, "2020-13-01"),
        ({"name": None}, "--name"),
        ({"check-url": "https://查验.example"}, "查验地址"),
    ],
)
def test_what_cannot_be_drawn_is_told_and_leaves_no_file(
    app: Flask, tmp_path: Path, changed: dict[str, str | None], words: str
) -> None:
    status, said = preview(app, tmp_path / "a.pdf", **changed)
    assert status != 0
    assert words in said
    assert list(tmp_path.iterdir()) == []
