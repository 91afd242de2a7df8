"""How long the worker is at a workbook of experts, and what it weighs while it makes one.

``python -m benchmarks.export --url sqlite:///registry.db`` on a database that ``benchmarks.population`` has filled:
an official of the province orders each number of experts, with the columns of the list and with all of them; a process
of its own makes each workbook, and says how much its memory grew at most.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import select

from app import create_app
from app.domain.exports import ExportState, TableChoice
from app.extensions import db
from app.models import Account, ExportJob
from app.services import actors, export_orders, exports, table_export
from app.services.export_subjects import EXPERTS
from app.services.listing import Condition, Order
from benchmarks.population import official
from benchmarks.rotation import environment
from config import load

OF_THE_LIST = ("name", "sex", "region", "employer", "title_level")
SIZES = (1_000, 10_000, 50_000)


def order(columns: tuple[str, ...], size: int) -> float:
    """Orders a workbook of the first experts that the province sees; gives the seconds that it takes."""
    account = db.session.scalars(select(Account).where(Account.username == official("530000"))).one()
    actor, began = actors.actor_of(account), time.monotonic()
    found = table_export.matching(EXPERTS.model, [Condition(EXPERTS.scope(actor))], Order((EXPERTS.model.id,)))[:size]
    table_export.order(actor, EXPERTS, secrets.token_urlsafe(16), found, TableChoice("专家信息", columns))
    return time.monotonic() - began


def make() -> None:
    """The worker's part, in a process of its own: prints what it took as JSON."""
    before, began, worked = _peak(), time.monotonic(), time.process_time()
    if not exports.run_next():
        raise RuntimeError("nothing was ordered")
    took, worked, grown = time.monotonic() - began, time.process_time() - worked, _peak() - before
    job = db.session.scalars(select(ExportJob).order_by(ExportJob.id.desc()).limit(1)).one()
    if job.state is not ExportState.DONE:
        raise RuntimeError(job.error)
    account = db.session.get_one(Account, job.owner_id)
    began = time.monotonic()
    size = sum(map(len, export_orders.download(actors.actor_of(account), job.id).pieces))
    fetched = time.monotonic() - began
    print(
        json.dumps(
            {
                "seconds": round(took, 1),
                "processor": round(worked, 1),
                "more_mb": round(grown),
                "file_mb": round(size / 2**20, 1),
                "download": round(fetched, 1),
            }
        )
    )


def _peak() -> float:
    """The most that this process ever took, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measures every size with few columns and with all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="of a filled database, as in DATABASE_URL")
    parser.add_argument("--make", metavar="FOLDER", help="one order, in this process")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as own:
        folder = Path(chosen.make or own)
        os.environ.update(environment(chosen.url, folder, 1))
        with create_app(load(dict(os.environ))).app_context():
            if chosen.make:
                make()
                return
            for columns in (OF_THE_LIST, tuple(EXPERTS.columns)):
                for size in SIZES:
                    spent = round(order(columns, size), 1)
                    command = [sys.executable, "-m", "benchmarks.export", "--url", chosen.url, "--make", own]
                    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                    print({"rows": size, "columns": len(columns), "ordering": spent, **json.loads(said)}, flush=True)


if __name__ == "__main__":
    main()
