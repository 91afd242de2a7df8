"""A registry of another province than the product's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from tests.support.databases import Registry


@contextmanager
def installed(make_app: Callable[[str], Flask], url: str, kind: str, folder: Path) -> Iterator[Registry]:
    """Made as a new one is, in the empty database of ``url``: settings, migrations, seeding with the files of ``folder``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REFERENCE_PATH", str(folder))
        made = Registry(make_app(url), kind)
    made.build()
    try:
        yield made
    finally:
        made.engine.dispose()
