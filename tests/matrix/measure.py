"""One cell: who asks, by which way, and what comes of it."""

from __future__ import annotations

from flask import Flask
from werkzeug.test import TestResponse

from app.models import Account, Expert
from app.services import certificates, change_requests
from tests.matrix.office import cells, person
from tests.matrix.ways import ASKED, WAYS, Way, case_at, ids_of, moved, reading
from tests.support import cases, people
from tests.support.addresses import address
from tests.support.browser import Browser
from tests.support.frozen import Frozen
from tests.support.people import CHEMICALS, KUNMING, MINES

ACTS, REFUSED, MISSING, LOGIN = "可以", "拒绝", "不存在", "须登录"
"""What may come of it: the case moved, or the row was shown; refused with a sentence; answered like what does not
exist (404); led to the login page."""

Outcomes = dict[tuple[str, str], str]
"""Role and relation to what came of it."""


def browser_of(app: Flask, who: Account | Expert | None) -> Browser:
    """A browser of the person's; a stranger's for ``None``."""
    browser: Browser = app.test_client()  # type: ignore[assignment]
    return browser if who is None else browser.sign_in(who)


def judge(answer: TestResponse) -> str:
    """What an answer that gave nothing was."""
    to = answer.headers.get("Location", "").split("?")[0]
    if answer.status_code == 404:
        return MISSING
    if to == "/login/":
        return LOGIN
    assert answer.status_code < 500
    return REFUSED


def measure(app: Flask) -> dict[Way, Outcomes]:
    """All cells, each by a request of the person's own on the case as it stood; what a request wrote is undone."""
    at = people.department(CHEMICALS, KUNMING)
    standing = {stands: case_at(stands, at) for stands in sorted({way.stands for way in WAYS})}
    found: dict[Way, Outcomes] = {way: {} for way in WAYS}
    frozen = Frozen()
    for cell in cells():
        for stands, case in standing.items():
            browser, ids = browser_of(app, person(*cell, case)), ids_of(case)
            with_person = Frozen()
            for way in WAYS:
                if way.stands == stands:
                    form = {name.format(**ids): value.format(**ids) for name, value in way.form.items()}
                    answer = browser.submit(way.url.format(**ids), form)
                    found[way][cell] = ACTS if moved(case, way) else judge(answer)
                    with_person.restore()
            with_person.close()
            frozen.restore()
    frozen.close()
    return found


def measure_reading(app: Flask) -> dict[str, Outcomes]:
    """The same for every endpoint that shows a row of an expert's: ``url_map`` names them."""
    at = people.department(CHEMICALS, KUNMING)
    filed = case_at(ASKED, at)
    expert = filed.expert
    certificate = certificates.of_application(filed.id)
    assert certificate is not None
    ids = {
        "expert": expert.id,
        "change": change_requests.of_expert(expert.id)[0].id,
        "file": expert.attachments[0].id,
        "certificate": certificate.id,
        "review": cases.pending_case(expert, people.department(MINES, KUNMING)).id,
        "filing": cases.approved_case(cases.pending_case(expert, people.department("防汛抗旱", KUNMING))).id,
    }
    asked = {"speciality": people.speciality().id}  # what one of them cannot answer without
    frozen, found = Frozen(), {}
    for cell in cells():
        browser = browser_of(app, person(*cell, filed))
        for rule in reading(app):
            answer = browser.get(address(rule, ids), query_string=asked)
            shown = answer.status_code == 200 or answer.headers.get("Location", "").startswith("/certificate/")
            found.setdefault(rule.endpoint, {})[cell] = ACTS if shown else judge(answer)
        frozen.restore()
    frozen.close()
    return found
