"""Markdown of our own files as clean HTML."""

from __future__ import annotations

from typing import Any

import mistune
import nh3
from mistune.toc import add_toc_hook

TAGS = nh3.ALLOWED_TAGS | {"figure", "figcaption"}
ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "h2": {"id"}, "h3": {"id"}}


def anchor(heading: str) -> str:
    """What an address ends in that leads to a heading: the heading, without blanks."""
    return "-".join(heading.split())


def clean_html(text: str) -> str:
    """The text as HTML in which nothing can run; its headings can be led to."""
    markdown = mistune.create_markdown(escape=False, plugins=["strikethrough", "footnotes", "table"])
    add_toc_hook(markdown, 2, 3, _anchor_of)
    return nh3.clean(str(markdown(text)), tags=TAGS, attributes=ATTRIBUTES)


def _anchor_of(token: dict[str, Any], _index: int) -> str:
    return anchor(str(token["text"]))
