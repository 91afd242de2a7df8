"""What every answer carries: a strict Content-Security-Policy with a nonce, and the headers that browsers obey."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'self'; frame-src 'self'; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'self'"
)

PLAIN = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


def csp_nonce() -> str:
    """This answer's nonce, for script and style elements of our own templates."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    found: str = g.csp_nonce
    return found


def add_headers(response: Response) -> Response:
    """Sets the headers. Pages of a login are never kept by a cache."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY.format(nonce=csp_nonce()))
    for header, value in {**PLAIN, **(HSTS if request.is_secure else {})}.items():
        headers.setdefault(header, value)
    if not request.path.startswith("/static/"):
        headers["Cache-Control"] = "no-store"  # over what send_file says of documents
    return response


def init_app(app: Flask) -> None:
    """Binds the headers to ``app``."""
    app.after_request(add_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
