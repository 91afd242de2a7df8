"""导入专家 as the worker does it: how long a workbook takes to be read and checked, imported, and sent again.

``python -m benchmarks.imports --rows 10000 --database sqlite``: a database and a storage of its own; every cell of a
row is filled in. What is imported is counted, so that a run that imported nothing, or twice, is no measurement.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask_migrate
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select
from xlsxwriter import Workbook

from app import create_app
from app.extensions import db
from app.models import Account, Department, Expert, Organization, Region
from app.policies.actor import Actor
from app.policies.roles import FILER
from app.services import actors, import_orders, import_sheet, imports, reference
from app.services.import_names import living_paths
from benchmarks.people import id_number, mobile
from benchmarks.rotation import database, environment
from config import load

ROWS = 10_000
PROVINCE = "530000"


def run(kind: str, rows: int = ROWS) -> dict[str, Any]:
    """The whole measurement. Raises ``RuntimeError`` where the figures are of something else."""
    with tempfile.TemporaryDirectory() as name, database(kind, Path(name)) as url:
        settings = load(environment(url, Path(name), 1) | {"RATELIMIT_STORAGE_URI": "memory://"})
        with create_app(settings).app_context():
            flask_migrate.upgrade()
            reference.seed()
            actor, data = _sender(), _workbook(rows)
            figures: dict[str, Any] = {"database": kind, "rows": rows, "megabytes": round(len(data) / 2**20, 1)}
            first = import_orders.upload(actor, "A" * 22, data, "专家.xlsx", gaps=False)
            figures |= _timed("checked", imports.run_next)
            import_orders.confirm(actor, first)
            figures |= _timed("imported", imports.run_next)
            figures["seconds_in_all"] = round(figures["checked_seconds"] + figures["imported_seconds"], 1)
            import_orders.upload(actor, "B" * 22, data, "专家.xlsx", gaps=False)
            figures |= _timed("again_checked", imports.run_next)
            figures["experts"] = db.session.scalar(select(func.count()).select_from(Expert))
            figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            figures["peak_mb_of_the_reader"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
            db.session.remove()
            db.engine.dispose()
    if figures["experts"] != rows:
        raise RuntimeError(f"{figures['experts']} experts of {rows} rows")
    return figures


def _timed(what: str, act: Callable[[], object]) -> dict[str, float]:
    """How long it took, and how much of that was this process's own."""
    began, busy = time.monotonic(), time.process_time()
    act()
    took, own = time.monotonic() - began, time.process_time() - busy
    return {f"{what}_seconds": round(took, 1), f"{what}_processor_seconds": round(own, 1)}


def _sender() -> Actor:
    """Who files for the province."""
    office = select(Department).join(Department.organization).where(Organization.region_code == PROVINCE)
    account = Account(
        first_name="科信",
        last_name="",
        username="sender",
        active=True,
        department=db.session.scalars(office.where(Department.files)).one(),
        roles=[db.session.scalars(select(Role).where(Role.name == FILER)).one()],
    )
    db.session.add(account)
    db.session.commit()
    return actors.actor_of(account)


def _workbook(rows: int) -> bytes:
    """As many invented people, in every county and of every speciality in turn."""
    counties = db.session.scalars(select(Region.full_name).where(Region.level == 2).order_by(Region.code)).all()
    paths = list(living_paths())
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, (name, declared) in enumerate(import_sheet.fields().items()):
            sheet.write_string(0, place, declared.label)
            for n in range(rows):
                known = {
                    "name": f"白{chr(0x4E00 + n)}",
                    "id_number": id_number(n, PROVINCE)[0],
                    "mobile": mobile(n),
                    "region": counties[n % len(counties)],
                    "specialities": f"{paths[n % len(paths)]}；{paths[(n + 7) % len(paths)]}",
                    "practice_years": str(n % 40),
                    "postcode": "650000",
                }
                likely = declared.choices[0] if declared.choices else f"{declared.label}{n}"
                day = "1998-07-01" if name.endswith("_on") else likely
                sheet.write_string(n + 1, place, known.get(name, day))
    return out.getvalue()


def main() -> None:
    """Runs, prints, and keeps the result beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rows", type=int, default=ROWS)
    chosen = parser.parse_args()
    result = run(chosen.database, chosen.rows)
    path = Path(__file__).parent / "results" / f"imports-{chosen.database}-{chosen.rows}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
