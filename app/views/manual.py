"""The manual: its chapters as clean HTML, what is found in them, and which part of it a page is about."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import NamedTuple

import nh3
from markupsafe import Markup, escape

from app.services.province import Province, here
from app.views import field_help
from app.views.markdown import anchor, clean_html

FOLDER = Path(__file__).resolve().parent.parent / "help"
TYPED_AT_MOST = 50
AROUND = 40
"""Characters shown before and after what was found."""
FOUND_AT_MOST = 30

ABOUT = {
    "LoginView": "expert#登录",
    "Recovery": "expert#忘记密码",
    "ExpertDesk": "expert",
    "CorrectionDesk": "expert#退回补正后重新提交",
    "RenewalDesk": "expert#到期提醒和续聘",
    "ChangeDesk": "expert#审核通过后申请变更",
    "OwnData": "expert#个人信息与隐私",
    "ReviewView": "staff#审核",
    "FilingView": "staff#备案",
    "ApplicationView": "staff#审核历史",
    "ExpertView": "staff#专家信息与筛选",
    "CertificateView": "staff#查看聘书",
    "ReissueDesk": "staff#换发",
    "ChangeView": "staff#变更申请",
    "ExportPages": "staff#导出-Excel",
    "ImportPages": "staff#专家导入",
    "SearchPages": "staff#查找和快捷键",
    "LedgerPages": "staff#聘书台账",
    "StatisticsPages": "staff#统计分析",
    "SavedFilterPages": "staff#专家信息与筛选",
    "ListColumnPages": "staff#专家信息与筛选",
    "MyDelegations": "staff#委托",
    "TotpPages": "staff#动态口令",
    "OfficialDesk": "staff#待办、时限与逾期",
    "StaffView": "admin#账号",
    "RoleView": "admin#角色与权限",
    "DelegationView": "admin#委托",
    "RightsView": "admin#权限一览",
    "OrganizationView": "admin#机构与部门",
    "DepartmentView": "admin#机构与部门",
    "AppointingBodyView": "admin#聘用单位",
    "DesignView": "admin#聘书样式",
    "IndustryView": "admin#行业类别",
    "FieldView": "admin#行业类别",
    "SpecialityView": "admin#行业类别",
    "HolidayView": "admin#节假日",
    "FeedbackView": "admin#答复意见反馈",
    "FaqView": "admin#常见问题",
    "SmsTemplateView": "admin#短信模板",
    "SmsView": "admin#短信记录",
    "JobsView": "admin#后台任务",
    "ConditionView": "admin#运行状况",
    "AuditView": "admin#操作日志",
    "NoticePages": "overview#通知",
    "CheckPages": "check",
}
"""View to the chapter, and the part of it, that its pages are about."""

PAGES = {
    "LoginView.register": "expert#注册",
    "ExpertDesk.profile": "expert#完善基本信息",
    "ExpertDesk.files": "expert#上传照片和附件",
    "ExpertDesk.apply": "expert#申报",
    "ExpertDesk.cases": "expert#查看进度与撤回",
    "ExpertDesk.certificates": "expert#查看聘书",
    "ExpertDesk.mobile": "expert#更换手机号",
    "OwnData.close": "expert#注销账号",
    "AccountPages.password": "expert#修改密码",
    "ReviewView.bulk": "staff#批量办理",
    "FilingView.bulk": "staff#批量办理",
    "ExpertView.show": "staff#专家详情、Word-和附件",
    "CertificateView.export": "staff#批量导出聘书",
    "ExpertView.reset": "staff#重置密码",
    "Documents.terminate": "staff#提前终止",
    "DepartmentView.merge": "admin#机构与部门",
}
"""Pages that are about a part of their own."""


class Chapter(NamedTuple):
    """``parts`` are the headings of its second level."""

    title: str
    html: str
    parts: list[str]


class Found(NamedTuple):
    """A part of the manual in which all the words stand; ``excerpt`` marks them."""

    title: str
    address: str
    excerpt: Markup


class _Part(NamedTuple):
    chapter: str
    heading: str
    address: str
    text: str


def chapters() -> dict[str, Chapter]:
    """Address to chapter, in order, in this province's words."""
    return _chapters(here())


@cache
def _chapters(province: Province) -> dict[str, Chapter]:
    found = {}
    for key, text in _files(province):
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        found[key] = Chapter(text.splitlines()[0].lstrip("# ").strip(), clean_html(text), parts)
    return found


def about(endpoint: str) -> str:
    """The address of what the manual says about a page; else its beginning."""
    return f"/help/{PAGES.get(endpoint) or ABOUT.get(endpoint.split('.')[0], '')}"


def search(typed: str) -> list[Found]:
    """The parts that hold every word of ``typed``, letters in either case; those whose heading holds one come first."""
    words = typed[:TYPED_AT_MOST].casefold().split()
    if not words:
        return []
    hits = [part for part in _parts(here()) if all(word in f"{part.heading} {part.text}".casefold() for word in words)]
    hits.sort(key=lambda part: not any(word in part.heading.casefold() for word in words))
    return [
        Found(f"{part.chapter}：{part.heading}", part.address, _excerpt(part.text, words))
        for part in hits[:FOUND_AT_MOST]
    ]


def _files(province: Province) -> list[tuple[str, str]]:
    written = [(path.stem.split("-", 1)[1], path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.md"))]
    texts = [*written, (field_help.CHAPTER, field_help.chapter())]
    return [(key, province.fill(text)) for key, text in texts]


@cache
def _parts(province: Province) -> list[_Part]:
    found = []
    for key, text in _files(province):
        title = _chapters(province)[key].title
        for piece in re.split(r"^(?=#{1,3} )", text, flags=re.MULTILINE):
            heading, _, body = piece.partition("\n")
            name = heading.lstrip("# ").strip()
            if name:
                address = f"/help/{key}" + ("" if heading.startswith("# ") else f"#{anchor(name)}")
                plain = unescape(nh3.clean(clean_html(body), tags=set()))
                found.append(_Part(title, name, address, " ".join(plain.split())))
    return found


def _excerpt(text: str, words: list[str]) -> Markup:
    """What stands around the first of the words, each of them marked."""
    places = [place for word in words if (place := text.casefold().find(word)) >= 0]
    start = max(min(places, default=0) - AROUND, 0)
    shown = text[start : start + 2 * AROUND + TYPED_AT_MOST]
    pieces = re.split(f"({'|'.join(map(re.escape, words))})", shown, flags=re.IGNORECASE)
    marked = Markup().join(
        Markup("<mark>{}</mark>").format(piece) if piece.casefold() in words else escape(piece) for piece in pieces
    )
    return Markup("…{}…").format(marked) if start else Markup("{}…").format(marked)
