"""The box at the top, its suggestions and its page: people, certificates, cases and pages, by what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import jsonify, request
from flask_appbuilder import BaseView, expose
from flask_login import login_required

from app.domain import search as words
from app.domain.identity import looks_personal
from app.domain.pinyin import initials
from app.domain.search import Sought
from app.extensions import limiter
from app.policies.roles import READ_EXPERTS
from app.services import search
from app.services.search import MOST, Hit
from app.views import current, navigation, replica
from app.views.navigation import Step
from app.views.throttle import account_key

PERSONAL = "这像是身份证号或手机号。为保护个人信息，号码不写进网址，这里不按号码查找。"
ALWAYS = (("我的账号", "/account/"), ("通知", "/notices/"), ("帮助文档", "/help/"), ("意见反馈", "/feedback/"))
"""Pages that everybody has and that stand beside the menu."""
EXPERT, CERTIFICATE = "/expert/show/{}", "/certificate/{}"
CASE, OWN_CASE = "/application/show/{}", "/my/applications#case-{}"


class Line(NamedTuple):
    """One thing that was found and where it is."""

    name: str
    note: str
    url: str


class Group(NamedTuple):
    """Things of one sort. ``more`` is the list in which there are more of them."""

    label: str
    lines: list[Line]
    more: str = ""


search_by_account = limiter.shared_limit(
    "240 per minute", scope="search", key_func=account_key, error_message="查找得太频繁，请过一会儿再试。"
)
"""Far more than anybody types."""


class SearchPages(BaseView):
    """Open to everybody who is logged in: each finds what their own lists hold."""

    route_base = "/search"
    default_view = "results"
    base_permissions: list[str] = []

    @expose("/")
    @login_required
    @search_by_account
    def results(self) -> Any:
        """What was found, as a page."""
        typed = request.args.get("q", "")
        personal = looks_personal(typed)
        sought = Sought("") if personal else words.read(typed)
        groups, hint = self._found(sought)
        page = self.render_template(
            "search.html",
            title="查找",
            sought=sought.words,
            groups=groups,
            hint=PERSONAL if personal else hint,
            by_number="/expert/find" if current.actor().may(READ_EXPERTS) else "",
        )
        return page, (422 if personal else 200)

    @expose("/suggest")
    @login_required
    @search_by_account
    def suggest(self) -> Any:
        """The same for the box, while one types: ``{groups: [{label, hits: [{name, note, url}]}], hint}``."""
        typed = request.args.get("q", "")
        if looks_personal(typed):
            return jsonify(groups=[], hint=PERSONAL), 422
        groups, hint = self._found(words.read(typed))
        shown = [{"label": group.label, "hits": [line._asdict() for line in group.lines]} for group in groups]
        return jsonify(groups=shown, hint=hint)

    def _found(self, sought: Sought) -> tuple[list[Group], str]:
        if not sought.words:
            return [], ""
        found = replica.read(lambda: search.found(current.actor(), sought))
        by_name = f"/expert/list/?{urlencode({'all': 1, 'name': sought.name})}" if sought.name else ""
        by_number = f"/certificates/list/?{urlencode({'all': 1, 'number': sought.number})}"
        groups = [
            Group("专家", _lines(found.experts, EXPERT), by_name if found.has_more_experts else ""),
            Group("聘书", _lines(found.certificates, CERTIFICATE), by_number if found.has_more_certificates else ""),
            Group("申报", _lines(found.applications, CASE if current.actor().region_span is not None else OWN_CASE)),
            Group("页面", list(islice(_pages(navigation.entries(self.appbuilder), sought.words), MOST))),
        ]
        return [group for group in groups if group.lines], found.hint


def _lines(hits: Sequence[Hit], way: str) -> list[Line]:
    return [Line(hit.name, hit.note, way.format(hit.key)) for hit in hits]


def _pages(menu: Iterable[tuple[Step, ...]], typed: str) -> Iterator[Line]:
    """Those of one's own menu, and of everybody's, whose names hold what was typed or begin with its letters."""
    wanted = typed.casefold()
    for *above, (label, url) in (*menu, *((page,) for page in ALWAYS)):
        if wanted in label.casefold() or (len(wanted) > 1 and initials(label).startswith(wanted)):
            yield Line(str(label), str(above[0][0]) if above else "", url)
