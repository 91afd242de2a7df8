"""How ``make run`` serves: two processes on the loopback address, for one machine and few people."""

from __future__ import annotations

import os
from typing import Any

from gunicorn.glogging import Logger

from app.logs import keep_numbers_out


class LoggerWithoutNumbers(Logger):  # type: ignore[misc]
    """At its most talkative gunicorn writes addresses, and those are whatever a visitor typed."""

    def setup(self, cfg: Any) -> None:
        """Gunicorn's own, with numbers masked."""
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            keep_numbers_out(handler)


bind = f"127.0.0.1:{os.environ.get('PORT', '8080')}"
workers = 2
# A browser opens connections ahead of need and leaves them idle; a sync worker would wait for each
# of them until its time is out (30 s in which the site stands still), a thread costs nothing.
worker_class = "gthread"
threads = 4
# Loaded once and forked: the second process costs no time at the start.
preload_app = True
timeout = 60
graceful_timeout = 10
max_requests = 2000
max_requests_jitter = 200
# No access log: addresses of pages may hold what was searched for. Errors go to the console.
accesslog = None
errorlog = "-"
loglevel = "warning"
logger_class = LoggerWithoutNumbers
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Says where, once the address answers."""
    print(f"已启动：http://{bind}/　按 Ctrl-C 停止。短信验证码显示在本窗口。", flush=True)
