"""What the tests of several services read."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.parts import left_out

Lines = Callable[[bytes], list[str]]


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """The lines of text that ``pdftotext`` finds in a PDF."""
    if shutil.which("pdftotext") is None:
        left_out("pdftotext (poppler-utils) is not installed")

    def read(pdf: bytes) -> list[str]:
        file = tmp_path / "certificate.pdf"
        file.write_bytes(pdf)
        done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True, timeout=60)
        return [line for line in done.stdout.replace("\f", "\n").split("\n") if line]

    return read
