"""What one visitor has of addresses."""

from __future__ import annotations

import pytest

from app.domain.network import network_of


@pytest.mark.parametrize(("address", "network"), [
    ("203.0.113.9", "203.0.113.9"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("fe80::1%eth0", "fe80::/64"),
    ("::ffff:203.0.113.9", "203.0.113.9"),
    (None, "-"),
    ("nonsense", "-"),
])  # fmt: skip
def test_the_network_of_an_address(address: str | None, network: str) -> None:
    assert network_of(address) == network
