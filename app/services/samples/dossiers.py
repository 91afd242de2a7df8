"""What a sample expert fills in: the fields, the lists, the files."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select

from app.domain.validity import chinese_date
from app.extensions import db
from app.models import AttachmentKind, Field, Industry, Region, Speciality
from app.policies.actor import Actor
from app.services import attachments, profile_values, profiles
from app.services.samples import pictures
from app.services.samples.people import Person

_STREETS = ("人民路", "学府路", "文化巷", "建设路", "环城北路", "兴苑路", "青年路", "龙泉路")
_POSTCODES = {"5301": "650000", "5303": "655000", "5304": "653100", "5305": "678000", "5329": "671000"}
_DEGREES = {"博士研究生": "博士", "硕士研究生": "硕士", "大学本科": "学士", "大学专科": "无"}
_STUDY_YEARS = {"博士研究生": 29, "硕士研究生": 26, "大学本科": 23, "大学专科": 22}
_TITLE_AGES = {"正高级": 44, "副高级": 35, "中级": 29, "初级": 25}
_STRENGTHS = (
    "熟悉{practice}领域的法律法规、标准规范和工程实践，能够独立开展风险辨识、隐患排查和事故原因分析。",
    "长期从事{practice}工作，在设计审查、现场检查和应急处置方面经验丰富，多次参加各级组织的专家检查。",
    "具有{practice}方面扎实的理论基础和较强的现场解决问题能力，擅长技术方案论证和教育培训。",
)
_ACHIEVEMENTS = (
    ("项目", "{practice}风险分级管控与隐患排查治理体系建设", "项目负责人"),
    ("论文", "{practice}典型事故致因分析与对策研究", "第一作者"),
    ("标准", "{practice}技术规范（地方标准）", "主要起草人"),
    ("奖励", "全省安全生产科技成果二等奖", "主要完成人"),
    ("项目", "重点企业{practice}专项诊断", "技术负责人"),
    ("专利", "一种用于{practice}的监测预警装置", "第二发明人"),
)
_EVENTS = (
    ("{place}重点企业安全生产专项检查", "专家组成员"),
    ("{place}较大事故应急处置技术支持", "现场技术专家"),
    ("建设项目安全设施设计审查", "专家组组长"),
    ("{place}应急预案评审", "评审专家"),
    ("省级综合应急演练评估", "评估专家"),
)
_DRAFT_SHARES = (0.0, 0.35, 0.7, 1.0)
"""How much of the form the drafts hold: the first nothing, the last all but its files."""


def fill(actor: Actor, person: Person, today: date) -> None:
    """Saves the profile, whole or in part, and uploads what belongs to it."""
    choose = random.Random(person.number)  # nosec B311
    values, lists = _values(person, choose, today), _lists(person, choose, today)
    expert = profiles.own(actor)
    if not person.complete:
        share = _DRAFT_SHARES[person.number % len(_DRAFT_SHARES)]
        values = dict(list(values.items())[: round(share * len(values))])
        lists = lists if share == 1 else {}
    if values:
        profiles.save(actor, values, lists, version=expert.version, draft=not person.complete)
    if not person.complete:
        return
    day = today - timedelta(days=person.joined)
    photo = pictures.portrait(person.number, woman=person.sex == "女")
    attachments.upload(actor, AttachmentKind.PHOTO, photo, f"{person.name}照片.jpg")
    forgotten = any(step.verb == "补正" for step in person.story)
    consent(actor, person, day, stamped=not forgotten)
    if person.title:
        attachments.upload(actor, AttachmentKind.TITLE, _title_certificate(person), "职称证书.jpg")


def consent(actor: Actor, person: Person, day: date, *, stamped: bool) -> None:
    """The employer's consent, or the person's own explanation where there is no employer (R9)."""
    years = f"从事{person.practice}工作多年"
    if person.employer:
        kind, title, signed = AttachmentKind.CONSENT, "单位同意申报意见", person.employer
        text = (
            f"{person.name}同志系我单位在职职工，{years}，政治立场坚定，业务能力突出。"
            "经研究，同意其申报应急管理专家，并支持其参加专家活动。"
        )
    else:
        kind, title, signed = AttachmentKind.STATEMENT, "情况说明", person.name
        text = (
            f"本人{person.name}，已办理退休手续，现无工作单位，退休前{years}，"
            "自愿申报应急管理专家，身体状况能够胜任专家工作。"
        )
    page = pictures.scan(
        title,
        ("应急管理部门：", text, "特此说明。"),
        signed=signed,
        dated=chinese_date(day),
        stamp=person.employer if person.employer and stamped else None,
        seed=person.number,
    )
    attachments.upload(actor, kind, pictures.as_pdf(page), f"{title}（{'盖章' if stamped else '未盖章'}）.pdf")


def appointment(person: Person, duty: str, day: date) -> tuple[bytes, str]:
    """The employer's word that the person has a new duty: the file, and its name."""
    text = f"经研究，任命{person.name}同志为{duty}。"
    page = pictures.scan(
        "任职文件", (text,), signed=person.employer, dated=chinese_date(day), stamp=person.employer, seed=person.number
    )
    return pictures.as_pdf(page), "任职文件.pdf"


def _title_certificate(person: Person) -> bytes:
    day = chinese_date(_titled_on(person))
    page = pictures.scan(
        "专业技术资格证书",
        (
            f"姓　　名：{person.name}　　性别：{person.sex}",
            f"专业名称：{person.major}",
            f"资格名称：{person.title}",
            f"资格级别：{person.level}",
            f"取得时间：{day}",
        ),
        signed="职称评审委员会",
        dated=day,
        stamp="职称评审委员会",
        seed=person.number,
    )
    return pictures.as_jpeg(page)


def _values(person: Person, choose: random.Random, today: date) -> dict[str, Any]:
    region = db.session.get_one(Region, person.region)
    graduated = _graduated_on(person)
    began = graduated + timedelta(days=31)
    street = f"{choose.choice(_STREETS)}{choose.randint(8, 280)}号"
    return {
        "nation": person.nation,
        "politics": person.politics,
        "health": "健康或良好" if choose.random() < 0.9 else "一般或较弱",
        "email": f"expert{person.number:02d}@example.com",
        "address": f"云南省{region.full_name}{street}",
        "postcode": _POSTCODES.get(person.region[:4]),
        "region": person.region,
        "school": person.school,
        "major": person.major,
        "education_level": person.education,
        "degree": _DEGREES[person.education],
        "graduated_on": graduated,
        "work_began_on": began,
        "employer": person.employer,
        "employer_kind": person.kind,
        "employer_address": f"云南省{region.full_name}{street}" if person.employer else None,
        "duty": person.duty,
        "title_level": person.level,
        "title_name": person.title,
        "titled_on": _titled_on(person) if person.title else None,
        "practice": person.practice,
        "practice_years": today.year - began.year,
        "specialities": [speciality_id(path) for path in person.claims],
        "strengths": choose.choice(_STRENGTHS).format(practice=person.practice),
        "avoid_employers": person.employer if choose.random() < 0.3 else None,
    }


def _lists(person: Person, choose: random.Random, today: date) -> profile_values.Rows:
    graduated = _graduated_on(person)
    began, place = graduated + timedelta(days=31), db.session.get_one(Region, person.region).name
    moved = date(min(began.year + choose.randint(4, 12), today.year - 1), 3, 1)
    earlier = f"{place}{choose.choice(('化工厂', '机械厂', '设计室', '技术服务站', '矿山'))}"
    entered = graduated.year - 4
    education = [
        {
            "began_on": date(entered, 9, 1),
            "ended_on": graduated,
            "school": person.school,
            "major": person.major,
            "education_level": person.education,
        }
    ]
    if person.education in ("硕士研究生", "博士研究生"):
        education.insert(
            0,
            {
                "began_on": date(entered - 4, 9, 1),
                "ended_on": date(entered, 7, 1),
                "school": "云南大学",
                "major": person.major,
                "education_level": "大学本科",
            },
        )
    work = [{"began_on": began, "ended_on": moved, "employer": earlier, "duty": "技术员"}]
    if person.employer:
        work.append({"began_on": moved, "ended_on": None, "employer": person.employer, "duty": person.duty})
    done = choose.sample(_ACHIEVEMENTS, choose.randint(1, 3))
    seen = choose.sample(_EVENTS, choose.randint(0, 2))
    year = today.year
    qualified = {
        "title": "注册安全工程师",
        "number": f"示例-{person.number:04d}",
        "obtained_on": date(year - choose.randint(2, 9), 11, 5),
    }
    return {
        "education": education,
        "work_experience": work,
        "qualification": [qualified] if choose.random() < 0.6 else [],
        "achievement": [
            {
                "kind": kind,
                "title": title.format(practice=person.practice),
                "achieved_on": date(year - age, 6, 20),
                "part": part,
            }
            for age, (kind, title, part) in enumerate(done, 1)
        ],
        "review_experience": [
            {"happened_on": date(year - age, 9, 12), "event": event.format(place=place), "part": part}
            for age, (event, part) in enumerate(seen, 1)
        ],
    }


def _graduated_on(person: Person) -> date:
    return date(person.born.year + _STUDY_YEARS[person.education], 7, 1)


def _titled_on(person: Person) -> date:
    return date(person.born.year + _TITLE_AGES[person.level], 12, 1)


def speciality_id(path: tuple[str, ...]) -> int:
    """The speciality at the end of a path of the taxonomy, whatever administrators call it now."""
    industry, field, name = path
    found: int = db.session.scalars(
        select(Speciality.id)
        .join(Speciality.field)
        .join(Field.industry)
        .where(
            Industry.source_name == industry,
            Field.source_name == field,
            # The source's wording of a few is damaged; the file has the mended one.
            or_(Speciality.source_name == name, Speciality.name == name),
        )
    ).one()
    return found
