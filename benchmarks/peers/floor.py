"""The least that such a page can cost: bare Flask, one query that an index answers, one template, no login."""

from __future__ import annotations

from typing import Any

from flask import Flask, render_template_string, request
from sqlalchemy import create_engine, event, make_url, text

from benchmarks.peers.asking import Facts, Peer, WsgiBrowser, counts

COLUMNS = "expert.id, expert.name, expert.sex, region.full_name AS region, expert.employer, expert.title_level"
LIST = """<!doctype html><html lang="zh"><title>专家</title><table>
{% for row in rows %}<tr><td><a href="/expert/{{ row.id }}">{{ row.name }}</a><td>{{ row.sex }}
<td>{{ row.region or "" }}<td>{{ row.employer or "" }}<td>{{ row.title_level or "" }}</tr>{% endfor %}</table></html>"""
ONE = """<!doctype html><html lang="zh"><title>{{ row.name }}</title><dl>
{% for name, value in row._mapping.items() %}<dt>{{ name }}<dd>{{ value or "" }}{% endfor %}</dl></html>"""
SHOWN = """expert.name, sex, birth_date, nation, politics, health, address, postcode, full_name, school, major,
education_level, degree, graduated_on, work_began_on, employer, employer_kind, duty, title_level, title_name,
titled_on, practice,
practice_years, strengths"""

REACHED = "FROM expert_reach AS reach JOIN expert ON expert.id = reach.expert_id"
WHOLE = "FROM expert"
NEWEST, BY_NAME = "expert.id DESC", "expert.name, expert.id"


def statement(dialect: str, page: str) -> str:
    """The query of a page: one index walked from one end until 25 rows are found."""
    found_by = {
        "sqlite": "expert.id IN (SELECT rowid FROM expert_grams WHERE expert_grams MATCH :grams)",
        "postgresql": "text_grams(expert.{column}) @> CAST(:grams AS text[])",
    }[dialect]
    source, condition, order = {
        "list": (WHOLE, "true", NEWEST),
        "last": (WHOLE, "true", "expert.id"),
        "by_name": (WHOLE, "true", BY_NAME),
        "scope": (REACHED, "reach.region_code = :code", "reach.expert_id DESC"),
        "approved": (REACHED, "reach.region_code = '530000' AND reach.approved", "reach.expert_id DESC"),
        "approved_at_home": (
            REACHED, "reach.region_code = :code AND reach.home AND reach.approved", "reach.expert_id DESC",
        ),
        "name": (WHOLE, found_by.format(column="name"), NEWEST),
        "employer": (WHOLE, found_by.format(column="employer"), NEWEST),
    }[page]  # fmt: skip
    return (
        f"SELECT {COLUMNS} {source} LEFT JOIN region ON region.code = expert.region_code"
        f" WHERE {condition} ORDER BY {order} LIMIT 25"
    )


def grams(dialect: str, column: str, typed: str) -> Any:
    """Two characters as the index of texts has them."""
    if dialect == "postgresql":
        return [typed]
    return f"{column}:" + typed.encode().hex().upper()


def open_peer(facts: Facts) -> Peer:
    """The application."""
    app, statements = Flask(__name__), list[str]()
    engine = create_engine(make_url(facts.url.replace("postgresql://", "postgresql+psycopg://")))
    event.listen(engine, "before_cursor_execute", lambda _c, _u, said, *_rest: counts(statements, said))
    dialect = engine.dialect.name

    @app.get("/list/<page>")
    def listed(page: str) -> str:
        given: dict[str, Any] = {"code": request.args.get("code")}
        if "q" in request.args:
            given = {"grams": grams(dialect, page, request.args["q"])}
        with engine.connect() as connection:
            rows = list(connection.execute(text(statement(dialect, page)), given))
        return render_template_string(LIST, rows=reversed(rows) if page == "last" else rows)

    @app.get("/expert/<int:key>")
    def one(key: int) -> str:
        found = text(f"SELECT {SHOWN} FROM expert LEFT JOIN region ON region.code = region_code WHERE id = :key")
        with engine.connect() as connection:
            return render_template_string(ONE, row=connection.execute(found, {"key": key}).one())

    pages = {
        "list_first": "/list/list",
        "list_last": "/list/last",
        "filter_status": "/list/approved",
        "filter_status_region": f"/list/approved_at_home?code={facts.county}",
        "search_two_characters": f"/list/name?q={facts.name}",
        "search_no_hit": f"/list/name?q={facts.absent_name}",
        "search_employer": f"/list/employer?q={facts.employer}",
        "search_employer_no_hit": f"/list/employer?q={facts.absent_employer}",
        "sort_name": "/list/by_name",
        "detail": f"/expert/{facts.expert_id}",
        "list_prefecture": f"/list/scope?code={facts.prefecture}",
        "list_county": f"/list/scope?code={facts.county}",
    }
    return Peer(WsgiBrowser(app), pages, r'href="/expert/(\d+)"', statements)
