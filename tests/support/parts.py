"""Parts of the real world that a machine may lack. What lacks is left out and said so; never silently."""

from __future__ import annotations

import os

import pytest

REQUIRED = os.environ.get("REQUIRE_REAL_PARTS") == "1"
"""Whether what lacks is a failure: in CI, where everything is meant to be there."""


def left_out(what: str) -> None:
    """Fails the test where every real part is required, else leaves it out."""
    if REQUIRED:
        pytest.fail(f"REQUIRE_REAL_PARTS=1, but {what}")
    pytest.skip(what)
