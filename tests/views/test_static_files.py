"""Styles, scripts and pictures: kept for a year under names that say what is in them, served without the application."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli
import pytest
from flask import Flask
from sqlalchemy import event

from app import create_app
from app.extensions import db
from app.models import Account
from app.policies.roles import ADMINISTRATOR
from app.views.static_files import KEPT, built, hashed_files
from config import load
from tests.support import people
from tests.support.browser import Browser

pytestmark = pytest.mark.one_database

STATIC = Path(__file__).resolve().parents[2] / "app" / "static"
REFERRED = re.compile(r'(?:href|src)="(/static/[^"#]+)')
HASHED = re.compile(r"\.[0-9a-f]{10}\.[a-z]+$")


def referred(browser: Browser, page: str) -> set[str]:
    """What a page has the browser fetch."""
    found = set(REFERRED.findall(browser.get(page).get_data(as_text=True)))
    assert found
    return found


def test_pages_ask_for_each_file_by_its_content(visitor: Browser, sign_in: Callable[[Account], Browser]) -> None:
    admin = sign_in(people.staff(ADMINISTRATOR))
    asked = referred(visitor, "/login/") | referred(admin, "/desk/") | referred(admin, "/account-staff/list/")
    assert [url for url in asked if not HASHED.search(url)] == []
    for url in asked:
        response = visitor.get(url)
        assert response.status_code == 200, url
        assert response.headers["Cache-Control"] == "max-age=31536000, public, immutable"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert visitor.get(url, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_style_sheets_find_their_pictures(visitor: Browser) -> None:
    sheets = [url for url in referred(visitor, "/login/") if url.endswith(".css")]
    pictures = [
        (sheet, picture)
        for sheet in sheets
        for picture in re.findall(r'url\("?([^)"]+)', visitor.get(sheet).get_data(as_text=True))
    ]
    assert len(pictures) == len(re.findall(r"url\(", "".join(path.read_text() for path in STATIC.glob("css/*.css"))))
    for sheet, picture in pictures:
        assert HASHED.search(picture), (sheet, picture)
        assert visitor.get(sheet.rpartition("/")[0] + "/" + picture).status_code == 200


def test_a_file_costs_neither_a_session_nor_a_statement(app: Flask, visitor: Browser) -> None:
    visitor.get("/login/")
    said: list[str] = []

    def note(*given: object) -> None:
        said.append(str(given[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    response = visitor.get("/static/js/form.js")
    event.remove(db.engine, "before_cursor_execute", note)
    assert (response.status_code, said) == (200, [])
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize(
    ("accepted", "encoding", "opened"),
    [("gzip, deflate, br", "br", brotli.decompress), ("gzip", "gzip", gzip.decompress), ("", None, bytes)],
)
def test_a_file_comes_compressed_as_the_browser_can_read_it(
    visitor: Browser, accepted: str, encoding: str | None, opened: Callable[[bytes], bytes]
) -> None:
    (url,) = (url for url in referred(visitor, "/login/") if "/shell." in url)
    response = visitor.get(url, headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding") == encoding
    assert opened(response.data) == (STATIC / "js" / "shell.js").read_bytes()


def test_the_manuals_pictures_are_asked_about_each_time(visitor: Browser) -> None:
    (picture,) = set(REFERRED.findall(visitor.get("/help/check").get_data(as_text=True))) & {"/static/help/check.png"}
    response = visitor.get(picture)
    assert response.headers["Cache-Control"] == "max-age=0, public"
    assert visitor.get(picture, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_a_page_of_another_version_still_has_its_style(visitor: Browser) -> None:
    """While versions change a page may come from the one process and its style from the other."""
    response = visitor.get("/static/css/forms.0123456789.css")
    assert response.data == (STATIC / "css" / "forms.css").read_bytes()
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["css/none.css", "css/none.0123456789.css", "../config.py", "css/..%2f..%2f..%2fconfig.py"]
)
def test_nothing_else_is_served(visitor: Browser, path: str) -> None:
    assert visitor.get(f"/static/{path}").status_code == 404


def test_what_no_page_uses_is_not_served(visitor: Browser) -> None:
    assert visitor.get("/static/appbuilder/css/bootstrap.min.css").status_code == 404


def test_another_content_is_another_name_and_of_what_refers_to_it_too(tmp_path: Path) -> None:
    for name, content in (
        ("css/a.css", 'a { background: url("../img/a.svg") }'),
        ("img/a.svg", "<svg/>"),
        ("js/a.js", "1"),
    ):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content, encoding="utf-8")
    before = {name: hashed for name, (hashed, _) in hashed_files(tmp_path).items()}
    (tmp_path / "img" / "a.svg").write_text("<svg></svg>", encoding="utf-8")
    after = hashed_files(tmp_path)
    assert {name for name in before if before[name] != after[name][0]} == {"css/a.css", "img/a.svg"}
    assert after["css/a.css"][1].decode() == f'a {{ background: url("../{after["img/a.svg"][0]}") }}'
    (tmp_path / "img" / "a.svg").unlink()
    with pytest.raises(KeyError):
        hashed_files(tmp_path)


def test_processes_that_start_at_once_make_the_files_once(tmp_path: Path) -> None:
    files = {"js/a.js": ("js/a.0123456789.js", b"a" * 1000)}
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: built(files, tmp_path), range(8)))
    assert made == set(tmp_path.iterdir())
    assert len(made) == 1
    names = {path.name for path in made.pop().rglob("*.*")}
    assert names == {"a.js", "a.0123456789.js", "a.0123456789.js.gz", "a.0123456789.js.br"}


def test_files_of_old_versions_go_in_the_end(tmp_path: Path) -> None:
    made = [built({"a.js": (f"a.{n:010d}.js", b"a")}, tmp_path) for n in range(KEPT + 2)]
    assert {path for path in made if path.exists()} == set(made[-KEPT:])


def test_who_works_on_the_files_sees_them_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app = create_app({**load({"INSTANCE_PATH": str(tmp_path)}), "RATELIMIT_ENABLED": False})
    with app.test_request_context():
        assert app.url_for("static", filename="css/forms.css") == "/static/css/forms.css"
    assert not (tmp_path / "static").exists()
