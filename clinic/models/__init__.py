"""Tables only. Importing this package registers every table on ``Base.metadata``."""

from clinic.models.accounts import IdempotencyKey, Membership, ServerSession, User
from clinic.models.assessments import (
    Assessment,
    AssessmentAnswer,
    AssessmentScore,
    AssessmentSeen,
    InstrumentLicence,
    InstrumentWording,
    SynkinesisFinding,
)
from clinic.models.audit import AuditEvent, AuditHead
from clinic.models.base import Base
from clinic.models.charting import DraftViewer, Pattern, PatternSite, SiteChange
from clinic.models.clinics import Clinic, DosePreset
from clinic.models.injections import InjectionSession, InjectionSite, ScreeningAnswer, Syringe, TimeOut
from clinic.models.inventory import Lot, Vial, VialEntry
from clinic.models.mixins import ClinicScoped
from clinic.models.patient_forms import PatientForm, PatientFormAnswer
from clinic.models.patients import (
    Condition,
    EarlierTreatment,
    MuscleStatus,
    Patient,
    PatientWord,
    SafetyFact,
    ToxinElsewhere,
)
from clinic.models.reviews import (
    AdverseEvent,
    AdverseEventEntry,
    AdverseEventSite,
    Review,
    ReviewEffect,
    ReviewEffectMuscle,
    ReviewImpression,
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
    "AdverseEvent",
    "AdverseEventEntry",
    "AdverseEventSite",
    "Assessment",
    "AssessmentAnswer",
    "AssessmentScore",
    "AssessmentSeen",
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
    "InstrumentLicence",
    "InstrumentWording",
    "Lot",
    "Membership",
    "MuscleStatus",
    "Patient",
    "PatientForm",
    "PatientFormAnswer",
    "PatientWord",
    "Pattern",
    "PatternSite",
    "Review",
    "ReviewEffect",
    "ReviewEffectMuscle",
    "ReviewImpression",
    "SafetyFact",
    "ScreeningAnswer",
    "ServerSession",
    "Signature",
    "SiteChange",
    "SynkinesisFinding",
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
