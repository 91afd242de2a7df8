"""The measurements, in short: that they run, and that what they assert holds."""

from __future__ import annotations

import pytest

from benchmarks import lists, rotation
from tests.support import databases


@pytest.mark.parametrize("kind", databases.KINDS)
def test_keys_rotate_while_people_work_and_after_a_kill(kind: str) -> None:
    result = rotation.run(1500, kind, quiet_seconds=0.5)
    assert result["values"] == 3000
    assert 0 < result["left_after_kill"] < 3000
    assert set(result["while_rotating"]) == {"look_up", "save"}


@pytest.mark.parametrize("kind", databases.KINDS)
def test_every_list_runs_five_statements_at_most(kind: str) -> None:
    result = lists.run(2000, kind)
    for scope in ("in_scope", "out_of_scope"):
        assert set(result[scope]) == set(lists.LISTS)
        assert max(figures["statements"] for figures in result[scope].values()) <= lists.STATEMENTS_AT_MOST
    for name in ("expert", "application", "review", "filing", "certificates"):
        assert (result["in_scope"][name]["table_rows"], result["out_of_scope"][name]["table_rows"]) == (26, 0)
