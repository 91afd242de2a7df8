"""A refused upload is heard out, so that nginx shows the refusal and not a page for 502."""

from __future__ import annotations

import io

import pytest
from flask import Flask

pytestmark = pytest.mark.one_database


class Gone(io.BytesIO):
    """The body of a browser that went away."""

    def read(self, *_given: object) -> bytes:
        raise ConnectionResetError


@pytest.mark.parametrize(("path", "megabytes", "status"), [("/check/", 21.5, 413), ("/no-such", 1, 404)])
def test_the_whole_body_is_read(app: Flask, path: str, megabytes: float, status: int) -> None:
    body = io.BytesIO(b"0" * int(megabytes * 2**20))
    given = app.test_client().post(path, input_stream=body, content_type="multipart/form-data; boundary=x")
    assert given.status_code == status
    assert not body.read()


def test_who_went_away_makes_no_fault(app: Flask) -> None:
    given = app.test_client().post("/no-such", input_stream=Gone(), content_length=100, content_type="text/plain")
    assert given.status_code == 404
