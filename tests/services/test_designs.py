"""聘书样式: whose design a certificate has, its versions, and that what was filed keeps its own (R17, R20)."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from app.documents.data import CertificateData
from app.domain.design import DEFAULT, Border, Design
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.extensions import db
from app.models import AuditEntry, Certificate, CertificateDesign, Organization
from app.policies.actor import Actor
from app.policies.roles import ADMINISTRATOR, FILER
from app.services import certificates, design_versions, designs, filings, issuing
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.people import KUNMING, PROVINCE, QUJING, SCIENCE, WUHUA
from tests.support.races import Meeting, at_once

BLUE_WORDS = replace(DEFAULT, heading="聘任书", closing="特发此证。")


@pytest.fixture
def keeper(app: Flask) -> Actor:
    return people.actor(people.staff(ADMINISTRATOR))


def design(keeper: Actor, region: str = PROVINCE, to: Design | None = BLUE_WORDS, note: str = "") -> CertificateDesign:
    """The next version of an organization."""
    office = people.organization(region)
    history = design_versions.history(office.id)
    return design_versions.save(keeper, office.id, to, note, history[0].version.version if history else 0)


def used_by(region: str) -> designs.InForce:
    return designs.current(people.organization(region).id)


def words_on(certificate: Certificate) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(certificates.pdf(certificate))).pages)


def test_r17_without_any_it_is_the_one_that_the_product_comes_with(app: Flask) -> None:
    used = used_by(WUHUA)
    assert (used.version, used.id, used.design, used.words) == (None, None, DEFAULT, "系统默认样式")


def test_who_has_none_follows_the_nearest_above(keeper: Actor) -> None:
    design(keeper)
    assert used_by(WUHUA).words == "沿用云南省应急管理厅的样式，第1版"
    city = replace(DEFAULT, heading="聘用书")
    design(keeper, KUNMING, city)
    assert used_by(KUNMING).words == "自有样式，第1版"
    assert used_by(WUHUA).design == city
    assert used_by(QUJING).design == BLUE_WORDS
    design(keeper, KUNMING, None)
    assert used_by(WUHUA).words == used_by(KUNMING).words == "沿用云南省应急管理厅的样式，第1版"
    design(keeper, PROVINCE, None)
    assert used_by(WUHUA).version is None


def test_another_organization_of_the_region_above_decides_nothing_for_those_below(keeper: Actor) -> None:
    city = people.organization(KUNMING)
    other = Organization(name="昆明新区应急管理局", region_code=KUNMING, prefix="XQ")
    db.session.add(other)
    db.session.commit()
    design_versions.save(keeper, other.id, BLUE_WORDS, "", 0)
    assert designs.current(other.id).is_own
    assert designs.current(city.id).version is None
    assert used_by(WUHUA).version is None
    assert design_versions.followers(other) == 0


def test_how_many_follow(keeper: Actor) -> None:
    province, city = people.organization(), people.organization(KUNMING)
    below = len(db.session.scalars(select(Organization.id)).all()) - 1
    in_kunming = Organization.region_code.between("530101", "530199")
    counties = len(db.session.scalars(select(Organization.id).where(in_kunming)).all())
    assert design_versions.followers(province) == below
    assert design_versions.followers(city) == counties == 14
    design(keeper, KUNMING)
    design(keeper, WUHUA, replace(DEFAULT, qr=False))
    assert design_versions.followers(city) == counties - 1
    assert design_versions.followers(province) == below - counties - 1


def test_versions_are_numbered_and_say_what_they_changed(keeper: Actor) -> None:
    design(keeper, note="按新格式")
    design(keeper, to=replace(BLUE_WORDS, border=Border.DOUBLE, qr=False))
    design(keeper, to=None)
    design(keeper, to=BLUE_WORDS)
    told = design_versions.history(people.organization().id)
    assert [one.version.version for one in told] == [4, 3, 2, 1]
    assert [one.version.follows for one in told] == [False, True, False, False]
    assert told[3].changes == [
        {"field": "标题", "before": "聘书", "after": "聘任书"}, {"field": "结语", "before": "", "after": "特发此证。"}
    ]  # fmt: skip
    assert told[2].changes == [
        {"field": "边框", "before": "回纹边框", "after": "双线边框"}, {"field": "查验二维码", "before": "是", "after": "否"}
    ]  # fmt: skip
    assert told[1].changes == []
    assert (told[3].version.note, told[3].version.author_name) == ("按新格式", keeper.name)
    assert design_versions.designed(told, 2).border is Border.DOUBLE
    assert design_versions.designed(told, 0) == DEFAULT
    for number in (3, 9):
        with pytest.raises(NotFound):
            design_versions.designed(told, number)


def test_a_version_stands_in_the_log_with_what_it_changed(keeper: Actor) -> None:
    saved = design(keeper, note="按新格式")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "修改聘书样式")).one()
    assert (entry.subject, entry.actor_id) == (f"机构#{saved.organization_id}", keeper.user_id)
    detail = json.loads(entry.detail or "")
    assert (detail["version"], detail["note"]) == (1, "按新格式")
    assert {"field": "样式", "before": "系统默认样式", "after": "自有样式，第1版"} in detail["changes"]
    assert {"field": "标题", "before": "聘书", "after": "聘任书"} in detail["changes"]


def test_a_version_is_never_changed_nor_taken_away(keeper: Actor) -> None:
    design(keeper)
    for act in (update(CertificateDesign).values(content="{}"), delete(CertificateDesign)):
        with pytest.raises(DatabaseError, match="append-only"):
            db.session.execute(act)
        db.session.rollback()
    assert used_by(PROVINCE).design == BLUE_WORDS


def test_who_saved_meanwhile_is_named_and_nothing_is_lost(keeper: Actor) -> None:
    office = people.organization()
    design(keeper)
    colleague = people.actor(people.staff(ADMINISTRATOR, name="钱管理"))
    design_versions.save(colleague, office.id, replace(BLUE_WORDS, qr=False), "", 1)
    with pytest.raises(Conflict, match="钱管理在您打开本页后保存了第2版"):
        design_versions.save(keeper, office.id, DEFAULT, "", 1)
    assert used_by(PROVINCE).design == replace(BLUE_WORDS, qr=False)


def test_of_two_who_save_at_once_one_is_refused(app: Flask, keeper: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    office = people.organization().id
    monkeypatch.setattr(designs, "current", Meeting(2).before(designs.current))
    results = at_once(
        app,
        [
            lambda to=to: design_versions.save(keeper, office, to, "", 0)
            for to in (BLUE_WORDS, replace(DEFAULT, qr=False))
        ],
    )
    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [Conflict]
    assert [one.version.version for one in design_versions.history(office)] == [1]


def test_nothing_new_is_no_version(keeper: Actor) -> None:
    with pytest.raises(Invalid, match="没有需要保存的修改"):
        design(keeper, to=None)
    design(keeper)
    with pytest.raises(Invalid, match="没有需要保存的修改"):
        design(keeper)
    design(keeper, KUNMING)  # the same words, from now on by one's own will
    assert used_by(KUNMING).is_own


@pytest.mark.parametrize(
    ("to", "field"),
    [
        (replace(DEFAULT, sentence="聘请你为{title}专家。"), "sentence"),
        (replace(DEFAULT, heading=""), "heading"),
        (replace(DEFAULT, closing="\ue000"), None),
    ],
)
def test_what_no_certificate_can_have_is_refused(keeper: Actor, to: Design, field: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        design(keeper, to=to)
    assert field is None or refused.value.field == field
    assert used_by(PROVINCE).version is None


def test_an_administrator_keeps_those_of_the_own_region_and_nobody_else_any(app: Flask) -> None:
    city = people.actor(people.staff(ADMINISTRATOR, at=people.department(SCIENCE, KUNMING)))
    design(city, KUNMING)
    design(city, WUHUA, DEFAULT)
    for region in (PROVINCE, QUJING):
        with pytest.raises(NotFound):
            design(city, region)
    with pytest.raises(NotAllowed):
        design(people.actor(people.staff(FILER, at=people.department(SCIENCE))))


def test_r20_a_certificate_keeps_the_version_it_was_filed_with(keeper: Actor, clock: Clock) -> None:
    clock.on(date(2026, 11, 24))
    before = cases.filed_certificate()
    first = design(keeper)
    filed = cases.filed_certificate()
    issued = certificates.pdf(filed)
    design(keeper, to=replace(DEFAULT, heading="聘请书", greeting="{name}先生："))
    after = cases.filed_certificate()
    assert (before.design_id, filed.design_id) == (None, first.id)
    assert after.design_id == used_by(PROVINCE).id != first.id
    assert issuing.as_issued(filed).design == BLUE_WORDS
    assert certificates.pdf(filed) == issued
    clock.on(date(2126, 11, 24))  # ended: drawn once more, with that across it, and as it was
    assert issuing.as_issued(before).design == DEFAULT
    assert "聘任书" in words_on(filed)
    assert "特发此证。" in words_on(filed)
    assert "先生" not in words_on(filed)
    assert "先生" in words_on(after)


def test_a_design_that_changes_while_it_is_drawn_is_drawn_anew(
    app: Flask, keeper: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite it is drawn before the transaction begins."""
    case = cases.approved_case()
    filer = people.actor(cases.filer_of(case))
    draw, drawn = issuing.draw, []

    def interrupted(data: CertificateData, prefix: str) -> issuing.Drawn:
        drawn.append(data.design)
        if len(drawn) == 1 and not db.session.new:
            db.session.rollback()
            design(keeper)
        return draw(data, prefix)

    monkeypatch.setattr(issuing, "draw", interrupted)
    certificate = filings.file(case.id, filer)
    if len(drawn) == 2:
        assert drawn == [DEFAULT, BLUE_WORDS]
        assert certificate.design_id == used_by(PROVINCE).id
    else:  # PostgreSQL: in the transaction alone
        assert len(drawn) == 1
