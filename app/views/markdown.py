"""Markdown of our own files as clean HTML."""

from __future__ import annotations

import mistune
import nh3

TAGS = nh3.ALLOWED_TAGS | {"figure", "figcaption"}


def clean_html(text: str) -> str:
    """The text as HTML in which nothing can run."""
    return nh3.clean(str(mistune.html(text)), tags=TAGS)
