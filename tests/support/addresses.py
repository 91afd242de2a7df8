"""From a rule of ``url_map`` to an address."""

from __future__ import annotations

import re
from typing import Any

from tests.support import people

ROWS = {
    "ExpertView": "expert",
    "CertificateView": "certificate",
    "ReviewView": "review",
    "ApplicationView": "review",
    "FilingView": "filing",
    "ChangeView": "change",
    "Documents": "certificate",
    "ReissueDesk": "certificate",
    "StaffView": "staff",
    "FeedbackView": "feedback",
    "FaqView": "faq",
    "AuditView": "audit",
    "SmsView": "sms",
    "DelegationView": "delegation",
    "MyDelegations": "delegation",
    "ExportPages": "export",
    "ImportPages": "import",
}
"""The sort of row that a view's addresses name."""

NAMES = {"FilingView.action": "file", "StaffView.action": "reset_totp", "ExpertDesk.choices": "region"}
"""What stands for ``name``, where there is such a thing."""


def address(rule: Any, ids: dict[str, Any]) -> str:
    """An address of the rule, of rows that exist: ``ids`` has one for each sort that is asked for."""
    view = rule.endpoint.split(".")[0]
    values = {
        "pk": people.PROVINCE if view == "RegionView" else ids.get(ROWS.get(view, ""), 1),
        "name": NAMES.get(rule.endpoint, "nothing"),
        "certificate_id": ids.get("certificate"),
        "application_id": ids.get("review"),
        "request_id": ids.get("change"),
        "attachment_id": ids.get("file"),
        "notification_id": ids.get("notice"),
        "newest": ids.get("notice"),
        "job_id": ids.get(ROWS.get(view, ""), 1),
        "number": 2,
        "chapter": "no-such",
        "code": ids.get("check_code", "no-such"),
        "kind": "notice",
        "listing": "ExpertView",
        "feedback_id": ids.get("feedback"),
        "filter_id": 1,
        "key": "no-such",
        "locale": "zh_Hans_CN",
        "filename": "css/base.css",
    }
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), str(rule))
