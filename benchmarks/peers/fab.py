"""Flask-AppBuilder as it comes: a ModelView on plain models, and its own users."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import event
from sqlalchemy.orm import Mapped, relationship

from benchmarks.peers.asking import Facts, Peer, WsgiBrowser, counts, field_of
from benchmarks.peers.columns import LISTED, PASSWORD, SHOWN, USER, WRITTEN
from benchmarks.peers.deeds import logging_in, saving
from benchmarks.peers.tables import ExpertColumns, RegionColumns


class Region(RegionColumns, Model):
    """A place."""


class Expert(ExpertColumns, Model):
    """One of the many."""

    region: Mapped[Region | None] = relationship()


class ExpertView(ModelView):
    """What a reader of the documentation writes."""

    datamodel = SQLAInterface(Expert)
    route_base = "/experts"
    list_columns = list(LISTED)
    search_columns = ["name", "employer", "approved", "region"]
    show_columns = [*SHOWN, "region"]
    edit_columns = list(WRITTEN)
    base_order = ("id", "desc")
    page_size = 25


def open_peer(facts: Facts) -> Peer:
    """The application, an administrator logged in."""
    app, statements = Flask(__name__), list[str]()
    app.config |= {
        "SECRET_KEY": "not a secret",
        "SQLALCHEMY_DATABASE_URI": facts.url.replace("postgresql://", "postgresql+psycopg://"),
        "FAB_ADD_SECURITY_API": False,
        "AUTH_RATE_LIMITED": False,
    }
    db = SQLA(app)
    with app.app_context():
        builder = AppBuilder(app, db.session)
        builder.add_view(ExpertView, "Experts")
        user = builder.sm.find_user(USER)
        user.roles = [builder.sm.find_role("Admin")]
        db.session.commit()
        event.listen(db.engine, "before_cursor_execute", lambda _c, _u, said, *_rest: counts(statements, said))
    browser = WsgiBrowser(app)

    def credentials(body: str) -> dict[str, str]:
        return {"username": USER, "password": PASSWORD, "csrf_token": field_of(body, "csrf_token")}

    log_in = logging_in(browser, "/login/", statements, credentials)
    log_in()
    lists = "/experts/list/?"
    pages = {
        "list_first": lists,
        "list_last": f"{lists}page_ExpertView={facts.last_page - 1}",
        "filter_status": f"{lists}_flt_0_approved=y",
        "filter_status_region": f"{lists}_flt_0_approved=y&_flt_0_region={facts.county}",
        "search_two_characters": f"{lists}_flt_2_name={facts.name}",
        "search_no_hit": f"{lists}_flt_2_name={facts.absent_name}",
        "search_employer": f"{lists}_flt_2_employer={facts.employer}",
        "search_employer_no_hit": f"{lists}_flt_2_employer={facts.absent_employer}",
        "search_one_character": f"{lists}_flt_2_name={facts.one_character}",
        "sort_name": f"{lists}_oc_ExpertView=name&_od_ExpertView=asc",
        "detail": f"/experts/show/{facts.expert_id}",
    }
    deeds = {"save": saving(browser, f"/experts/edit/{facts.saved_id}", statements), "login": log_in}
    return Peer(browser, pages, r"/experts/show/(\d+)", statements, deeds)
