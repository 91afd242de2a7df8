"""How a department's own server serves: behind nginx, on a Unix socket that nobody else can reach.

``BIND`` is another place to listen at; where systemd holds the socket, that one. ``WEB_CONCURRENCY``: processes.
"""

from __future__ import annotations

import os

from config import BIND
from deploy.serving import (  # noqa: F401 - gunicorn reads them here
    accesslog,
    control_socket_disable,
    cores,
    errorlog,
    forwarder_headers,
    logger_class,
    loglevel,
    pre_fork,
    preload_app,
    secure_scheme_headers,
    threads,
    timeout,
    worker_class,
    workers_for,
)

bind = os.environ.get("BIND", "").strip() or BIND
workers = int(os.environ.get("WEB_CONCURRENCY", "").strip() or workers_for(cores()))
# Longer than any page takes; systemd waits a little longer still (TimeoutStopSec).
graceful_timeout = 30
# nginx opens a connection for each request: none is ever closed under one that is on its way.
keepalive = 0
backlog = 2048
# A worker is replaced after so many requests, each at another time than its neighbours.
max_requests = 5000
max_requests_jitter = 1000
# In memory: a disk that is busy would make a worker look dead.
worker_tmp_dir = "/dev/shm"  # nosec B108: gunicorn makes a file of its own there, and unlinks it at once
