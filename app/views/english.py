"""``?lang=en``: every page in English, for this browser and until ``?lang=zh``.

The pages are drawn in Chinese, whoever asks. For a reader of English the finished answer is put into English
(``app/english``); for anybody else nothing is done to it, and no catalogue is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, json, request

from app.domain.identity import looks_personal
from app.english.catalogue import catalogue
from app.english.page import in_english
from app.english.reader import Reader

ENGLISH, CHINESE = "en", "zh"
ARGUMENT = COOKIE = "lang"
YEAR = 365 * 24 * 3600
ASKED = "registry.language"
SAID = frozenset({"message", "said", "saved", "hint", "label"})
"""What people read of the JSON that our scripts ask for; the rest are names, addresses and values."""


class AskedLanguage:
    """WSGI: takes ``lang`` out of the address, so that no list, filter or link of the pages meets it."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers as the application within does."""
        query = environ.get("QUERY_STRING", "")
        if f"{ARGUMENT}=" in query:
            parts = query.split("&")
            asked = [part.partition("=")[2] for part in parts if part.startswith(f"{ARGUMENT}=")]
            environ["QUERY_STRING"] = "&".join(part for part in parts if not part.startswith(f"{ARGUMENT}="))
            environ[ASKED] = next((language for language in reversed(asked) if language in (ENGLISH, CHINESE)), "")
        return self._inner(environ, start_response)


def asked() -> str:
    """The language that the present address asks for; empty where it names none, or another."""
    return str(request.environ.get(ASKED, ""))


def is_english() -> bool:
    """Whether the present reader reads English."""
    return (asked() or request.cookies.get(COOKIE)) == ENGLISH


def other_language() -> str:
    """The present page's address in the other language, or the first page's, where this one only answers a form.

    What looks like the number of a person is not said again.
    """
    rule = request.url_rule
    kept = [(name, value) for name, value in request.args.items(multi=True) if not looks_personal(value)]
    wanted = urlencode([*kept, (ARGUMENT, CHINESE if is_english() else ENGLISH)])
    return f"?{wanted}" if rule is None or "GET" in (rule.methods or ()) else f"/?{wanted}"


def put_into_english(response: Response) -> Response:
    """The answer in the reader's language; remembers the one that was asked for."""
    if wanted := asked():
        _remember(response, wanted)
    if is_english() and not response.is_streamed:
        if response.mimetype == "text/html":
            response.set_data(in_english(response.get_data(as_text=True), Reader(catalogue()).say))
            response.content_language.add(ENGLISH)
        elif response.mimetype == "application/json":
            response.set_data(json.dumps(_said(response.get_json(), Reader(catalogue()).say)))
    return response


def _remember(response: Response, wanted: str) -> None:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    if wanted == ENGLISH:
        response.set_cookie(COOKIE, ENGLISH, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    elif COOKIE in request.cookies:
        response.delete_cookie(COOKIE, secure=secure, httponly=True, samesite="Lax")


def _said(answer: Any, say: Callable[[str], str], name: str = "") -> Any:
    """``answer`` with what people read of it as ``say`` has it."""
    if isinstance(answer, dict):
        return {key: _said(value, say, key) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_said(value, say, name) for value in answer]
    return say(answer) if isinstance(answer, str) and name in SAID else answer


def init_app(app: Flask) -> None:
    """Binds it to ``app``. To be called before whatever else looks at finished answers: those come first."""
    app.wsgi_app = AskedLanguage(app.wsgi_app)  # type: ignore[method-assign]
    app.after_request(put_into_english)
    app.jinja_env.globals.update(is_english=is_english, other_language=other_language)
