"""The five roles of the manual and what each is given when the registry is first seeded.

A permission is a pair of Flask-AppBuilder's: a verb and the resource it is for. Administrators
change the pairs of a role on screen afterwards; seeding never takes one back.
"""

from __future__ import annotations

from typing import NamedTuple


class Permission(NamedTuple):
    """A verb on a resource, as Flask-AppBuilder stores them."""

    verb: str
    resource: str


READ, WRITE = "can_read", "can_write"
MENU = "menu_access"

EXPERTS, APPLICATIONS, CERTIFICATES, OWN = "专家信息", "申报", "聘书", "个人业务"

REVIEW = Permission("can_review", APPLICATIONS)
"""审核: approve, reject, return, terminate, for the department applied to (R3)."""
FILE = Permission("can_file", APPLICATIONS)
"""备案, in the organization applied to (R4)."""
APPLY = Permission("can_apply", OWN)
"""An expert's own profile, applications and certificates (R5)."""
READ_EXPERTS = Permission(READ, EXPERTS)
READ_APPLICATIONS = Permission(READ, APPLICATIONS)
READ_CERTIFICATES = Permission(READ, CERTIFICATES)
EXPORT_EXPERTS, EXPORT_APPLICATIONS = Permission("can_export", EXPERTS), Permission("can_export", APPLICATIONS)
"""Their lists as workbooks, masked; 变更申请 is a list of applications too."""
EXPORT_CERTIFICATES = Permission("can_export", CERTIFICATES)
"""Certificates taken out by the hundred, their list and the register of them as a file."""
AUDIT = "操作日志"
READ_AUDIT, EXPORT_AUDIT = Permission(READ, AUDIT), Permission("can_export", AUDIT)
_BUSINESS_EXPORTS = (EXPORT_EXPERTS, EXPORT_APPLICATIONS, EXPORT_CERTIFICATES)
EXPORTS = (*_BUSINESS_EXPORTS, EXPORT_AUDIT)
RESET_PASSWORD = Permission("can_reset_password", EXPERTS)
REVEAL = Permission("can_reveal", EXPERTS)
"""查看完整信息: ID number and mobile unmasked on one answer, with a reason that is kept."""
EXPORT_FULL = Permission("can_export_full", EXPERTS)
"""The same in a file."""
IMPORT = Permission("can_import", "专家导入")
"""Accounts opened by the hundred from a workbook, for experts of one's own region (R1)."""
ANSWER = Permission("can_answer", "意见反馈")

RESEND = Permission("can_resend", "短信记录")
"""重新发送 of what failed or did not arrive."""
READ_JOBS = Permission(READ, "后台任务")
RUN_JOBS = Permission("can_run", "后台任务")
"""To have a job done at once instead of at its time."""

KEEP_ACCOUNTS, KEEP_ROLES = Permission(WRITE, "账号"), Permission(WRITE, "角色")
END_DELEGATIONS = Permission("can_end", "委托")
"""To end anybody's 委托 early; to give one needs the duty itself."""
DESIGNS = "聘书样式"
READ_DESIGNS, KEEP_DESIGNS = Permission(READ, DESIGNS), Permission(WRITE, DESIGNS)
"""How the certificates of one's own organization and those below read and look."""
KEEP_DEPARTMENTS = Permission(WRITE, "部门")
"""To add, rename and retire departments, and to merge one into another."""
SECOND_STEP = frozenset({REVIEW, FILE, KEEP_ACCOUNTS, KEEP_ROLES})
"""Whoever holds one of these needs more than a password, where TOTP_REQUIRED is set."""

EXPERT, STAFF, REVIEWER, FILER, ADMINISTRATOR = (
    "专家用户",
    "政府用户",
    "政府用户（审核）",
    "政府用户（科信）",
    "系统管理员",
)

SUPERVISION, REGISTRY, ADMINISTRATION = "监督管理", "专家管理系统", "系统管理"
"""Menu headings."""

VERBS = {
    READ: "查看",
    WRITE: "维护",
    MENU: "菜单",
    "can_review": "审核",
    "can_file": "备案",
    "can_end": "结束",
    "can_resend": "重新发送",
    "can_run": "立即运行",
    "can_apply": "办理",
    "can_answer": "答复",
    "can_reveal": "查看完整",
    "can_export_full": "导出完整",
    "can_export": "批量导出",
}


WORDS = {RESET_PASSWORD: "重置专家密码", IMPORT: "批量导入专家"}
"""Where verb and resource in a row are no Chinese."""


def _menus(*names: str) -> tuple[Permission, ...]:
    return tuple(Permission(MENU, name) for name in names)


_STAFF = (
    READ_EXPERTS,
    READ_APPLICATIONS,
    READ_CERTIFICATES,
    RESET_PASSWORD,
    *_menus(
        SUPERVISION,
        REGISTRY,
        "待审核",
        "待备案",
        "专家信息",
        "聘书",
        "聘书台账",
        "申报记录",
        "变更申请",
        "我的委托",
        "统计分析",
    ),
)

_ADMINISTERED = (
    "账号",
    "角色",
    "机构",
    "部门",
    "聘用单位",
    "行业类别",
    "重点领域",
    "专业类别",
    "节假日",
    "短信模板",
    "常见问题",
    DESIGNS,
)
_WATCHED = ("行政区划", "短信记录", "后台任务", "运行状况", AUDIT, "委托", "权限一览")

GRANTS: dict[str, tuple[Permission, ...]] = {
    EXPERT: (APPLY, *_menus(SUPERVISION, REGISTRY, "基本信息", "附件材料", "我的申报", "我的聘书", "我的变更申请")),
    STAFF: _STAFF,
    REVIEWER: (*_STAFF, REVIEW, REVEAL, *_BUSINESS_EXPORTS),
    FILER: (*_STAFF, FILE, REVEAL, *_BUSINESS_EXPORTS, IMPORT, *_menus(IMPORT.resource)),
    ADMINISTRATOR: (
        *(Permission(verb, resource) for resource in _ADMINISTERED for verb in (READ, WRITE)),
        *(Permission(READ, resource) for resource in _WATCHED),
        EXPORT_AUDIT,
        END_DELEGATIONS,
        RESEND,
        RUN_JOBS,
        IMPORT,
        Permission(READ, "意见反馈"),
        ANSWER,
        *_menus(ADMINISTRATION, *_ADMINISTERED, *_WATCHED, "意见反馈", SUPERVISION, IMPORT.resource),
    ),
}

UNGIVEN: tuple[Permission, ...] = (EXPORT_FULL,)
"""What no role begins with and administrators can give."""
