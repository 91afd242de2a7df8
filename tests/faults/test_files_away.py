"""A store of files that goes away: what needs a file is refused in words, nothing is half done, the rest goes on."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters import object_storage
from app.adapters.object_storage import Bucket, ObjectStorage
from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import Application, Attachment, AttachmentKind, Certificate, SmsMessage
from app.models.encrypted import key_ring
from app.services import attachments, filings
from app.services.ports import ports
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.object_store import bucket_at, keys_in, served

SignIn = Callable[..., Browser]
pytestmark = pytest.mark.one_database
AWAY = "文件存储暂时没有应答，这次操作没有完成。请过几分钟再试。"
LOGGED = "the object storage does not serve: EndpointConnectionError"


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with served() as endpoint:
        yield bucket_at(endpoint)


@pytest.fixture
def use(app: Flask, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The product with its files in a bucket, at the endpoint where it is or at one where it is not."""
    monkeypatch.setattr(object_storage, "TRIES", 1)
    here = ObjectStorage(bucket, key_ring())
    gone = ObjectStorage(replace(bucket, endpoint="http://127.0.0.1:1"), key_ring())

    def change(to: str) -> None:
        storage = here if to == "here" else gone
        monkeypatch.setitem(app.extensions, "ports", replace(ports(), storage=storage))

    change("here")
    return change


def test_uploads_and_downloads(
    use: Callable[[str], None], sign_in: SignIn, bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    expert = people.expert()
    browser = sign_in(expert)
    photo = db.session.scalars(select(Attachment).where(Attachment.kind == AttachmentKind.PHOTO)).one()
    address, counting = f"/file/{photo.id}", select(func.count()).select_from(Attachment)
    rows, objects = db.session.scalar(counting), len(keys_in(bucket))
    assert objects == 2
    assert browser.get(address).data == people.picture()

    def sent() -> tuple[int, str]:
        form = {"kind": AttachmentKind.OTHER.value, "file": (io.BytesIO(people.picture()), "证书.jpg")}
        answer = browser.submit("/my/files", form)
        return answer.status_code, answer.text

    use("gone")
    status, page = sent()
    assert (status, AWAY in page) == (422, True)
    refused = browser.get(address)
    assert (refused.status_code, AWAY in refused.text) == (503, True)
    assert {record.message for record in caplog.records if record.levelno == logging.ERROR} == {LOGGED}
    assert browser.get("/my/profile").status_code == 200
    assert db.session.scalar(counting) == rows
    assert len(keys_in(bucket)) == objects
    use("here")
    assert sent()[0] == 302
    assert len(keys_in(bucket)) == objects + 1


def test_a_filing_waits_for_its_certificate_s_file(
    use: Callable[[str], None], sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    case = cases.approved_case()
    db.session.refresh(case)
    filer, case_id, version = cases.filer_of(case), case.id, case.version
    browser = sign_in(filer)
    counting = [select(func.count()).select_from(model) for model in (Certificate, SmsMessage)]
    before = [db.session.scalar(one) for one in counting]
    use("gone")
    page = browser.submit(f"/filing/action/file/{case_id}", {"version": str(version)}, follow_redirects=True)
    assert (page.status_code, AWAY in page.text) == (200, True)
    assert LOGGED in caplog.text
    assert db.session.get_one(Application, case_id, populate_existing=True).status is ApplicationStatus.PENDING_FILING
    assert [db.session.scalar(one) for one in counting] == before
    use("here")
    made = filings.file(case_id, people.actor(filer), version)
    assert made.number.endswith("001")
    assert browser.get(f"/certificate/{made.id}/pdf").data.startswith(b"%PDF")


def test_a_sweep_that_finds_nobody_is_tried_again_later(use: Callable[[str], None]) -> None:
    people.expert()
    use("gone")
    with pytest.raises(object_storage.StorageAway):
        attachments.sweep()
    use("here")
    assert attachments.sweep() == 0
