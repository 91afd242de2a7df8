"""Places that a province governs without a prefecture between: 北京's districts, some cities of 湖北 (GB/T 2260)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from app.extensions import db, limiter
from app.models import Region
from app.policies.roles import REVIEWER
from app.services import reviews, statistics
from app.services.statistics_scope import asked
from tests.support import cases, databases, people
from tests.support.browser import Browser
from tests.support.installed import installed

pytestmark = pytest.mark.one_database


@dataclass(frozen=True)
class Division:
    """A province as its two files have it, by code, name, code above and prefix; ``near`` and ``far`` are in question."""

    rows: tuple[tuple[str, str, str, str], ...]
    near: str
    far: str

    @property
    def top(self) -> str:
        """The province."""
        return self.rows[0][0]

    def write(self, folder: Path) -> Path:
        """The files, in ``folder``."""
        regions = ["code\tname\tparent_code"] + [f"{code}\t{name}\t{above}" for code, name, above, _ in self.rows]
        offices = ["region_code\tname\tprefix\tsafety_office\tdisaster_office"] + [
            f"{code}\t{name}应急管理局\t{prefix}\t{name}安委办\t{name}灾应办" for code, name, _, prefix in self.rows
        ]
        for file, lines in (("regions", regions), ("organizations", offices)):
            (folder / f"{file}.tsv").write_text("\n".join([*lines, ""]), encoding="utf-8")
        return folder


HUBEI = Division(
    (
        ("420000", "湖北省", "", "HBS"), ("420100", "武汉市", "420000", "WHS"), ("420102", "江岸区", "420100", "JAQ"),
        ("429004", "仙桃市", "420000", "XTS"), ("429005", "潜江市", "420000", "QJS"),
    ), "429004", "429005",
)  # fmt: skip
BEIJING = Division(
    (
        ("110000", "北京市", "", "BJS"), ("110101", "东城区", "110000", "DCQ"), ("110102", "西城区", "110000", "XCQ"),
    ), "110101", "110102",
)  # fmt: skip


@pytest.fixture(
    scope="module",
    params=[(BEIJING, databases.SQLITE), *((HUBEI, kind) for kind in databases.KINDS)],
    ids=lambda given: f"{given[0].top}-{given[1]}",
)
def made(
    request: pytest.FixtureRequest,
    make_app: Callable[[str], Flask],
    empty_database: Callable[[str, str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Division, databases.Registry]]:
    division, kind = request.param
    folder = division.write(tmp_path_factory.mktemp("province"))
    with installed(make_app, empty_database(kind, f"of_{division.top}"), kind, folder) as registry:
        yield division, registry


@pytest.fixture
def division(made: tuple[Division, databases.Registry], monkeypatch: pytest.MonkeyPatch) -> Iterator[Division]:
    division, registry = made
    monkeypatch.setattr(limiter, "enabled", False)
    registry.app.test_client_class = Browser
    with registry.app.app_context():
        yield division
    registry.clean()


@pytest.fixture
def app(division: Division, made: tuple[Division, databases.Registry]) -> Flask:
    return made[1].app


def name_of(code: str) -> str:
    return db.session.get_one(Region, code).name


def read(region: str, within: str = "") -> dict[str, int]:
    """Experts by place, as an official of ``region`` reads them."""
    actor = people.actor(people.staff(REVIEWER, at=people.department(region=region)))
    found = statistics.gather(actor, asked(actor, within, approved=False))
    by_place = {figure.label: figure.count for figure in found.blocks[0].figures if figure.count}
    covered = {
        place: sum(row[n].count for *_, row in found.coverage.rows) for n, place in enumerate(found.coverage.places)
    }
    assert all(covered.get(place, count) == count for place, count in by_place.items())
    return by_place


def test_its_officials_see_who_lives_there_and_nobody_else(app: Flask, division: Division) -> None:
    people.expert(division.near, name="张近处")
    people.expert(division.far, name="李远处")
    seen = {}
    for region in (division.top, division.near, division.far):
        browser = app.test_client()
        browser.sign_in(people.staff(REVIEWER, at=people.department(region=region)))
        page = browser.get("/expert/list/?all=1").text
        seen[region] = [name for name in ("张近处", "李远处") if name in page]
    assert seen == {division.top: ["张近处", "李远处"], division.near: ["张近处"], division.far: ["李远处"]}


def test_each_is_counted_for_itself(app: Flask, division: Division) -> None:
    for region in (division.near, division.far, division.far):
        people.expert(region)
    near, far = name_of(division.near), name_of(division.far)
    expected = {near: 1, far: 2}
    if division is HUBEI:
        people.expert("420102")
        people.expert("420100")
        expected |= {"武汉市": 2}
        assert read("420100") == {"江岸区": 1, statistics.HERE: 1}
    assert read(division.top) == expected
    assert read(division.top, division.far) == {far: 2}
    assert read(division.near) == {near: 1}
    browser = app.test_client()
    browser.sign_in(people.staff(REVIEWER, at=people.department(region=division.near)))
    for page in ("/statistics/", "/statistics/svg/coverage", "/statistics/svg/region"):
        assert browser.get(page).status_code == 200, page


def test_it_takes_applications_and_appoints(app: Flask, division: Division) -> None:
    case = cases.pending_case(people.expert(division.far), people.department(region=division.near))
    proposed = reviews.title_for(case, people.speciality())
    filed = cases.filed_certificate(cases.approved_case(case))
    prefix, name = next((prefix, name) for code, name, _, prefix in division.rows if code == division.near)
    assert filed.number.startswith(prefix)
    assert filed.body == f"{name}应急管理局"
    assert proposed.startswith(name[-1])
    # Who has applied there is seen there, though living elsewhere.
    assert read(division.near) == {statistics.ELSEWHERE: 1}
