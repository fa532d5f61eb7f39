"""Hostile text put into every column that holds text, behind the program's back, and what it may never become."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Enum, LargeBinary, MetaData, String, Table, create_engine, text

from clinic.models import Base

MARK = "zzq"
"""A name that no element, attribute or word of the program has."""
SUM = "7191*7"
RESULT = "50337"

SHORT = f"\"'><{MARK}>"
CONTEXTS = (
    f"<{MARK}>",
    f'" {MARK}=1 x="',
    f"' {MARK}=1 x='",
    f"</textarea><{MARK}>",
    f"</title><{MARK}>",
    f"</style><{MARK}>",
    f"</script><script>window.{MARK}=1</script>",
    f"<img src=x {MARK} onerror=window.{MARK}=1>",
    f"<svg/onload=window.{MARK}=1><{MARK}>",
    f"--><{MARK}>",
    f"]]><{MARK}>",
    f"{{{{{SUM}}}}}${{{SUM}}}#{{{SUM}}}",
    f"{{% if 1 %}}{SUM}{{% endif %}}",
    f"&lt;{MARK}&gt;&#60;{MARK}&#62;",
    f"\\u003c{MARK}\\u003e\\x3c{MARK}\\x3e",
    f"\uff1c{MARK}\uff1e",
    f"<font color={MARK}><unichar code=65><para>",
    f"<link rel=attachment href=file:///etc/passwd><{MARK}>",
)
"""One after the other in one string, as many as the column holds; each breaks out of another place."""
LINKS = ("javascript:window.zzq=1", "data:text/html,<zzq>", "//zzq.invalid/", " javascript:window.zzq=1")
"""Whole values, because an address is read from its beginning."""
FORMULAS = ("=1+1|", "+1+1|", "-1+1|", "@SUM(1)|", "\t=1|", "\r=1|", "\n=1|", " =1|", "\ufeff=1|")
"""What a spreadsheet works out when a cell begins so."""
ROUNDS = 2

KEYS = re.compile(r"(^|_)(id|hash|seal|sha256|salt|digest|seed|challenge|code_hash|public_key|reference|key)$|_hash$")
"""Columns that hold a key, a secret or a checksum: nobody types them."""
CODES = frozenset([
    "action", "agent_kind", "at", "days", "dose_product", "exercise", "finding_key", "groups", "guidance",
    "handout_edition", "handout_language", "instrument", "instruments", "kind", "language", "left_out", "letter",
    "meaning", "media_type", "methods", "muscle", "outcome", "paper", "product", "purpose", "role", "rule", "rules",
    "second_factor", "site_group", "slot", "sub_site", "text_id", "time_zone", "transcribed_product", "transports",
    "usual_doses", "version", "view", "criteria", "body_hash", "answer", "moved", "facts", "before", "after",
    "confirmed", "content", "values", "shorthand",
])  # fmt: skip
"""Columns that hold words of the program's own lists, or JSON; they have a round of their own."""
TYPED = frozenset(
    {
        "adverse_event_entry.action",
        "injection_session.shorthand",
        "issued_document.purpose",
        "muscle_block.agent",
        "plan_referral.answer",
        "sign_in_step.purpose",
    }
)
"""Columns with such a name that people type into all the same."""
LISTS = frozenset(
    {
        "assessment.slot",
        "clinic.usual_doses",
        "document.media_type",
        "injection_session.guidance",
        "letter.left_out",
        "passkey.transports",
        "patient_form.instruments",
        "plan_entry.rules",
        "plan_goal.groups",
        "training_session.methods",
    }
)
"""Long columns that hold several words of the program's own lists."""
JSON = ("signature.content", "site_change.before", "site_change.after", "time_out.confirmed", "audit_event.values",
        "patient_merge.moved", "patient_merge.facts", "cohort.criteria", "issued_document.content")  # fmt: skip
"""Columns that must still parse: the same texts are replaced inside."""
FRAME = frozenset(
    {
        "assessment.instrument",
        "assessment.version",
        "audit_event.action",
        "audit_event.outcome",
        "audit_event.role",
        "audit_event.values",
        "clinic.language",
        "clinic.paper",
        "clinic.second_factor",
        "clinic.time_zone",
        "injection_site.dose_product",
        "injection_site.muscle",
        "injection_site.sub_site",
        "injection_site.view",
        "lot.product",
        "signature.content",
        "signature.time_zone",
        "visit.time_zone",
    }
)
"""Words of lists without which hardly a page answers at all; a round with them would prove nothing of the others."""
UNTOUCHED = frozenset({"alembic_version", "idempotency_key"})


def columns(*, coded: bool = False, metadata: MetaData = Base.metadata) -> list[Column[Any]]:
    """The columns of every table that hold text: what people type, or (``coded``) the program's own words."""
    return [
        column
        for table in metadata.sorted_tables
        if table.name not in UNTOUCHED
        for column in table.columns
        if _holds_text(column) and _is_coded(column) == coded
    ]


def _holds_text(column: Column[Any]) -> bool:
    is_text = isinstance(column.type, String) and not isinstance(column.type, Enum | LargeBinary)
    return is_text and not column.foreign_keys and not column.primary_key and not KEYS.search(column.name)


def _is_coded(column: Column[Any]) -> bool:
    return column.name in CODES and str(column) not in TYPED


def payload(column: Column[Any], turn: int) -> str:
    """What a column gets in a round: as many contexts as it holds, beginning with another one each time."""
    limit = getattr(column.type, "length", None) or 2000
    if turn == 1 and limit > 60 and len(column.name) % 2:
        return LINKS[len(column.name) % len(LINKS)][:limit]
    start = (len(str(column)) + turn * 5) % len(CONTEXTS)
    made = FORMULAS[len(str(column)) % len(FORMULAS)] if turn == 1 else ""
    for one in CONTEXTS[start:] + CONTEXTS[:start]:
        if len(made) + len(one) <= limit:
            made += one
    return made or SHORT[:limit]


@contextmanager
def behind(instance: Path) -> Iterator[Connection]:
    """A connection to the file itself: the program's guards stand in the program."""
    engine = create_engine(f"sqlite:///{instance / 'clinic.sqlite3'}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def disarm(connection: Connection) -> None:
    """Drop the triggers of a scratch copy: whoever has the file has that power."""
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
    for name in names:
        connection.execute(text(f'DROP TRIGGER "{name}"'))


def poisoned(connection: Connection, turn: int, *, coded: bool = False) -> dict[str, str]:
    """Write the payloads of a round; gives what each column got."""
    given: dict[str, str] = {}
    replaced: dict[str, str] = {}
    connection.execute(text("PRAGMA ignore_check_constraints = ON"))
    for column in columns(coded=coded):
        if coded and str(column) in FRAME:
            continue
        name = f'"{column.table.name}"."{column.name}"'
        bad = payload(column, turn)
        if not coded:
            old = connection.execute(text(f"SELECT DISTINCT {name} FROM {_from(column.table)}")).scalars()
            replaced |= {value: bad for value in old if isinstance(value, str) and len(value) > 2}
        one = _unique(column)
        value = f"substr(:bad, 1, {one}) || rowid" if one else ":bad"
        connection.execute(
            text(f'UPDATE "{column.table.name}" SET "{column.name}" = {value}'),
            {"bad": bad},
        )
        given[str(column)] = bad
    if not coded:
        _inside_json(connection, replaced)
        _hashed_again(connection)
    connection.commit()
    return given


def _from(table: Table) -> str:
    return f'"{table.name}"'


def _unique(column: Column[Any]) -> int:
    """The length that leaves room for the row's number where values must differ, else 0."""
    differing = {one.name for index in column.table.indexes if index.unique for one in index.columns}
    for constraint in column.table.constraints:
        if type(constraint).__name__ == "UniqueConstraint":
            differing |= {one.name for one in constraint.columns}  # type: ignore[attr-defined]
    limit = getattr(column.type, "length", None) or 200
    return max(1, limit - 6) if column.name in differing else 0


def _inside_json(connection: Connection, replaced: dict[str, str]) -> None:
    for place in JSON:
        table, _, name = place.partition(".")
        rows = connection.execute(text(f'SELECT rowid, "{name}" FROM "{table}"')).fetchall()
        for number, value in rows:
            if value and value.startswith(("{", "[")):
                new = json.dumps(_changed(json.loads(value), replaced), ensure_ascii=False, separators=(",", ":"))
                statement = text(f'UPDATE "{table}" SET "{name}" = :new WHERE rowid = :number')
                connection.execute(statement, {"new": new, "number": number})


def _hashed_again(connection: Connection) -> None:
    """Give each signed content the hash of its new text: otherwise its pages show nothing but that it was altered."""
    for table in ("signature", "issued_document"):
        for number, content in connection.execute(text(f'SELECT rowid, content FROM "{table}"')).fetchall():
            changed = hashlib.sha256(content.encode()).hexdigest()
            statement = text(f'UPDATE "{table}" SET content_sha256 = :hash WHERE rowid = :number')
            connection.execute(statement, {"hash": changed, "number": number})


def _changed(value: Any, replaced: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _changed(one, replaced) for name, one in value.items()}
    if isinstance(value, list):
        return [_changed(one, replaced) for one in value]
    return replaced.get(value, value) if isinstance(value, str) else value


class Injected(HTMLParser):
    """Elements, attributes and addresses of a page that came out of data."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if MARK in tag:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if MARK in name or (name.startswith("on") and not name.startswith("one")):
                self.found.append(f"<{tag} {name}>")
            address = (value or "").strip().lower()
            if name in {"href", "src", "action", "formaction", "xlink:href", "srcset", "poster", "data"} and (
                address.startswith(("javascript:", "data:text", "//", "vbscript:"))
            ):
                self.found.append(f"<{tag} {name}={address[:30]}>")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script" and f"window.{MARK}" in data:
            self.found.append("<script> with data")


def injected(page: str) -> list[str]:
    """What of the payloads became part of a page, or was worked out as a template."""
    parser = Injected()
    parser.feed(page)
    parser.close()
    return parser.found + ([f"{SUM} became {RESULT}"] if RESULT in page else [])
