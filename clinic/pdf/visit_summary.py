"""The visit summary: everything that a visit's frozen content holds, in the order in which a clinician reads it."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import CondPageBreak, Flowable

from clinic.domain.patients import display_name
from clinic.domain.visit_content import FindingContent, VisitContent
from clinic.pdf import fonts, session_parts
from clinic.pdf.flowables import Columns, Notice, Para, Rule, Stack, h1, h2, kept
from clinic.pdf.pages import SYNTHETIC, build, content_room
from clinic.pdf.plates import legend, plate, plate_height, plate_width
from clinic.pdf.stamps import Stamp
from clinic.pdf.style import AMBER_STRONG, BODY, BODY as _BODY, INK, MUTED_BODY, NAME, RED_STRONG, SMALL, STRONG, content_width
from clinic.pdf.tables import Column, DataTable, Row
from clinic.pdf.text import Run, unprintable
from clinic.pdf.words import Times, condition_words, day, level_words, person_words
