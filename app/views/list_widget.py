"""A list as a table. What is the same for each row is worked out once; the template is given ready text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import request, url_for
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_appbuilder.widgets import RenderTemplateWidget
from markupsafe import Markup

from app.views.drawing import say
from app.views.text import text_of

LONG = 12
"""From more characters on a cell may break its lines."""


class Heading(NamedTuple):
    """Of a column: the address that sorts by it, if it can be sorted, and the direction in force."""

    label: str
    url: str
    direction: str


class Row(NamedTuple):
    """``first`` heads the row, ``name`` is the same without markup; ``value`` is what its box to tick sends."""

    value: Any
    first: Any
    name: str
    cells: list[tuple[str, Any, bool]]
    links: list[tuple[str, str]]


class ListWidget(RenderTemplateWidget):
    """Draws what ``RegistryModelView._list`` gives; see the template for what a list may say besides."""

    template = "appbuilder/general/widgets/list.html"

    def __call__(self, **kwargs: Any) -> str:
        """The list as HTML."""
        given = {"has_next": None, "order": None, **self.template_args, **kwargs}
        view = given["view"]
        name = view.__class__.__name__
        moved = {f"{what}_{name}" for what in ("page", "after", "before")}
        asked = [(key, value) for key, value in request.args.items(multi=True) if key not in moved]
        add_url = url_for(f"{view.endpoint}.add") if may(view, "add") else ""
        export_url = f"{url_for(f'{view.endpoint}.export_table')}{_query(asked)}" if may(view, "export_table") else ""
        columns_url = f"/list-columns/{name}?{urlencode(asked)}" if len(view.offered_columns) > 2 else ""
        actions = [action for action in view.actions.values() if action.multiple and may_act(view, action.name)]
        last = max((given["count"] - 1) // given["page_size"], given["page"] or 0, 0)
        return super().__call__(
            **given,
            name=name,
            add_url=add_url,
            export_url=export_url,
            columns_url=columns_url,
            bulk=actions,
            bulk_url=url_for(f"{view.endpoint}.action_post") if actions else "",
            headings=headings(given, name, asked),
            rows=list(rows(given)),
            last=last,
            page_link=f"{_query(asked)}page_{name}=",
            size_link=f"{_query(asked, f'psize_{name}')}psize_{name}=",
            with_links=bool(given["row_links"]) or may(view, "show") or may(view, "edit"),
            narrowed=bool(given["page"])
            or any(text and key != "all" and not key.startswith(_NO_FILTERS) for key, text in asked),
        )


_NO_FILTERS = ("psize_", "_oc_", "_od_")


def may(view: Any, method: str) -> bool:
    """Whether the view has this method for the present user."""
    offered = hasattr(view, method) and method not in view.exclude_route_methods
    return offered and _has(view, PERMISSION_PREFIX + view.get_method_permission(method))


def may_act(view: Any, action: str) -> bool:
    """Whether the view has this action for the present user."""
    return _has(view, view.get_action_permission_name(action))


def _has(view: Any, permission: str) -> bool:
    known = permission in view.base_permissions
    return known and view.appbuilder.sm.has_access(permission, view.class_permission_name)


def _query(asked: Sequence[tuple[str, str]], *dropped: str) -> str:
    return "".join(("?", urlencode([pair for pair in asked if pair[0] not in dropped]), "&"))


def headings(given: dict[str, Any], name: str, asked: Sequence[tuple[str, str]]) -> list[Heading]:
    """Of the columns; sorted by, one offers the other direction."""
    by, toward = f"_oc_{name}", f"_od_{name}"
    order = given["order"] or (request.args.get(by, ""), request.args.get(toward, ""))
    kept, found = _query(asked, by, toward), []
    for column in given["include_columns"]:
        direction = order[1] if order[0] == column else ""
        url = f"{kept}{by}={column}&{toward}={'desc' if direction == 'asc' else 'asc'}"
        label = given["label_columns"].get(column)
        found.append(Heading(label, url, direction) if column in given["order_columns"] else Heading(label, "", ""))
    return found


def rows(given: dict[str, Any]) -> Iterator[Row]:
    """The rows of the page, one by one."""
    view, more = given["view"], given["row_links"]
    labels, formatters = given["label_columns"], given["formatters_columns"]
    opening, changing = _ways(view, "show", "查看"), _ways(view, "edit", "编辑")
    head, *others = ((c, str(labels.get(c)), formatters.get(c, text_of)) for c in given["include_columns"])
    for values, pk in zip(given["value_columns"], given["pks"], strict=True):
        first = head[2](values[head[0]])
        cells = []
        for column, label, formatter in others:
            text = formatter(values[column])
            cells.append((label, text, isinstance(text, str) and len(text) > LONG and "<" not in text))
        key = quote(str(pk))
        links = [(words, url + key) for words, url in opening]
        links += more.get(pk, ())
        links += [(words, url + key) for words, url in changing]
        name = first.striptags() if isinstance(first, Markup) else first
        yield Row(values.get("rowid") or pk, first, name, cells, links)


def _ways(view: Any, method: str, words: str) -> list[tuple[str, str]]:
    """The words and the beginning of the addresses of a method that rows have, where the present user has it."""
    if not may(view, method):
        return []
    return [(say(words), url_for(f"{view.endpoint}.{method}", pk=0).removesuffix("0"))]
