"""退回 and 提前终止 that were refused: nothing is done, the reason stays in its box, and the box comes back open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.states import ApplicationStatus, CertificateStatus
from app.extensions import db
from app.models import Application, Certificate
from tests.support import cases
from tests.support.browser import Browser
from tests.support.form_pages import Page

SignIn = Callable[..., Browser]
REFUSED = {
    "NUL": ("材料\x00不全", "控制字符"), "bidi": ("材料\u202e不全", "控制字符"), "blank": ("  ", "的理由"), "long": ("长" * 501, "不能超过500个字"),
}  # fmt: skip


@pytest.mark.parametrize(("reason", "said"), REFUSED.values(), ids=REFUSED)
def test_a_refused_reason_stays_and_nothing_is_done(sign_in: SignIn, reason: str, said: str) -> None:
    case, certificate = cases.approved_case(), cases.filed_certificate()
    filer, reviewer = cases.filer_of(case), cases.reviewer_of(certificate.application)
    for person, url, version in (
        (filer, f"/filing/send_back/{case.id}", case.version),
        (reviewer, f"/certificate/{certificate.id}/terminate", certificate.version),
    ):
        answer = sign_in(person).submit(url, {"reason": reason, "version": str(version)})
        text = answer.get_data(as_text=True)
        assert answer.status_code == 422, url
        assert said in text, url
        assert "data-open" in text, url
        kept = Page(text).controls({"reason", "version"})
        assert kept["version"].value == str(version)
        if len(reason) > 500:
            assert kept["reason"].value.strip() == reason
    assert db.session.get_one(Application, case.id).status is ApplicationStatus.PENDING_FILING
    assert db.session.get_one(Certificate, certificate.id).status is CertificateStatus.VALID
