"""Who may enter where: every endpoint of the application, with the roles that it lets in."""

from __future__ import annotations

from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF

VISITOR, EXPERT = "visitor", "expert"
ROLES = (VISITOR, EXPERT, STAFF, REVIEWER, FILER, ADMINISTRATOR)

ANYBODY = frozenset(ROLES)
ANY_LOGIN = ANYBODY - {VISITOR}
OWN = frozenset({EXPERT})
OFFICIALS = frozenset({STAFF, REVIEWER, FILER})
EXPORTERS = frozenset({REVIEWER, FILER})
IMPORTERS = frozenset({FILER, ADMINISTRATOR})
REVIEWERS = frozenset({REVIEWER})
ADMINISTRATORS = frozenset({ADMINISTRATOR})
NOBODY: frozenset[str] = frozenset()

WRITABLE = (
    "StaffView", "OrganizationView", "DepartmentView", "AppointingBodyView", "IndustryView", "FieldView",
    "SpecialityView", "HolidayView", "FaqView",
)  # fmt: skip
WATCHED = ("RegionView", "SmsView", "AuditView", "FeedbackView", "DelegationView")
SCOPED = ("ExpertView", "CertificateView", "ReviewView", "FilingView", "ApplicationView", "ChangeView")
READING, WRITING, ACTING = ("list", "show", "choices"), ("add", "edit"), ("action", "action_post")


def _endpoints(views: tuple[str, ...], methods: tuple[str, ...]) -> list[str]:
    return [f"{view}.{method}" for view in views for method in methods]


MAY_ENTER: dict[str, frozenset[str]] = {
    "static": ANYBODY,
    "appbuilder.static": ANYBODY,
    "Home.index": ANYBODY,
    "LocaleView.index": ANYBODY,
    "UtilView.back": ANYBODY,
    "Help.manual": ANYBODY,
    "Privacy.wording": ANYBODY,
    "Privacy.consent": ANY_LOGIN,
    **dict.fromkeys(_endpoints(("OwnData",), ("rights", "data", "close")), OWN),
    **dict.fromkeys(
        _endpoints(
            ("LoginView",),
            ("login", "login_by_code", "register", "registration_code", "login_code", "puzzle", "logout"),
        ),
        ANYBODY,
    ),
    "SecondStep.second": NOBODY,  # but for who has just passed the first step
    **dict.fromkeys(_endpoints(("Recovery",), ("forgot", "forgot_code")), ANYBODY),
    **dict.fromkeys(_endpoints(("CheckPages",), ("by_number", "by_file", "by_code")), ANYBODY),
    **dict.fromkeys(_endpoints(("FeedbackPages",), ("feedback", "more", "close")), ANY_LOGIN),  # in one's own scope
    **dict.fromkeys(_endpoints(("AccountPages",), ("own", "password", "end_others")), ANY_LOGIN),
    **dict.fromkeys(_endpoints(("NoticePages",), ("notices", "open", "read", "read_all", "choices")), ANY_LOGIN),
    **dict.fromkeys(_endpoints(("SearchPages",), ("results", "suggest")), ANY_LOGIN),  # in one's own scope
    **dict.fromkeys(_endpoints(("TotpPages",), ("totp", "start", "confirm", "codes", "drop")), ANY_LOGIN - {EXPERT}),
    **dict.fromkeys(
        _endpoints(
            ("ExpertDesk",),
            (
                "desk", "profile", "choices", "files", "remove_file", "word", "apply", "cases", "withdraw",
                "certificates", "mobile", "mobile_code",
            ),
        ),
        OWN,
    ),
    "CorrectionDesk.resubmit": OWN,
    "RenewalDesk.renew": OWN,
    **dict.fromkeys(_endpoints(("ChangeDesk",), ("requests", "new", "withdraw")), OWN),
    **dict.fromkeys(_endpoints(("DraftPages",), ("keep", "drop")), OWN),
    **dict.fromkeys(_endpoints(("ChangeView",), ("check", "decide")), REVIEWERS),
    "Documents.certificate": OFFICIALS | OWN,  # the expert's own
    "Documents.certificate_pdf": OFFICIALS | OWN,
    "Documents.file": OFFICIALS | OWN,
    "Documents.terminate": OFFICIALS | OWN,  # reaches the service, which refuses all but the reviewer
    **dict.fromkeys(_endpoints(("ReissueDesk",), ("check", "preview", "reissue")), frozenset({FILER})),
    "CertificateView.export": EXPORTERS,
    **dict.fromkeys(_endpoints(SCOPED, ("export_table", "action_post")), EXPORTERS),
    **dict.fromkeys(_endpoints(("AuditView",), ("export_table", "action_post")), ADMINISTRATORS),
    **dict.fromkeys(_endpoints(("ExportPages",), ("mine", "one", "cancel", "download")), EXPORTERS | ADMINISTRATORS),  # one's own alone
    **dict.fromkeys(
        _endpoints(("ImportPages",), ("mine", "template", "choices", "one", "row", "confirm", "cancel", "marked")),
        IMPORTERS,  # one's own alone
    ),
    **dict.fromkeys(_endpoints(("LedgerPages",), ("page", "organizations")), OFFICIALS),
    "LedgerPages.xlsx": EXPORTERS,
    **dict.fromkeys(_endpoints(("StatisticsPages",), ("page", "xlsx", "svg", "regions")), OFFICIALS),
    **dict.fromkeys(_endpoints(("SavedFilterPages",), ("page", "drop")), OFFICIALS),  # of a list that one may read
    **dict.fromkeys(_endpoints(("ListColumnPages",), ("page", "usual")), OFFICIALS),  # the same
    "OfficialDesk.desk": OFFICIALS,
    **dict.fromkeys(_endpoints(("MyDelegations",), ("list", "detail", "end")), OFFICIALS),
    "MyDelegations.new": frozenset({REVIEWER, FILER}),  # whoever has a duty by a role
    "DelegationView.end": ADMINISTRATORS,
    "OfficialDesk.waiting": OFFICIALS,
    **dict.fromkeys(_endpoints(SCOPED, READING), OFFICIALS),
    **dict.fromkeys(_endpoints(("ExpertView",), ("word", "history", "history_word", "reset")), OFFICIALS),
    "ExpertView.find": OFFICIALS,
    "StaffView.find": ADMINISTRATORS,
    "ExpertView.reveal": frozenset({REVIEWER, FILER}),
    "ExpertView.full_word": NOBODY,  # until an administrator gives the permission
    **dict.fromkeys(_endpoints(("ReviewView", "FilingView", "ApplicationView"), ("reveal",)), frozenset({REVIEWER, FILER})),
    **dict.fromkeys(_endpoints(("ReviewView",), ("decide", "preview", "proposed_title", "specialities", "bulk", "bulk_result")), REVIEWERS),
    **dict.fromkeys(_endpoints(("ReviewView", "FilingView", "ApplicationView"), ("why", "seen")), OFFICIALS),
    **dict.fromkeys(
        _endpoints(("FilingView",), ("action", "send_back", "bulk", "bulk_result")), frozenset({FILER})
    ),
    **dict.fromkeys(_endpoints(tuple(view for view in SCOPED if view != "FilingView"), ("action",)), NOBODY),
    **dict.fromkeys(
        _endpoints((*(view for view in WATCHED if view not in ("SmsView", "AuditView")), *WRITABLE, "SmsTemplateView", "RightsView", "DesignView"), ACTING),
        NOBODY,  # FAB makes the address; no action is declared behind it
    ),
    **dict.fromkeys(_endpoints((*WATCHED, *WRITABLE, "SmsTemplateView"), READING), ADMINISTRATORS),
    **dict.fromkeys(_endpoints(("RightsView",), ("list", "show", "choices", "csv")), ADMINISTRATORS),
    "SmsTemplateView.edit": ADMINISTRATORS,
    **dict.fromkeys(_endpoints(("DesignView",), (*READING, "edit", "preview", "sample", "follow")), ADMINISTRATORS),
    **dict.fromkeys(("SmsView.action", "AuditView.action"), NOBODY),
    **dict.fromkeys(_endpoints(("SmsView",), ("action_post", "again")), ADMINISTRATORS),
    **dict.fromkeys(_endpoints(("JobsView",), ("list", "run")), ADMINISTRATORS),
    "ConditionView.page": ADMINISTRATORS,
    "HolidayView.paste": ADMINISTRATORS,
    "StaffView.action": ADMINISTRATORS,
    **dict.fromkeys(_endpoints(WRITABLE, WRITING), ADMINISTRATORS),
    "DepartmentView.merge": ADMINISTRATORS,
    **dict.fromkeys(_endpoints(("FeedbackView",), ("answer", "close")), ADMINISTRATORS),
    **dict.fromkeys(_endpoints(("RoleView",), ("list", "add", "edit")), ADMINISTRATORS),
}  # fmt: skip
"""Endpoint to the roles that it lets in, as far as the route decides."""
