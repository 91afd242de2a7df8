"""The whole menu on one page."""

from __future__ import annotations

from flask_appbuilder import AppBuilder

from app.policies.roles import ADMINISTRATION, REGISTRY, SUPERVISION
from app.views.account_pages import AccountPages, OfficialDesk
from app.views.admin_desk import (
    AppointingBodyView,
    AuditView,
    DepartmentView,
    FieldView,
    IndustryView,
    OrganizationView,
    RegionView,
    SmsTemplateView,
    SpecialityView,
)
from app.views.case_desk import ApplicationView, FilingView, ReviewView
from app.views.change_desk import ChangeDesk
from app.views.change_review import ChangeView
from app.views.check_pages import CheckPages
from app.views.condition_page import ConditionView
from app.views.correction_pages import CorrectionDesk
from app.views.delegation_pages import DelegationView, MyDelegations
from app.views.design_desk import DesignView
from app.views.documents import Documents
from app.views.draft_pages import DraftPages
from app.views.entry import SecondStep
from app.views.expert_desk import ExpertDesk
from app.views.expert_list import CertificateView, ExpertView
from app.views.export_pages import ExportPages
from app.views.feedback_pages import FaqView, FeedbackPages, FeedbackView
from app.views.guide_pages import GuidePages
from app.views.help import Help
from app.views.holiday_desk import HolidayView
from app.views.import_pages import ImportPages
from app.views.jobs_page import JobsView
from app.views.ledger_pages import LedgerPages
from app.views.list_column_pages import ListColumnPages
from app.views.login import Recovery
from app.views.notice_pages import NoticePages
from app.views.privacy import OwnData, Privacy
from app.views.reissue_desk import ReissueDesk
from app.views.renewal_desk import RenewalDesk
from app.views.rights_page import RightsView
from app.views.saved_filter_pages import SavedFilterPages
from app.views.search_pages import SearchPages
from app.views.sms_desk import SmsView
from app.views.staff_desk import RoleView, StaffView
from app.views.statistics_pages import StatisticsPages
from app.views.totp_pages import TotpPages


def register(appbuilder: AppBuilder) -> None:
    """Adds every view, and every menu item in the order in which people see it."""
    for page in (
        ExpertDesk,
        CorrectionDesk,
        RenewalDesk,
        MyDelegations,
        ChangeDesk,
        DraftPages,
        OfficialDesk,
        AccountPages,
        NoticePages,
        SearchPages,
        TotpPages,
        SecondStep,
        Recovery,
        Documents,
        CheckPages,
        ReissueDesk,
        ExportPages,
        ImportPages,
        LedgerPages,
        StatisticsPages,
        SavedFilterPages,
        ListColumnPages,
        GuidePages,
        Help,
        FeedbackPages,
        Privacy,
        OwnData,
    ):
        appbuilder.add_view_no_menu(page)
    appbuilder.add_link(REGISTRY, href="/", icon="home", label=REGISTRY, category=SUPERVISION, category_icon="shield")
    for name, href, icon in (
        ("基本信息", "/my/profile", "user"),
        ("附件材料", "/my/files", "paperclip"),
        ("我的申报", "/my/applications", "send"),
        ("我的聘书", "/my/certificates", "certificate"),
        ("我的变更申请", "/my/changes/", "edit"),
    ):
        appbuilder.add_link(name, href=href, icon=icon, label=name, category=SUPERVISION)
    for view, name, icon in (
        (ReviewView, "待审核", "inbox"),
        (FilingView, "待备案", "archive"),
        (ExpertView, "专家信息", "users"),
        (CertificateView, "聘书", "certificate"),
    ):
        appbuilder.add_view(view, name, icon=icon, label=name, category=SUPERVISION)
    appbuilder.add_link("聘书台账", href="/ledger/", icon="clipboard", label="聘书台账", category=SUPERVISION)
    for view, name, icon in (
        (ApplicationView, "申报记录", "list"),
        (ChangeView, "变更申请", "edit"),
    ):
        appbuilder.add_view(view, name, icon=icon, label=name, category=SUPERVISION)
    appbuilder.add_link("统计分析", href="/statistics/", icon="bar-chart", label="统计分析", category=SUPERVISION)
    appbuilder.add_link("专家导入", href="/imports/", icon="upload", label="专家导入", category=SUPERVISION)
    appbuilder.add_link("我的委托", href="/delegation/", icon="users", label="我的委托", category=SUPERVISION)
    for view, name, icon in (
        (StaffView, "账号", "user"),
        (RoleView, "角色", "key"),
        (DelegationView, "委托", "users"),
        (RightsView, "权限一览", "shield"),
        (OrganizationView, "机构", "building"),
        (DepartmentView, "部门", "building"),
        (AppointingBodyView, "聘用单位", "certificate"),
        (DesignView, "聘书样式", "certificate"),
        (IndustryView, "行业类别", "tag"),
        (FieldView, "重点领域", "tag"),
        (SpecialityView, "专业类别", "tag"),
        (HolidayView, "节假日", "calendar"),
        (RegionView, "行政区划", "map"),
        (FeedbackView, "意见反馈", "comment"),
        (FaqView, "常见问题", "question"),
        (SmsTemplateView, "短信模板", "edit"),
        (SmsView, "短信记录", "message"),
        (JobsView, "后台任务", "gear"),
        (ConditionView, "运行状况", "database"),
        (AuditView, "操作日志", "list"),
    ):
        appbuilder.add_view(view, name, icon=icon, label=name, category=ADMINISTRATION, category_icon="settings")
