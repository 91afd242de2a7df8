"""The product: ``create_app`` as it is deployed, and the sessions of officials at three levels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, session
from sqlalchemy import event, select

from app import create_app
from app.extensions import db
from app.models import Account, Certificate, Expert, LoginPuzzle
from app.services import consents, profiles
from app.views.session import start_session
from benchmarks.peers.asking import Answer, Facts, Peer, WsgiBrowser, counts, field_of
from benchmarks.peers.deeds import logging_in, saving
from benchmarks.population import PASSWORD, official
from benchmarks.rotation import environment
from config import load

PROVINCE = "530000"
PROFILE, LOGIN = "/my/profile", "/login/"


def signed_in(app: Flask, username: str) -> dict[str, str]:
    """The cookies of somebody who has just logged in."""
    with app.test_request_context():
        start_session(db.session.scalars(select(Account).where(Account.username == username)).one())
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return {app.config["SESSION_COOKIE_NAME"]: signer.dumps(dict(session))}


def credentials(page: str) -> dict[str, str]:
    """The login form of ``page``, filled by an official who has put the puzzle right."""
    token = field_of(page, "puzzle_token")
    form = {"username": official(PROVINCE), "password": PASSWORD, "puzzle_token": token}
    return form | {"puzzle_x": str(_solution(token)), "csrf_token": field_of(page, "csrf_token")}


def _solution(token: str) -> int:
    solution: int = db.session.scalars(select(LoginPuzzle.answer).where(LoginPuzzle.token == token)).one()
    db.session.remove()
    return solution


def own_browser(app: Flask, from_id: int) -> WsgiBrowser:
    """Of the next expert whose profile is open to change, who has agreed to what is asked."""
    following = select(Expert.id).where(Expert.id >= from_id).order_by(Expert.id)
    with app.app_context():
        expert_id = next(n for n in db.session.scalars(following.limit(1000)) if not profiles.is_locked(n))
        account = db.session.get_one(Account, db.session.get_one(Expert, expert_id).user_id)
        consents.agree(account.id)
        username = account.username
    browser = WsgiBrowser(app)
    browser.cookies = signed_in(app, username)
    return browser


class OfficialsBrowser(WsgiBrowser):
    """Asks as the official of the region whose code stands before the address: ``530100:/expert/list/``."""

    def __init__(self, application: Any, sessions: dict[str, dict[str, str]]) -> None:
        super().__init__(application)
        self.sessions = sessions

    def ask(self, address: str, form: Any = None) -> Answer:
        """GETs the address, or posts the form to it."""
        code, _, address = address.partition(":")
        self.cookies = self.sessions[code]
        return super().ask(address, form)


def open_peer(facts: Facts) -> Peer:
    """The application, three officials logged in."""
    app, statements = create_app(load(environment(facts.url, Path(facts.folder), 1))), list[str]()
    with app.app_context():
        engine = db.engine
        middle = select(Certificate.id).where(Certificate.expert_id >= facts.expert_id).order_by(Certificate.expert_id)
        certificate_id = db.session.scalars(middle.limit(1)).one()
    codes = (PROVINCE, facts.prefecture, facts.county)
    sessions = {code: signed_in(app, official(code)) for code in codes}
    event.listen(engine, "before_cursor_execute", lambda _c, _u, said, *_rest: counts(statements, said))
    view = "ExpertView"

    def experts(query: str, code: str = PROVINCE) -> str:
        return f"{code}:/expert/list/?{query}"

    pages = {
        "list_first": experts("all=1"),
        "list_last": experts(f"all=1&page_{view}=last"),
        "filter_status": experts("approved=1"),
        "filter_status_region": experts(f"approved=1&region={facts.county}"),
        "search_two_characters": experts(f"name={facts.name}"),
        "sort_name": experts(f"all=1&_oc_{view}=name&_od_{view}=asc"),
        "detail": f"{PROVINCE}:/expert/show/{facts.expert_id}",
        "search_no_hit": experts(f"name={facts.absent_name}"),
        "search_employer": experts(f"employer={facts.employer}"),
        "search_employer_no_hit": experts(f"employer={facts.absent_employer}"),
        "search_one_character": experts(f"name={facts.one_character}"),
        "last_page_by_number": experts(f"all=1&page_{view}={facts.last_page - 1}"),
        "sort_sex": experts(f"all=1&_oc_{view}=sex&_od_{view}=desc"),
        "sort_employer": experts(f"all=1&_oc_{view}=employer&_od_{view}=desc"),
        "number_prefix": f"{PROVINCE}:/certificates/list/?number=YNS2023",
        "certificates": f"{PROVINCE}:/certificates/list/",
        "list_prefecture": experts("all=1", facts.prefecture),
        "list_county": experts("all=1", facts.county),
        "narrow_scope_wide_filter": experts("approved=1&title_level=副高级", facts.county),
        "wide_scope_narrow_filter": experts(f"region={facts.county}&title_level=初级&certificate=terminated"),
        "word": f"{PROVINCE}:/expert/word/{facts.expert_id}",
        "certificate_page": f"{PROVINCE}:/certificate/{certificate_id}",
    }
    deeds = {
        "save": saving(own_browser(app, facts.saved_id), PROFILE, statements, save="draft"),
        "login": _solving(app, logging_in(WsgiBrowser(app), LOGIN, statements, credentials)),
    }
    return Peer(OfficialsBrowser(app, sessions), pages, r"/(?:expert|certificates)/show/(\d+)", statements, deeds)


def _solving(app: Flask, deed: Callable[[], Answer]) -> Callable[[], Answer]:
    """The deed, where the puzzle's answer can be looked up."""

    def done() -> Answer:
        with app.app_context():
            return deed()

    return done
