"""What is typed into a text filter, and what the list then shows, against the text itself, on every list."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import inspect, select, update

from app.extensions import db
from app.models import AuditEntry, Feedback, SmsMessage
from app.views.base import RegistryModelView
from tests.support import cases, people
from tests.support.breadth import some
from tests.support.browser import Browser
from tests.support.list_views import LARGEST, browsers, count, every_key, generated, keys, query, reader

TEXTS = (
    "张三", "张三丰", "三张", "zhang SAN", "Zhang san", "100%", "1000", "50_50", "50x50", "a\\b", "a\\\\b", 'say "hi"', "it's",
    "𬱖𠮷野家", "野家𠮷𬱖", "䶮AND", "NEAR(a b)", "a-b:c^d*", "昆明市安全生产监督", "昆明安全市", "ÀÉ ß", "àé ss", "İıK", "👩🏽\u200d🚒e\u0301é",
    "中 文", "abcabc", "ABCD", "E5BCA0", "豈更", "ＡＢａｂ",
)  # fmt: skip
"""What the rows say: close to each other, so that a filter that is only nearly right finds one too many or too few."""

FEW = 24
"""Parts of the texts that each filter is asked for, besides what is written below."""

ASKED = (
    "%", "_", "\\", "\\\\", '"', "'", "*", "-", ":", "^", "(", "张", "三", "张三", "三丰", "三张", "san", "SAN", "a", "A", "bc", "CAB", "𬱖",
    "𠮷", "𠮷野", "野家𠮷", "AND", "near(", "安全", "昆明市安", "明安", "ß", "ss", "SS", "é", "e", "à", "À", "K", "k", "i", "中 文", "中文", " 三",
    "e5bca0", "YNS", "yns2", "Y", "NS", "YNS%", "YNS_", "０", "ａ", "豈", "豈更豈", "没有", "张三张三",
)  # fmt: skip


def fold(text: str) -> str:
    """ASCII letters alone are alike in both cases."""
    return "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in text)


def holds(text: str, part: str, name: str) -> bool:
    """Whether the filter ``name`` is to find ``text`` by ``part``: a number by how it begins, whatever else by any part."""
    return fold(text).startswith(fold(part)) if name == "number" else fold(part) in fold(text)


def write_texts(view: RegistryModelView, name: str) -> None:
    """Gives so many rows of the list the texts, behind the back of the ORM; 操作日志 takes new rows alone."""
    model = view.datamodel.obj
    if name == "number":
        return
    if model is AuditEntry:
        for text in TEXTS:
            values = {"action": "试", "subject": "试", "actor_name": "试", "address": "::1"} | {name: text}
            db.session.add(AuditEntry(**values))
    else:
        key = inspect(model).primary_key[0]
        for row, text in zip(
            db.session.scalars(select(key).order_by(key.desc()).limit(len(TEXTS))), TEXTS, strict=False
        ):
            db.session.execute(update(model).where(key == row).values({name: text}))
    db.session.commit()


def parts(seed: str) -> Iterator[str]:
    """Some of the parts of one to four characters, others for each seed and always the same."""
    every = sorted(
        {text[at : at + size] for text in TEXTS for size in (1, 2, 3, 4) for at in range(len(text) - size + 1)}
    )
    yield from random.Random(seed).sample(every, FEW)
    yield from ASKED


@pytest.fixture
def many(app: Flask) -> dict[str, Browser]:
    """Enough rows in every list that has a text filter, all of the province."""
    asker = people.staff(name="问")
    for number in range(len(TEXTS)):
        cases.filed_certificate()
        people.staff(name=f"科员{number}")
        db.session.add(Feedback(asker_id=asker.id, asker_name="问", question=f"问题{number}"))
        db.session.add(SmsMessage(key=f"test-{number}", mobile="13900000000", text="试", purpose="试"))
    db.session.commit()
    return browsers(app, people.department())


def test_a_text_filter_finds_exactly_what_holds_the_text(app: Flask, many: dict[str, Browser]) -> None:
    wrong, asked = [], 0
    for view in generated(app):
        for turn, item in enumerate(view.filters):
            if item.kind != "text":
                continue
            write_texts(view, item.name)
            browser, model = reader(view, many), view.datamodel.obj
            listed = every_key(view, browser)
            key = inspect(model).primary_key[0]
            texts = {str(row): text for row, text in db.session.execute(select(key, getattr(model, item.name)))}
            for part in some([*parts(f"{view.endpoint} {item.name}")], 8, turn):
                wanted = {row for row in listed if holds(texts[row] or "", part.strip(), item.name)}
                typed = query(**{item.name: part, f"psize_{view.endpoint}": str(LARGEST)})
                answer = browser.get(f"{view.route_base}/list/?{typed}")
                shown, said = set(keys(view, answer.text)), count(answer.text)
                asked += 1
                if said != str(len(wanted)) or not (shown == wanted if len(wanted) <= LARGEST else shown < wanted):
                    differ = sorted(texts[row] for row in shown ^ wanted)[:3]
                    wrong.append((view.endpoint, item.name, part, answer.status_code, said, len(wanted), differ))
    assert asked > FEW + len(ASKED)
    assert not wrong, wrong
