"""The chart on paper: a visit's sites as they stand, beside the session before."""

from __future__ import annotations

from clinic.domain.actors import RecordState
from clinic.domain.documents.chart_sheet import LastSession, filled, title
from clinic.domain.documents.content import DocumentDraft
from clinic.domain.errors import NotFound
from clinic.domain.quantities import format_units
from clinic.queries.document_heads import Ask, document_head, on_day
from clinic.queries.facts import judged
from clinic.queries.given_sessions import GivenSession, given_sessions
from clinic.queries.visit_record import visit_record
from clinic.unit_of_work import UnitOfWork

NOT_IN_FORCE = "This version of the visit is not in force. Open the newer version, or start a new visit."
SIGNED = "This visit is signed: its summary shows what was given."


def chart_sheet(uow: UnitOfWork, ask: Ask) -> DocumentDraft:
    """The chart of a visit with what is planned and given so far. Raises NotFound."""
    head = document_head(uow, ask)
    if ask.visit_id is None:
        raise NotFound
    record = visit_record(uow, ask.visit_id, plan=False)
    content, _ = judged(record, uow.now)
    versions = {ask.visit_id, record.visit.amends_id}
    earlier = (
        one for one in given_sessions(uow, ask.patient_id) if one.on <= content.on and not one.versions & versions
    )
    return on_day(head, content.on).draft(
        ask,
        title(content.session),
        filled(content.session, _last(next(earlier, None))),
        problems=_problems(record.state),
        on=content.on,
        author=content.author,
    )


def _problems(state: RecordState) -> list[str]:
    if state is RecordState.DRAFT:
        return []
    return [SIGNED if state is RecordState.SIGNED else NOT_IN_FORCE]


def _last(session: GivenSession | None) -> LastSession | None:
    if session is None:
        return None
    totals = " and ".join(f"{format_units(units)} {name}" for name, units in session.totals)
    return LastSession(session.on, session.sites, totals)
