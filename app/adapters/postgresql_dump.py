"""A PostgreSQL database dumped and loaded by its own programs, ``pg_dump``, ``pg_restore`` and ``psql``.

No password stands on a command line: it goes by PGPASSWORD, which only the same user can read. What the programs write
about a fault may hold a row, so of it only the first line is told, which names none.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from tempfile import TemporaryFile
from typing import IO

from app.domain.errors import Invalid

CHUNK = 1024 * 1024
SQL_REFUSED = 3
"""With what ``psql`` ends where a statement failed and ON_ERROR_STOP is set; the transaction is rolled back then."""
LIGHTLY = "1"
"""How hard ``pg_dump`` compresses: sealed values do not shrink, and what else there is shrinks most at the first."""


class Uncertain(Invalid):
    """The connection was lost when COMMIT may have been sent: whether it was done nobody knows."""


@dataclass(frozen=True)
class Server:
    """A database as psycopg is told of it: host, port, dbname, user, sslmode and so on, and its password apart."""

    parameters: Mapping[str, str]
    password: str

    def command(self, program: str, *arguments: str) -> list[str]:
        """``program`` speaking to this database."""
        # By name, for psycopg takes memory that nobody has to spare on SQLite.
        address = import_module("psycopg.conninfo").make_conninfo("", **self.parameters)
        return [program, "--no-password", f"--dbname={address}", *arguments]

    def environment(self) -> dict[str, str]:
        """For that program."""
        own = {"PGPASSWORD": self.password} if self.password else {}
        return {**os.environ, **own, "PGCLIENTENCODING": "UTF8", "LC_ALL": "C"}


def require_client(server_version: int) -> None:
    """Raises ``Invalid`` where the programs lack, or are older than the server (its major number)."""
    for program in ("pg_dump", "pg_restore", "psql"):
        try:
            said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            raise Invalid(f"没有找到 {program}。Debian 上请执行 apt-get install postgresql-client。") from None
        found = re.search(r" (\d+)", said)
        if found is None or int(found[1]) < server_version:
            raise Invalid(f"{program} 的版本低于数据库的版本 {server_version}，请安装同一版本的 postgresql-client。")


def dump(server: Server, snapshot: str) -> Iterator[bytes]:
    """The database as the exported ``snapshot`` sees it, in the custom format. Raises ``Invalid``, ``OSError``."""
    command = server.command(
        "pg_dump", "--format=custom", f"--compress={LIGHTLY}", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"
    )
    with TemporaryFile() as said:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=server.environment()) as dumping:
            assert dumping.stdout is not None
            try:
                while chunk := dumping.stdout.read(CHUNK):
                    yield chunk
            except BaseException:
                dumping.kill()
                raise
        _require_success("pg_dump", dumping.returncode == 0, said)


def load(server: Server, before: str, pieces: Iterable[bytes], after: str) -> None:
    """Loads what ``dump`` gave, ``before`` it and ``after`` it SQL, all in one transaction. Raises ``Invalid``.

    Whatever ends on the way, this process itself among them, the transaction ends without COMMIT. ``Uncertain`` is
    raised where it may have come that far.
    """
    command = server.command(
        "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", "--output=/dev/null"
    )
    with TemporaryFile() as said, TemporaryFile() as said_restoring:
        whole = False
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said, env=server.environment()) as loading:
            assert loading.stdin is not None
            # Who reads no more has said why.
            with suppress(BrokenPipeError), loading.stdin as into:
                into.write(f"BEGIN;\n{before}\n".encode())
                into.flush()
                whole = _restored(pieces, into, said_restoring)
                if whole:
                    into.write(f"\n{after}\nCOMMIT;\n".encode())
        if whole and loading.returncode not in (0, SQL_REFUSED):
            raise Uncertain("恢复到最后一步时，与数据库的连接断开，不知道有没有做完。")
        _require_success("psql", loading.returncode == 0, said)
        _require_success("pg_restore", whole, said_restoring)


def _restored(pieces: Iterable[bytes], into: IO[bytes], said: IO[bytes]) -> bool:
    """Whether ``pg_restore`` has written all of the dump into ``into``, as SQL."""
    command = ["pg_restore", "--no-owner", "--no-privileges", "--file=-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=into, stderr=said) as restoring:
        assert restoring.stdin is not None
        with suppress(BrokenPipeError), restoring.stdin as dumped:
            for piece in pieces:
                dumped.write(piece)
    return restoring.returncode == 0


def _require_success(program: str, went_well: bool, said: IO[bytes]) -> None:
    if went_well:
        return
    said.seek(0)
    lines = said.read(CHUNK).decode("utf-8", "replace").splitlines()
    first = next((line for line in lines if re.search(r"ERROR|FATAL|error|fatal", line)), "")
    raise Invalid(f"{program} 没有成功：{first[:200] or '没有说明原因'}")
