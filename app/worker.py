"""``flask worker``: Huey's consumer, woken by a word in its queue, and looking into the database all the same.

Whatever is to be done stands in the database, where each row says whose it is and until when. So the queue may lose its
words, or be away: work goes on a second later at most. Of Huey the worker has the queue, the threads, which it starts
again should one die, and the end in good order on SIGTERM.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Flask
from flask.logging import default_handler
from huey.consumer import Consumer, Scheduler, Worker

from app.adapters.wake_queue import queue_at
from app.services import background, jobs
from app.services.jobs import Job

PROMPT_THREADS = 3
"""A provider that does not answer holds one up. With the patient one they fit into a pool of five connections."""
LOOK_SECONDS = 1.0
LISTEN_SECONDS = 0.1
"""Between two looks into a queue that is a file, and can be listened to in no other way."""
PAUSE_SECONDS = 15.0
"""After a look that failed: the database is away."""
END_SECONDS = 60
"""What is going on may take so long to end when the worker is told to stop; then it is left to the next one."""


class RegistryConsumer(Consumer):
    """Threads for what is prompt, one for what is patient; no schedule of Huey's, for the database has it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.queue_is_away = self.has_enrolled = False
        self.noting = threading.Lock()
        self.queue = queue_at(
            app.config["WORKER_QUEUE_URI"], Path(app.instance_path), lambda: self.look(background.PROMPT)
        )
        super().__init__(
            self.queue.huey,
            workers=PROMPT_THREADS,
            periodic=False,
            graceful_signal="TERM",
            shutdown_timeout=END_SECONDS,
        )

    def look(self, due: Sequence[Job]) -> None:
        """Does what is due until a look finds nothing more, or the worker is to end."""
        try:
            with self.app.app_context():
                self._enrol()
                while jobs.look(due) and not self.stop_flag.is_set():
                    pass
        except Exception:
            self.app.logger.exception("the worker could not look for work")
            self.stop_flag.wait(PAUSE_SECONDS)

    def _enrol(self) -> None:
        """Here and not at the start: a database that comes up later than the worker is no reason to end."""
        if not self.has_enrolled:
            jobs.enrol(background.ALL)
            self.has_enrolled = True

    def note_queue(self, fault: Exception | None) -> None:
        """Says once that the queue is away, and once that it is back."""
        with self.noting:  # several threads find it out at the same moment
            was_away, self.queue_is_away = self.queue_is_away, fault is not None
        if fault is not None and not was_away:
            self.app.logger.warning("the queue does not answer (%s): looking each second", type(fault).__name__)
        elif fault is None and was_away:
            self.app.logger.warning("the queue answers again")

    def _create_worker(self) -> PromptThread:
        return PromptThread(self)

    def _create_scheduler(self) -> PatientThread:
        return PatientThread(self)


class PromptThread(Worker):
    """Looks when it hears a word, and each second in any case."""

    def __init__(self, consumer: RegistryConsumer) -> None:
        super().__init__(consumer.huey, consumer.stop_flag, LISTEN_SECONDS, LISTEN_SECONDS, 1)
        self.consumer = consumer
        self.looked_at = 0.0

    def loop(self, now: Any = None) -> None:
        """A word, or its absence for a while."""
        try:
            # Redis lets it wait here for a second; a file answers at once.
            word = self.huey.dequeue()
            self.consumer.note_queue(None)
        except Exception as fault:
            word = None
            self.consumer.note_queue(fault)
            self.stop_flag.wait(LOOK_SECONDS)
        if word is not None:
            self.huey.execute(word)
        elif time.monotonic() - self.looked_at >= LOOK_SECONDS:
            self.consumer.look(background.PROMPT)
        else:
            self.stop_flag.wait(LISTEN_SECONDS)
            return
        self.looked_at = time.monotonic()


class PatientThread(Scheduler):
    """Looks each second for what may take its time."""

    def __init__(self, consumer: RegistryConsumer) -> None:
        super().__init__(consumer.huey, consumer.stop_flag, LOOK_SECONDS, periodic=False)
        self.consumer = consumer

    def loop(self, now: Any = None) -> None:
        """A look, and the rest of a second."""
        began = time.monotonic()
        self.consumer.look(background.PATIENT)
        self.sleep_for_interval(began, LOOK_SECONDS)


def run(app: Flask) -> None:
    """Works until SIGTERM or SIGINT. Called in the main thread."""
    logging.getLogger("huey").addHandler(default_handler)
    RegistryConsumer(app).run()
