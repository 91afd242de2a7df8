"""Photo and attachments: what is kept, what is refused, who reads them (R1, R5, R9)."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from PIL import Image
from pypdf import PdfWriter
from sqlalchemy import func, select

from app.adapters.filetype import MAX_BYTES
from app.adapters.scanner import FakeScanner, ScanFailed
from app.adapters.storage import MemoryStorage
from app.domain.errors import Conflict, Invalid, NotFound
from app.extensions import db
from app.models import Attachment, AttachmentKind, Expert
from app.services import attachments, profiles
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.people import KUNMING, QUJING, WUHUA

CONSENT, PHOTO, OTHER = AttachmentKind.CONSENT, AttachmentKind.PHOTO, AttachmentKind.OTHER


def pdf(word: str = "同意") -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.add_metadata({"/Title": word})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def living(expert: Expert) -> list[str]:
    return [file.filename for file in profiles.living_attachments(expert.id)]


def test_r9_an_upload_is_kept_as_it_came(app: Flask, storage: MemoryStorage) -> None:
    expert = people.expert(complete=False)
    data = pdf()
    attachments.upload(people.actor(expert), CONSENT, data, "单位同意.pdf")
    (kept,) = profiles.living_attachments(expert.id)
    assert (kept.kind, kept.filename, kept.size) == (CONSENT, "单位同意.pdf", len(data))
    assert kept.content_type == "application/pdf"
    assert storage.read(kept.digest) == data
    assert "单位同意申报材料（加盖公章的扫描件），无工作单位的上传情况说明" not in profiles.missing(expert)


def test_a_picture_is_kept_without_what_hides_in_it(app: Flask, storage: MemoryStorage) -> None:
    expert = people.expert(complete=False)
    out = io.BytesIO()
    picture = Image.new("RGB", (300, 400))
    exif = picture.getexif()
    exif[0x010E] = "secret place"
    picture.save(out, "JPEG", exif=exif)
    assert b"secret place" in out.getvalue()
    attachments.upload(people.actor(expert), OTHER, out.getvalue(), "现场.jpg")
    (kept,) = profiles.living_attachments(expert.id)
    assert b"secret place" not in storage.read(kept.digest)


def test_a_new_photo_takes_the_place_of_the_former(app: Flask) -> None:
    expert = people.expert(complete=False)
    who = people.actor(expert)
    for width in (300, 330):
        attachments.upload(who, PHOTO, people.picture(width, 400), "照片.jpg")
    photos = select(func.count()).where(Attachment.kind == PHOTO, Attachment.removed_at.is_(None))
    assert db.session.scalar(photos) == 1
    newest = profiles.photo_of(expert.id)
    assert newest is not None
    with Image.open(io.BytesIO(attachments.read(who, newest.id)[1])) as shown:
        assert shown.size == (330, 400)
    assert living(expert) == []


@pytest.mark.parametrize(
    ("kind", "data", "filename"),
    [
        (CONSENT, b"", "空.pdf"),
        (CONSENT, b"MZ\x90\x00", "程序.pdf"),
        (CONSENT, b"<svg/>", "图.svg"),
        (PHOTO, b"%PDF-1.4", "照片.pdf"),
        (OTHER, b"%PDF-1.4" + b"0" * MAX_BYTES, "大.pdf"),
    ],
)
def test_r9_a_file_that_will_not_do_is_refused_and_not_kept(
    app: Flask, storage: MemoryStorage, kind: AttachmentKind, data: bytes, filename: str
) -> None:
    expert = people.expert(complete=False)
    with pytest.raises(Invalid) as refused:
        attachments.upload(people.actor(expert), kind, data, filename)
    assert refused.value.field == "file"
    assert list(storage.digests()) == []
    assert living(expert) == []


def test_the_same_file_twice_is_said(app: Flask) -> None:
    expert = people.expert(complete=False)
    who = people.actor(expert)
    attachments.upload(who, CONSENT, pdf(), "一.pdf")
    with pytest.raises(Invalid, match="已经上传过"):
        attachments.upload(who, CONSENT, pdf(), "二.pdf")
    attachments.upload(who, OTHER, pdf(), "三.pdf")
    assert living(expert) == ["一.pdf", "三.pdf"]


def test_a_removed_file_may_come_again(app: Flask) -> None:
    expert = people.expert(complete=False)
    who = people.actor(expert)
    attachments.upload(who, CONSENT, pdf(), "一.pdf")
    attachments.remove(who, profiles.living_attachments(expert.id)[0].id)
    assert living(expert) == []
    attachments.upload(who, CONSENT, pdf(), "二.pdf")
    assert living(expert) == ["二.pdf"]


def test_thirty_files_are_enough_and_a_photo_is_none_of_them(app: Flask) -> None:
    expert = people.expert(complete=False)
    for number in range(attachments.FILES_AT_MOST):
        people.attach(expert, OTHER, f"{number}.pdf", b"%d" % number, "application/pdf")
    db.session.commit()
    who = people.actor(expert)
    with pytest.raises(Invalid, match="最多30个"):
        attachments.upload(who, OTHER, pdf(), "三十一.pdf")
    attachments.upload(who, PHOTO, people.picture(), "照片.jpg")
    assert profiles.photo_of(expert.id) is not None


def test_what_an_expert_may_fill_of_the_disk_is_bounded(
    app: Flask, storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed files count, for they stay; and what is refused is not written first."""
    expert = people.expert(complete=False)
    who, first, second = people.actor(expert), pdf(), pdf("另一份")
    monkeypatch.setattr(attachments, "BYTES_AT_MOST", len(first) + len(second) - 1)
    attachments.upload(who, OTHER, first, "一.pdf")
    attachments.remove(who, profiles.living_attachments(expert.id)[0].id)
    before = set(storage.digests())
    with pytest.raises(Invalid, match="总量已达上限"):
        attachments.upload(who, OTHER, second, "二.pdf")
    assert set(storage.digests()) == before


def test_what_a_locked_profile_refuses_is_not_written(app: Flask, storage: MemoryStorage) -> None:
    case = cases.approved_case()
    before = set(storage.digests())
    with pytest.raises(Conflict):
        attachments.upload(people.actor(case.expert), OTHER, pdf("补充"), "补充.pdf")
    assert set(storage.digests()) == before


def test_r5_another_experts_file_is_neither_read_nor_removed(app: Flask) -> None:
    owner, stranger = people.expert(), people.actor(people.expert(name="李四"))
    (consent,) = profiles.living_attachments(owner.id)
    for attempt in (attachments.read, attachments.remove):
        with pytest.raises(NotFound):
            attempt(stranger, consent.id)
    assert attachments.read(people.actor(owner), consent.id)[1] == b"%PDF-1.4 consent"
    assert living(owner) == ["单位同意.pdf"]


def test_r1_officials_read_the_files_of_their_region_by_id(app: Flask) -> None:
    (consent,) = profiles.living_attachments(people.expert(WUHUA).id)
    here = people.actor(people.staff(at=people.department(region=KUNMING)))
    elsewhere = people.actor(people.staff(at=people.department(region=QUJING)))
    assert attachments.read(here, consent.id)[0].id == consent.id
    with pytest.raises(NotFound) as out_of_scope:
        attachments.read(elsewhere, consent.id)
    with pytest.raises(NotFound) as not_there:
        attachments.read(here, consent.id + 100)
    assert out_of_scope.value.message == not_there.value.message


def test_officials_remove_nothing(app: Flask) -> None:
    owner = people.expert()
    (consent,) = profiles.living_attachments(owner.id)
    with pytest.raises(NotFound):
        attachments.remove(people.actor(people.staff()), consent.id)
    assert living(owner) == ["单位同意.pdf"]


@pytest.fixture
def scanner(app: Flask) -> FakeScanner:
    """What looks at uploads."""
    found = app.extensions["ports"].scanner
    assert isinstance(found, FakeScanner)
    return found


@pytest.mark.parametrize(
    ("kind", "data", "filename"), [(CONSENT, pdf(), "一.pdf"), (PHOTO, people.picture(), "照片.jpg")]
)
def test_what_is_uploaded_is_scanned_as_it_came(
    app: Flask, scanner: FakeScanner, kind: AttachmentKind, data: bytes, filename: str
) -> None:
    attachments.upload(people.actor(people.expert(complete=False)), kind, data, filename)
    assert scanner.seen == [data]


def test_what_the_scanner_finds_is_named_and_not_kept(app: Flask, scanner: FakeScanner, storage: MemoryStorage) -> None:
    expert = people.expert(complete=False)
    scanner.finding = "Eicar-Test-Signature"
    with pytest.raises(Invalid, match="发现病毒（Eicar-Test-Signature），没有保存") as refused:
        attachments.upload(people.actor(expert), CONSENT, pdf(), "一.pdf")
    assert refused.value.field == "file"
    assert list(storage.digests()) == []
    assert living(expert) == []


def test_what_nobody_could_scan_is_not_waved_through(
    app: Flask,
    scanner: FakeScanner,
    storage: MemoryStorage,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Alembic switches off whatever loggers there are when a test before this one migrates.
    monkeypatch.setattr(app.logger, "disabled", False)
    expert = people.expert(complete=False)
    scanner.error = ScanFailed("clamd: TimeoutError")
    with pytest.raises(ScanFailed, match="clamd") as refused:
        attachments.upload(people.actor(expert), CONSENT, pdf(), "张三的同意书.pdf")
    assert refused.value.message == "病毒检查服务暂时不能用，文件没有保存，请稍后再试。"
    assert list(storage.digests()) == []
    assert living(expert) == []
    assert "clamd: TimeoutError" in caplog.text
    assert "张三" not in caplog.text


@pytest.mark.one_database
def test_the_page_says_that_nobody_could_scan(
    app: Flask, scanner: FakeScanner, sign_in: Callable[..., Browser]
) -> None:
    scanner.error = ScanFailed("clamd: TimeoutError")
    browser = sign_in(people.expert(complete=False))
    response = browser.submit(
        "/my/files", {"kind": CONSENT.value, "file": (io.BytesIO(pdf()), "一.pdf")}, follow_redirects=True
    )
    assert response.status_code in (200, 422, 503)
    assert "病毒检查服务暂时不能用，文件没有保存，请稍后再试。" in response.text
