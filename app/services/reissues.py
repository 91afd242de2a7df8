"""换发: a certificate with an error gives way to a new one with a new number; both stay (R4, R6, R13, R16, R20)."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from app.documents.certificate_pdf import render_certificate
from app.domain import transitions
from app.domain.errors import Conflict, Invalid
from app.domain.states import Action
from app.domain.titles import SUFFIX, clean_title
from app.domain.validity import check_term, chinese_date, is_expired, today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate
from app.models.types import now
from app.policies import permissions
from app.policies.actor import Actor
from app.services import certificates, designs, issuing, notices, reviews, specimens, texts, workflow
from app.services.audit import audit
from app.services.issuing import Drawn, Words
from app.services.unit_of_work import in_line, transactional

GENERATED = "生成换发聘书"
"""In 操作日志, what the new certificate says that the old one did not; the step itself is 换发."""


def reissue(
    certificate_id: int | str, actor: Actor, words: Words, reason: str, version: int | None = None
) -> Certificate:
    """Ends a certificate as replaced and issues another with ``words`` and the next number, or does neither.

    Raises ``NotFound``, ``NotAllowed`` (R4, R6), ``Conflict`` where it does not hold any more or is not the
    ``version`` that was seen, ``Invalid`` naming the field of ``words`` that is wrong, or ``reason``. It is drawn as
    a filing is, in the same line: see ``filings.file``.
    """
    certificate = certificates.seen(certificate_id, actor)
    organization_id, code = certificate.organization_id, issuing.new_check_code()
    with in_line(f"filing-{organization_id}") as my_turn:
        ahead = _drawn_ahead(certificate_id, actor, words, reason, version, code) if my_turn else None
        return _reissue(certificate_id, actor, words, reason, version, code, ahead)


def _drawn_ahead(
    certificate_id: int | str, actor: Actor, words: Words, reason: str, version: int | None, code: str
) -> Drawn:
    certificate = certificates.seen(certificate_id, actor)
    corrected = checked(certificate, actor, words, reason, version)
    data = issuing.expected_data(certificate.application, corrected, today_in_shanghai(), code)
    return issuing.draw(data, certificate.organization.prefix)


@transactional
def _reissue(
    certificate_id: int | str,
    actor: Actor,
    words: Words,
    reason: str,
    version: int | None,
    code: str,
    ahead: Drawn | None,
) -> Certificate:
    old = certificates.seen(certificate_id, actor)
    corrected, before = checked(old, actor, words, reason, version), texts.recorded(old)
    workflow.advance(old, Action.REISSUE, actor, reason=reason, version=version, values={"superseded_at": now()})
    new = issuing.issue(old.application, corrected, today_in_shanghai(), code, ahead, supersedes=old)
    # What is to follow the old one follows the new one (续聘).
    for case in db.session.scalars(select(Application).where(Application.renews_id == old.id)):
        case.renews = new
    audit(actor, GENERATED, f"聘书#{new.id}", {"changes": texts.changes(before, texts.recorded(new))})
    notices.certificate_reissued(old, new, actor)
    return new


def checked(certificate: Certificate, actor: Actor, words: Words, reason: str, version: int | None) -> Words:
    """What the new certificate would say, put in order; nothing is written. Raises as ``reissue`` does."""
    permissions.require(actor, Action.REISSUE, certificate)
    if version is not None and (stale := workflow.stale(certificate, version)) is not None:
        raise Conflict(stale)
    transitions.check(Action.REISSUE, certificate.status, reason)
    certificates.require_running(certificate, Action.REISSUE)
    if words.name not in names(certificate):
        raise Invalid("姓名只能选原聘书上的，或者专家资料中现在的。请重新选择。", field="name")
    if words.body not in bodies(certificate):
        raise Invalid("请从列表中选择聘用单位。", field="appointing_body")
    corrected = replace(words, title=clean_title(words.title))
    check_term(corrected.valid_from, corrected.valid_to)
    if is_expired(corrected.valid_to, today_in_shanghai()):
        raise Invalid("更正后的截止日期已过，新聘书没有效力。要结束聘任的，请由审核部门提前终止。", field="ends_on")
    if corrected == as_filed(certificate):
        raise Invalid("没有改动任何内容，不需要换发。请先更正有误的一项。")
    return corrected


def as_filed(certificate: Certificate) -> Words:
    """What the certificate says now."""
    return Words(certificate.name, certificate.body, certificate.title, certificate.valid_from, certificate.valid_to)


def names(certificate: Certificate) -> list[str]:
    """The name as filed, and the present one of the profile where that is another."""
    return list(dict.fromkeys((certificate.name, certificate.expert.name)))


def bodies(certificate: Certificate) -> list[str]:
    """The body as filed, which may be of the past, and the organization's living ones (R14)."""
    living = [body.name for body in reviews.bodies(certificate)]
    return living if certificate.body in living else [certificate.body, *living]


def in_words(words: Words) -> dict[str, str]:
    """Label to text, as people read it."""
    return {
        "姓名": words.name,
        "聘任名称": f"{words.title}{SUFFIX}",
        "聘用单位": words.body,
        "有效期起": chinese_date(words.valid_from),
        "有效期止": chinese_date(words.valid_to) if words.valid_to else "长期",
    }


def preview(certificate: Certificate, words: Words) -> bytes:
    """The new certificate as it would be today, without its number. Raises ``Invalid`` for what cannot be drawn."""
    specimen = specimens.of(
        certificate.organization,
        designs.current(certificate.organization_id).design,
        name=words.name,
        body=words.body,
        title=words.title,
        first=words.valid_from,
        last=words.valid_to,
    )
    return render_certificate(specimen)
