"""A small text outside the database, replaced whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def read_text(path: Path) -> str | None:
    """What the file holds; ``None`` where there is none. Raises ``OSError`` where it cannot be read."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return None


def write_text(path: Path, text: str) -> None:
    """Replaces the file; it outlives a power cut once this returns. ``text`` is ASCII."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-", encoding="ascii", delete=False) as made:
        made.write(text)
        made.flush()
        os.fsync(made.fileno())
    os.replace(made.name, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in ``folder`` outlive a power cut."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
