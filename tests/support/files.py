"""A storage on disk as tests look into it."""

from __future__ import annotations

from pathlib import Path

from app.cipher import Algorithm, KeyRing

OLD = KeyRing({1: b"1" * 32}, b"i" * 32, Algorithm.AES_256_GCM)
KEYS = KeyRing({1: b"1" * 32, 2: b"2" * 32}, b"i" * 32, Algorithm.SM4_GCM)
SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def stored_at(root: Path, digest: str) -> Path:
    name = KEYS.index(digest, "file").hex()
    return root / "files" / "sealed" / name[:2] / name[2:4] / name


def incoming(root: Path) -> list[Path]:
    return list((root / "files" / "incoming").iterdir())
