"""What the pages draw again and again, drawn once for the process.

What is kept depends on its key alone: a word and a language, a macro and all that it is given, a part of the layout and
a language. None of it knows the person who asks, nor a row of a table.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, g
from flask_babel import get_locale, get_translations
from markupsafe import Markup


def language() -> str:
    """The present request's language, as ``zh_Hans_CN``. Whatever is kept and has words in it has this in its key."""
    if "language" not in g:
        g.language = str(get_locale())
    found: str = g.language
    return found


def say(text: str, /, **values: Any) -> Markup:
    """``text`` in the present language, ``values`` escaped and put in: what templates call ``_``.

    As Jinja's own, which asks for the language anew at each word: a page has a hundred.
    """
    found = _translated(language(), text)
    return found % values if values or "%" in text else found


@lru_cache(maxsize=4096)
def _translated(_language: str, text: str) -> Markup:
    return Markup(get_translations().ugettext(text))  # nosec B704  # the words of our own templates


def remembered(macro: Callable[..., Markup]) -> Callable[..., Markup]:
    """The macro, which draws the same for the same arguments, once for each of them.

    It may ask nothing but its arguments; nobody's data may be among these.
    """
    return lru_cache(maxsize=1024)(macro)


def init_app(app: Flask) -> None:
    """Gives the templates of ``app`` their words, ``remembered`` and ``kept``."""

    @lru_cache(maxsize=64)
    def draw(_language: str, name: str) -> Markup:
        return Markup(app.jinja_env.get_template(name).render())  # nosec B704  # a template that escapes

    def kept(name: str) -> Markup:
        """The template ``name``, which asks for nothing but words, addresses and the configuration."""
        return draw(language(), name)

    app.jinja_env.globals.update(
        {"_": say, "gettext": say, "language": language, "kept": kept, "remembered": remembered}
    )
