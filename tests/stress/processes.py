"""Deeds in processes of their own: all at the same moment, or until they are killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import event

from app.domain.errors import DomainError
from app.extensions import db

FORK = multiprocessing.get_context("fork")


class WentWrong(RuntimeError):
    """What must never happen has happened."""


def require(holds: bool, *about: Any) -> None:
    """Raises ``WentWrong`` naming ``about`` where something does not hold."""
    if not holds:
        raise WentWrong(*about)


def let_go() -> None:
    """Closes what the parent has open: a child must not talk on its parent's connections."""
    db.session.remove()
    db.engine.dispose()


@dataclass(frozen=True)
class Refused:
    """A deed met a refusal that people are told."""

    kind: str
    message: str


@dataclass(frozen=True)
class Together:
    """What each deed gave, in their order, and the seconds from the first one's beginning to the last one's end."""

    results: list[Any]
    seconds: float


def outcome(deed: Callable[[], Any]) -> Any:
    """What the deed gives, or the refusal that it met."""
    try:
        return deed()
    except DomainError as refusal:
        return Refused(type(refusal).__name__, refusal.message)


def at_once(app: Flask, deeds: Sequence[Callable[[], Any]]) -> Together:
    """Starts every deed at the same moment, each in a process. Raises ``WentWrong`` where one fails."""
    let_go()
    start, answers = FORK.Barrier(len(deeds)), FORK.SimpleQueue()

    def run(number: int, deed: Callable[[], Any]) -> None:
        with app.app_context():
            db.session.connection()  # who must first connect is late
            db.session.rollback()
            start.wait()
            began = time.monotonic()
            try:
                answer = outcome(deed)
            except BaseException as fault:
                answer = WentWrong(repr(fault)[:2000])
            answers.put((number, answer, began, time.monotonic()))

    children = [FORK.Process(target=run, args=pair) for pair in enumerate(deeds)]
    for child in children:
        child.start()
    given = sorted((answers.get() for _ in children), key=lambda answer: answer[0])
    for child in children:
        child.join()
    for _, answer, _, _ in given:
        if isinstance(answer, WentWrong):
            raise answer
    seconds = max(end for *_, end in given) - min(began for _, _, began, _ in given)
    return Together([answer for _, answer, _, _ in given], seconds)


def killed_at(app: Flask, deed: Callable[[], Any], fatal: int) -> bool:
    """Runs the deed in a process that is killed (SIGKILL) right before its step ``fatal``, from 1.

    A step is a statement, a commit, the moment after a commit, and each act on a file that lasts. False where the
    deed has fewer steps, and so was done. Raises ``WentWrong`` where it fails.
    """
    let_go()
    child = FORK.Process(target=_doomed, args=(app, deed, fatal))
    child.start()
    child.join()
    if child.exitcode not in (0, -signal.SIGKILL):
        raise WentWrong(f"exit {child.exitcode}")
    return child.exitcode != 0


def _doomed(app: Flask, deed: Callable[[], Any], fatal: int) -> None:
    done = 0

    def step(*_args: Any, **_kwargs: Any) -> None:
        nonlocal done
        done += 1
        if done == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepping(function: Callable[..., Any], *, after: bool = False) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            if not after:
                step()
            given = function(*args, **kwargs)
            if after:
                step()
            return given

        return stepped

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", step)
        event.listen(db.engine, "commit", step)
        db.session.commit = stepping(db.session.commit, after=True)  # type: ignore[method-assign]
        for name in ("fsync", "link", "rename", "replace", "write"):
            setattr(os, name, stepping(getattr(os, name)))
        deed()
