"""Routes whose POST has no form of fields: they stand beside ``form_table.FORMS``."""

from __future__ import annotations

from tests.support.form_table import LISTS

WITHOUT_FIELDS = {
    "LoginView.logout", "ExpertDesk.withdraw", "ExpertDesk.remove_file", "CorrectionDesk.resubmit", "RenewalDesk.renew", "ChangeDesk.withdraw", "AccountPages.end_others", "OwnData.data", "StaffView.action",
    "DraftPages.keep", "DraftPages.drop", "SavedFilterPages.drop", "ListColumnPages.usual", "GuidePages.done", "ReviewView.seen", "FilingView.seen", "ApplicationView.seen",
    "ExportPages.cancel", "ImportPages.confirm", "ImportPages.cancel", "FeedbackPages.close", "FeedbackView.close", "NoticePages.open", "NoticePages.read", "NoticePages.read_all", "DesignView.follow", "JobsView.run",
}  # fmt: skip
"""Routes whose POST takes a token, an id in the address and at most the version that was seen."""

NO_ACTION = (
    "HolidayView", "OrganizationView", "DepartmentView", "AppointingBodyView",
    "IndustryView", "FieldView", "SpecialityView", "RegionView", "FaqView", "FeedbackView", "SmsTemplateView",
    "DelegationView", "RightsView", "DesignView",
)  # fmt: skip
"""Views for which the framework makes addresses of actions, none being declared."""

WITHOUT_FIELDS |= {f"{view}.{method}" for view in NO_ACTION for method in ("action", "action_post")} | {
    "StaffView.action_post",
    "SmsView.action",
    *(f"{view}.action" for _, view, *_ in LISTS if view != "FilingView"),
}
