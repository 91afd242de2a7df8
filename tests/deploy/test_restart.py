"""Nobody loses a request while workers are replaced, while all are, and while the server itself is restarted."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException

from tests.deploy.entry import field, sign_in, value
from tests.support.own_server import SECONDS, Site, Visitor
from tests.support.processes import children, wait_until

PEOPLE = 6


class Crowd:
    """People of one account, each on a connection of their own, who read and write without a pause."""

    def __init__(self, site: Site) -> None:
        somebody = Visitor(site)
        sign_in(somebody)
        self.token = field(somebody.ask("GET", "/feedback/").text, "csrf_token")
        self.visitors = [Visitor(site, cookies=dict(somebody.cookies)) for _ in range(PEOPLE)]
        self.over = threading.Event()
        self.read = self.written = 0
        self.failures: list[str] = []
        self.counting = threading.Lock()

    def work(self, visitor: Visitor) -> None:
        """Reads a page, writes a row, until it is over."""
        while not self.over.is_set():
            for ask, right in ((self._reads, 200), (self._writes, 302)):
                try:
                    status = ask(visitor)
                except (OSError, HTTPException) as fault:
                    status, visitor.connection = repr(fault), None
                with self.counting:
                    self.read += right == status == 200
                    self.written += right == status == 302
                    if status != right:
                        self.failures.append(f"{ask.__name__}: {status}")

    def _reads(self, visitor: Visitor) -> int | str:
        return visitor.ask("GET", "/feedback/").status

    def _writes(self, visitor: Visitor) -> int | str:
        return visitor.submit("/feedback/", {"question": "重启时也不会丢吗？", "csrf_token": self.token}).status


@contextmanager
def at_work(site: Site) -> Iterator[Crowd]:
    """A crowd, for as long as it lasts."""
    crowd = Crowd(site)
    threads = [threading.Thread(target=crowd.work, args=(visitor,)) for visitor in crowd.visitors]
    for thread in threads:
        thread.start()
    try:
        yield crowd
    finally:
        crowd.over.set()
        for thread in threads:
            thread.join(SECONDS)


def test_no_request_is_lost_whatever_is_restarted(own: Site) -> None:
    own.stop()
    # Workers that are replaced every second or so; and nobody is held back for asking too often.
    own.start(options="--max-requests 60 --max-requests-jitter 20", RATELIMIT_ENABLED="0")
    kept = int(value(own, "SELECT count(*) FROM feedback"))
    with at_work(own) as crowd:
        assert own.server is not None
        before = children(own.server.pid)
        wait_until(lambda: len(children(own.server.pid) - before) >= 2)

        before, written = children(own.server.pid), crowd.written
        own.server.send_signal(signal.SIGHUP)
        wait_until(lambda: not before & children(own.server.pid) and crowd.written > written + PEOPLE)

        own.stop()
        written = crowd.written
        own.start(RATELIMIT_ENABLED="0")
        wait_until(lambda: crowd.written > written + PEOPLE)
    assert crowd.failures == []
    assert int(value(own, "SELECT count(*) FROM feedback")) - kept == crowd.written
