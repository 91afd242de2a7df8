"""What a container is asked whether it is well."""

from __future__ import annotations

import pytest

from deploy import alive
from tests.support.own_server import Site


@pytest.mark.parametrize(("page", "code"), [("/login/", 0), ("/no-such-page", 1)])
def test_a_server_is_alive_where_its_page_answers(
    own: Site, monkeypatch: pytest.MonkeyPatch, page: str, code: int
) -> None:
    monkeypatch.setenv("BIND", f"unix:{own.folder / 'web.sock'}")
    monkeypatch.setenv("PUBLIC_URL", own.settings["PUBLIC_URL"])
    monkeypatch.setattr(alive, "PAGE", page)
    assert alive.main() == code


def test_nobody_is_alive_where_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BIND", "unix:/nowhere/web.sock")
    assert alive.main() == 1
    assert "No such file" in capsys.readouterr().err
