"""Every form of the product: who sends it, where, what it holds when it is right.

``FORMS`` stands beside the url map: a route that takes a POST and is neither here nor in ``fieldless.WITHOUT_FIELDS``
fails a test, and so does a control on a page that its form here does not name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.models import PROFILE_LISTS, Expert
from app.models.columns import all_fields
from tests.support.people import PASSWORD

VISITOR, EXPERT, REVIEWER, FILER, ADMINISTRATOR = "visitor", "expert", "reviewer", "filer", "administrator"
NEW_PASSWORD = "another-Horse-77"


@dataclass(frozen=True)
class Form:
    """One form. ``url``, ``page`` and the texts of ``right`` take the ids of the world in braces.

    ``right`` is what is sent where nothing is wrong, ``also`` names fields that may be left out of that;
    ``page`` is where the form stands, by default its own address, "" where no page has it; ``done`` is the
    status of an answer that took what was sent.
    """

    endpoint: str
    who: str
    url: str
    right: dict[str, Any]
    also: tuple[str, ...] = ()
    page: str | None = None
    done: int = 302
    files: tuple[str, ...] = field(default=())

    @property
    def fields(self) -> list[str]:
        """Every field, by name."""
        return list(dict.fromkeys((*self.right, *self.also)))


def _profile() -> dict[str, str]:
    """Every declared field of the profile, and a row of each of its lists."""
    names = [name for name, declared in all_fields(Expert).items() if not declared.fixed]
    rows = [f"{table}-0-{name}" for table, model in PROFILE_LISTS.items() for name in all_fields(model)]
    return {"version": "{profile}", "save": "draft", **dict.fromkeys((*names, *rows), "")}


_DECISION = {
    "version": "{pending_version}", "outcome": "approve", "speciality": "{speciality}", "starts_on": "", "term": "until",
    "ends_on": "2099-12-31", "appointing_body": "{body}", "title": "省化工-防爆", "reason": "",
}  # fmt: skip
_MARKS = ("marks", "marks-address")
_STAFF = {
    "first_name": "李新", "username": "newcomer", "department": "{department}", "roles": "{role}", "id_number": "", "mobile": "",
    "new_password": NEW_PASSWORD, "active": "y",
}  # fmt: skip
_VERDICT = {
    "version": "{change_version}", "profile": "{changed_profile}", "decision_address": "decline", "why_address": "与证明不符",
}  # fmt: skip
_REISSUE = {
    "version": "{certificate_version}", "name": "{certificate_name}", "title": "省化工-消防", "appointing_body": "{body_name}",
    "starts_on": "{today}", "term": "until", "ends_on": "2099-12-31", "reason": "聘任名称有误",
}  # fmt: skip
_DESIGN = {
    "version": "0", "heading": "聘任书", "greeting": "{{name}}同志：", "sentence": "经{{body}}审核批准，聘请你为{{title}}专家。",
    "number_label": "编号：", "term_label": "有效期：", "closing": "特发此证。", "border": "double", "accent": "blue", "scale": "90",
    "qr": "y", "note": "按新格式", "sample": "plain",
}  # fmt: skip
_CONSENTS = {"notice": "y", "sensitive": "y"}
LISTS = (
    ("专家信息", "ExpertView", REVIEWER, "expert", "expert", "name"),
    ("待审核", "ReviewView", REVIEWER, "review", "pending", "waiting"),
    ("待备案", "FilingView", FILER, "filing", "approved", "title"),
    ("申报记录", "ApplicationView", REVIEWER, "application", "pending", "number"),
    ("聘书列表", "CertificateView", REVIEWER, "certificates", "certificate", "number"),
    ("变更申请", "ChangeView", REVIEWER, "change", "change", "subject"),
    ("操作日志", "AuditView", ADMINISTRATOR, "audit", "audit", "action"),
)
"""Lists that go into a workbook: name, view, who exports, path, the world's row, a column."""
_REASON = {"reason": "核对聘书上的身份信息"}

FORMS: dict[str, Form] = {
    "登录": Form(
        "LoginView.login", VISITOR, "/login/",
        {"username": "{staff_name}", "password": PASSWORD, "puzzle_token": "{puzzle_token}", "puzzle_x": "{puzzle_x}"},
    ),
    "验证码登录": Form("LoginView.login_by_code", VISITOR, "/login/code", {"mobile": "{expert_mobile}", "code": "{login_code}"}),
    "注册": Form(
        "LoginView.register", VISITOR, "/register/",
        {"name": "王五", "id_number": "{new_id_number}", "mobile": "{register_mobile}", "code": "{register_code}",
         "password": NEW_PASSWORD, "password_again": NEW_PASSWORD, **_CONSENTS},
    ),
    "注册验证码": Form("LoginView.registration_code", VISITOR, "/register/code", {"mobile": "{spare_mobile}"}, page="", done=200),
    "登录验证码": Form("LoginView.login_code", VISITOR, "/login/code/send", {"mobile": "{spare_mobile}"}, page="", done=200),
    "找回验证码": Form("Recovery.forgot_code", VISITOR, "/password/forgot/code", {"mobile": "{spare_mobile}"}, page="", done=200),
    "找回密码": Form(
        "Recovery.forgot", VISITOR, "/password/forgot",
        {"mobile": "{forgetful_mobile}", "code": "{recovery_code}", "new": NEW_PASSWORD, "again": NEW_PASSWORD},
    ),
    "聘书查验": Form("CheckPages.by_number", VISITOR, "/check/", {"number": "{check_number}", "name": "{check_name}"}, done=200),
    "聘书核对": Form("CheckPages.by_file", VISITOR, "/check/file", {}, ("file",), page="/check/", done=200, files=("file",)),
    "动态口令登录": Form("SecondStep.second", "halfway", "/login/second", {"code": "000000"}),
    "同意": Form("Privacy.consent", EXPERT, "/privacy/consent", _CONSENTS),
    "修改密码": Form(
        "AccountPages.password", EXPERT, "/account/password", {"old": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    ),
    "通知设置": Form(
        "NoticePages.choices", EXPERT, "/notices/choices",
        dict.fromkeys(("submitted", "returned", "rejected", "approved", "sent_back", "moved", "ending", "ended", "change_decided", "answered"), "y"),
    ),
    "常用筛选": Form(
        "SavedFilterPages.page", REVIEWER, "/saved-filters/ExpertView?name=%E5%BC%A0", {"name": "张姓专家", "shared": "y"}
    ),
    "选列": Form("ListColumnPages.page", REVIEWER, "/list-columns/ExpertView", {"columns": "sex"}),
    "注销": Form("OwnData.close", EXPERT, "/my/close", {"password": PASSWORD, "understood": "y"}),
    "更换手机号": Form("ExpertDesk.mobile", EXPERT, "/my/mobile", {"mobile": "{new_mobile}", "code": "{mobile_code}", "password": PASSWORD}),
    "更换验证码": Form("ExpertDesk.mobile_code", EXPERT, "/my/mobile/code", {"mobile": "{spare_mobile}"}, page="", done=200),
    "基本信息": Form("ExpertDesk.profile", EXPERT, "/my/profile", _profile()),
    "附件": Form("ExpertDesk.files", EXPERT, "/my/files", {"kind": "title"}, ("file",), files=("file",)),
    "照片": Form("ExpertDesk.files", EXPERT, "/my/files", {}, ("photo",), files=("photo",)),
    "申报": Form("ExpertDesk.apply", EXPERT, "/my/apply", {"departments": "{department}"}),
    "意见反馈": Form("FeedbackPages.feedback", EXPERT, "/feedback/", {"question": "怎样申报？", "contact": "13800000000"}),
    "补充反馈": Form("FeedbackPages.more", EXPERT, "/feedback/{feedback}/more", {"more": "还有一个问题。"}, page="/feedback/"),
    "通过": Form("ReviewView.decide", REVIEWER, "/review/decide/{pending}", _DECISION, _MARKS, page="/review/show/{pending}"),
    "退回补正": Form(
        "ReviewView.decide", REVIEWER, "/review/decide/{pending}",
        {**_DECISION, "outcome": "return", "reason": "地址不全", "marks": "address", "marks-address": "写到门牌号"},
        page="/review/show/{pending}",
    ),
    "驳回": Form(
        "ReviewView.decide", REVIEWER, "/review/decide/{pending}", {**_DECISION, "outcome": "reject", "reason": "材料不全"},
        _MARKS, page="/review/show/{pending}",
    ),
    "预览": Form("ReviewView.preview", REVIEWER, "/review/preview/{pending}", _DECISION, page="", done=200),
    "退回": Form(
        "FilingView.send_back", FILER, "/filing/send_back/{approved}", {"version": "{approved_version}", "reason": "材料不全"},
        page="/filing/show/{approved}",
    ),
    "备案": Form("FilingView.action", FILER, "/filing/action/file/{approved}", {"version": "{approved_version}"}, page=""),
    "勾选通过": Form(
        "ReviewView.action_post", REVIEWER, "/review/action_post", {"action": "approve", "rowid": "{pending}:{pending_version}"},
        page="/review/list/", done=200,
    ),
    "勾选备案": Form(
        "FilingView.action_post", FILER, "/filing/action_post", {"action": "file_several", "rowid": "{approved}:{approved_version}"},
        page="/filing/list/", done=200,
    ),
    "批量通过": Form(
        "ReviewView.bulk", REVIEWER, "/review/bulk",
        {"key": "{bulk_key}1", "action": "approve", "rowid": "{pending}:{pending_version}", "speciality-{pending}": "{speciality}",
         "appointing_body": "{body}", "term": "until", "ends_on": "2099-12-31", "starts_on": ""}, page="",
    ),
    "批量驳回": Form(
        "ReviewView.bulk", REVIEWER, "/review/bulk",
        {"key": "{bulk_key}2", "action": "reject", "rowid": "{pending}:{pending_version}", "reason": "材料不全"}, page="",
    ),
    "批量备案": Form(
        "FilingView.bulk", FILER, "/filing/bulk", {"key": "{bulk_key}3", "action": "file", "rowid": "{approved}:{approved_version}"},
        page="",
    ),
    "勾选导出": Form(
        "CertificateView.action_post", REVIEWER, "/certificates/action_post", {"action": "export_picked", "rowid": "{certificate}"},
        page="/certificates/list/", done=200,
    ),
    "导出": Form(
        "CertificateView.export", REVIEWER, "/certificates/export", {"key": "{bulk_key}4", "kind": "zip", "rowid": "{certificate}"},
    ),
    **{
        f"勾选导出{name}": Form(f"{view}.action_post", who, f"/{path}/action_post", {"action": "export_ticked", "rowid": f"{{{row}}}"}, page=f"/{path}/list/", done=200)
        for name, view, who, path, row, _ in LISTS
    },
    **{
        f"导出{name}": Form(f"{view}.export_table", who, f"/{path}/export_table", {"key": f"{{bulk_key}}{view[0]}", "columns": column, "rowid": f"{{{row}}}"})
        for name, view, who, path, row, column in LISTS
    },
    "上传导入表": Form("ImportPages.mine", FILER, "/imports/", {"key": "{bulk_key}5"}, ("file", "gaps"), files=("file",)),
    "改导入行": Form("ImportPages.row", FILER, "/imports/{import}/rows/2", {"nation": "傣族", "address": "昆明市青年路 1 号"}),
    "提前终止": Form(
        "Documents.terminate", REVIEWER, "/certificate/{certificate}/terminate", {"version": "{certificate_version}", "reason": "调离"},
        page="/certificate/{certificate}",
    ),
    "核对换发": Form(
        "ReissueDesk.check", FILER, "/certificate/{certificate}/reissue/check", _REISSUE,
        page="/certificate/{certificate}/reissue", done=200,
    ),
    "预览换发": Form("ReissueDesk.preview", FILER, "/certificate/{certificate}/reissue/preview", _REISSUE, page="", done=200),
    "换发": Form("ReissueDesk.reissue", FILER, "/certificate/{certificate}/reissue", _REISSUE, page=""),
    "设立委托": Form(
        "MyDelegations.new", REVIEWER, "/delegation/new",
        {"duties": "can_review", "delegate": "{colleague}", "starts_on": "{today}", "ends_on": "{today}"},
    ),
    "结束委托": Form(
        "MyDelegations.end", REVIEWER, "/delegation/end/{delegation}", {"reason": "提前返岗"}, page="/delegation/show/{delegation}"
    ),
    "代为结束委托": Form(
        "DelegationView.end", ADMINISTRATOR, "/delegation-desk/end/{other_delegation}", {"reason": "提前返岗"},
        page="/delegation-desk/show/{other_delegation}",
    ),
    "申请变更": Form(
        "ChangeDesk.new", "appointed", "/my/changes/new",
        {**{name: text for name, text in _profile().items() if name != "save"}, "version": "{appointed_profile}", "name": "张叁",
         "department": "{department}", "reason": "改名"},
        ("evidence", "new_photo"), files=("evidence", "new_photo"),
    ),
    "核对变更": Form("ChangeView.check", REVIEWER, "/change/check/{change}", _VERDICT, page="/change/show/{change}", done=200),
    "处理变更": Form("ChangeView.decide", REVIEWER, "/change/decide/{change}", _VERDICT, page=""),
    "查找专家": Form("ExpertView.find", REVIEWER, "/expert/find", {"number": "{found_number}"}),
    "查找账号": Form("StaffView.find", ADMINISTRATOR, "/account-staff/find", {"number": "{staff_number}"}),
    "专家完整信息": Form("ExpertView.reveal", REVIEWER, "/expert/reveal/{expert}", _REASON, done=200),
    "导出完整信息": Form("ExpertView.full_word", "exporter", "/expert/full_word/{expert}", _REASON, done=200),
    "审核完整信息": Form("ReviewView.reveal", REVIEWER, "/review/reveal/{pending}", _REASON, done=200),
    "备案完整信息": Form("FilingView.reveal", FILER, "/filing/reveal/{approved}", _REASON, done=200),
    "申报完整信息": Form("ApplicationView.reveal", REVIEWER, "/application/reveal/{pending}", _REASON, done=200),
    "重置密码": Form("ExpertView.reset", REVIEWER, "/expert/reset/{expert}", {"new": NEW_PASSWORD}, done=200),
    "绑定手机": Form("TotpPages.start", "bound", "/account/totp/start", {"password": PASSWORD}, page=""),
    "确认绑定": Form("TotpPages.confirm", "binding", "/account/totp/confirm", {"code": "000000"}, page="/account/totp/", done=200),
    "新恢复码": Form("TotpPages.codes", "bound", "/account/totp/codes", {"password": PASSWORD}, page="/account/totp/", done=200),
    "解除手机": Form("TotpPages.drop", "bound", "/account/totp/drop", {"password": PASSWORD}, page=""),
    "答复": Form(
        "FeedbackView.answer", ADMINISTRATOR, "/feedback-desk/answer/{feedback}", {"answer": "请看帮助。"},
        page="/feedback-desk/show/{feedback}",
    ),
    "新增账号": Form("StaffView.add", ADMINISTRATOR, "/account-staff/add", _STAFF),
    "修改账号": Form("StaffView.edit", ADMINISTRATOR, "/account-staff/edit/{staff}", {**_STAFF, "new_password": ""}),
    "新增角色": Form("RoleView.add", ADMINISTRATOR, "/role/add", {"name": "新角色", "permissions": "{permission}"}),
    "修改角色": Form("RoleView.edit", ADMINISTRATOR, "/role/edit/{role}", {"name": "改名", "permissions": "{permission}"}),
    "新增机构": Form(
        "OrganizationView.add", ADMINISTRATOR, "/organization/add",
        {"name": "新区应急管理局", "region": "530102", "prefix": "XQ", "phone": "0871"}, ("retired",),
    ),
    "修改机构": Form(
        "OrganizationView.edit", ADMINISTRATOR, "/organization/edit/{organization}", {"name": "改名", "prefix": "XQ", "phone": ""}, ("retired",)
    ),
    "新增部门": Form(
        "DepartmentView.add", ADMINISTRATOR, "/department/add",
        {"organization": "{organization}", "name": "新处", "phone": "", "receives": "y", "handling_days": "20"}, ("files", "retired"),
    ),
    "修改部门": Form(
        "DepartmentView.edit", ADMINISTRATOR, "/department/edit/{department}", {"name": "改名处", "phone": "", "receives": "y", "handling_days": "20"},
        ("files", "retired"),
    ),
    "部门并入": Form(
        "DepartmentView.merge", ADMINISTRATOR, "/department/merge/{merged}", {"into": "{receiving}", "seen": "0-0-0-0-0-0", "with_people": "y"},
        page="/department/merge/{merged}?into={receiving}",
    ),
    "新增聘用单位": Form(
        "AppointingBodyView.add", ADMINISTRATOR, "/body/add", {"organization": "{organization}", "name": "新办公室"}, ("retired",)
    ),
    "修改聘用单位": Form("AppointingBodyView.edit", ADMINISTRATOR, "/body/edit/{body}", {"name": "改名办公室"}, ("retired",)),
    "新增行业": Form(
        "IndustryView.add", ADMINISTRATOR, "/industry/add", {"name": "新行业", "short_name": "新", "position": "7"}, ("retired",)
    ),
    "修改行业": Form(
        "IndustryView.edit", ADMINISTRATOR, "/industry/edit/{industry}", {"name": "改名", "short_name": "改", "position": "7"}, ("retired",)
    ),
    "新增领域": Form(
        "FieldView.add", ADMINISTRATOR, "/field/add", {"industry": "{industry}", "name": "新领域", "position": "7"}, ("retired",)
    ),
    "修改领域": Form("FieldView.edit", ADMINISTRATOR, "/field/edit/{field}", {"name": "改名", "position": "7"}, ("retired",)),
    "新增专业": Form(
        "SpecialityView.add", ADMINISTRATOR, "/speciality/add", {"field": "{field}", "name": "新专业", "position": "7"}, ("retired",)
    ),
    "修改专业": Form(
        "SpecialityView.edit", ADMINISTRATOR, "/speciality/edit/{speciality}", {"name": "改名", "position": "7"}, ("retired",)
    ),
    "新增节假日": Form(
        "HolidayView.add", ADMINISTRATOR, "/holiday/add", {"day": "2027-01-01", "name": "元旦", "kind": "放假"}, ("retired",)
    ),
    "修改节假日": Form(
        "HolidayView.edit", ADMINISTRATOR, "/holiday/edit/{holiday}", {"day": "2027-01-02", "name": "元旦", "kind": "调休上班"}, ("retired",)
    ),
    "新增常见问题": Form(
        "FaqView.add", ADMINISTRATOR, "/faq/add", {"question": "怎样续聘？", "answer": "见手册。", "position": "1"}, ("retired",)
    ),
    "修改常见问题": Form(
        "FaqView.edit", ADMINISTRATOR, "/faq/edit/{faq}", {"question": "怎样换发？", "answer": "见手册。", "position": "2"},
        ("retired",),
    ),
    "登记节假日": Form("HolidayView.paste", ADMINISTRATOR, "/holiday/paste", {"lines": "2028-10-01至2028-10-02 国庆节 放假"}),
    "短信模板": Form(
        "SmsTemplateView.edit", ADMINISTRATOR, "/sms-template/edit/{template}",
        {"text": "{template_text}", "provider_code": "SMS_1", "enabled": "y"},
    ),
    "聘书样式": Form("DesignView.edit", ADMINISTRATOR, "/design/edit/{organization}", _DESIGN),
    "样式预览": Form("DesignView.preview", ADMINISTRATOR, "/design/preview/{organization}", _DESIGN, page="", done=200),
    "勾选重新发送": Form(
        "SmsView.action_post", ADMINISTRATOR, "/sms/action_post", {"action": "resend", "rowid": "{failed_sms}"}, page="/sms/list/", done=200
    ),
    "重新发送": Form("SmsView.again", ADMINISTRATOR, "/sms/resend", {"rowid": "{failed_sms}"}, page="/sms/resend?rowid={failed_sms}"),
}  # fmt: skip
