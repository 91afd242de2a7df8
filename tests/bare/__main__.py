"""``python -m tests.bare``: makes a bare Debian, follows the guides on it, takes it away again; ends with 1 where one fails."""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bare import guide, readme
from tests.bare.machine import Machine, Network, lacking
from tests.bare.server import Server
from tests.bare.terminal import Failed
from tests.support.source import ROOT

SECONDS = 45 * 60


def source(folder: Path) -> None:
    """The product as it lies here, committed or not, as a repository that can be cloned and pulled from."""
    work = folder / "work"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, work / name)
    git = [
        "git",
        "-c",
        "user.name=bare",
        "-c",
        "user.email=bare@example.com",
        "-c",
        "init.defaultBranch=main",
        "-C",
        str(work),
    ]
    for command in (["init", "-q"], ["add", "--all"], ["commit", "-qm", "as it lies here"]):
        subprocess.run([*git, *command], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(work), str(folder / "source.git")], check=True)


def operations(machine: Machine, logs: Path) -> list[str]:
    """docs/operations.md."""
    with machine.booted(logs / "operations.log") as terminal:
        return guide.follow(Server(machine.root, terminal))


def two_commands(machine: Machine, logs: Path) -> list[str]:
    """README.md."""
    with machine.booted(logs / "readme.log") as terminal:
        readme.follow(terminal, machine.network)
    return []


PARTS: dict[str, Callable[[Machine, Path], list[str]]] = {"operations": operations, "readme": two_commands}


def main() -> int:
    """0 where all of it works."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=tuple(PARTS), action="append")
    parser.add_argument("--base", type=Path, help="a tree of debootstrap's, made there if it is not, and kept")
    parser.add_argument("--logs", type=Path, default=ROOT / "instance" / "bare", help="a folder for what was said")
    chosen = parser.parse_args()
    if reasons := lacking():
        print("不能在这里运行 / cannot be run here:", *reasons, sep="\n  ", file=sys.stderr)
        return 1
    chosen.logs.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(SECONDS)
    with TemporaryDirectory(prefix="bare-") as made:
        folder = Path(made)
        source(folder)
        base = chosen.base or folder / "base"
        return max([_part(name, base, folder, chosen.logs) for name in chosen.only or PARTS])


def _part(name: str, base: Path, folder: Path, logs: Path) -> int:
    network = Network(f"bare-{folder.name[5:]}")
    machine = Machine(folder / name, network)
    began = time.monotonic()
    try:
        with network.up():
            machine.make(base)
            shutil.copytree(folder / "source.git", machine.root / "mnt/source.git")
            left_out = PARTS[name](machine, logs)
    except Failed as fault:
        print(f"{name}：不通过 / failed\n{fault}", file=sys.stderr)
        return 1
    print(f"{name}：通过，{time.monotonic() - began:.0f} 秒 / works")
    for what in left_out:
        print(f"  没有运行 / not run: {what}")
    return 0


def _out_of_time(_signal: int, _frame: object) -> None:
    raise Failed(f"not done in {SECONDS} s")


if __name__ == "__main__":
    sys.exit(main())
