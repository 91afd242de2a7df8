"""The way in: from a browser through nginx to the server, as a department would have it."""

from __future__ import annotations

import http.client
import re
import socket
import ssl

import pytest

from deploy.check import NAME
from tests.deploy.entry import sign_in, value
from tests.support.own_server import SECONDS, Site, Visitor

SPOOFED = {
    "X-Forwarded-For": "198.51.100.9", "X-Real-IP": "198.51.100.9", "Forwarded": "for=198.51.100.9;proto=http",
    "X-Forwarded-Proto": "http", "X-Forwarded-Ssl": "on", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil",
}  # fmt: skip
"""What a visitor would like the server to believe."""


def test_who_logs_in_is_noted_by_their_own_address_whatever_they_say(own: Site) -> None:
    somebody = Visitor(own, "127.0.0.7")
    assert sign_in(somebody, SPOOFED) == "/"
    assert somebody.ask("GET", "/desk/").status == 200
    assert value(own, "SELECT address FROM audit_entry WHERE action = '登录' ORDER BY id DESC LIMIT 1") == "127.0.0.7"


def test_the_cookie_is_this_hosts_alone_and_pages_say_https(own: Site) -> None:
    given = Visitor(own).ask("GET", "/login/", headers=SPOOFED)
    cookie = next(c for c in given.headers.get_all("Set-Cookie") or () if c.startswith("__Host-session="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert given.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert given.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    assert "evil" not in given.text
    assert given.headers["Server"] == "nginx"


def test_pages_are_never_compressed_and_styles_always(own: Site) -> None:
    """Their length would tell what is in them (BREACH), though the nginx around our site compresses."""
    given = Visitor(own).ask("GET", "/login/", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in given.headers
    assert int(given.headers["Content-Length"]) > 1000
    style = re.search(r'href="(/static/css/[^"]+)"', given.text)
    assert style is not None
    assert Visitor(own).ask("GET", style[1], headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(("megabytes", "by"), [(21.5, "application"), (22.5, "nginx")])
def test_what_is_too_large_is_refused_in_chinese(own: Site, megabytes: float, by: str) -> None:
    body = b"0" * int(megabytes * 2**20)
    given = Visitor(own).ask("POST", "/check/", body, {"Content-Type": "multipart/form-data; boundary=x"})
    assert given.status == 413
    assert "太大" in given.text
    assert ("返回首页" in given.text) == (by == "application")
    assert given.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_while_nobody_listens_a_page_says_so(own: Site) -> None:
    assert own.before is not None
    assert own.before.status == 502
    assert "系统正在维护" in own.before.text
    assert own.before.headers["Cache-Control"] == "no-store"


def test_without_tls_one_is_led_to_it(own: Site) -> None:
    plain = http.client.HTTPConnection("127.0.0.1", own.http_port, timeout=SECONDS)
    plain.request("GET", "/check/?number=1", headers={"Host": NAME})
    given = plain.getresponse()
    assert (given.status, given.headers["Location"]) == (301, f"https://{NAME}/check/?number=1")
    plain.close()


def test_another_name_is_not_answered(own: Site) -> None:
    plain = http.client.HTTPConnection("127.0.0.1", own.http_port, timeout=SECONDS)
    plain.request("GET", "/", headers={"Host": "evil.example"})
    with pytest.raises(http.client.RemoteDisconnected):
        plain.getresponse()
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", own.port), SECONDS) as raw, pytest.raises(ssl.SSLError):
        trust.wrap_socket(raw, server_hostname="evil.example")
    with pytest.raises(http.client.RemoteDisconnected):
        Visitor(own).ask("GET", "/login/", headers={"Host": "evil.example"})


def test_probes_are_answered_on_the_machine_alone(own: Site) -> None:
    watching = http.client.HTTPConnection("127.0.0.1", own.watch_port, timeout=SECONDS)
    statuses = {}
    for path in ("/healthz", "/metrics", "/login/"):
        watching.request("GET", path)
        given = watching.getresponse()
        given.read()
        statuses[path] = given.status
    watching.close()
    assert statuses == {"/healthz": 200, "/metrics": 400, "/login/": 404}  # the figures need the token
    assert [Visitor(own).ask("GET", path).status for path in ("/healthz", "/readyz", "/metrics")] == [404] * 3


def test_no_log_holds_what_was_searched_for(own: Site) -> None:
    Visitor(own).ask("GET", "/check/?name=%E5%BC%A0%E4%B8%89&number=YNS20201015001")
    logs = own.logs_with("GET /check/ HTTP/1.1 200")
    assert "GET / HTTP/1.1 502" in logs
    assert "YNS20201015001" not in logs
    assert "%E5" not in logs
