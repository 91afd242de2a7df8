"""A server on this machine that stands in for one on the internet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    """What came: the path with its query, headers by their names in small letters, the body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class StandIn:
    """Gives ``answer(request)``: a status, a content type, a body. ``seen`` holds every request.

    ``release`` ends whatever an answer waits for.
    """

    answer: Callable[[Request], tuple[int, str, bytes]] = lambda request: (500, "text/plain", b"no answer was set")
    seen: list[Request] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def hang(self, request: Request) -> tuple[int, str, bytes]:
        """Says nothing for as long as the test goes on."""
        self.release.wait(30)
        return 500, "text/plain", b""


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A stand-in at ``http://127.0.0.1:<port>``, for as long as the context lasts."""
    found = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length))
            found.seen.append(request)
            status, kind, body = found.answer(request)
            try:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass

        do_GET = do_POST  # noqa: N815

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield found
    finally:
        found.release.set()
        server.shutdown()
        server.server_close()
