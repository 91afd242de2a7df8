"""The one list of models."""

from app.models.account import Account
from app.models.application import Application, Snapshot
from app.models.attachment import Attachment, AttachmentKind
from app.models.audit import AuditEntry, AuditSeal, RefusalCount
from app.models.bulk import BulkResult, BulkRun
from app.models.case_visit import CaseVisit
from app.models.certificate import Certificate, CertificateReminder, NumberCounter
from app.models.certificate_design import CertificateDesign
from app.models.change_request import ChangeItem, ChangeRequest
from app.models.consent import Consent, ConsentKind
from app.models.correction import Correction, Submission
from app.models.credential import RecoveryCode, UsedPassword
from app.models.delegation import Delegation
from app.models.expert import Expert
from app.models.expert_import import ImportJob, ImportPart, ImportRow
from app.models.export import ExportJob, ExportPart
from app.models.faq import FaqEntry
from app.models.feedback import Feedback, FeedbackReply, FeedbackState
from app.models.form_draft import FormDraft
from app.models.history import Transition
from app.models.holiday import Holiday
from app.models.job import BackgroundJob
from app.models.login import LoginPuzzle, VerificationCode
from app.models.message import SmsMessage, SmsStatus
from app.models.notification import NoticeChoice, Notification
from app.models.organization import AppointingBody, Department, Organization
from app.models.profile_change import ProfileChange
from app.models.profile_lists import (
    PROFILE_LISTS,
    Achievement,
    Education,
    Qualification,
    ReviewExperience,
    WorkExperience,
)
from app.models.reach import ExpertReach
from app.models.region import Region
from app.models.saved_filter import SavedFilter
from app.models.session import LoginSession
from app.models.sms_template import SmsTemplate
from app.models.taxonomy import Field, Industry, Speciality

__all__ = [
    "PROFILE_LISTS",
    "Account",
    "Achievement",
    "Application",
    "AppointingBody",
    "Attachment",
    "AttachmentKind",
    "AuditEntry",
    "AuditSeal",
    "BackgroundJob",
    "BulkResult",
    "BulkRun",
    "CaseVisit",
    "Certificate",
    "CertificateDesign",
    "CertificateReminder",
    "ChangeItem",
    "ChangeRequest",
    "Consent",
    "ConsentKind",
    "Correction",
    "Delegation",
    "Department",
    "Education",
    "Expert",
    "ExpertReach",
    "ExportJob",
    "ExportPart",
    "FaqEntry",
    "Feedback",
    "FeedbackReply",
    "FeedbackState",
    "Field",
    "FormDraft",
    "Holiday",
    "ImportJob",
    "ImportPart",
    "ImportRow",
    "Industry",
    "LoginPuzzle",
    "LoginSession",
    "NoticeChoice",
    "Notification",
    "NumberCounter",
    "Organization",
    "ProfileChange",
    "Qualification",
    "RecoveryCode",
    "RefusalCount",
    "Region",
    "ReviewExperience",
    "SavedFilter",
    "SmsMessage",
    "SmsStatus",
    "SmsTemplate",
    "Snapshot",
    "Speciality",
    "Submission",
    "Transition",
    "UsedPassword",
    "VerificationCode",
    "WorkExperience",
]
