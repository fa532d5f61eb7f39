"""Who acts, and the one table of role × action × record state from which code, docs and tests come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person is in a clinic; one role a membership."""

    PRESCRIBER = "prescriber"
    INJECTOR = "injector"
    THERAPIST = "therapist"
    ASSISTANT = "assistant"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """One thing that can be asked of the record. Every route declares one."""

    PUBLIC = "public"
    ACCOUNT = "account"
    PATIENT_READ = "patient.read"
    PATIENT_WRITE = "patient.write"
    PATIENT_RETIRE = "patient.retire"
    STOCK_READ = "stock.read"
    STOCK_WRITE = "stock.write"
    VISIT_READ = "visit.read"
    VISIT_CHART = "visit.chart"
    INJECTION_CHART = "injection.chart"
    VISIT_DISCARD = "visit.discard"
    INJECTION_TIME_OUT = "injection.time_out"
    INJECTION_GIVE = "injection.give"
    INJECTION_SIGN = "injection.sign"
    VISIT_SIGN = "visit.sign"
    VISIT_AMEND = "visit.amend"
    VISIT_ADDENDUM = "visit.addendum"
    VISIT_VOID = "visit.void"
    FINDING_OVERRIDE = "finding.override"
    PRESET_ACCEPT = "preset.accept"
    ASSESSMENT_RATE = "assessment.rate"
    ADVERSE_EVENT_WRITE = "adverse_event.write"
    ADVERSE_EVENT_REVIEW = "adverse_event.review"
    PLAN_WRITE = "plan.write"
    TARGET_WRITE = "plan.target_write"
    DIARY_WRITE = "diary.write"
    RULES_MANAGE = "rules.manage"
    DOCUMENT_READ = "document.read"
    DOCUMENT_ISSUE = "document.issue"
    LETTER_WRITE = "letter.write"
    LETTER_TEMPLATES = "letter.templates"
    TEXT_ACCEPT = "text.accept"
    THERAPY_TEXT_ACCEPT = "text.accept_therapy"
    REPORT_READ = "report.read"
    COHORT_SEARCH = "cohort.search"
    COHORT_EXPORT = "cohort.export"
    RECORD_EXPORT = "record.export"
    RECORD_IMPORT = "record.import"
    ACCOUNTS_MANAGE = "accounts.manage"
    SETTINGS_MANAGE = "settings.manage"
    AUDIT_READ = "audit.read"
    EMERGENCY_ACCESS = "emergency.access"
    EMERGENCY_REVIEW = "emergency.review"
    VISIT_CO_SIGN = "visit.co_sign"
    VISIT_MOVE = "visit.move"
    PATIENT_MERGE = "patient.merge"
    AMENDMENT_REQUEST_WRITE = "amendment_request.write"
    AMENDMENT_REQUEST_DECIDE = "amendment_request.decide"


class RecordState(StrEnum):
    """The state of the record that a permission is asked for; NONE where the thing has no states."""

    NONE = "none"
    DRAFT = "draft"
    SIGNED = "signed"
    AMENDED = "amended"
    VOIDED = "voided"
    DISCARDED = "discarded"


_ANY_READABLE = frozenset(RecordState)
_NONE = frozenset({RecordState.NONE})
_DRAFT = frozenset({RecordState.DRAFT})
_SIGNED = frozenset({RecordState.SIGNED})
_SIGNED_EVER = frozenset({RecordState.SIGNED, RecordState.AMENDED, RecordState.VOIDED})

_CLINICAL = (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST, Role.ASSISTANT)
_INJECTING = (Role.PRESCRIBER, Role.INJECTOR)
_ALL = tuple(Role)

STATES: Mapping[Permission, frozenset[RecordState]] = {
    Permission.PUBLIC: _NONE,
    Permission.ACCOUNT: _NONE,
    Permission.PATIENT_READ: _NONE,
    Permission.PATIENT_WRITE: _NONE,
    Permission.PATIENT_RETIRE: _NONE,
    Permission.STOCK_READ: _NONE,
    Permission.STOCK_WRITE: _NONE,
    Permission.VISIT_READ: _ANY_READABLE,
    Permission.VISIT_CHART: _DRAFT,
    Permission.INJECTION_CHART: _DRAFT,
    Permission.VISIT_DISCARD: _DRAFT,
    Permission.INJECTION_TIME_OUT: _DRAFT,
    Permission.INJECTION_GIVE: _DRAFT,
    Permission.INJECTION_SIGN: _DRAFT,
    Permission.VISIT_SIGN: _DRAFT,
    Permission.VISIT_AMEND: _SIGNED,
    Permission.VISIT_ADDENDUM: _SIGNED_EVER,
    Permission.VISIT_VOID: _SIGNED,
    Permission.FINDING_OVERRIDE: _DRAFT,
    Permission.PRESET_ACCEPT: _NONE,
    Permission.ASSESSMENT_RATE: _DRAFT,
    Permission.ADVERSE_EVENT_WRITE: _NONE,
    Permission.ADVERSE_EVENT_REVIEW: _NONE,
    Permission.PLAN_WRITE: _NONE,
    Permission.TARGET_WRITE: _NONE,
    Permission.DIARY_WRITE: _NONE,
    Permission.RULES_MANAGE: _NONE,
    Permission.DOCUMENT_READ: _SIGNED_EVER | _DRAFT,
    Permission.DOCUMENT_ISSUE: _NONE,
    Permission.LETTER_WRITE: _NONE,
    Permission.LETTER_TEMPLATES: _NONE,
    Permission.TEXT_ACCEPT: _NONE,
    Permission.THERAPY_TEXT_ACCEPT: _NONE,
    Permission.REPORT_READ: _NONE,
    Permission.COHORT_SEARCH: _NONE,
    Permission.COHORT_EXPORT: _NONE,
    Permission.RECORD_EXPORT: _NONE,
    Permission.RECORD_IMPORT: _NONE,
    Permission.ACCOUNTS_MANAGE: _NONE,
    Permission.SETTINGS_MANAGE: _NONE,
    Permission.AUDIT_READ: _NONE,
    Permission.EMERGENCY_ACCESS: _NONE,
    Permission.EMERGENCY_REVIEW: _NONE,
    Permission.VISIT_CO_SIGN: _SIGNED,
    Permission.VISIT_MOVE: _DRAFT | _SIGNED,
    Permission.PATIENT_MERGE: _NONE,
    Permission.AMENDMENT_REQUEST_WRITE: _NONE,
    Permission.AMENDMENT_REQUEST_DECIDE: _NONE,
}
"""In which states of the record each permission can be used at all, whoever asks."""

ROLES: Mapping[Permission, tuple[Role, ...]] = {
    Permission.PUBLIC: _ALL,
    Permission.ACCOUNT: _ALL,
    Permission.PATIENT_READ: _CLINICAL,
    Permission.PATIENT_WRITE: _CLINICAL,
    Permission.PATIENT_RETIRE: (Role.PRESCRIBER,),
    Permission.STOCK_READ: _CLINICAL,
    Permission.STOCK_WRITE: (Role.PRESCRIBER, Role.INJECTOR, Role.ASSISTANT),
    Permission.VISIT_READ: _CLINICAL,
    Permission.VISIT_CHART: _CLINICAL,
    Permission.INJECTION_CHART: (Role.PRESCRIBER, Role.INJECTOR, Role.ASSISTANT),
    Permission.VISIT_DISCARD: _CLINICAL,
    Permission.INJECTION_TIME_OUT: (Role.PRESCRIBER, Role.INJECTOR, Role.ASSISTANT),
    Permission.INJECTION_GIVE: _INJECTING,
    Permission.INJECTION_SIGN: _INJECTING,
    Permission.VISIT_SIGN: (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST),
    Permission.VISIT_AMEND: (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST),
    Permission.VISIT_ADDENDUM: (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST),
    Permission.VISIT_VOID: (Role.PRESCRIBER, Role.INJECTOR),
    Permission.FINDING_OVERRIDE: _INJECTING,
    Permission.PRESET_ACCEPT: (Role.PRESCRIBER,),
    Permission.ASSESSMENT_RATE: (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST),
    Permission.ADVERSE_EVENT_WRITE: _CLINICAL,
    Permission.ADVERSE_EVENT_REVIEW: _INJECTING,
    Permission.PLAN_WRITE: (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST),
    Permission.TARGET_WRITE: _INJECTING,
    Permission.DIARY_WRITE: _CLINICAL,
    Permission.RULES_MANAGE: (Role.PRESCRIBER,),
    Permission.DOCUMENT_READ: _CLINICAL,
    Permission.DOCUMENT_ISSUE: _CLINICAL,
    Permission.LETTER_WRITE: (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST),
    Permission.LETTER_TEMPLATES: (Role.PRESCRIBER,),
    Permission.TEXT_ACCEPT: (Role.PRESCRIBER,),
    Permission.THERAPY_TEXT_ACCEPT: (Role.PRESCRIBER, Role.THERAPIST),
    Permission.REPORT_READ: (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST),
    Permission.COHORT_SEARCH: (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST),
    Permission.COHORT_EXPORT: (Role.PRESCRIBER,),
    Permission.RECORD_EXPORT: (Role.PRESCRIBER,),
    Permission.RECORD_IMPORT: (Role.PRESCRIBER,),
    Permission.ACCOUNTS_MANAGE: (Role.ADMINISTRATOR,),
    Permission.SETTINGS_MANAGE: (Role.ADMINISTRATOR,),
    Permission.AUDIT_READ: (Role.AUDITOR, Role.ADMINISTRATOR),
    Permission.EMERGENCY_ACCESS: _ALL,
    Permission.EMERGENCY_REVIEW: (Role.AUDITOR, Role.ADMINISTRATOR),
    Permission.VISIT_CO_SIGN: (Role.PRESCRIBER,),
    Permission.VISIT_MOVE: (Role.PRESCRIBER, Role.INJECTOR, Role.THERAPIST),
    Permission.PATIENT_MERGE: (Role.PRESCRIBER,),
    Permission.AMENDMENT_REQUEST_WRITE: _CLINICAL,
    Permission.AMENDMENT_REQUEST_DECIDE: (Role.PRESCRIBER,),
}
"""Which roles hold each permission."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a request, as a frozen value; ``password_at`` is when the password was last given.

    ``second_factor_missing`` is set in a session that may do nothing but set up what the clinic demands.

    ``emergency_id`` and ``emergency_until`` stand while an emergency access opens records to a role that reads none.

    ``session_id`` is the hash of the session's token, ``session_ref`` the name under which pages and audit trail know it.

    ``locked_form_id`` is the form for which this person's screen was handed to a patient. ``form_id`` is set where it is
    the patient who acts, through a form: such an actor holds no permission, whatever its role.

    ``time_zone`` is the clinic's, as it was read with this request; "" where nobody is signed in through a session.
    """

    user_id: str
    username: str
    name: str
    role: Role
    clinic_id: int
    session_id: str = ""
    session_ref: str = ""
    password_at: datetime | None = None
    prescriber_id: str | None = None
    prescriber_name: str | None = None
    must_change_password: bool = False
    second_factor_missing: bool = False
    address: str = ""
    form_id: str = ""
    locked_form_id: str | None = None
    may_break_glass: bool = False
    emergency_id: str = ""
    emergency_until: datetime | None = None
    time_zone: str = ""

    @property
    def acts_as(self) -> str:
        """What the audit trail calls the part that this actor plays."""
        return "patient" if self.form_id else self.role.value

    @property
    def may_override(self) -> bool:
        """Whether this person may go on past a *prescriber* finding: a prescriber, or an injector with one named."""
        return self.role is Role.PRESCRIBER or (self.role is Role.INJECTOR and self.prescriber_id is not None)


def permits(role: Role, permission: Permission, state: RecordState = RecordState.NONE) -> bool:
    """Say whether a role may use a permission on a record in a state."""
    return role in ROLES[permission] and state in STATES[permission]
