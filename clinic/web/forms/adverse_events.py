"""The question after the last site, and the forms of an adverse event: shape only."""

from __future__ import annotations

from wtforms import BooleanField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from clinic.domain.adverse_event_entries import REPORTED_MAXIMUM, EventEntry
from clinic.domain.adverse_events import GRADES, KINDS, Kind, Relation
from clinic.domain.anatomy import Side, full_label
from clinic.domain.quantities import format_units
from clinic.queries.adverse_events import EventRow
from clinic.queries.given_sessions import GivenSession
from clinic.queries.patient_events import PatientEvents
from clinic.web.forms.base import StrictForm, choices, text
from clinic.web.forms.patients import DayField, Radios, note_field
from clinic.web.forms.reviews import Ticks

NO_SIDE = "none"


class AdverseEventForm(StrictForm):
    """Whether there was an adverse event; nothing is chosen beforehand."""

    happened = RadioField(
        "Any adverse event during the session?",
        choices=[SelectChoice(value="no", label="no"), SelectChoice(value="yes", label="yes")],
        validators=[InputRequired("Answer no or yes.")],
    )
    what = text("If yes: what happened, when, what was done", 1000)


class EventForm(StrictForm):
    """One entry of an adverse event; nothing is chosen beforehand. ``step`` asks for the kind's questions, unsaved."""

    step = StringField("Step")
    kind = Radios(
        "What happened",
        choices=[SelectChoice(value=kind.value, label=facts.label) for kind, facts in KINDS.items()],
        validators=[InputRequired("Choose what happened.")],
    )
    grade = Radios(
        "Grade",
        choices=[SelectChoice(value=str(grade), label=f"{grade} {words}") for grade, words in GRADES.items()],
        validators=[InputRequired("Choose a grade.")],
    )
    side = Radios(
        "Side",
        choices=[
            SelectChoice(value=Side.RIGHT.value, label="patient’s right"),
            SelectChoice(value=Side.LEFT.value, label="patient’s left"),
            SelectChoice(value=NO_SIDE, label="both or neither"),
        ],
        validators=[InputRequired("Choose the side.")],
    )
    onset_on = DayField("Began", optional=True, description="Leave it empty when it is not known.")
    ended_on = DayField("Ended", optional=True, description="Leave it empty while it lasts.")
    relation = Radios(
        "Did the injection cause it?",
        choices=choices(Relation),
        validators=[InputRequired("Choose how likely it is.")],
    )
    serious = BooleanField("Serious: hospital, lasting harm, or a danger to life")
    description = note_field("Description", "In the patient’s words and yours, with what was measured.")
    action = note_field("What was done")
    reported_to = text("Reported to", REPORTED_MAXIMUM, description="Authority or manufacturer, with the date.")
    site_ids = Ticks("Sites that it may have come from", choices=[])

    @property
    def entry(self) -> EventEntry:
        """What was entered, once valid."""
        return EventEntry(
            kind=Kind(self.kind.data),
            grade=int(self.grade.data),
            relation=Relation(self.relation.data),
            side=None if self.side.data == NO_SIDE else Side(self.side.data),
            onset_on=self.onset_on.day,
            ended_on=self.ended_on.day,
            serious=bool(self.serious.data),
            description=self.description.data or "",
            action=self.action.data or "",
            reported_to=self.reported_to.data or "",
            site_ids=tuple(self.site_ids.data or ()),
        )


class SettleForm(StrictForm):
    """A review or a withdrawal, with its words."""

    reason = note_field("In words", "At least 10 characters.")


def event_form(known: PatientEvents, session: GivenSession | None, row: EventRow | None = None) -> EventForm:
    """The form of an event: with what its newest entry says, and the sites that can be linked to it."""
    form = EventForm(data=_saved(row) if row else {})
    allowed = known.linkable(session)
    sites = [site for site in session.sites if site.id in allowed] if session else []
    listed = [
        SelectChoice(value=site.id, label=f"{site.number}: {site.words}, {format_units(site.units)}, {site.lot_words}")
        for site in sites
    ]
    # A site of a version that was amended since stays linked until somebody takes it out.
    kept = [one for one in row.sites if one.id not in allowed] if row else []
    listed += [
        SelectChoice(
            value=one.id, label=f"{one.number}: {full_label(one.muscle, one.sub_site)}, {one.side} (as linked before)"
        )
        for one in kept
    ]
    form.site_ids.choices = listed
    return form


def _saved(row: EventRow) -> dict[str, object]:
    return {
        "kind": row.kind.value,
        "grade": str(row.grade),
        "side": row.side.value if row.side else NO_SIDE,
        "onset_on": row.onset_on.isoformat() if row.onset_on else "",
        "ended_on": row.ended_on.isoformat() if row.ended_on else "",
        "relation": row.relation.value,
        "serious": row.serious,
        "description": row.description,
        "action": row.action,
        "reported_to": row.reported_to,
        "site_ids": [one.id for one in row.sites],
    }
