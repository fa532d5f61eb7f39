"""Parts of docs/ that are written from the code: ``python -m tests.architecture.generated_docs`` writes them anew.

Each part stands between two comments in its document; the text around it is written by hand.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import partial

from flask import Flask

from clinic import web
from clinic.config import DECLARED
from clinic.domain.actors import ROLES, STATES, Permission, RecordState, Role
from clinic.domain.muscles import MUSCLES
from clinic.domain.products import Basis, Product, products
from clinic.domain.quantities import format_millilitres, format_units
from clinic.domain.shorthand_words import ABBREVIATIONS, choices
from clinic.web.security import declared_permission
from tests.architecture import instrument_docs, planning_docs, promises
from tests.architecture.sources import PROGRAM, ROOT, python_files, tree

COMMAND = "python -m tests.architecture.generated_docs"

MEANINGS: Mapping[Permission, str] = {
    Permission.PUBLIC: "Use without signing in",
    Permission.ACCOUNT: "Use one's own account: home page, password, signing out",
    Permission.PATIENT_READ: "Find and read patients",
    Permission.PATIENT_WRITE: "Enter and change patients, conditions, safety facts, operations, toxin given elsewhere",
    Permission.PATIENT_RETIRE: "Retire and restore a patient",
    Permission.STOCK_READ: "Read products, lots, vials and ledgers",
    Permission.STOCK_WRITE: "Add and recall lots; open, correct and discard vials; draw from them",
    Permission.VISIT_READ: "Read visits",
    Permission.VISIT_CHART: "Start a visit; write its day, notes and outcome",
    Permission.INJECTION_CHART: "Chart an injection session: sites, syringes, answers, consent",
    Permission.VISIT_DISCARD: "Discard a draft, and restore it",
    Permission.INJECTION_TIME_OUT: "Take the time-out",
    Permission.INJECTION_GIVE: "Mark sites given or not given; settle",
    Permission.INJECTION_SIGN: "Sign a visit with injections",
    Permission.VISIT_SIGN: "Sign a visit",
    Permission.VISIT_AMEND: "Start an amendment of a signed visit",
    Permission.VISIT_ADDENDUM: "Sign an addendum",
    Permission.VISIT_VOID: "Void a signed visit",
    Permission.FINDING_OVERRIDE: "Go on past a *prescriber* finding with a reason",
    Permission.PRESET_ACCEPT: "Accept and retire the clinic's dose presets",
    Permission.ASSESSMENT_RATE: "Grade a face: scales, measures, synkinesis grid",
    Permission.ADVERSE_EVENT_WRITE: "Enter and change adverse events",
    Permission.ADVERSE_EVENT_REVIEW: "Review an adverse event, so that it stops nothing any more",
    Permission.PLAN_WRITE: "Write a patient's plan: goals, exercises, referrals, dates, the next step; record training",
    Permission.TARGET_WRITE: "Plan targets for toxin, and record test blocks",
    Permission.DIARY_WRITE: "Key in a patient's diary of practice",
    Permission.RULES_MANAGE: "Write a clinic's dose rules, and switch planning rules off and on",
    Permission.DOCUMENT_READ: "Print and read documents",
    Permission.DOCUMENT_ISSUE: "Hand documents over: keep what was printed, for whom and what for",
    Permission.LETTER_WRITE: "Write letters and issue them",
    Permission.LETTER_TEMPLATES: "Write the clinic's own words for letters",
    Permission.TEXT_ACCEPT: "Accept the texts that patients get about treatment",
    Permission.THERAPY_TEXT_ACCEPT: "Accept the texts that patients get about therapy",
    Permission.REPORT_READ: "Read the clinic's reports: numbers, never a patient's record",
    Permission.COHORT_SEARCH: "Find patients by what was charted, and keep searches under a name",
    Permission.COHORT_EXPORT: "Take a cohort's data out without names, for research",
    Permission.RECORD_EXPORT: "Take out the whole record of a patient or of the clinic",
    Permission.RECORD_IMPORT: "Import patients and past sessions from a table",
    Permission.ACCOUNTS_MANAGE: "Manage the clinic's people",
    Permission.SETTINGS_MANAGE: "Change the clinic's settings",
    Permission.AUDIT_READ: "Read the audit trail",
    Permission.EMERGENCY_ACCESS: "Open records in an emergency, for an hour, by those whom an administrator has named",
    Permission.EMERGENCY_REVIEW: "Review what was opened in emergencies",
    Permission.VISIT_CO_SIGN: "Co-sign what an injector signed under one's name",
    Permission.VISIT_MOVE: "Take a visit charted in the wrong record to the right one",
    Permission.PATIENT_MERGE: "Merge two records of one person, and part them again",
    Permission.AMENDMENT_REQUEST_WRITE: "Enter a patient's request to correct the record",
    Permission.AMENDMENT_REQUEST_DECIDE: "Accept or deny such a request",
}
"""Each permission in words; a test holds it complete."""


def settings_table() -> str:
    """The declared settings, one a row."""
    rows = ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    rows += [f"| `{one.name}` | {f'`{one.default}`' if one.default else ''} | {one.help} |" for one in DECLARED]
    return "\n".join(rows)


def permissions_table() -> str:
    """Permission × role × state of the record."""
    head = ["Permission", "What it allows", "Record must be", *(role.value for role in Role)]
    rows = [_row(head), _row(["---"] * 3 + [":-:"] * len(Role))]
    for one in Permission:
        marks = ["✓" if role in ROLES[one] else "" for role in Role]
        rows.append(_row([f"`{one.value}`", MEANINGS[one], states_text(STATES[one]), *marks]))
    return "\n".join(rows)


def states_text(states: frozenset[RecordState]) -> str:
    """States in words, in the order in which a record goes through them."""
    if states == {RecordState.NONE}:
        return ""
    if states == set(RecordState):
        return "any"
    return ", ".join(state.value for state in RecordState if state in states)


def routes_table() -> str:
    """Every route with its methods and permission."""
    rows = ["| Route | Methods | Permission |", "| --- | --- | --- |"]
    for path, methods, needed in sorted(routes()):
        rows.append(f"| `{path}` | {methods} | `{needed.value}` |")
    return "\n".join(rows)


def routes() -> list[tuple[str, str, Permission]]:
    """Path, methods and permission of every route; needs no keys and no database."""
    app = Flask(PROGRAM.name)
    web.register(app)
    found = []
    for rule in app.url_map.iter_rules():
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        needed = declared_permission(app, rule.endpoint)
        assert needed is not None, rule.rule
        found.append((rule.rule, methods, needed))
    return found


def limits_table() -> str:
    """The label limits that safety checks read, with where they come from."""
    rows = ["| Check | Product | Limit | Basis | Source |", "| --- | --- | --- | --- | --- |"]
    stated = [
        (limit.rule, item.brand, limit.fact) for item in products().values() for limit in item.limits if limit.rule
    ]
    for rule, brand, fact in sorted(stated, key=lambda row: row[0]):
        rows.append(_row([rule, brand, fact.text, fact.basis.value, fact.source]))
    return "\n".join(rows)


def unverified_table() -> str:
    """Every fact of a product that nobody has read in any source yet."""
    rows = ["| Product | Unverified |", "| --- | --- |"]
    for item in products().values():
        rows += [_row([item.brand, text]) for text in _recalled(item)]
    return "\n".join(rows)


def _recalled(item: Product) -> list[str]:
    facts = [item.storage, item.ready_fact, *(limit.fact for limit in item.limits), *item.contraindications]
    found = [fact.text for fact in facts if fact and not fact.verified]
    if item.ready_fact and not item.ready_fact.verified:
        found[found.index(item.ready_fact.text)] += f": {item.ready_units_per_ml} units in 1 mL"
    if not item.keeping.basis.verified:
        found.append(f"Use-by {item.keeping.hours} hours after mixing")
    for size in item.vials:
        volumes = [format_millilitres(mix.microlitres) for mix in size.mixes if mix.basis is Basis.RECALLED]
        if volumes:
            found.append(f"{format_units(size.units)} mixed with {', '.join(volumes)}")
    return found


def shorthand_table() -> str:
    """The muscles of the shorthand line, with abbreviations, groups and sites."""
    rows = [
        "| Muscle | Name in full | Abbreviations | Groups with their sizes, or sites |",
        "| --- | --- | --- | --- |",
    ]
    for key, short in sorted(ABBREVIATIONS.items(), key=lambda item: MUSCLES[item[0]].label):
        found = MUSCLES[key]
        rows.append(_row([found.label, f"`{key}`", ", ".join(f"`{one}`" for one in short), choices(found)]))
    return "\n".join(rows)


def permissions_asked_for(*folders: str) -> set[Permission]:
    """Every permission that the code of some folders names."""
    return {
        Permission[node.attr]
        for file in python_files(*folders)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Permission"
    }


PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "settings.md": {"settings": settings_table},
    "permissions.md": {"permissions": permissions_table, "routes": routes_table},
    **{
        name: {"gaps": partial(promises.gaps_table, name), "promises": partial(promises.held_table, name)}
        for name in ("security.md", "reliability.md")
    },
    "shorthand.md": {"muscles": shorthand_table},
    "status.md": {"limits": limits_table, "unverified": unverified_table},
    **instrument_docs.parts(),
    **planning_docs.parts(),
}
"""Document → part → what writes it."""


def shown(document: str, part: str) -> str:
    """What a document holds for a part now. Raises AssertionError when its two comments are missing."""
    found = _between(part).search((ROOT / "docs" / document).read_text(encoding="utf-8"))
    assert found, f"docs/{document} has no part {part}"
    return found["inside"]


def write() -> None:
    """Write every part into its document."""
    for document, parts in PARTS.items():
        file = ROOT / "docs" / document
        text = file.read_text(encoding="utf-8")
        for part, make in parts.items():
            text = filled(text, part, make())
        file.write_text(text, encoding="utf-8")


def filled(text: str, part: str, table: str) -> str:
    """A document with another table between the two comments of a part."""
    found = _between(part).search(text)
    assert found, f"There is no part {part}."
    return f"{text[: found.start('inside')]}{table}\n{text[found.start('close') :].lstrip()}"


def _between(part: str) -> re.Pattern[str]:
    # A part never reaches over the next comment, so that a lost end does not swallow what follows.
    inside = r"(?P<inside>(?:(?!<!--).)*?)"
    return re.compile(rf"(?P<open><!-- from the code: {part} -->\n){inside}(?P<close>\n?<!-- end -->)", re.DOTALL)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    write()
