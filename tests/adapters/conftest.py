"""What the tests of uploads share: every refusal is quick and says why."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from app.adapters.filetype import FileRefused, inspect_attachment

Refusal = Callable[..., str]


@pytest.fixture
def refusal() -> Refusal:
    """Returns the message with which a file is refused, and fails where it takes 2 s or is let in."""

    def refused(data: bytes, filename: str, inspect: Callable[[bytes, str], object] = inspect_attachment) -> str:
        start = time.process_time()
        with pytest.raises(FileRefused) as caught:
            inspect(data, filename)
        assert time.process_time() - start < 2
        assert caught.value.field == "file"
        assert caught.value.message.endswith("。")
        return caught.value.message

    return refused
