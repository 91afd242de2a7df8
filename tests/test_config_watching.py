"""What the log says and who may read the metrics, by environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Misconfigured, load
from tests.test_config import PRODUCTION


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A bare environment with an instance folder of its own."""
    return {"INSTANCE_PATH": str(tmp_path / "instance")}


def test_what_is_watched_has_sensible_settings(environ: dict[str, str]) -> None:
    settings, production = load(environ), load({**environ, **PRODUCTION})
    assert (settings["LOG_FORMAT"], settings["ACCESS_LOG"], settings["SLOW_STATEMENT_MS"]) == ("text", False, 500)
    assert (production["LOG_FORMAT"], production["ACCESS_LOG"], production["METRICS_TOKEN"]) == ("json", True, "")
    assert load({**environ, **PRODUCTION, "LOG_FORMAT": "text", "ACCESS_LOG": "0"})["LOG_FORMAT"] == "text"


@pytest.mark.parametrize(
    ("name", "value"), [("LOG_FORMAT", "xml"), ("SLOW_STATEMENT_MS", "-1"), ("METRICS_TOKEN", "short"), ("DISK_FREE_MB", "1G")]
)  # fmt: skip
def test_what_cannot_be_watched_is_refused(environ: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        load({**environ, name: value})
