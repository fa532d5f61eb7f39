"""D-11: statements that go past the objects, and so past versions, are these; each says why it may (docs/reliability.md).

A change of a record goes through its object: the optimistic lock is counted up and the trail's entry is made beside it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from clinic.models import Base
from tests.architecture.sources import name, python_files, tree

KINDS = {"insert", "update", "delete"}

BULK = {
    "clinic/archives/importing.py": "a whole clinic is taken in, with the versions and the trail that it brings",
    "clinic/audit_chain.py": "the trail itself",
    "clinic/backups/restoring.py": "in a restored database: sessions and codes are over, the run of its backup ended",
    "clinic/backups/runs.py": "runs of backups, which are no patient's",
    "clinic/services/accounts.py": "passwords and sessions, compared and changed in one statement",
    "clinic/services/assessments.py": "the answers of one assessment, replaced under its version and entered in the trail",
    "clinic/services/instrument_wordings.py": "the parts of one wording, replaced under the mark that was shown",
    "clinic/services/merges.py": "all rows of a record go to another, each named in the trail; drafts are counted up",
    "clinic/services/one_time_codes.py": "a code is used once, by one statement",
    "clinic/services/passkeys.py": "the counter of a passkey, compared and changed in one statement",
    "clinic/services/patient_forms.py": "a patient's answers before they are sent; tries of the birth date",
    "clinic/services/patients.py": "the words that a search finds, derived from the patient",
    "clinic/services/presence.py": "who looks at a draft now",
    "clinic/services/recovery_codes.py": "a code is used once, by one statement",
    "clinic/services/kept_answers.py": "answers kept for repeated requests, when they are old",
    "clinic/services/reviews.py": "the parts of one review, replaced under its version and entered in the trail",
    "clinic/services/second_factors.py": "a factor's last use, compared and changed in one statement; sessions",
    "clinic/services/sessions.py": "sessions, and tries of a locked one",
    "clinic/services/sign_in_limits.py": "tries to sign in",
    "clinic/services/sign_in_steps.py": "a sign-in under way",
    "clinic/services/site_changes.py": "the steps to undo of one draft, when it is signed or discarded",
    "clinic/services/training.py": "the feedback of one draft, replaced under its version and entered in the trail",
    "clinic/services/waiting_lines.py": "what Today shows, derived from the record",
    "clinic/web/work.py": "the keys of repeated requests",
}


def bulk(file: Path) -> Iterator[tuple[str, str]]:
    """Each bulk statement of a file: its kind, and what it is of as it is written."""
    for node in ast.walk(tree(file)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in KINDS and node.args:
            yield called.id, ast.unparse(node.args[0])
        elif isinstance(called, ast.Attribute) and called.attr in KINDS and _is_table(called.value):
            yield called.attr, ast.unparse(called.value)


def _is_table(value: ast.expr) -> bool:
    return ast.unparse(value).endswith(("__table__", "table")) or (
        isinstance(value, ast.Call) and ast.unparse(value.func).endswith(".query")
    )


def test_each_bulk_statement_says_why_it_goes_past_the_objects() -> None:
    found = {name(file) for file in python_files("clinic") if any(bulk(file))}
    assert found == set(BULK)


def test_no_bulk_statement_names_a_record_that_has_a_version() -> None:
    versioned = {one.class_.__name__ for one in Base.registry.mappers if "edit_version" in one.columns}
    assert {"Visit", "Patient", "Assessment", "Review"} <= versioned
    named = {(name(file), of) for file in python_files("clinic") for _, of in bulk(file)}
    assert {one for one in named if one[1] in versioned} == set()


def test_a_bulk_statement_is_found(tmp_path: Path) -> None:
    file = tmp_path / "planted.py"
    file.write_text("update(Visit)\nVisit.__table__.delete()\nsession.query(Visit).update({})\nwords.update({})\n")
    assert list(bulk(file)) == [("update", "Visit"), ("delete", "Visit.__table__"), ("update", "session.query(Visit)")]
