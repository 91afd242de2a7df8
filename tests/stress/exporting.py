"""An export of certificates among the deeds that are killed: a file that is offered is whole."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

from sqlalchemy import select, update

from app.domain.exports import ExportKind, ExportState
from app.extensions import db
from app.models import ExportJob
from app.models.types import now
from app.policies.actor import Actor
from app.services import export_orders, exports
from app.services.ports import ports
from tests.stress.processes import require


def order(actor: Actor, turn: int, certificate_id: int) -> None:
    """Puts it in the queue, by the key of this turn's form."""
    export_orders.order(actor, f"kill{turn:018d}", ExportKind.ZIP, [certificate_id])


def make() -> None:
    """As the worker that comes after: the dead one's lease is over."""
    db.session.execute(update(ExportJob).values(leased_until=now() - timedelta(seconds=1)))
    db.session.commit()
    require(exports.run_next(), "nothing to make")
    # Of this turn: were all of them opened each time, there would be more steps to be killed at with each turn.
    job = db.session.scalars(select(ExportJob).order_by(ExportJob.id.desc()).limit(1)).one()
    made = b"".join(ports().storage.read(part.digest) for part in job.parts)
    require(job.state is ExportState.DONE and zipfile.ZipFile(io.BytesIO(made)).testzip() is None, job.state)
