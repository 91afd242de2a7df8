"""Sample people for a development machine: officials of every role, experts in every state.

Everything goes through the services that the screens use, as the person who would do it, so that
no sample is in a state that the product cannot reach. Loading twice changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from flask import current_app
from sqlalchemy import select

from app.domain.errors import Conflict, NotAllowed
from app.domain.identity import parse_id_number
from app.domain.sms_wording import CODE
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Expert, Feedback, Region, SmsMessage
from app.policies.actor import Actor
from app.services import actors, codes, feedback, passwords, registration
from app.services.province import here
from app.services.samples import dossiers, history, officials, people, stories

PASSWORD = "Yingji@2026"

_SHOWN = {"王建国": "专家，已备案，有聘书", "赵明": "专家，资料未填完", "朱家伟": "专家，申报被驳回，可重新申报"}
_ASKED = (
    (
        "丁宁",
        "系统能否批量导入工作经历？我的工作经历比较多，逐条填写很费时间。",
        "您好，目前请逐条填写，每类最多50条。您的建议已记录。",
    ),
    ("和建军", "资料已经填写完整，申报时可以同时选择省厅和州市的部门吗？", ""),
)
_OPENED_DAYS_AGO, _ASKED_DAYS_AGO, _READ_DAYS_AGO = 1600, 3, 30


@dataclass(frozen=True)
class Login:
    """A sample login to print: who it is, what to type."""

    who: str
    account: str
    password: str


def load() -> list[Login]:
    """Adds the samples that are not there yet, and gives the logins to try.

    Raises ``NotAllowed`` in production and in another province, ``Conflict`` before the reference data is seeded.
    """
    if current_app.config["APP_ENV"] == "production":
        raise NotAllowed("生产环境（APP_ENV=production）不能载入示例数据。")
    if here().code != officials.PROVINCE:
        raise NotAllowed(f"示例人员都在云南省，{here().name}没有示例数据。请用 create-admin 新增第一个管理员。")
    if db.session.get(Region, officials.PROVINCE) is None:
        raise Conflict("还没有基础数据，请先运行 seed_taxonomy.py。")
    today = today_in_shanghai()
    # Hashing takes its time on purpose; one hash serves all, since they share the password anyway.
    password_hash = passwords.hashed(PASSWORD, staff=True)
    with history.at(stories.moment(today, _OPENED_DAYS_AGO, 0)):
        officials.open_county_department()
        officials.open_accounts(password_hash)
    known = set(db.session.scalars(select(Expert.id_number)))
    missing = [person for person in people.everybody() if person.id_number not in known]
    if missing:
        by_age = sorted(missing, key=lambda person: (-person.joined, person.number))
        cast = [(person, _register(person, today, password_hash)) for person in by_age]
        stories.Play(today).run(cast)
        officials.lend()
        with history.at(stories.moment(today, _ASKED_DAYS_AGO, 0)):
            _ask({person.name: actor for person, actor in cast})
        history.read_until(stories.moment(today, _READ_DAYS_AGO, 0))
    return logins()


def logins() -> list[Login]:
    """The officials, and three of the experts."""
    found = {
        account.username: account
        for account in db.session.scalars(
            select(Account).where(Account.username.in_([official.username for official in officials.OFFICIALS]))
        )
    }
    shown = [
        Login(f"{found[o.username].place}　{o.duty}{o.name}　{o.role}", o.username, PASSWORD)
        for o in officials.OFFICIALS
        if o.username in found
    ]
    experts = [
        Login(f"{_SHOWN[person.name]}　{person.name}　也可用手机号{person.mobile}", person.id_number, PASSWORD)
        for person in people.everybody()
        if person.name in _SHOWN
    ]
    return shown + experts


def _register(person: people.Person, today: date, password_hash: str) -> Actor:
    """Registers as the person would, with the code from the message, and fills the profile in."""
    with history.at(stories.moment(today, person.joined, person.number)):
        codes.send(person.mobile, codes.REGISTER)
        sent = select(SmsMessage.params).where(SmsMessage.mobile == person.mobile).order_by(SmsMessage.id.desc())
        code = json.loads(db.session.scalars(sent.limit(1)).one() or "{}")[CODE]
        code_id = codes.check(person.mobile, codes.REGISTER, code)
        identity = parse_id_number(person.id_number, today)
        account = registration.open_account(person.name, identity, person.mobile, code_id, password_hash)
        assert account is not None
        actor = actors.actor_of(account)
        dossiers.fill(actor, person, today)
    return actor


def _ask(cast: dict[str, Actor]) -> None:
    """Questions of experts, one of them answered by the administrator."""
    administrator = db.session.scalars(select(Account).where(Account.username == officials.OFFICIALS[0].username)).one()
    for name, question, answer in _ASKED:
        if name in cast:
            feedback.ask(cast[name], question, "19900000000")
            row = db.session.scalars(select(Feedback.id).where(Feedback.asker_id == cast[name].user_id)).one()
            if answer:
                feedback.answer(row, actors.actor_of(administrator), answer)
