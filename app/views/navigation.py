"""The menu at the side, and where in it a page is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from flask import Flask, request
from flask_appbuilder import AppBuilder
from markupsafe import Markup

from app.views.drawing import language

Step = tuple[str, str]
"""A label, and the address that it leads to, or none."""


@dataclass(frozen=True)
class Leaf:
    """An entry that leads somewhere. ``root`` is what the addresses of its pages begin with."""

    root: str
    url: str
    steps: tuple[Step, ...]

    def holds(self, path: str) -> bool:
        """Whether a page is this entry's: a list's entry is also its records' entry."""
        return path == self.root or (self.root != "/" and path.startswith(self.root))


@dataclass(frozen=True)
class Place:
    """A page's place: the whole menu as it is drawn there, and the steps that lead to the page."""

    menu: Markup
    steps: tuple[Step, ...]


def init_app(app: Flask, appbuilder: AppBuilder) -> None:
    """Gives the templates of ``app`` ``place_in_menu()``.

    A menu is kept by the language, the entries that it shows and the entry that the page belongs to, and depends on
    nothing else: who may see other entries at the next request has another key.
    """
    app.jinja_env.globals["place_in_menu"] = _places(app, appbuilder)


def entries(appbuilder: AppBuilder) -> Iterator[tuple[Step, ...]]:
    """The steps that lead to each entry of the present user's menu, the entry itself the last."""
    for entry in appbuilder.menu.get_data():
        group = ((entry["label"], ""),) if entry != "-" and entry.get("childs") else ()
        for leaf in entry["childs"] if group else (entry,):
            if leaf != "-" and leaf.get("url"):
                yield (*group, (leaf["label"], leaf["url"]))


def _places(app: Flask, appbuilder: AppBuilder) -> Callable[[], Place]:
    @lru_cache(maxsize=64)
    def leaves(_language: str, _seen: frozenset[str]) -> tuple[Leaf, ...]:
        found = []
        for steps in entries(appbuilder):
            _, url = steps[-1]
            found.append(Leaf(url.partition("?")[0].replace("/list/", "/"), url, steps))
        # The longest root that a path begins with is the closest; of two the first.
        return tuple(sorted(found, key=lambda leaf: -len(leaf.root)))

    @lru_cache(maxsize=256)
    def at(_language: str, _seen: frozenset[str], here: Leaf | None) -> Place:
        template = app.jinja_env.get_template("appbuilder/navbar_menu.html")
        menu = template.render(entries=appbuilder.menu.get_data(), here=here.url if here else None)
        return Place(Markup(menu), here.steps if here else ())  # nosec B704  # a template that escapes

    def place_in_menu() -> Place:
        """Of the present request's page, in the present user's menu."""
        seen = frozenset(appbuilder.sm.get_user_menu_access())
        here = next((leaf for leaf in leaves(language(), seen) if leaf.holds(request.path)), None)
        return at(language(), seen, here)

    return place_in_menu
