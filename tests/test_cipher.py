"""Sealing: what one key sealed for one place, that key opens for that place, and nothing else does."""

from __future__ import annotations

import base64

import pytest

from app.cipher import OVERHEAD, Algorithm, Damaged, KeyRing, parse_key, parse_keys

ONE, TWO, INDEX = b"1" * 32, b"2" * 32, b"i" * 32
ALGORITHMS = list(Algorithm)


def ring(*ids: int, algorithm: Algorithm = Algorithm.AES_256_GCM) -> KeyRing:
    return KeyRing({key_id: bytes([key_id]) * 32 for key_id in ids or (1,)}, INDEX, algorithm)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("plain", [b"", b"530102197505200011", "𬱖".encode(), b"\0" * 100_000])
def test_what_is_sealed_is_opened(algorithm: Algorithm, plain: bytes) -> None:
    keys = ring(7, algorithm=algorithm)
    sealed = keys.seal(plain, "expert.id_number")
    assert sealed[:2] == bytes((algorithm, 7))
    assert len(sealed) == len(plain) + OVERHEAD
    assert keys.unseal(sealed, "expert.id_number") == plain


def test_equal_values_are_sealed_differently() -> None:
    keys = ring()
    assert len({keys.seal(b"same", "place") for _ in range(100)}) == 100


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_any_changed_byte_any_lost_byte_and_another_place_are_noticed(algorithm: Algorithm) -> None:
    keys = ring(1, 2, algorithm=algorithm)
    sealed = keys.seal(b"530102197505200011", "expert.id_number")
    changed = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for wrong in (*changed, sealed[:-1], sealed + b"x", b"", sealed[:10]):
        with pytest.raises(Damaged) as damaged:
            keys.unseal(wrong, "expert.id_number")
        assert "5301" not in str(damaged.value)
    with pytest.raises(Damaged):
        keys.unseal(sealed, "expert.mobile")


def test_every_key_opens_and_the_highest_seals() -> None:
    old = ring(1).seal(b"value", "place")
    both = ring(1, 2, algorithm=Algorithm.SM4_GCM)
    assert both.unseal(old, "place") == b"value"
    assert both.seal(b"value", "place")[:2] == both.current == bytes((Algorithm.SM4_GCM, 2))
    with pytest.raises(Damaged):
        ring(2).unseal(old, "place")


def test_a_blind_index_depends_on_its_key_and_kind_alone() -> None:
    keys = ring()
    index = keys.index("530102197505200011", "id_number")
    assert len(index) == 32
    assert ring(2).index("530102197505200011", "id_number") == index
    assert keys.index("530102197505200012", "id_number") != index
    assert keys.index("530102197505200011", "mobile") != index
    assert KeyRing({1: ONE}, TWO, Algorithm.AES_256_GCM).index("530102197505200011", "id_number") != index
    assert keys.index("\ud800", "mobile")


@pytest.mark.parametrize("keys", [{}, {0: ONE}, {256: ONE}, {1: b"short"}, {1: ONE, 2: ONE}, {1: INDEX}])
def test_no_ring_of_bad_keys(keys: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="密钥"):
        KeyRing(keys, INDEX, Algorithm.AES_256_GCM)


def test_keys_are_read_from_a_setting() -> None:
    one, two = base64.b64encode(ONE).decode(), base64.b64encode(TWO).decode()
    assert parse_keys(f"1:{one}, 12:{two},") == {1: ONE, 12: TWO}
    assert parse_key(one) == ONE
    for wrong in (f"x:{one}", f"1:{one},1:{two}", one, "1:", "1:****", f"1:{one[:-4]}"):
        with pytest.raises(ValueError, match="密钥") as refused:
            parse_keys(wrong)
        assert one not in str(refused.value)


def test_algorithms_by_name() -> None:
    assert Algorithm.named("AES-256-GCM") is Algorithm.AES_256_GCM
    assert Algorithm.named("SM4-GCM") is Algorithm.SM4_GCM
    with pytest.raises(ValueError, match="DES"):
        Algorithm.named("DES")
