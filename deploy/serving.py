"""What every gunicorn that serves the product has in common: ``make run``'s, and a department's own."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from app.logs import JSON, JsonLines, keep_numbers_out
from config import log_format

CGROUP = Path("/sys/fs/cgroup")
WORKERS_AT_MOST = 8


class LoggerWithoutNumbers(Logger):
    """At its most talkative gunicorn writes addresses, and those are whatever a visitor typed."""

    def setup(self, cfg: Any) -> None:
        """Gunicorn's own, with numbers masked, and as JSON where the application writes it."""
        super().setup(cfg)
        inner = JsonLines() if log_format(os.environ) == JSON else None
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            keep_numbers_out(handler, inner)


def cores(cgroup: Path = CGROUP) -> float:
    """How many cores this process has: those it may run on, or a container's share of time where that is less.

    ``cgroup`` is where the control groups lie, of version 2 (``cpu.max``) or 1 (``cpu.cfs_quota_us``).
    """
    found = float(len(os.sched_getaffinity(0)))
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((cgroup / name).read_text(encoding="ascii") for name in names).split()
        except (OSError, ValueError):
            continue
        if quota.isdigit():
            return min(found, int(quota) / int(period))
    return found


def workers_for(share: float) -> int:
    """Processes for that many cores: one more, so that a core is not idle while a page waits for the database.

    Two at least: one goes on while the other is replaced. Not above ``WORKERS_AT_MOST``, for each has its connections.
    """
    return max(2, min(int(share) + 1, WORKERS_AT_MOST))


def pre_fork(server: Any, _worker: Any) -> None:
    """What is loaded is whole and stays out of the collector's sight, so that a worker shares it with the others.

    Measured: 30 MB of its own in place of 82, and an end in a quarter of the time. Templates are compiled by then:
    a worker's first list took 580 ms, of which 450 were theirs, and where all come at once people wait for that.
    """
    templates = server.app.wsgi().jinja_env
    for name in templates.list_templates(["html"]):
        templates.get_template(name)
    gc.freeze()


# A browser opens connections ahead of need and leaves them idle; a sync worker would wait for each
# of them until its time is out (30 s in which the site stands still), a thread costs nothing.
worker_class = "gthread"
threads = 4
# Loaded once and forked: a worker that is replaced costs no time, takes less memory, and runs the same code as the
# others whatever lies in the folder by then.
preload_app = True
timeout = 60
# What a proxy says is read by the application alone, and as PROXIES has it.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
# No access log: addresses of pages may hold what was searched for. Errors go to the console.
accesslog = None
errorlog = "-"
loglevel = "warning"
logger_class = LoggerWithoutNumbers
control_socket_disable = True
