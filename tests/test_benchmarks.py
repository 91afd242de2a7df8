"""The measurements, in short: that they run, and that what they assert holds."""

from __future__ import annotations

import pytest

from benchmarks import rotation
from tests.support import databases


@pytest.mark.parametrize("kind", databases.KINDS)
def test_keys_rotate_while_people_work_and_after_a_kill(kind: str) -> None:
    result = rotation.run(1500, kind, quiet_seconds=0.5)
    assert result["values"] == 3000
    assert 0 < result["left_after_kill"] < 3000
    assert set(result["while_rotating"]) == {"look_up", "save"}
