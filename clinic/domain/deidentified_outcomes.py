"""Tables of an export: grades, scores, reviews with their effects, adverse events."""

from __future__ import annotations

from clinic.domain.assessments import INSTRUMENTS
from clinic.domain.deidentified_cells import ON, PATIENT, RATER, SESSION, SIDE, Hidden, row_of
from clinic.domain.deidentified_rows import CohortRecord
from clinic.domain.deidentified_tables import Column, ExportTable


def grades_table(record: CohortRecord, hidden: Hidden) -> ExportTable:
    """Cells of synkinesis grids."""
    columns = (
        PATIENT,
        ON,
        RATER,
        SIDE,
        Column("movement", "What the patient was asked to do"),
        Column("group", "What moved without being asked to"),
        Column("grade", "0 none to 3 strong; blank when not graded, which is not 0"),
        Column("bother", "How much it is minded, 0 to 3; blank when not asked"),
    )
    rows = (
        row_of(
            hidden.names[one.patient_id],
            hidden.day(one.patient_id, one.on),
            hidden.people[one.rater],
            one.side,
            one.movement,
            one.group,
            one.grade,
            one.bother,
        )
        for one in record.grades
    )
    return ExportTable("grades", "One line a graded cell of a synkinesis grid.", columns, tuple(rows))


def scores_table(record: CohortRecord, hidden: Hidden) -> ExportTable:
    """Scores of the known instruments."""
    columns = (
        PATIENT,
        ON,
        Column("instrument", "Instrument", rare=True, blanks=("version", "score")),
        Column("version", "Its version"),
        SIDE,
        RATER,
        Column("score", "Which score of the instrument"),
        Column("value", "The score as computed from the answers"),
    )
    rows = (
        row_of(
            hidden.names[one.patient_id],
            hidden.day(one.patient_id, one.on),
            one.instrument,
            one.version,
            one.side,
            hidden.people[one.rater],
            one.score,
            one.value,
        )
        for one in record.scores
        if one.instrument in INSTRUMENTS and one.score in {kind.key for kind in INSTRUMENTS[one.instrument].scores}
    )
    return ExportTable("scores", "One line a score.", columns, tuple(rows))


def reviews_table(record: CohortRecord, hidden: Hidden) -> ExportTable:
    """Reviews."""
    columns = (
        PATIENT,
        SESSION,
        ON,
        Column("contact", "How it was answered"),
        Column("first_noticed_day", "Day on which the effect was first noticed, counted from the session"),
        Column("best_day", "Day of the best effect, counted from the session"),
        Column("wearing", "Whether the effect was still there"),
        Column("worn_off_day", "Day on which it had worn off, counted from the session"),
        Column("adverse_event", "Answer to whether anything adverse happened"),
    )
    rows = (
        row_of(
            hidden.names[one.patient_id],
            hidden.number(one.session_id),
            hidden.day(one.patient_id, one.on),
            one.contact,
            one.first_noticed_day,
            one.best_day,
            one.wearing,
            one.worn_off_day,
            one.adverse_event,
        )
        for one in record.reviews
    )
    return ExportTable("reviews", "One line a review of a session.", columns, tuple(rows))


def effects_table(record: CohortRecord, hidden: Hidden) -> ExportTable:
    """What reviews say of patterns."""
    columns = (
        PATIENT,
        SESSION,
        Column("date", "Day of the review, shifted"),
        SIDE,
        Column("movement", "What the patient was asked to do"),
        Column("group", "What moved without being asked to"),
        Column("effect", "Percent better at its best, 0 to 100; blank when it was worse"),
        Column("worse", "yes when it was worse than before"),
    )
    reviews = {one.review_id: one for one in record.reviews}
    rows = []
    for one in record.effects:
        of = reviews[one.review_id]
        head = (hidden.names[of.patient_id], hidden.number(of.session_id), hidden.day(of.patient_id, of.on))
        effect = None if one.worse else one.effect
        rows.append(row_of(*head, one.side, one.movement, one.group, effect, one.worse))
    return ExportTable("effects", "One line for each pattern that a review speaks of.", columns, tuple(rows))


def events_table(record: CohortRecord, hidden: Hidden) -> ExportTable:
    """Adverse events."""
    columns = (
        PATIENT,
        SESSION,
        Column("kind", "What happened", rare=True),
        Column("grade", "1 mild to 5 death, in the frame of CTCAE v5.0", rare=True),
        SIDE,
        Column("onset_date", "Day of its onset, shifted"),
        Column("ended_date", "Day on which it ended, shifted"),
        Column("relation", "Relation to the injection, as judged", rare=True),
        Column("serious", "yes when it was serious", rare=True),
    )
    rows = (
        row_of(
            hidden.names[one.patient_id],
            hidden.number(one.session_id),
            one.kind,
            one.grade,
            one.side,
            hidden.day(one.patient_id, one.onset_on),
            hidden.day(one.patient_id, one.ended_on),
            one.relation,
            one.serious,
        )
        for one in record.events
    )
    return ExportTable("events", "One line an adverse event, as it is known now.", columns, tuple(rows))
