"""An installation for 贵州省: nothing that it says or makes speaks of the province the product comes with."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from app.domain.errors import Conflict, NotAllowed
from app.extensions import db, limiter
from app.models import Account, Certificate, Region, SmsMessage
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from app.services import certificates, consents, province, reference, samples
from app.views import manual
from settings.environment import Misconfigured
from tests.support import cases, databases, people
from tests.support.addresses import address
from tests.support.browser import Browser
from tests.support.installed import installed
from tests.support.route_table import EXPERT, MAY_ENTER, VISITOR
from tests.support.source import ROOT

pytestmark = pytest.mark.one_database

GUIZHOU = Path(__file__).parent / "guizhou"
ELSEWHERE = re.compile("云南|昆明|五华|大理|YNS|KMS|53010")
TOP, PREFECTURE, COUNTY = "520000", "520100", "520102"


@pytest.fixture(scope="module")
def installation(
    make_app: Callable[[str], Flask], empty_database: Callable[[str, str], str]
) -> Iterator[databases.Registry]:
    """Made as a new one is: settings, migrations, seeding."""
    with installed(make_app, empty_database(databases.SQLITE, "guizhou"), databases.SQLITE, GUIZHOU) as made:
        yield made


@pytest.fixture
def app(installation: databases.Registry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(limiter, "enabled", False)
    installation.app.test_client_class = Browser
    with installation.app.app_context():
        yield installation.app
    installation.clean()


def everybody() -> tuple[dict[str, Any], dict[str, Any]]:
    """One person a role, and rows to look at: a certificate of the county's expert, by the province and by the city."""
    at = people.department(region=TOP)
    expert = people.expert(COUNTY, employer="某化工有限公司")
    pending = cases.pending_case(expert, people.department(region=PREFECTURE))
    filed = cases.filed_certificate(cases.approved_case(cases.pending_case(expert, at)))
    persons: dict[str, Any] = {role: people.staff(role, at=at) for role in (ADMINISTRATOR, REVIEWER, STAFF)}
    persons[FILER] = people.staff(FILER, at=people.department(people.SCIENCE, TOP))
    ids = {"expert": expert.id, "certificate": filed.id, "check_code": filed.check_code, "review": pending.id}
    ids |= {"file": expert.attachments[0].id, "staff": persons[STAFF].id}
    return {VISITOR: None, EXPERT: expert, **persons}, ids


def words(body: bytes) -> str:
    """What stands in a page, a PDF, a workbook or a Word file."""
    if body.startswith(b"%PDF"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            return "".join(parts.read(name).decode(errors="ignore") for name in parts.namelist())
    return unescape(body.decode(errors="ignore"))


def test_no_page_and_no_file_speaks_of_another_province(app: Flask) -> None:
    persons, ids = everybody()
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.endpoint != "static"]
    wanted = {address(rule, ids): MAY_ENTER[rule.endpoint] for rule in rules}
    wanted |= {f"/help/{chapter}": (VISITOR,) for chapter in manual.chapters()}
    said: dict[str, str] = {}
    for role, person in persons.items():
        browser: Any = app.test_client()
        if person is not None:
            browser.sign_in(person)
        for url, who in wanted.items():
            if role in who and url not in said and (answer := browser.get(url)).status_code == 200:
                said[url] = words(answer.data)
    assert {where: found[0] for where, text in said.items() if (found := ELSEWHERE.search(text))} == {}
    assert len(said) > 100
    text = "".join(said.values())
    for expected in ("贵州省应急管理厅", "贵阳市南明区", "GZS2", "GYS", "520102********1234"):
        assert expected in text


def test_the_certificate_its_messages_and_the_wordings_are_the_province_s(app: Flask) -> None:
    _, ids = everybody()
    certificate = words(certificates.pdf(db.session.get_one(Certificate, ids["certificate"]))).replace("\n", "")
    assert "经贵州省应急管理厅审核批准" in certificate
    assert re.search(r"GZS\d{8}001", certificate)
    messages = [message.text for message in db.session.scalars(select(SmsMessage))]
    assert messages
    assert not [text for text in [*messages, *(w.text for w in consents.wordings().values())] if ELSEWHERE.search(text)]


def test_the_first_administrator_belongs_to_its_office(app: Flask) -> None:
    typed = ["create-admin", "--username", "guanli", "--name", "陈管理", "--password", "Guizhou@2026"]
    result = app.test_cli_runner().invoke(args=typed, input="\n")
    assert result.exit_code == 0, result.output
    found = db.session.scalars(select(Account).where(Account.username == "guanli")).one()
    assert found.department.organization.name == "贵州省应急管理厅"


def test_divisions_are_all_there_and_no_sample_is_made(app: Flask) -> None:
    assert db.session.query(Region).count() == 98
    with pytest.raises(NotAllowed, match="贵州省没有示例数据"):
        samples.load()


def test_what_serves_is_prepared_without_samples_and_says_how_to_begin(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "STORAGE_PATH")},
        "INSTANCE_PATH": str(tmp_path), "REFERENCE_PATH": str(GUIZHOU),
    }  # fmt: skip
    for _ in range(2):
        said = subprocess.run(
            [sys.executable, "-m", "scripts.prepare"],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        assert "贵州省没有示例数据" in said
        assert "create-admin" in said


def test_a_database_stays_with_its_province(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "province", province.of(None))
    monkeypatch.setitem(app.config, "REFERENCE_PATH", "")
    with pytest.raises(Conflict, match=r"贵州省的数据.*云南省"):
        reference.seed()


@pytest.mark.parametrize(
    ("file", "line", "other", "said"),
    [
        ("regions.tsv", "520102\t南明区\t520100", "520102\t南明区\t520200", "南明区的上级 520200"),
        ("regions.tsv", "520100\t贵阳市\t520000", "520181\t贵阳市\t520000", "南明区的上级 520100"),
        ("regions.tsv", "520102\t南明区\t520100", "520102\t南明区\t520000", "南明区直属于省，代码 520102"),
        ("regions.tsv", "520102\t南明区\t520100", "52010\t南明区\t520100", "南明区的代码 52010"),
        ("regions.tsv", "code\tname\tparent_code", "代码\t名称", "regions.tsv"),
        ("organizations.tsv", "\tGYS\t", "\tGZS\t", "前缀 GZS 重复"),
        ("organizations.tsv", "\tGYS\t", "\t贵阳\t", "前缀 贵阳 应为"),
    ],
)
def test_what_is_wrong_with_the_files_is_told_before_anything_starts(
    file: str, line: str, other: str, said: str, tmp_path: Path
) -> None:
    for path in GUIZHOU.glob("*.tsv"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace(line, other) if path.name == file else text, encoding="utf-8")
    bare = Flask("bare")
    bare.config["REFERENCE_PATH"] = str(tmp_path)
    with pytest.raises(Misconfigured, match=said):
        province.init_app(bare)
