"""The payer summary: what a payer in the United States asks for, each figure from the signed visit and its ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from clinic.domain import billing
from clinic.domain.billing import Code
from clinic.domain.billing_amounts import DrugClaim, billing_units, vials_words
from clinic.domain.documents.content import (
    Beside,
    Block,
    Box,
    BoxKind,
    Bullets,
    Choice,
    Facts,
    Heading,
    Paragraph,
    Table,
    TableColumn,
    TableRow,
)
from clinic.domain.documents.faces import face
from clinic.domain.products import product_name
from clinic.domain.quantities import format_number, format_units
from clinic.domain.visit_content import SessionContent, SiteContent, VisitContent
from clinic.domain.wording import day_text, plural, side_words

NOT_TOLD: Final = "cannot be told"
OFF_LABEL: Final = (
    "Facial synkinesis is an off-label use of every botulinum toxin product. The nearest US label text known to this "
    "record is that of Botox for blepharospasm with dystonia, including disorders of the seventh nerve. Units of one "
    "product are not those of another."
)
NOISE: Final = "A change of a score is called noise up to its smallest detectable change; where nothing is said, none is published."
PROPOSALS: Final = (
    "Codes and modifiers here are proposals from the record, with our own short labels. The clinic checks them against "
    "the payer’s current rules before a claim is made."
)
_PARTS: Final = (
    ("unverified", "Codes that are not verified", "Recalled codes that may fit the cause; the payer has to be asked."),
    ("response", "Response to earlier treatment", "Payers ask for the response before they agree to more."),
    ("conservative", "Earlier conservative treatment", "Payers ask what was tried before botulinum toxin."),
    ("sessions", "Earlier sessions", "They show how often the treatment is given."),
)


_CODES: Final = (TableColumn("Code", 20), TableColumn("Our short label", 90), TableColumn("Standing", 56))
_BESIDE: Final = 16
"""Rows that fit beside the face."""


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """A session before this one: its day, its units by product, and what was said of it."""

    on: date
    totals: tuple[tuple[str, Decimal], ...]
    said: str


@dataclass(frozen=True, slots=True)
class PayerFacts:
    """What the record knows; ``palsies`` are (cause, detail, sides), the rest is in words."""

    visit: VisitContent
    session: SessionContent
    palsies: tuple[tuple[str, str, tuple[str, ...]], ...]
    claims: tuple[DrugClaim, ...]
    earlier: tuple[EarlierLine, ...] = ()
    scores: tuple[str, ...] = ()
    conservative: tuple[str, ...] = ()
    said_of_this: str = ""

    @property
    def given(self) -> tuple[SiteContent, ...]:
        """The sites that were given."""
        return given_sites(self.session)

    @property
    def codes(self) -> tuple[Code, ...]:
        """The diagnoses that may fit, each once."""
        found = (code for palsy in self.palsies for code in billing.diagnoses(*palsy))
        return tuple({one.code: one for one in found}.values())


def given_sites(session: SessionContent) -> tuple[SiteContent, ...]:
    """The sites that were given; an older record's all were."""
    return tuple(one for one in session.sites if one.given_at or session.transcribed)


def choices(facts: PayerFacts) -> tuple[Choice, ...]:
    """What can be left out; codes, drug and sites cannot."""
    fixed = Choice("claim", "Codes, drug, waste and sites", "Without them it is no payer summary.", fixed=True)
    off_label = Choice("off_label", "Off-label statement", "Every use for synkinesis is off-label.", fixed=True)
    known = {
        "unverified": any(not one.chosen for one in facts.codes),
        "response": bool(facts.scores or facts.said_of_this or any(one.said for one in facts.earlier)),
        "conservative": True,
        "sessions": bool(facts.earlier),
    }
    return (fixed, *(Choice(key, label, why) for key, label, why in _PARTS if known[key]), off_label)


def blocks(facts: PayerFacts, left_out: frozenset[str] = frozenset()) -> tuple[Block, ...]:
    """The summary, part by part."""
    sessions, response = "sessions" not in left_out, "response" not in left_out
    parts: list[Block] = [
        Heading("Diagnosis"),
        *_diagnoses(facts, unverified="unverified" not in left_out),
        Heading("Procedure"),
        *_procedure(facts),
        Heading("Drug and waste"),
        *_drug(facts.claims),
        Heading("Off-label use"),
        Paragraph(OFF_LABEL),
    ]
    if "conservative" not in left_out:
        tried = facts.conservative or ("None on record.",)
        parts += [Heading("Earlier conservative treatment"), Bullets(tried)]
    parts += [
        Box(BoxKind.NOTE, "Before a claim", (), PROPOSALS),
        Heading("Sites and doses"),
        *_sites(facts),
        Heading("Frequency and response"),
        *_frequency(facts, sessions=sessions, response=response),
    ]
    if response:
        parts += _response(facts, listed=sessions)
    return tuple(parts)


def _codes_table(codes: Sequence[Code]) -> Table:
    rows = tuple(TableRow((one.code, one.label, one.standing_words), note=one.note) for one in codes)
    return Table(_CODES, rows)


def _diagnoses(facts: PayerFacts, *, unverified: bool) -> Iterator[Block]:
    listed = "; ".join(f"{one.cause}, {side_words(one.side)}, onset {one.onset}" for one in facts.visit.conditions)
    yield Paragraph(f"{listed}." if listed else "No palsy is chosen for this visit.", lead="On record:")
    chosen = [one for one in facts.codes if one.chosen]
    if chosen:
        yield _codes_table(chosen)
    else:
        yield Paragraph("No verified code is known for this cause. The clinic enters it.", lead="Code to be entered:")
    others = [one for one in facts.codes if not one.chosen]
    if others and unverified:
        yield Paragraph(
            "Proposed from memory; none of them is chosen here.", lead="Not verified, check with the payer:"
        )
        yield _codes_table(others)
    if note := billing.spasm_note(facts.codes):
        yield Paragraph(note, small=True)


def _procedure(facts: PayerFacts) -> Iterator[Block]:
    line = billing.procedure((one.muscle, one.side) for one in facts.given)
    if line is None:
        yield Paragraph("No muscle of the face was given: no code is proposed.")
        return
    rows = [TableRow((line.words, line.code.label, line.code.standing_words))]
    rows += [
        TableRow((one.code, one.label, one.standing_words), note=one.note)
        for one in billing.guidance_codes(facts.session.guidance)
    ]
    yield Table(_CODES, tuple(rows))
    yield Paragraph(" ".join(line.notes), small=True)


def _drug(claims: Sequence[DrugClaim]) -> Iterator[Block]:
    columns = (
        TableColumn("Product and line", 66),
        TableColumn("Code", 34),
        TableColumn("Units", 26, number=True),
        TableColumn("Billing units", 44, number=True),
    )
    yield Table(columns, tuple(row for one in claims for row in _claim_rows(one)))
    for one in claims:
        name = product_name(one.product) if one.product else "Product not recorded"
        labelled = sum((vial.labelled for vial in one.vials), Decimal(0))
        if one.discarded is not None:
            sums = f"labelled {format_number(labelled)}, given {format_number(one.given)}"
            sums += f", discarded {format_units(one.discarded)}"
            yield Paragraph(f"{vials_words(one.vials)}; {sums}: {one.modifier}.", lead=f"{name}:")
        else:
            yield Paragraph(f"{vials_words(one.vials)}. JW or JZ {NOT_TOLD}: {' '.join(one.lacks)}", lead=f"{name}:")
        if one.billed is not None and not one.billed.exact:
            words = "The units given are no whole number of billing units. Ask the payer how they are billed."
            yield Paragraph(words, lead="Not rounded:")
    yield Paragraph(billing.waste_note(), small=True)


def _claim_rows(one: DrugClaim) -> Iterator[TableRow]:
    """The line of what was given, and of what was discarded where there is any."""
    name = product_name(one.product) if one.product else "Product not recorded"
    code = one.code
    if code is None:
        yield TableRow((f"{name}, given", billing.NO_CODE, format_number(one.given), "–"))
        if one.discarded:
            yield TableRow((f"{name}, discarded", "JW", format_number(one.discarded), "–"))
        return
    per = f"1 billing unit is {format_units(code.units)}"
    suffix = "-JZ" if one.modifier == "JZ" else ""
    billed = billing_units(one.given, code.units).words
    yield TableRow((f"{name}, given", f"{code.code.code}{suffix}", format_number(one.given), billed), note=per)
    if one.discarded:
        wasted = billing_units(one.discarded, code.units).words
        yield TableRow((f"{name}, discarded", f"{code.code.code}-JW", format_number(one.discarded), wasted))


def _sites(facts: PayerFacts) -> Iterator[Block]:
    several = len({one.product for one in facts.given}) > 1
    columns = [TableColumn("No.", 12, number=True), TableColumn("Muscle and site", 70), TableColumn("Side", 36)]
    columns += [TableColumn("Product", 50)] if several else []
    columns.append(TableColumn("Units", 20, number=True))
    rows = [TableRow(_site_cells(one, several=several)) for one in facts.given]
    rows += [
        TableRow(_total_cells(name, units, several=several), total=True) for name, units in totals(facts.given).items()
    ]
    about = f"Sites given on {day_text(facts.visit.on)}"
    name = next(iter(totals(facts.given)), "") if not several else ""
    caption = f"Units of {name}" if name else ""
    shown = face(facts.given, about=about, caption=caption, width=40)
    table = Table(tuple(columns), tuple(rows))
    # A long table does not fit beside a face: the two stand below each other.
    yield from (Beside(shown, (table,)),) if len(rows) <= _BESIDE else (shown, table)
    guidance = ", ".join(facts.session.guidance) or "not recorded"
    yield Facts((("Given by", facts.session.given_by or "not recorded"), ("Muscles found by", guidance)))


def _site_cells(one: SiteContent, *, several: bool) -> tuple[str, ...]:
    place = f"{one.muscle_label}, {one.sub_site_label}" if one.sub_site_label else one.muscle_label
    product = (one.product_name,) if several else ()
    return (str(one.number), place, side_words(one.side), *product, format_number(one.units))


def _total_cells(name: str, units: Decimal, *, several: bool) -> tuple[str, ...]:
    # One product is named once, below the face.
    words = f"Total {name}" if several else "Total"
    return ("", words, *([""] if several else []), "", format_number(units))


def totals(sites: Sequence[SiteContent]) -> dict[str, Decimal]:
    """Units by product in words; products are never added."""
    sums: dict[str, Decimal] = {}
    for one in sites:
        sums[one.product_name] = sums.get(one.product_name, Decimal(0)) + one.units
    return sums


def _frequency(facts: PayerFacts, *, sessions: bool, response: bool) -> Iterator[Block]:
    last, days = facts.session.last_session_on, facts.session.days_since_last
    if last is None or days is None:
        yield Paragraph("No earlier session is on record.")
    else:
        yield Paragraph(f"{plural(days, 'day')} since the last session ({day_text(last)}).")
    if facts.earlier and sessions:
        columns = [TableColumn("Session", 24), TableColumn("Units given", 44)]
        columns += [TableColumn("Response", 90)] if response else []
        rows = [
            TableRow((day_text(one.on), _units(one.totals), *([one.said or "not reviewed"] if response else [])))
            for one in facts.earlier
        ]
        yield Table(tuple(columns), tuple(rows))


def _units(totals: Iterable[tuple[str, Decimal]]) -> str:
    return "; ".join(f"{format_units(units)} {name}" for name, units in totals)


def _response(facts: PayerFacts, *, listed: bool) -> Iterator[Block]:
    """What was said and measured; sessions whose response stands in their table are not said twice."""
    said = [] if listed else [f"Session of {day_text(one.on)}: {one.said}" for one in facts.earlier if one.said]
    said += [f"This session: {facts.said_of_this}"] if facts.said_of_this else []
    if said or facts.scores:
        yield Bullets((*said, *facts.scores))
    if facts.scores:
        yield Paragraph(NOISE, small=True)
