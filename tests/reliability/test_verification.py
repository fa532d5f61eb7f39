"""One changed byte is found and named: content, seal, rows, documents, audit trail, ledgers, triggers, old files."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from clinic import new_id, verification
from clinic.unit_of_work import Work
from tests.reliability.tampering import World, found, tamper

LAST = "(SELECT max(sequence) FROM audit_event WHERE chain = 1)"

PORTABLE: dict[str, tuple[tuple[str, ...], str]] = {
    "a dose in the signed content": (
        (
            'UPDATE signature SET content = replace(content, \'"units":"5"\', \'"units":"6"\') WHERE visit_id = \'{first}\'',
        ),
        "does not have the signed hash",
    ),
    "the hash of the content": (
        (f"UPDATE signature SET content_sha256 = '{'0' * 64}' WHERE visit_id = '{{first}}'",),
        "the seal does not fit",
    ),
    "the signer": (
        ("UPDATE signature SET signer_name = 'Somebody Else' WHERE visit_id = '{first}'",),
        "the seal does not fit",
    ),
    "a vial that holds something marked as spent": (
        ("UPDATE vial SET is_spent = NOT is_spent",),
        "is marked as spent, but its ledger holds",
    ),
    "the time of signing": (
        ("UPDATE signature SET signed_at = '2026-11-21 09:00:00.000000' WHERE visit_id = '{first}'",),
        "the seal does not fit",
    ),
    "the seal": (
        ("UPDATE signature SET seal = 'f' || substr(seal, 2, 62) || 'x' WHERE visit_id = '{first}'",),
        "the seal",
    ),
    "two signatures swapped": (
        (
            "UPDATE signature SET visit_id = 'x' WHERE visit_id = '{first}'",
            "UPDATE signature SET visit_id = '{first}' WHERE visit_id = '{second}'",
            "UPDATE signature SET visit_id = '{second}' WHERE visit_id = 'x'",
        ),
        "signatures were swapped",
    ),
    "a signature deleted": (("DELETE FROM signature WHERE visit_id = '{first}'",), "its signature is missing"),
    "signature and state taken away": (
        ("DELETE FROM signature WHERE visit_id = '{first}'", "UPDATE visit SET state = 'draft' WHERE id = '{first}'"),
        "a signature in the audit trail is missing",
    ),
    "a signed visit made a draft": (("UPDATE visit SET state = 'draft' WHERE id = '{first}'",), "is not marked signed"),
    "the day of a signed visit": (("UPDATE visit SET \"on\" = '2026-11-20' WHERE id = '{first}'",), "on differs"),
    "the patient of a signed visit": (
        ("UPDATE visit SET patient_id = (SELECT patient_id FROM visit WHERE id = '{second}') WHERE id = '{first}'",),
        "belongs to another patient",
    ),
    "a note": (("UPDATE visit_note SET text = 'Sunnybrook 85.' WHERE visit_id = '{first}'",), "notes differs"),
    "the units of a site": (
        ("UPDATE injection_site SET units = 260 WHERE visit_id = '{first}' AND number = 1",),
        "sites 1: units differs",
    ),
    "the side of a site": (
        ("UPDATE injection_site SET side = 'right' WHERE visit_id = '{first}' AND number = 1",),
        "sites 1: side differs",
    ),
    "a site deleted": (
        ("DELETE FROM injection_site WHERE visit_id = '{first}' AND number = 2",),
        "sites 2 was removed",
    ),
    "an answer": (
        ("UPDATE screening_answer SET answer = 'yes' WHERE visit_id = '{first}' AND question = 'allergy'",),
        "answers allergy: answer differs",
    ),
    "who took the time-out": (("UPDATE time_out SET \"by\" = 'Nobody' WHERE visit_id = '{first}'",), "by differs"),
    "the consent": (
        ("UPDATE injection_session SET consent = '' WHERE visit_id = '{first}'",),
        "consent of the session",
    ),
    "a raw answer of an instrument": (
        ("UPDATE assessment_answer SET value = 1 WHERE visit_id = '{first}' AND item = 'move_smile'",),
        "differs from what was signed",
    ),
    "a score": (
        ("UPDATE assessment_score SET value = 9900 WHERE score = 'composite'",),
        "differs from what was signed",
    ),
    "the rater of a score": (("UPDATE assessment SET rater_name = 'Somebody Else'",), "differs from what was signed"),
    "a grade of the grid": (("UPDATE synkinesis_finding SET grade = 0",), "grid"),
    "a cell of the grid deleted": (("DELETE FROM synkinesis_finding",), "grid"),
    "the side of a muscle that a pattern is linked to": (
        ("UPDATE review_effect_muscle SET muscle_side = 'right'",),
        "differs from what was signed",
    ),
    "the grade of an adverse event": (
        ("UPDATE adverse_event_entry SET grade = 1 WHERE number = 3",),
        "entry 3: grade differs from what the audit trail says",
    ),
    "an adverse event of another patient": (
        ("UPDATE adverse_event SET patient_id = 'x'",),
        "patient differs from what the audit trail says",
    ),
    "a review of an adverse event made up": (
        ("UPDATE adverse_event_entry SET reviewed = (1 = 1) WHERE number = 2",),
        "done differs from what the audit trail says",
    ),
    "an entry of an adverse event deleted": (
        ("DELETE FROM adverse_event_entry WHERE number = 2",),
        "entry 2: is in the audit trail and missing here",
    ),
    "a site of an adverse event": (("DELETE FROM adverse_event_site WHERE number = 1",), "site_ids differs"),
    "an addendum": (("UPDATE addendum SET text = text || '!'",), "text, signer, time or visit were changed"),
    "an addendum deleted": (("DELETE FROM addendum",), "an addendum in the audit trail is missing"),
    "a voiding undone": (("DELETE FROM visit_void",), "the voiding in the audit trail is missing"),
    "the units of a voiding": (("UPDATE visit_void SET disposition = 'given'",), "the voiding in the audit trail"),
    "the hash of a document": ((f"UPDATE document SET sha256 = '{'0' * 64}'",), "do not have the hash"),
    "a document of another visit": (
        ("UPDATE document SET visit_id = '{second}'",),
        "was not rendered from what was signed",
    ),
    "a document deleted": (("DELETE FROM document",), "a document in the audit trail is missing"),
    "a value in the audit trail": (
        ("UPDATE audit_event SET \"values\" = '{{}}' WHERE chain = 1 AND sequence = 5",),
        "chain 1, entry 5: its content was changed",
    ),
    "the time of an audit entry": (
        ("UPDATE audit_event SET at = '2026-11-21 09:00:00.000000' WHERE chain = 1 AND sequence = 6",),
        "chain 1, entry 6: its content was changed",
    ),
    "an audit entry taken out": (
        ("DELETE FROM audit_event WHERE chain = 1 AND sequence = 7",),
        "chain 1, entry 8: entry 7 is missing",
    ),
    "two audit entries swapped": (
        (
            "UPDATE audit_event SET sequence = 99999 WHERE chain = 1 AND sequence = 8",
            "UPDATE audit_event SET sequence = 8 WHERE chain = 1 AND sequence = 9",
            "UPDATE audit_event SET sequence = 9 WHERE chain = 1 AND sequence = 99999",
        ),
        "chain 1, entry 8: it does not follow",
    ),
    "the end of the audit trail": (
        (f"DELETE FROM audit_event WHERE chain = 1 AND sequence = {LAST}",),
        "its head says",
    ),
    "the end of the audit trail with its head": (
        (
            f"DELETE FROM audit_event WHERE chain = 1 AND sequence > {LAST} - 3",
            f"UPDATE audit_head SET sequence = {LAST} WHERE chain = 1",
            f"UPDATE audit_head SET hash = (SELECT hash FROM audit_event WHERE chain = 1 AND sequence = {LAST}) WHERE chain = 1",
        ),
        "the end was cut off",
    ),
    "units in a ledger": (("UPDATE vial_entry SET units = units + 25 WHERE kind = 'given'",), "its ledger says"),
    "what was opened": (("UPDATE vial_entry SET units = 5000 WHERE kind = 'opened'",), "was not opened once"),
    "a ledger line deleted": (
        ("DELETE FROM vial_entry WHERE kind = 'returned'",),
        "its ledger says",
    ),
    "unopened vials counted": (("UPDATE lot_count SET vials = 4",), "a count of unopened vials in the audit trail"),
    "a count deleted": (("DELETE FROM lot_count",), "a count of unopened vials in the audit trail is missing"),
    "a vial overdrawn": (("UPDATE vial_entry SET units = -20000 WHERE kind = 'given'",), "more was taken than it held"),
}

PLANNED: dict[str, dict[str, str]] = {
    "changed": {
        "UPDATE plan_goal SET words = 'to sing' WHERE number = 1": r"entry 1: .*\bwords\b.* differs",
        "UPDATE plan_entry SET state = 'agreed' WHERE number = 2 AND state = 'declined'": r"entry 2: .*\bstate\b.* differs",
        "UPDATE plan_target SET side = 'right' WHERE number = 1": r"entry 1: .*\bside\b.* differs",
        "UPDATE plan_target SET units_per_site = 500 WHERE number = 1": r"entry 1: .*\bunits_per_site\b.* differs",
        "UPDATE plan_entry SET reason = 'x' WHERE number = 1": r"entry 1: .*\breason\b.* differs",
        "UPDATE plan_entry SET \"by\" = 'Nobody' WHERE number = 1": r"entry 1: .*\bauthor\b.* differs",
        "UPDATE plan_entry SET at = '2026-11-20 09:00:00.000000' WHERE number = 1": r"entry 1: .*\bwritten_at\b.* differs",
        "UPDATE plan_item SET \"by\" = 'Nobody'": r"entry 1: .*\bbegun_by\b",
        "UPDATE plan_item SET at = '2026-11-20 09:00:00.000000'": r"entry 1: .*\bbegun_at\b",
        "UPDATE plan_exercise SET excursion = 'as far as it goes'": r"entry 1: .*\bexcursion\b.* differs",
        "UPDATE plan_programme SET visit_to = '2027-02-01'": r"entry 1: .*\bvisit_to\b.* differs",
        "UPDATE plan_referral SET kind = 'psychology'": r"entry 1: .*\bkind\b.* differs",
        "UPDATE plan_referral SET question = 'None.'": r"entry 1: .*\bquestion\b.* differs",
        "UPDATE plan_appointment SET \"on\" = '2026-12-21'": r"entry 1: .*\bon\b.* differs",
        "UPDATE plan_appointment SET at = '15:30'": r"entry 1: .*\bat\b.* differs",
        "UPDATE plan_step SET step = 'surgery'": r"entry 1: .*\bstep\b.* differs",
        "UPDATE planning_answer SET answer = 'yes'": "planning_answers mass differs",
        "UPDATE goal_rating SET level = 2": "goal_ratings",
        "UPDATE muscle_block SET side = 'right'": "blocks",
        "UPDATE training_session SET minutes = 10": "training",
        "UPDATE training_feedback SET grade_after = 0": "training",
        "UPDATE diary_week SET days = 'xxxxxxx'": "diary",
        "UPDATE dose_rule SET cap = 5000": r"dose rule .*\bcap\b.* differs",
        "UPDATE dose_rule SET is_on = (1 = 0)": r"dose rule .*\bis_on\b.* differs",
        "UPDATE planning_rule_off SET rule = 'toxin-resistant'": "planning rule",
    },
    "gone": {
        "DELETE FROM plan_entry WHERE number = 2": "entry 2: is in the audit trail and missing",
        "DELETE FROM plan_item WHERE kind = 'exercise'": "entry 1: is in the audit trail and missing",
        "DELETE FROM diary_week": "diary week .* is in the audit trail and missing",
        "DELETE FROM dose_rule": "dose rule .* is in the audit trail and missing",
        "UPDATE plan_item SET patient_id = (SELECT patient_id FROM visit WHERE id = '{second}')": r"entry 1: .*\bpatient\b.* differs",
        "DELETE FROM planning_rule_off": "planning rule .* is in the audit trail and missing",
    },
    "unreadable": {
        "DELETE FROM plan_exercise": "cannot be read",
    },
    "moved": {
        "UPDATE diary_week SET patient_id = (SELECT patient_id FROM visit WHERE id = '{second}')": "diary",
    },
}
"""Statements by what they do, with a pattern of what verification says of each; all of a kind run at once."""

SQLITE: dict[str, tuple[tuple[str, ...], str]] = {
    "one byte of a document": (
        ("UPDATE document SET body = CAST(substr(body, 1, 20) || 'X' || substr(body, 22) AS BLOB)",),
        "its bytes do not have the hash",
    ),
    "a meaning that does not exist": (("UPDATE signature SET meaning = 'dreamt'",), "cannot be read"),
    "a time that is none": (
        ("UPDATE audit_event SET at = 'yesterday' WHERE chain = 1 AND sequence = 4",),
        "chain 1, entry 4: cannot be read",
    ),
    "a side that does not exist": (
        ("UPDATE injection_site SET side = 'both' WHERE visit_id = '{first}' AND number = 1",),
        "cannot be read",
    ),
    "content that is no JSON": (("UPDATE signature SET content = '' WHERE visit_id = '{first}'",), "cannot be read"),
}


@pytest.mark.parametrize("what", PORTABLE)
def test_a_change_behind_the_program_is_found(what: str, copy: Callable[[str], World]) -> None:
    statements, expected = PORTABLE[what]
    problems = found(copy("copy"), statements)
    assert any(expected in problem for problem in problems), problems


@pytest.mark.parametrize("what", PLANNED)
def test_every_change_of_what_was_planned_is_found(what: str, copy: Callable[[str], World]) -> None:
    problems = found(copy("copy"), tuple(PLANNED[what]))
    missed = [words for words in PLANNED[what].values() if not any(re.search(words, problem) for problem in problems)]
    assert missed == [], problems


@pytest.mark.sqlite_only
@pytest.mark.parametrize("what", SQLITE)
def test_a_change_that_only_sqlite_takes_is_found(what: str, copy: Callable[[str], World]) -> None:
    statements, expected = SQLITE[what]
    problems = found(copy("copy"), statements)
    assert any(expected in problem for problem in problems), problems


def test_an_untouched_copy_has_no_problem(copy: Callable[[str], World]) -> None:
    world = copy("copy")
    world.add_addendum()
    report = verification.verify(world.work, world.anchors)
    assert report.problems == ()
    assert report.counts["signatures"] == 3
    assert report.counts["documents"] == 1


def test_an_older_copy_in_its_place_is_found(copy: Callable[[str], World]) -> None:
    today, yesterday = copy("today"), copy("yesterday")
    today.add_addendum()
    assert today.verify() == ()
    yesterday.anchors = today.anchors
    [problem] = yesterday.verify()
    assert "an older database was put in place" in str(problem)
    assert str(problem).startswith("chain 1, entry ")
    assert "older database" in str(yesterday.verify()[0])  # A second look still says so.


def test_another_history_of_the_same_length_is_found(copy: Callable[[str], World]) -> None:
    one, other = copy("one"), copy("other")
    one.add_addendum()
    assert one.verify() == ()
    other.clock.move(minutes=3)
    other.add_addendum()
    other.anchors = one.anchors
    assert any("is not the entry that the anchor" in str(problem) for problem in other.verify())


def test_a_restored_backup_can_be_accepted_with_a_reason(copy: Callable[[str], World]) -> None:
    today, yesterday = copy("today"), copy("yesterday")
    today.add_addendum()
    assert today.verify() == ()
    yesterday.anchors = today.anchors
    verification.accept_restored(yesterday.work, yesterday.anchors, "Disk failed; backup of last night restored.")
    assert yesterday.verify() == ()
    assert "Disk failed" in (yesterday.anchors / "1.jsonl").read_text(encoding="utf-8")


def test_a_changed_anchor_is_found(copy: Callable[[str], World]) -> None:
    world = copy("copy")
    file = world.anchors / "1.jsonl"
    file.write_text(file.read_text(encoding="utf-8").replace('"sequence"', '"sequenze"'), encoding="utf-8")
    assert any("anchors/1.jsonl, line 1: cannot be read" in str(problem) for problem in world.verify())


def test_anchors_grow_with_the_record_and_are_private(copy: Callable[[str], World]) -> None:
    world = copy("copy")
    file = world.anchors / "1.jsonl"
    before = file.read_text(encoding="utf-8")
    assert verification.anchor(world.work, world.anchors) == ()
    assert file.read_text(encoding="utf-8") == before
    world.add_addendum()
    verification.anchor(world.work, world.anchors)
    assert len(file.read_text(encoding="utf-8").splitlines()) == len(before.splitlines()) + 1
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.sqlite_only
def test_a_lost_trigger_is_found(copy: Callable[[str], World]) -> None:
    world = copy("copy")
    tamper(world, ["SELECT 1"])
    with world.work.engine.connect() as connection:
        connection.connection.execute("DROP TRIGGER signature_append_only_update")  # type: ignore[attr-defined]
    assert [str(problem) for problem in world.verify()] == [
        "trigger signature_append_only_update: is not installed: the rows that it protects can be changed"
    ]


def test_an_entry_made_up_without_the_key_is_found(copy: Callable[[str], World]) -> None:
    world = copy("copy")
    forged = World(**{**vars(world), "work": Work(world.work.engine, b"x" * 32, new_id, world.clock)})
    forged.add_addendum()
    problems = [str(problem) for problem in world.verify()]
    assert any("its content was changed" in problem and problem.startswith("chain 1") for problem in problems)
    assert any("the seal does not fit" in problem for problem in problems)
