"""A request is heard to its end, and no further."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.support.served import served

pytestmark = pytest.mark.one_database
SECONDS = 10
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/check/", b"number=1", 400), ("/nowhere/", b"number=1", 404), ("/check/", b"0" * (22 * 2**20), 413)],
    ids=["read", "not asked for", "too large"],
)
def test_it_is_answered_while_the_connection_stays_open(app: Flask, path: str, body: bytes, status: int) -> None:
    with served(app) as url:
        kept = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=SECONDS)
        kept.request("POST", path, body, {"Content-Type": FORM})
        assert kept.getresponse().status == status
        kept.close()
