"""The measurements, in short: that they run, and that what they assert holds."""

from __future__ import annotations

import pytest

from benchmarks import certificate, imports, lists, rotation, upgrade
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


@pytest.mark.parametrize("kind", databases.KINDS)
def test_a_workbook_is_imported_once_however_often_it_is_sent(kind: str) -> None:
    assert imports.run(kind, 30)["experts"] == 30


@pytest.mark.skipif(databases.POSTGRESQL not in databases.KINDS, reason="SQLite is stopped for an upgrade")
def test_people_work_while_the_schema_goes_up_and_down() -> None:
    result = upgrade.run(200, "0020", "0024", around_seconds=0.15)
    assert list(result["up"]) == ["0021", "0022", "0023", "0024"] == list(result["down"])[::-1]
    assert all(step["acts"] > 0 for way in ("up", "down") for step in result[way].values())


def test_a_certificate_is_measured_against_its_direct_drawing() -> None:
    """With room for neighbours at work; the bars themselves are for a process of its own."""
    result = certificate.measure(times=9, renders=40)
    assert set(result["certificates"]) == set(certificate.CASES)
    assert max(figures.get("ratio", 0) for figures in result["certificates"].values()) < 3
    assert max(figures["bytes"] for figures in result["certificates"].values()) <= certificate.BYTES_AT_MOST
    slow = {"certificates": {"in force": {"ratio": 2.1, "bytes": 70_000}}, "megabytes": 300, "growth_megabytes": 2.0}
    assert len(certificate.failures(slow)) == 3
