"""Settings of backups."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from config import Misconfigured, load
from tests.test_config import PRODUCTION


def test_backups_have_a_place_a_key_and_a_measure(tmp_path: Path) -> None:
    environ = {"INSTANCE_PATH": str(tmp_path)}
    development, production = load(environ), load({**environ, **PRODUCTION})
    for settings in (development, production):
        assert settings["BACKUP_PATH"] == str(tmp_path / "backups")
        assert (settings["BACKUP_KEEP"], settings["BACKUP_DAILY"]) == ((7, 4, 12), False)
    assert len(base64.b64decode(development["BACKUP_KEY"])) == 32
    assert production["BACKUP_KEY"] == ""
    given = {"BACKUP_KEY": "key", "BACKUP_PATH": "/mnt/backups", "BACKUP_KEEP": "30, 0,6", "BACKUP_DAILY": "1"}
    settings = load({**environ, **PRODUCTION, **given})
    assert (settings["BACKUP_KEY"], settings["BACKUP_PATH"]) == ("key", "/mnt/backups")
    assert (settings["BACKUP_KEEP"], settings["BACKUP_DAILY"]) == ((30, 0, 6), True)


@pytest.mark.parametrize("value", ["7", "7,4", "7,4,12,1", "7,4,-1", "7,4,x", "7,,12", "1000,4,12", "²,4,12"])
def test_a_measure_of_backups_that_is_none_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(Misconfigured, match="BACKUP_KEEP 应为"):
        load({"INSTANCE_PATH": str(tmp_path), "BACKUP_KEEP": value})
