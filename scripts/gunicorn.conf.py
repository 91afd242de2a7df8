"""How ``make run`` serves: two processes on the loopback address, for one machine and few people."""

from __future__ import annotations

import os
from typing import Any

from deploy.serving import (  # noqa: F401 - gunicorn reads them here
    accesslog,
    control_socket_disable,
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
)

bind = f"127.0.0.1:{os.environ.get('PORT', '8080')}"
workers = 2
graceful_timeout = 10
max_requests = 2000
max_requests_jitter = 200


def when_ready(server: Any) -> None:
    """Says where, once the address answers."""
    print(f"已启动：http://{bind}/　按 Ctrl-C 停止。短信验证码显示在本窗口。", flush=True)
