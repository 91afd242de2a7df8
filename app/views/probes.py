"""What programs ask who watch over the installation: whether it lives, whether all of it works, what it has counted.

Answered before anything that a page needs: no session, no login, no limit, no trusted host, no line in a log, for
probes come each few seconds, by the address of the machine itself. What they are told depends on who asks.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from flask import Flask
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from werkzeug.wrappers import Request, Response

from app import metrics
from app.services import figures, health

ADDRESSES = ("/healthz", "/readyz", "/metrics")
_FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
"""Headers of a request that came by a proxy, whether or not ``PROXIES`` knows of it."""


class ProbedApp:
    """WSGI: answers the probes, and hands on whatever else comes."""

    def __init__(self, app: Flask, inner: Callable[..., Iterable[bytes]]) -> None:
        self._app, self._inner = app, inner
        self._answers = {"/healthz": _healthz, "/readyz": self._readyz, "/metrics": self._metrics}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The answer to a probe, or to a page."""
        answer = self._answers.get(environ.get("PATH_INFO", ""))
        if answer is None:
            return self._inner(environ, start_response)
        request = Request(environ)
        if answer == self._metrics and not self._may_see(request):
            # For whom they are not, the address is one that leads nowhere.
            return self._inner(environ, start_response)
        response = answer(request) if request.method in ("GET", "HEAD") else Response(status=405)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response(environ, start_response)

    def _readyz(self, request: Request) -> Response:
        """Ready or not, for anybody; which part is not, for whom may read the metrics."""
        with self._app.app_context():
            parts = health.parts()
        ready = all(part.works for part in parts)
        said: dict[str, Any] = {"ready": ready}
        if self._may_see(request):
            said["parts"] = {part.key: part.works for part in parts}
        return Response(json.dumps(said), 200 if ready else 503, mimetype="application/json")

    def _metrics(self, _request: Request) -> Response:
        with self._app.app_context():
            text = metrics.rendered(figures.all_figures())
        return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)

    def _may_see(self, request: Request) -> bool:
        """Who has the token; without a proxy that could stand for others, who asks on the machine itself."""
        token = str(self._app.config["METRICS_TOKEN"])
        given = request.authorization
        if token and given is not None and given.type == "bearer":
            return hmac.compare_digest((given.token or "").encode(), token.encode())
        return not self._app.config["PROXIES"] and _is_local(request)


def _healthz(_request: Request) -> Response:
    return Response('{"alive": true}', mimetype="application/json")


def _is_local(request: Request) -> bool:
    """Whether nobody but a program of this machine can have asked."""
    if any(header in request.headers for header in _FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:  # by a socket of the file system there is no address
        return False


def init_app(app: Flask) -> None:
    """Puts it around ``app``."""
    app.wsgi_app = ProbedApp(app, app.wsgi_app)  # type: ignore[method-assign]
