"""What the audit trail says happened: one vocabulary, one shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """``subject.verb`` in the clinic's words."""

    # Changes.
    CLINIC_CREATED = "clinic.created"
    CLINIC_CHANGED = "clinic.changed"
    ARCHIVE_IMPORTED = "clinic.imported"
    EXPORT_BEGUN = "record.export_begun"
    EXPORT_CHANGED = "record.export_changed"
    RECORD_EXPORTED = "record.exported"
    IMPORT_BEGUN = "record.import_begun"
    IMPORT_CHANGED = "record.import_changed"
    RECORDS_IMPORTED = "record.imported"
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - an action's name, not a secret
    SIGNED_IN = "session.opened"
    SIGNED_OUT = "session.closed"
    SESSION_CONFIRMED = "session.password_confirmed"
    SESSION_ENDED = "session.ended"
    SESSION_RESUMED = "session.resumed"
    CODE_ISSUED = "user.code_issued"
    CODE_USED = "user.code_used"
    AUTHENTICATOR_ADDED = "user.authenticator_added"
    AUTHENTICATOR_REMOVED = "user.authenticator_removed"
    RECOVERY_CODES_MADE = "user.recovery_codes_made"
    RECOVERY_CODE_USED = "user.recovery_code_used"
    PASSKEY_ADDED = "user.passkey_added"
    PASSKEY_REMOVED = "user.passkey_removed"
    SECOND_FACTOR_RESET = "user.second_factor_reset"
    EMERGENCY_BEGUN = "emergency.begun"
    EMERGENCY_ENDED = "emergency.ended"
    EMERGENCY_REVIEWED = "emergency.reviewed"
    CLOCK_MOVED = "clinic.clock_moved"
    BACKUP_MADE = "backup.made"
    BACKUP_RESTORED = "backup.restored"
    BACKUP_DRILLED = "backup.drilled"
    PATIENT_CREATED = "patient.created"
    PATIENT_CHANGED = "patient.changed"
    PATIENT_RETIRED = "patient.retired"
    PATIENT_RESTORED = "patient.restored"
    PATIENTS_MERGED = "patient.merged"
    PATIENTS_UNMERGED = "patient.unmerged"
    PATIENTS_DISTINCT = "patient.distinct"
    AMENDMENT_REQUESTED = "amendment_request.entered"
    AMENDMENT_REQUEST_ANSWERED = "amendment_request.answered"
    SAFETY_FACTS_CHANGED = "patient.safety_facts_changed"
    CONDITION_CREATED = "condition.created"
    CONDITION_CHANGED = "condition.changed"
    CONDITION_RETIRED = "condition.retired"
    TREATMENT_ADDED = "condition.treatment_added"
    MUSCLE_STATUS_ADDED = "patient.muscle_status_added"
    MUSCLE_STATUS_RETIRED = "patient.muscle_status_retired"
    TOXIN_ELSEWHERE_ADDED = "patient.toxin_elsewhere_added"
    TOXIN_ELSEWHERE_RETIRED = "patient.toxin_elsewhere_retired"
    LOT_ADDED = "lot.added"
    LOT_CHANGED = "lot.changed"
    LOT_RECALLED = "lot.recalled"
    LOT_COUNTED = "lot.vials_counted"
    STOCK_LEVEL_SET = "lot.level_set"
    VIAL_OPENED = "vial.opened"
    VIAL_DISCARDED = "vial.discarded"
    VIAL_ADJUSTED = "vial.adjusted"
    PRESET_ACCEPTED = "preset.accepted"
    PRESET_RETIRED = "preset.retired"
    VISIT_STARTED = "visit.started"
    VISIT_CHANGED = "visit.changed"
    VISIT_DISCARDED = "visit.discarded"
    VISIT_RESTORED = "visit.restored"
    VISIT_SIGNED = "visit.signed"
    VISIT_CO_SIGNED = "visit.co_signed"
    VISIT_MOVED = "visit.moved"
    VISIT_AMENDMENT_STARTED = "visit.amendment_started"
    VISIT_VOIDED = "visit.voided"
    ADDENDUM_SIGNED = "visit.addendum_signed"
    SESSION_CHANGED = "injection.session_changed"
    ANSWERS_CHANGED = "injection.answers_changed"
    CONSENT_RECORDED = "injection.consent_recorded"
    SYRINGE_ADDED = "injection.syringe_added"
    SYRINGE_REMOVED = "injection.syringe_removed"
    SITE_SAVED = "injection.site_saved"
    SITE_REMOVED = "injection.site_removed"
    SITES_COPIED = "injection.sites_copied"
    SITES_CONFIRMED = "injection.sites_confirmed"
    SITES_UNDONE = "injection.sites_undone"
    SITES_REDONE = "injection.sites_redone"
    PATTERN_SAVED = "pattern.saved"
    PATTERN_RETIRED = "pattern.retired"
    SESSION_PREPARED = "injection.prepared"
    TIME_OUT_TAKEN = "injection.time_out"
    SITES_GIVEN = "injection.sites_given"
    SITES_TAKEN_BACK = "injection.sites_not_given"
    SESSION_SETTLED = "injection.settled"
    FINDING_OVERRIDDEN = "injection.finding_overridden"
    ASSESSMENT_SAVED = "assessment.saved"
    ASSESSMENT_REMOVED = "assessment.removed"
    REVIEW_SAVED = "review.saved"
    REVIEW_REMOVED = "review.removed"
    ADVERSE_EVENT_RECORDED = "adverse_event.recorded"
    ADVERSE_EVENT_CHANGED = "adverse_event.changed"
    ADVERSE_EVENT_REVIEWED = "adverse_event.reviewed"
    ADVERSE_EVENT_WITHDRAWN = "adverse_event.withdrawn"
    PATIENT_FORM_CREATED = "patient_form.created"
    PATIENT_FORM_STARTED = "patient_form.started"
    PATIENT_FORM_URGENT = "patient_form.urgent"
    PATIENT_FORM_SENT = "patient_form.sent"
    PATIENT_FORM_ENDED = "patient_form.ended"
    SCREEN_LOCKED = "session.locked"
    SCREEN_UNLOCKED = "session.unlocked"
    WORDING_ACCEPTED = "instrument.wording_accepted"
    WORDING_RETIRED = "instrument.wording_retired"
    PLAN_ITEM_ADDED = "plan.item_added"
    PLAN_ITEM_CHANGED = "plan.item_changed"
    PLANNING_ANSWERED = "plan.questions_answered"
    GOAL_RATED = "plan.goal_rated"
    BLOCK_RECORDED = "plan.block_recorded"
    BLOCK_REMOVED = "plan.block_removed"
    TRAINING_SAVED = "training.saved"
    TRAINING_REMOVED = "training.removed"
    DIARY_ENTERED = "diary.entered"
    DOSE_RULE_WRITTEN = "dose_rule.written"
    DOSE_RULE_SWITCHED = "dose_rule.switched"
    DOSE_RULE_RETIRED = "dose_rule.retired"
    PLANNING_RULE_SWITCHED = "planning_rule.switched"
    DOCUMENT_ISSUED = "document.issued"
    DOCUMENT_HANDED_OVER = "document.handed_over"
    LETTER_STARTED = "letter.started"
    LETTER_CHANGED = "letter.changed"
    LETTER_DISCARDED = "letter.discarded"
    LETTER_TEMPLATE_SAVED = "letter.template_saved"
    LETTER_TEMPLATE_RETIRED = "letter.template_retired"
    TEXT_ACCEPTED = "text.accepted"
    TEXT_WITHDRAWN = "text.withdrawn"
    LOGO_CHANGED = "clinic.logo_changed"
    COHORT_SAVED = "cohort.saved"
    COHORT_RETIRED = "cohort.retired"
    COHORT_EXPORTED = "cohort.exported"
    # Reads.
    LIST_VIEWED = "list.viewed"
    PATIENT_VIEWED = "patient.viewed"
    VISIT_VIEWED = "visit.viewed"
    STOCK_VIEWED = "stock.viewed"
    DOCUMENT_READ = "document.read"
    ACCOUNTS_VIEWED = "accounts.viewed"
    AUDIT_VIEWED = "audit.viewed"
    SETTINGS_VIEWED = "settings.viewed"
    REPORT_VIEWED = "report.viewed"
    COHORT_VIEWED = "cohort.viewed"
    EXPORT_TAKEN = "record.export_taken"
    IMPORT_CHECKED = "record.import_checked"
    # Refusals.
    REFUSED = "request.refused"
    SIGN_IN_REFUSED = "session.refused"


READS = frozenset(
    {
        Action.LIST_VIEWED,
        Action.PATIENT_VIEWED,
        Action.VISIT_VIEWED,
        Action.STOCK_VIEWED,
        Action.DOCUMENT_READ,
        Action.ACCOUNTS_VIEWED,
        Action.AUDIT_VIEWED,
        Action.SETTINGS_VIEWED,
        Action.REPORT_VIEWED,
        Action.COHORT_VIEWED,
        Action.EXPORT_TAKEN,
        Action.IMPORT_CHECKED,
    }
)
REFUSALS = frozenset({Action.REFUSED, Action.SIGN_IN_REFUSED})


@dataclass(frozen=True, slots=True)
class Event:
    """One audit entry before it is chained. ``old`` and ``new`` hold only the values that changed, as plain text."""

    action: Action
    subject: str
    patient_id: str | None = None
    reason: str = ""
    old: Mapping[str, object] = field(default_factory=dict)
    new: Mapping[str, object] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """``refused`` for refusals, else ``done``."""
        return "refused" if self.action in REFUSALS else "done"

    @property
    def is_read(self) -> bool:
        """Whether something was only looked at."""
        return self.action in READS

    @property
    def is_change(self) -> bool:
        """Whether it stands for a write of the record."""
        return self.action not in READS and self.action not in REFUSALS
