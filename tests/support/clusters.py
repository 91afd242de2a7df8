"""PostgreSQL servers of a test's own, made and ended on the loopback: a primary, and a streaming replica of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support.parts import left_out
from tests.support.ports import free_port

# As small as it goes; what a power cut would take does not matter to a test.
_SETTINGS = {
    "listen_addresses": "127.0.0.1", "fsync": "off", "shared_buffers": "32MB", "max_connections": "20",
    "wal_level": "replica", "max_wal_senders": "3", "wal_receiver_timeout": "2s", "wal_retrieve_retry_interval": "200ms",
}  # fmt: skip


def programs() -> Path:
    """Where the server's programs are, those of the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        left_out("PostgreSQL's server programs are not there (apt-get install postgresql)")
    return found[-1].parent


class Cluster:
    """A server that a test may stop and start."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()

    @property
    def url(self) -> str:
        """Of its database ``postgres``."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def program(self, name: str, *arguments: str) -> None:
        """Runs one of PostgreSQL's, which refuses to be root's. Fails with what it says."""
        command = [str(programs() / name), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        # A server that was started would keep a pipe open for ever.
        with tempfile.TemporaryFile() as said:
            ended = subprocess.run(command, stdout=said, stderr=said, cwd="/", timeout=60, check=False)
            said.seek(0)
            assert ended.returncode == 0, said.read().decode()

    def start(self) -> None:
        """Returns when it answers."""
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        options += f" -c unix_socket_directories={self.folder.parent} -p {self.port}"
        self.program("pg_ctl", "start", "-w", "-D", str(self.folder), "-l", f"{self.folder}.log", "-o", options)

    def stop(self) -> None:
        """At once, as if it had been killed."""
        self.program("pg_ctl", "stop", "-D", str(self.folder), "-m", "immediate")

    def say(self, statement: str) -> object:
        """The one value that the server answers."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(statement).fetchone()  # type: ignore[call-overload]
        return row and row[0]


@contextmanager
def primary() -> Iterator[Cluster]:
    """An empty server that others may follow."""
    programs()
    folder = Path(tempfile.mkdtemp(prefix="registry-cluster-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    made = Cluster(folder / "primary")
    try:
        made.program("initdb", "-D", str(made.folder), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def following(leader: Cluster) -> Iterator[Cluster]:
    """A streaming replica of it, with all that it has by now."""
    made = Cluster(leader.folder.parent / "replica")
    made.program("pg_basebackup", "-D", str(made.folder), "-d", leader.url, "-R", "-X", "stream", "-c", "fast", "-N")
    made.start()
    try:
        yield made
    finally:
        made.stop()
