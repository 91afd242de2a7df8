"""The application of a test at an address of its own, and windows on it: what services do is seen there at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which the application answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def window(browser: Browser, url: str, wrong: list[Any], client: Any = None) -> Iterator[Page]:
    """A window with the session of ``client``. What a page's console says, and what leaves the server, is ``wrong``."""
    context = browser.new_context(
        base_url=url, locale="zh-CN", timezone_id="Asia/Shanghai", viewport=WIDE, reduced_motion="reduce"
    )
    if client is not None and (cookie := client.get_cookie("session")):
        context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append((page.url, str(error))))
    page.on("console", lambda said: _hear(said.type, said.text, page.url, wrong))
    page.on("request", lambda request: _watch(request.url, url, page.url, wrong))
    try:
        yield page
    finally:
        context.close()


def _hear(kind: str, text: str, at: str, wrong: list[Any]) -> None:
    # The browser itself complains of each 4xx: of a form that was refused, of an address that nobody has.
    if kind == "error" and "Failed to load resource: the server responded with a status of 4" not in text:
        wrong.append((at, text))


def _watch(to: str, url: str, at: str, wrong: list[Any]) -> None:
    # The viewer of PDF files is the browser's own.
    if not to.startswith((url, "data:", "blob:", "chrome")):
        wrong.append((at, f"a request left the server: {to}"))
