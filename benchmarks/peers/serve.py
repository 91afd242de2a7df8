"""A peer in its process: it says a line when it is ready, and then answers each line that names a page.

``python -m benchmarks.peers.serve fab '{"url": ...}'``. Answers are JSON: status, milliseconds, statements, the ids of
the rows, and the size of the page; what else the product prints goes to the standard error.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Mapping
from http import HTTPStatus
from importlib import import_module
from typing import Any

from benchmarks.peers.asking import Facts, Peer

MODULES = {"django_indexed": "django"}


def answer(peer: Peer, page: str, words: str) -> Mapping[str, Any]:
    """Asks for the page once; ``words`` are looked for in what it shows."""
    peer.statements.clear()
    deed = peer.deeds.get(page)
    given = deed() if deed else peer.browser.ask(peer.pages[page])
    return {
        # A deed has seen for itself that it was done, and is answered by an address to go on to.
        "status": HTTPStatus.OK if deed else given.status,
        "ms": given.milliseconds,
        "statements": len(peer.statements),
        "said": peer.statements if words == "statements" else [],
        "ids": peer.ids(given.body),
        "shows": words in given.body,
        "bytes": len(given.body.encode()),
        "rss": _resident(),
        "begins": given.body[:2000] if given.status != HTTPStatus.OK and not deed else "",
    }


def _resident() -> float:
    """Megabytes that the process holds now."""
    try:
        with open("/proc/self/statm", encoding="ascii") as figures:
            return int(figures.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Serves until its input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    name, facts = sys.argv[1], Facts(**json.loads(sys.argv[2]))
    peer: Peer = import_module(f"benchmarks.peers.{MODULES.get(name, name)}").open_peer(facts)
    print(json.dumps({"pages": [*peer.pages, *peer.deeds]}), file=out, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(peer, **json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
