"""The worker's jobs, on a day with nothing to do, read no table that grows with the number of experts."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import SmsMessage
from app.services import background, resending
from app.services.jobs import Job
from tests.support import cases
from tests.support.plans import statements, whole_tables

READS_ALL = {"sweep_files", "backup"}
"""The one compares every file on the disk with every row that names one, the other copies them."""


@pytest.mark.parametrize("job", [job for job in background.ALL if job.key not in READS_ALL], ids=lambda job: job.key)
def test_a_job_finds_by_an_index_that_there_is_nothing_to_do(app: Flask, job: Job) -> None:
    cases.filed_certificate()
    job.act()
    with statements() as ran:
        job.act()
    assert ran
    assert {statement: found for statement, given in ran if (found := whole_tables(statement, given))} == {}


def test_messages_that_somebody_should_look_at_are_counted_by_an_index(app: Flask) -> None:
    with statements() as ran:
        assert resending.waiting_count() == 0
    assert [whole_tables(*one) for one in ran] == [[]]


def test_a_whole_table_is_seen(app: Flask) -> None:
    cases.filed_certificate()
    with statements() as ran:
        db.session.scalars(select(SmsMessage.id).where(SmsMessage.tries == 7)).all()
    assert [whole_tables(*one) for one in ran] == [["sms_message"]]
