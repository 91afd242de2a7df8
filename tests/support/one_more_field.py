"""A program: the registry with one field more, and where that field is then found, as JSON.

A process of its own, for a mapped column cannot be taken back. ``tests/test_declaration.py`` runs it
with a folder for its database.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import String

from app.models import Expert
from app.models.columns import column
from app.models.expert import WORK

LABEL, VALUE = "业余爱好", "登山 & <b>摄影</b>"

# The line that this is about. The screens read the declaration when the application is made.
Expert.hobby = column(  # type: ignore[attr-defined]
    String(40), label=LABEL, section=WORK, required=True, listed=True, searchable=True, help="如：登山。"
)

# ruff: noqa: E402
import flask_migrate

from app import create_app
from app.adapters.captcha import FakeCaptcha
from app.adapters.scanner import FakeScanner
from app.adapters.sms import FakeSms
from app.adapters.storage import MemoryStorage
from app.adapters.waker import SilentWaker
from app.extensions import db
from app.policies.roles import REVIEWER
from app.services import reference
from app.services.ports import Ports
from tests.support import cases, people
from tests.support.browser import Browser


@contextmanager
def registry(folder: Path) -> Iterator[Callable[[], Browser]]:
    """The application on a new database."""
    os.environ.update(
        APP_ENV="test", SECRET_KEY="not a secret: for tests", INSTANCE_PATH=str(folder), RATELIMIT_ENABLED="0",
        DATABASE_URL=f"sqlite:///{folder / 'trial.db'}",
    )  # fmt: skip
    app = create_app({"TESTING": True}, Ports(MemoryStorage(), FakeSms(), FakeCaptcha(), FakeScanner(), SilentWaker()))
    app.test_client_class = Browser
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE expert ADD COLUMN hobby VARCHAR(40)")
        reference.seed()
        yield app.test_client  # type: ignore[misc]


def trial(folder: Path) -> dict[str, bool]:
    """Where the new field is found."""
    with registry(folder) as new_browser:
        expert, other = people.expert(name="甲子"), people.expert(name="乙丑")
        own, official = new_browser().sign_in(expert), new_browser().sign_in(people.staff())
        form = own.get("/my/profile").get_data(as_text=True)
        label = re.search(rf"<label[^>]*>\s*{LABEL}.*?</label>", form, re.DOTALL)
        blank = own.submit("/my/profile", {"version": str(expert.version), "hobby": " "}).get_data(as_text=True)
        draft = {"region": people.WUHUA, "save": "draft"}
        kept = own.submit("/my/profile", {"version": str(expert.version), "hobby": VALUE, **draft})
        long = own.submit("/my/profile", {"version": str(expert.version), "hobby": "长" * 41, **draft})
        db.session.expire_all()
        page = official.get("/expert/list/?all=1").get_data(as_text=True)
        found = official.get("/expert/list/?all=1&hobby=登山").get_data(as_text=True)
        detail = official.get(f"/expert/show/{expert.id}").get_data(as_text=True)
        columns = new_browser().sign_in(people.staff(REVIEWER)).get("/expert/export_table?all=1").get_data(as_text=True)
        word = official.get(f"/expert/word/{expert.id}").data
        text = zipfile.ZipFile(io.BytesIO(word)).read("word/document.xml").decode()
        snapshot = cases.pending_case(other).snapshot.content
        return {
            "in the form": 'name="hobby"' in form and "如：登山。" in form,
            "explained": _explained(form, own.get("/help/fields").get_data(as_text=True)),
            "with its star": label is not None and "*" in label[0],
            "named where it lacks": re.search(rf"请填写：[^。]*{LABEL}", blank) is not None,
            "saved": kept.status_code == 302 and expert.hobby == VALUE,  # type: ignore[attr-defined]
            "of its length": long.status_code == 422 and "不能超过40个字" in long.get_data(as_text=True),
            "a column of the list": LABEL in page and "登山 &amp; &lt;b&gt;" in page,
            "to sort by": official.get("/expert/list/?_oc_ExpertView=hobby").status_code == 200,
            "a filter": f"/expert/show/{expert.id}" in found and f"/expert/show/{other.id}" not in found,
            "in the detail": LABEL in detail and "登山 &amp; &lt;b&gt;" in detail,
            "in the Word form": LABEL in text and "登山 &amp; &lt;b&gt;" in text,
            "in the workbook": re.search(rf'value="hobby" checked><span>{LABEL}<', columns) is not None,
            "in the snapshot": LABEL in str(snapshot) or "hobby" in str(snapshot),
        }


def _explained(form: str, manual: str) -> bool:
    """Beside the field, with an address that leads to its place in the manual."""
    heading = re.search(rf'<h3 id="({LABEL})">', manual)
    return heading is not None and f'href="/help/fields#{heading[1]}"' in form and "如：登山。" in manual


if __name__ == "__main__":
    print(json.dumps(trial(Path(sys.argv[1])), ensure_ascii=False))
