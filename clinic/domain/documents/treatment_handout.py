"""*Your treatment today*: what was done, where, what comes next and when to call, as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from clinic.domain.documents import emergency
from clinic.domain.documents.content import Beside, Block, Choice, Face, FaceMark, Facts, Heading, Paragraph
from clinic.domain.documents.side_effects import ChosenEffect, effects_of
from clinic.domain.documents.texts import Language, Text, text
from clinic.domain.documents.treated_places import (
    ProductDoses,
    TreatedSite,
    doses_by_product,
    doses_table,
    lot_words,
    named,
    spoken,
    total_words,
)
from clinic.domain.face_marks import MarkStatus
from clinic.domain.visits import NEXT_SESSION_DAYS
from clinic.domain.work_terms import REVIEW_FROM_DAYS

TEXT: Final = "treatment_today"
STARTS_DAYS: Final = 3
"""A first effect about three days after treatment (labels, reference 2.3)."""
FULL_FROM_DAYS: Final = 7
FULL_UNTIL_DAYS: Final = 14
"""The full effect after one to two weeks (labels, reference 2.3)."""
FADES_DAYS: Final = 91
"""About three months of effect (labels, reference 2.3): thirteen weeks, said as "around"."""
REVIEW_UNTIL_DAYS: Final = 28
"""A review at two to four weeks (reference 2.3, 7.4); the work list calls it late only after six."""
ROWS_BESIDE: Final = 8
"""Lines of the table that fit beside the picture; a longer one stands below it."""

PICTURE: Final = Choice("picture", "Picture of the face", "shows today’s places")
AFTERCARE: Final = Choice("aftercare", "Looking after the face", "follows every treatment")
PRACTICE: Final = Choice("practice", "Practice", "weeks of weakness are a time to train (Azuma 2012)")
EXPECT: Final = Choice("expect", "What to expect, with dates", "follows every treatment")
TELL: Final = Choice("tell", "What to tell other clinicians and dentists", "follows every treatment")
OPTIONAL: Final = (PICTURE, EXPECT, AFTERCARE, PRACTICE, TELL)
OF_THE_DAY: Final = frozenset({EXPECT, AFTERCARE, PRACTICE})
"""What helps in the days and weeks after a treatment: of no use for a session that was copied from an earlier record."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What was given on a day. ``toxin_on`` is the last day of any toxin; the agreed days are written out, "" for none.

    ``today`` is the day of the print: what was to be booked until then is not asked for any more.
    """

    on: date
    toxin_on: date
    sites: tuple[TreatedSite, ...]
    touch_up_of: date | None = None
    transcribed: bool = False
    review: str = ""
    next_treatment: str = ""
    today: date | None = None

    @property
    def eye_sites(self) -> tuple[TreatedSite, ...]:
        """The sites that can reach the lid or the eye."""
        return tuple(site for site in self.sites if site.near_eye)

    @property
    def review_until(self) -> date:
        """The last day of the weeks for a review."""
        return self.on + timedelta(days=REVIEW_UNTIL_DAYS)

    @property
    def review_open(self) -> bool:
        """Whether a review can still be booked in its weeks; nobody reviews a transcribed session."""
        return not self.transcribed and (self.today is None or self.today <= self.review_until)

    @property
    def next_from(self) -> date:
        """The first day on which another treatment is possible."""
        return self.toxin_on + timedelta(days=NEXT_SESSION_DAYS)


@dataclass(frozen=True, slots=True)
class Phones:
    """The clinic's numbers, "" where it has none."""

    clinic: str
    emergency: str


def choices(given: Treatment, left_out: frozenset[str]) -> tuple[Choice, ...]:
    """Every part of the handout, why it is there, and whether it stays."""
    return (
        Choice("doses", "Places, product, lot and units", "what was given on this day", fixed=True),
        emergency.CHOICE,
        *(_on(one, left_out) for one in OPTIONAL if not (given.transcribed and one in OF_THE_DAY)),
        *_eye_choices(given),
        *(one.choice(left_out) for one in effects_of(given.sites)),
        Choice("call", "When to call", "follows every treatment", fixed=True),
    )


def _on(choice: Choice, left_out: frozenset[str]) -> Choice:
    return Choice(choice.key, choice.label, choice.why, on=choice.key not in left_out)


def _eye_choices(given: Treatment) -> Iterator[Choice]:
    if given.eye_sites:
        why = f"because of: {'; '.join(dict.fromkeys(site.words for site in given.eye_sites))}"
        yield Choice("eyes", "Looking after the eye", why, fixed=True)
        yield Choice("driving", "Driving and machines", why, fixed=True)


def treatment_blocks(given: Treatment, words: Language, phones: Phones, left_out: frozenset[str]) -> tuple[Block, ...]:
    """The handout. What is fixed stands in it whatever ``left_out`` says."""
    kept = {one.key for one in choices(given, left_out) if one.on}
    told = text(TEXT, words.code)
    return (
        *_intro(given, words, told),
        emergency.emergency_box(words, phones.clinic, phones.emergency),
        *_places(given, words, picture=PICTURE.key in kept),
        *told.part("call").blocks(),
        *(_expect(given, words, told) if EXPECT.key in kept else ()),
        *_next(given, words, told),
        *(told.part("aftercare").blocks() if AFTERCARE.key in kept else ()),
        *(told.part("eyes").blocks() + told.part("driving").blocks() if given.eye_sites else ()),
        *(told.part("practice").blocks() if PRACTICE.key in kept else ()),
        *_effects([one for one in effects_of(given.sites) if one.key in kept], words, told),
        *(told.part("tell").blocks(next=words.day(given.next_from)) if TELL.key in kept else ()),
    )


def _intro(given: Treatment, words: Language, told: Text) -> Iterator[Block]:
    yield from told.part("intro").blocks(day=words.day(given.on))
    if given.touch_up_of:
        yield from told.part("touch_up").blocks(first=words.day(given.touch_up_of))
    if given.transcribed:
        yield from told.part("transcribed").blocks()


def _places(given: Treatment, words: Language, *, picture: bool) -> Iterator[Block]:
    doses = doses_by_product(given.sites)
    yield Heading(words.label("places_today"))
    yield from place_blocks(doses, words, patient_face(doses, words) if picture and doses else None)


def place_blocks(doses: Sequence[ProductDoses], words: Language, face: Face | None) -> Iterator[Block]:
    """Each product with its places; a short table stands beside the picture."""
    facts = [Facts(tuple(_facts(one, words))) for one in doses]
    if face and len(doses) == 1 and len(doses[0].rows) <= ROWS_BESIDE:
        yield Beside(replace(face, width=32), (*facts, doses_table(doses[0], words)))
        return
    if face:
        yield Beside(face, tuple(facts))
    for fact, one in zip(facts, doses, strict=True):
        if len(doses) > 1:
            yield Heading(named(one, words), 3)
        if not face:
            yield fact
        yield doses_table(one, words)
    if len(doses) > 1:
        yield Paragraph(words.label("units_apart"))


def _facts(doses: ProductDoses, words: Language) -> Iterator[tuple[str, str]]:
    yield words.label("product"), named(doses, words)
    if not doses.planned:
        yield words.label("lot"), lot_words(doses, words)
    yield words.label("total"), total_words(doses, words)


def patient_face(
    doses: Sequence[ProductDoses], words: Language, *, alt: str = "face_alt", status: MarkStatus = MarkStatus.GIVEN
) -> Face:
    """The face with a mark for each injection; its number is that of the line in the table, the dose stands there."""
    marks = [
        FaceMark(site.x, site.y, row.number, "", site.side.value, site.muscle, status.value)
        for one in doses
        for row in one.rows
        for site in row.sites
        if site.x is not None and site.y is not None
    ]
    return Face(tuple(marks), words.label(alt, places=spoken(doses, words)), words.label("face_caption"), width=48)


def _expect(given: Treatment, words: Language, told: Text) -> tuple[Block, ...]:
    def after(days: int) -> str:
        return words.day(given.on + timedelta(days=days))

    return told.part("expect").blocks(
        starts=after(STARTS_DAYS),
        full_from=after(FULL_FROM_DAYS),
        full_until=after(FULL_UNTIL_DAYS),
        fades=after(FADES_DAYS),
    )


def _next(given: Treatment, words: Language, told: Text) -> Iterator[Block]:
    yield Heading(words.label("what_next"))
    if given.review:
        yield from told.part("review_agreed").blocks(when=given.review)
    elif given.review_open:
        first, last = given.on + timedelta(days=REVIEW_FROM_DAYS), given.review_until
        yield from told.part("review_window").blocks(review_from=words.day(first), review_until=words.day(last))
    yield from told.part("next").blocks(next=words.day(given.next_from))
    if given.next_treatment:
        yield from told.part("next_agreed").blocks(when=given.next_treatment)


def _effects(effects: Sequence[ChosenEffect], words: Language, told: Text) -> Iterator[Block]:
    if effects:
        yield from told.part("effects").blocks()
        yield from (one.block(words.code) for one in effects)
