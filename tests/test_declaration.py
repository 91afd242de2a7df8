"""A field is declared once: one line more in the model, and it is in form, ``*``, list, filter, detail and Word."""

from __future__ import annotations

import io
import multiprocessing
import os
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from flask_appbuilder import Model
from sqlalchemy import String

from app import create_app
from app.adapters.captcha import FakeCaptcha
from app.adapters.sms import FakeSms
from app.adapters.storage import MemoryStorage
from app.extensions import db
from app.models import Expert
from app.models.columns import column
from app.models.expert import WORK
from app.services import reference
from app.services.ports import Ports
from tests.support import cases, people
from tests.support.browser import Browser

LABEL, VALUE = "业余爱好", "登山 & <b>摄影</b>"


@contextmanager
def registry_with_one_line_more(folder: Path) -> Iterator[type[Browser]]:
    """The application on a new database, after the line that this test is about."""
    Expert.hobby = column(  # type: ignore[attr-defined]
        String(40), label=LABEL, section=WORK, required=True, listed=True, searchable=True, help="如：登山。"
    )
    os.environ.update(
        APP_ENV="test", SECRET_KEY="not a secret: for tests", INSTANCE_PATH=str(folder), RATELIMIT_ENABLED="0",
        DATABASE_URL=f"sqlite:///{folder / 'trial.db'}",
    )  # fmt: skip
    app = create_app({"TESTING": True}, Ports(MemoryStorage(), FakeSms(), FakeCaptcha()))
    app.test_client_class = Browser
    with app.app_context():
        Model.metadata.create_all(db.engine)
        reference.seed()
        yield app.test_client  # type: ignore[misc]


def trial(folder: Path) -> dict[str, bool]:
    """In a process of its own, for a mapped column cannot be taken back: where the new field is found."""
    with registry_with_one_line_more(folder) as new_browser:
        expert, other = people.expert(name="甲子"), people.expert(name="乙丑")
        own, official = new_browser().sign_in(expert), new_browser().sign_in(people.staff())  # type: ignore[call-arg]
        form = own.get("/my/profile").get_data(as_text=True)
        label = re.search(rf"<label[^>]*>\s*{LABEL}.*?</label>", form, re.DOTALL)
        blank = own.submit("/my/profile", {"version": str(expert.version), "hobby": " "}).get_data(as_text=True)
        kept = own.submit("/my/profile", {"version": str(expert.version), "hobby": VALUE, "save": "draft"})
        long = own.submit("/my/profile", {"version": str(expert.version), "hobby": "长" * 41, "save": "draft"})
        db.session.expire_all()
        page = official.get("/expert/list/?all=1").get_data(as_text=True)
        found = official.get("/expert/list/?all=1&hobby=登山").get_data(as_text=True)
        detail = official.get(f"/expert/show/{expert.id}").get_data(as_text=True)
        word = official.get(f"/expert/word/{expert.id}").data
        text = zipfile.ZipFile(io.BytesIO(word)).read("word/document.xml").decode()
        snapshot = cases.pending_case(other).snapshot.content
        return {
            "in the form": 'name="hobby"' in form and "如：登山。" in form,
            "with its star": label is not None and "*" in label[0],
            "named where it lacks": re.search(rf"请填写：[^。]*{LABEL}", blank) is not None,
            "saved": kept.status_code == 302 and expert.hobby == VALUE,  # type: ignore[attr-defined]
            "of its length": long.status_code == 422 and "不能超过40个字" in long.get_data(as_text=True),
            "a column of the list": LABEL in page and "登山 &amp; &lt;b&gt;" in page,
            "to sort by": official.get("/expert/list/?all=1&_oc_ExpertView=hobby&_od_ExpertView=asc").status_code == 200,
            "a filter": f"/expert/show/{expert.id}" in found and f"/expert/show/{other.id}" not in found,
            "in the detail": LABEL in detail and "登山 &amp; &lt;b&gt;" in detail,
            "in the Word form": LABEL in text and "登山 &amp; &lt;b&gt;摄影" in text,
            "in the snapshot": LABEL in str(snapshot) or "hobby" in str(snapshot),
        }


def test_a_new_field_is_one_line(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(trial, tmp_path).result(timeout=120)
    assert [where for where, there in found.items() if not there] == []
