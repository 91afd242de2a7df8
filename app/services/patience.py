"""Questions to what may not answer at all: asked side by side, each in a thread of its own, and waited for so long."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

from flask import Flask, current_app

log = logging.getLogger(__name__)

AGAIN = 30.0
"""Seconds."""

T = TypeVar("T")


def ask(questions: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T | None]:
    """What each gave within ``seconds``; ``None`` for one that failed or took longer, which is logged.

    A question that still hangs from an earlier time is asked again only ``AGAIN`` later: what it waits for may never
    come, and threads that wait shall be few.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    # By process: in one that was forked no thread of its parent's goes on.
    hanging: dict[str, tuple[float, Future[T]]] = app.extensions.setdefault(f"patience of {os.getpid()}", {})
    began = time.monotonic()
    asked: dict[str, Future[T]] = {}
    for name, question in questions.items():
        since, former = hanging.get(name, (began, None))
        if former is None or former.done() or since < began - AGAIN:
            asked[name] = Future()
            hanging[name] = began, asked[name]
            Thread(target=_answer, args=(app, question, asked[name]), daemon=True, name=f"asks {name}").start()
    return {name: _wait(name, asked.get(name), began + seconds) for name in questions}


def _answer(app: Flask, question: Callable[[], T], answer: Future[T]) -> None:
    try:
        with app.app_context():
            found = question()
    except BaseException as fault:
        answer.set_exception(fault)
    else:
        answer.set_result(found)


def _wait(name: str, answer: Future[T] | None, until: float) -> T | None:
    if answer is None:
        return None
    try:
        return answer.result(max(0.0, until - time.monotonic()))
    except TimeoutError:
        log.warning("%s does not answer in time", name)
    except Exception as fault:
        log.warning("%s does not answer: %s", name, type(fault).__name__)
    return None
