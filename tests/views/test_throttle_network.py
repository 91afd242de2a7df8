"""Limits by address: whoever has an IPv6 network has 2^64 addresses, and is one visitor all the same."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.browser import Browser

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("rate_limits")]
SMS = ("/register/code", "/login/code/send", "/password/forgot/code")


def ask(app: Flask, number: int, address: str, *, with_cookie: bool = True) -> int:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    if with_cookie:
        browser.get("/login/")
    form = {"mobile": f"139{number:08d}"}
    return browser.submit(SMS[number % 3], form, environ_base={"REMOTE_ADDR": address}).status_code


def test_the_addresses_of_one_ipv6_network_are_one(app: Flask) -> None:
    assert [ask(app, n, f"2001:db8:1:2::{n:x}") for n in range(21)] == [200] * 20 + [429]
    assert ask(app, 30, "2001:db8:1:3::1") == 200


def test_a_device_without_a_cookie_counts_by_its_network(app: Flask) -> None:
    assert [ask(app, n, f"2001:db8:1:4::{n:x}", with_cookie=False) for n in range(11)] == [200] * 10 + [429]


def test_ipv4_addresses_that_ipv6_carries_are_not_one_visitor(app: Flask) -> None:
    """A socket for both kinds writes every IPv4 address so."""
    assert [ask(app, n, f"::ffff:192.0.2.{n}") for n in range(21)] == [200] * 21
