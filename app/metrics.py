"""What the process counts for Prometheus, summed over all processes of the machine when somebody asks.

Each process writes its counters into files of its own, which any of them reads (prometheus_client's multi-process
mode). A file belongs to a slot and not to a process id: the server replaces its processes again and again, and a
successor counts on where the last one ended. Nothing in a label is typed by a visitor, so their number has a bound.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.adapters.slots import Slots
from app.version import VERSION

log = logging.getLogger(__name__)

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
REQUESTS = Counter("registry_requests", "请求数", ("rule", "method", "status"), registry=None)
DURATION = Histogram("registry_request_seconds", "请求用时（秒）", ("rule",), buckets=SECONDS, registry=None)
STATEMENTS = Counter("registry_statements", "请求中执行的数据库语句数", ("rule",), registry=None)
SLOW = Counter("registry_slow_statements", "超过时限的数据库语句数", ("rule",), registry=None)

_MEMORY = Path("/dev/shm")  # nosec B108  # a folder that is somebody else's is refused
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client reads the folder of its files from."""


@dataclass(frozen=True)
class Figure:
    """A number that is read when somebody asks for it: by the values of its ``labels``, in their order."""

    name: str
    help: str
    labels: tuple[str, ...]
    samples: dict[tuple[str, ...], float]


@dataclass
class _Place:
    """The files of this process; ``folder`` is ``None`` while nothing is to be counted."""

    folder: Path | None = None
    is_open: bool = False
    opening: Lock = field(default_factory=Lock)


_place = _Place()


def init_app(app: Flask) -> None:
    """Has this process count, if anybody can ever read it. The first application of a process says where."""
    is_read = bool(app.config["METRICS_TOKEN"]) or not app.config["PROXIES"]
    if is_read and _place.folder is None:
        _place.folder = _folder(app)


def count(rule: str, method: str, status: int, seconds: float, statements: int) -> None:
    """One request that was answered."""
    with _counting() as counts:
        if counts:
            REQUESTS.labels(rule, method, status).inc()
            DURATION.labels(rule).observe(seconds)
            STATEMENTS.labels(rule).inc(statements)


def slow_statement(rule: str) -> None:
    """One statement that took too long; ``rule`` is "" outside requests."""
    with _counting() as counts:
        if counts:
            SLOW.labels(rule).inc()


def rendered(figures: Iterable[Figure]) -> bytes:
    """Everything in Prometheus' text format: what all processes have counted, and ``figures``."""
    registry = CollectorRegistry()
    registry.register(_Figures(figures))
    text = generate_latest(registry)
    with _counting() as counts:
        if counts:
            counted = CollectorRegistry()
            MultiProcessCollector(counted, str(_place.folder))  # type: ignore[no-untyped-call]
            text += generate_latest(counted)
    return text


class _Figures(Collector):
    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for figure in self._figures:
            family = GaugeMetricFamily(figure.name, figure.help, labels=figure.labels)
            for labels, value in figure.samples.items():
                family.add_metric(labels, value)
            yield family


def _folder(app: Flask) -> Path:
    """In memory where the product is in use: what is mapped from a disk that is full kills the process."""
    own = Path(app.instance_path)
    if app.config["APP_ENV"] == "production" and _MEMORY.is_dir():
        # Another version may count something else under the same name.
        return _MEMORY / f"registry-metrics-{hashlib.sha256(f'{own} {VERSION}'.encode()).hexdigest()[:16]}"
    return own / "metrics"


@contextmanager
def _counting() -> Iterator[bool]:
    """Whether there is something to count into. Where that fails nothing is counted any more, and no request fails."""
    try:
        yield _opened()
    except Exception:
        # A full disk, a file that is damaged, whatever the library makes of either: counting is worth no request.
        log.exception("nothing is counted from now on")
        folder, _place.folder = _place.folder, None
        for path in folder.glob("*.db") if folder else ():
            path.unlink(missing_ok=True)


def _opened() -> bool:
    """Opens the files at the first count, not at the start: a server forks its processes after that."""
    folder = _place.folder
    if folder is None or _place.is_open:
        return folder is not None
    with _place.opening:
        if not _place.is_open:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                _place.folder = None
                log.error("nothing is counted: the folder for it is somebody else's")
                return False
            os.environ[_VARIABLE] = str(folder)
            values.ValueClass = values.MultiProcessValue(Slots(folder).own)  # type: ignore[no-untyped-call]
            _place.is_open = True
    return True
