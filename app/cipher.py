"""Encryption at rest: values and files sealed under keys that have numbers, and blind indexes to find them by.

A sealed value is ``algorithm (1 byte) | key id (1 byte) | nonce (12 bytes) | ciphertext | tag (16 bytes)``.
Its first two bytes say how to open it, so keys and algorithms are changed while people work.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Mapping
from enum import IntEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES, TAG_BYTES = 12, 16
OVERHEAD = 2 + NONCE_BYTES + TAG_BYTES
"""How many bytes longer a sealed value is than its plain one."""


class Algorithm(IntEnum):
    """The first byte of a sealed value. Both are GCM: NIST SP 800-38D; SM4 is GB/T 32907."""

    AES_256_GCM = 1
    SM4_GCM = 2

    @classmethod
    def named(cls, name: str) -> Algorithm:
        """``AES-256-GCM`` or ``SM4-GCM``. Raises ValueError."""
        try:
            return cls[name.replace("-", "_")]
        except KeyError:
            raise ValueError(f"没有名为 {name!r} 的算法，可用 AES-256-GCM 或 SM4-GCM") from None


class Damaged(Exception):
    """A sealed value was changed, belongs elsewhere, or is under a key that is not at hand. Says nothing of it."""


class KeyRing:
    """The keys of an installation.

    ``keys`` maps a key's id (1 to 255) to 32 bytes; the highest id seals, every one opens. ``index_key`` is a
    key of its own: who holds a blind index and the sealing keys still cannot try numbers against it.
    """

    def __init__(self, keys: Mapping[int, bytes], index_key: bytes, algorithm: Algorithm) -> None:
        if not keys or not all(0 < key_id < 256 for key_id in keys):
            raise ValueError("密钥编号应为 1 至 255")
        if any(len(key) != KEY_BYTES for key in (*keys.values(), index_key)):
            raise ValueError(f"密钥应为 {KEY_BYTES} 字节")
        if len({*keys.values(), index_key}) != len(keys) + 1:
            raise ValueError("各密钥须互不相同")
        self._index_key = _derived(index_key, "blind index", KEY_BYTES)
        # A key never serves two algorithms: each gets its own, of its own length, from the key given.
        self._ciphers = {
            bytes((algorithm, key_id)): _cipher(algorithm, key)
            for algorithm in Algorithm
            for key_id, key in keys.items()
        }
        self.current = bytes((algorithm, max(keys)))
        """The first two bytes of what is sealed from now on."""

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt and authenticate ``plain`` for ``place``, a column's or a file's name."""
        nonce = os.urandom(NONCE_BYTES)
        sealing = Cipher(self._ciphers[self.current], modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(self.current + place.encode())
        return self.current + nonce + sealing.update(plain) + sealing.finalize() + sealing.tag

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """What was sealed for ``place``. Raises Damaged where it was not sealed so."""
        prefix, nonce, tag = sealed[:2], sealed[2 : 2 + NONCE_BYTES], sealed[-TAG_BYTES:]
        if len(sealed) < OVERHEAD or prefix not in self._ciphers:
            raise Damaged(place)
        opening = Cipher(self._ciphers[prefix], modes.GCM(nonce, tag)).decryptor()
        opening.authenticate_additional_data(prefix + place.encode())
        try:
            return opening.update(sealed[2 + NONCE_BYTES : -TAG_BYTES]) + opening.finalize()
        except InvalidTag:
            raise Damaged(place) from None

    def index(self, value: str, kind: str) -> bytes:
        """The blind index of a normalised value: 32 bytes, equal for equal values of one kind (HMAC-SHA256)."""
        return hmac.digest(self._index_key, f"{kind}|{value}".encode("utf-8", "surrogatepass"), "sha256")


def ring_for_file(key: bytes, salt: bytes, algorithm: Algorithm) -> KeyRing:
    """A ring for one file alone, made of a key that serves many.

    However many files the key seals, under none of its derived ones is a random nonce likely to come twice
    (NIST SP 800-38D, 8.3).
    """
    sealing, index = (
        HKDF(SHA256(), KEY_BYTES, salt=salt, info=f"expert registry file {purpose}".encode()).derive(key)
        for purpose in ("sealing", "index")
    )
    return KeyRing({1: sealing}, index, algorithm)


def parse_keys(text: str) -> dict[int, bytes]:
    """``1:BASE64,2:BASE64`` as a key ring's keys. Raises ValueError without repeating a key."""
    keys: dict[int, bytes] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        number, _, key = item.partition(":")
        if not (number.isascii() and number.isdigit()) or int(number) in keys:
            raise ValueError("应为“编号:密钥”，以逗号分隔，编号不重复")
        keys[int(number)] = parse_key(key)
    return keys


def parse_key(text: str) -> bytes:
    """32 bytes in Base64. Raises ValueError without repeating the key."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("密钥应为 Base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"密钥应为 {KEY_BYTES} 字节的 Base64")
    return key


def _cipher(algorithm: Algorithm, key: bytes) -> algorithms.AES | algorithms.SM4:
    if algorithm is Algorithm.SM4_GCM:
        return algorithms.SM4(_derived(key, "SM4-GCM", 16))
    return algorithms.AES(_derived(key, "AES-256-GCM", 32))


def _derived(key: bytes, purpose: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=f"expert registry {purpose}".encode()).derive(key)
