"""``flask preview-certificate``: one certificate as a file, nothing filed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

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


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"to": "2020-10-14"}, "早于起始日期"),
        ({"name": "张\U0002ebf0"}, "U+2EBF0"),
        ({"title": " "}, "聘任名称"),
        ({"from": "2020-13-01"}, "2020-13-01"),
        ({"name": None}, "--name"),
    ],
)
def test_what_cannot_be_drawn_is_told_and_leaves_no_file(
    app: Flask, tmp_path: Path, changed: dict[str, str | None], words: str
) -> None:
    status, said = preview(app, tmp_path / "a.pdf", **changed)
    assert status != 0
    assert words in said
    assert list(tmp_path.iterdir()) == []
