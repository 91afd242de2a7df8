"""Readers of finished documents: poppler's commands, which know nothing of the libraries that wrote them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def run_on_pdf(tmp_path: Path) -> Callable[..., str]:
    """What a poppler command prints about a PDF: ``run_on_pdf(pdf, "pdftotext", "{}", "-")``."""

    def run(pdf: bytes, *command: str) -> str:
        file = tmp_path / "document.pdf"
        file.write_bytes(pdf)
        words = [word.replace("{}", str(file)) for word in command]
        return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout

    return run


@pytest.fixture
def pdf_lines(run_on_pdf: Callable[..., str]) -> Callable[[bytes], list[str]]:
    """The lines of text that ``pdftotext`` finds in a PDF, without empty ones."""

    def lines(pdf: bytes) -> list[str]:
        text = run_on_pdf(pdf, "pdftotext", "-enc", "UTF-8", "{}", "-")
        return [line for line in text.replace("\f", "\n").split("\n") if line]

    return lines
