"""Workbooks for 导入专家, as people fill them in. All need an application context."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from xlsxwriter import Workbook

from app.extensions import db
from app.models import ImportJob, ImportRow
from app.services import import_orders, import_sheet, imports
from tests.support import people


def person(**cells: Any) -> dict[str, Any]:
    """What somebody fills in for one expert, by field; ``cells`` go over what is likely."""
    return {
        "name": "白晓", "id_number": people.new_id_number(), "mobile": people.new_mobile(), "nation": "白族",
        "address": "昆明市五华区青年路 1 号", "region": "昆明市五华区", "school": "云南大学", "major": "化学工程",
        "education_level": "大学本科", "work_began_on": "1998-07-01", "employer": "云南某化工研究院", "title_level": "正高级",
        "practice": "化工安全", "practice_years": "27", "strengths": "爆炸危险环境电气防爆检查。",
        "specialities": "化工（危险化学品）/石油化工（含精细化工）/防火防爆", **cells,
    }  # fmt: skip


def workbook(
    rows: Sequence[dict[str, Any]], own: Sequence[str] = (), left_out: Sequence[str] = (), title: str = ""
) -> bytes:
    """The rows below the headings of the template; ``own`` are headings of the sender's, ``title`` a line above."""
    declared = {name: field for name, field in import_sheet.fields().items() if name not in left_out}
    names = [*declared, *own]
    headings = [*(field.label + "*" * field.required for field in declared.values()), *own]
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("专家信息")
        lines = [[title]] if title else []
        for number, line in enumerate([*lines, headings, *([row.get(name, "") for name in names] for row in rows)]):
            for place, value in enumerate(line):
                sheet.write(number, place, value)
    return out.getvalue()


def checked(
    actor: Any, rows: Sequence[dict[str, Any]], key: str = "A" * 22, *, gaps: bool = False, **options: Any
) -> int:
    """The id of a file with these rows, sent by the actor and checked by the worker."""
    job_id = import_orders.upload(actor, key, workbook(rows, **options), "专家.xlsx", gaps=gaps)
    assert imports.run_next()
    return job_id


def imported(actor: Any, job_id: int) -> None:
    """Confirms it and lets the worker do it."""
    import_orders.confirm(actor, job_id)
    assert imports.run_next()


def job(job_id: int) -> ImportJob:
    """The file, read anew."""
    db.session.expire_all()
    return db.session.get_one(ImportJob, job_id)


def staged(job_id: int) -> list[ImportRow]:
    """Its rows, in order."""
    db.session.expire_all()
    return list(db.session.scalars(select(ImportRow).where(ImportRow.job_id == job_id).order_by(ImportRow.number)))


def counts(job_id: int) -> dict[str, int]:
    """How many rows are what."""
    return {state.label: count for state, count in import_orders.counts(job(job_id)).items() if count}


def faults(job_id: int) -> list[dict[str, str]]:
    """What is wrong with each row, by field."""
    return [(row.content or {})["faults"] for row in staged(job_id)]
