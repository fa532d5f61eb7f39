"""Tables only. Importing this package registers every table on ``Base.metadata``."""

from clinic.models.accounts import IdempotencyKey, Membership, ServerSession, User
from clinic.models.audit import AuditEvent, AuditHead
from clinic.models.base import Base
from clinic.models.charting import DraftViewer, Pattern, PatternSite, SiteChange
from clinic.models.clinics import Clinic, DosePreset
from clinic.models.injections import InjectionSession, InjectionSite, ScreeningAnswer, Syringe, TimeOut
from clinic.models.inventory import Lot, Vial, VialEntry
from clinic.models.mixins import ClinicScoped
from clinic.models.patients import (
    Condition,
    EarlierTreatment,
    MuscleStatus,
    Patient,
    PatientWord,
    SafetyFact,
    ToxinElsewhere,
)
from clinic.models.visits import (
    Addendum,
    Document,
    FindingOverride,
    Signature,
    Visit,
    VisitCondition,
    VisitNote,
    VisitVoid,
)

__all__ = [
    "Addendum",
    "AuditEvent",
    "AuditHead",
    "Base",
    "Clinic",
    "ClinicScoped",
    "Condition",
    "Document",
    "DosePreset",
    "DraftViewer",
    "EarlierTreatment",
    "FindingOverride",
    "IdempotencyKey",
    "InjectionSession",
    "InjectionSite",
    "Lot",
    "Membership",
    "MuscleStatus",
    "Patient",
    "PatientWord",
    "Pattern",
    "PatternSite",
    "SafetyFact",
    "ScreeningAnswer",
    "ServerSession",
    "Signature",
    "SiteChange",
    "Syringe",
    "TimeOut",
    "ToxinElsewhere",
    "User",
    "Vial",
    "VialEntry",
    "Visit",
    "VisitCondition",
    "VisitNote",
    "VisitVoid",
]
