"""What one visitor has of addresses, for counting: an attacker changes the address within it at will."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(address: str | None) -> str:
    """One address of IPv4, also where IPv6 carries it; of IPv6 the /64; ``-`` for what is no address."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "-"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        # A socket for both kinds writes ::ffff:192.0.2.1: all of IPv4 would be one visitor.
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed.packed[:8] + bytes(8), 64)))
