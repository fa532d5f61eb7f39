"""Every route × every role × two clinics: who may, who may not, and that another clinic's id is no different from none."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from clinic.domain.actors import ROLES, Permission, Role
from clinic.domain.adverse_events import Kind, Relation
from clinic.domain.anatomy import Side
from clinic.domain.cohorts import Criteria
from clinic.domain.documents.kinds import DocumentKind, Edition
from clinic.domain.muscle_blocks import USUAL_MUSCLE, BlockEntry
from clinic.domain.next_doses import Direction, Weakness
from clinic.domain.next_doses import Rule as NextDoseRule
from clinic.domain.patient_forms import Way
from clinic.domain.plans import Exercise
from clinic.services import (
    adverse_events,
    assessments,
    blocks,
    cohorts,
    dose_rules,
    letter_templates,
    letters,
    patient_forms,
    patterns,
    therapy,
)
from clinic.services.adverse_events import EventEntry
from clinic.services.issued_documents import Print, hand_over
from clinic.services.letter_templates import TemplateWords
from clinic.unit_of_work import Work
from clinic.web.security import declared_permission
from tests import stages
from tests.charting import Charting
from tests.factories import Client, ClinicWorld, client_for

MISSING = "0" * 26
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
DOSE_RULE = NextDoseRule(
    "", "botox", None, 0, 3, Weakness.ANY, 0, 104, Direction.HOLD, Decimal(0), Decimal(5), "Hold for now"
)
EXERCISE = Exercise("e2_eyes_open_pucker", "until the eye narrows", "soften", "stop then", "5 times")
BLOCK = BlockEntry(USUAL_MUSCLE, Side.LEFT, "lidocaine 1 %")
LETTER_WORDS = TemplateWords(DocumentKind.REFERRER_LETTER.value, "Ours", "Dear {{recipient}}", "Yours")
NOT_RECORDS = {"static", "pages.face_geometry"}
"""Routes whose argument is no record."""


def rules(app: Flask) -> list[Rule]:
    """All routes that lead to a view of ours."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in NOT_RECORDS]


def address(app: Flask, rule: Rule, ids: dict[str, str]) -> str:
    """The URL of a rule with ids for its arguments."""
    with app.test_request_context(base_url="https://localhost"):
        from flask import url_for

        return url_for(rule.endpoint, **{name: ids.get(name, MISSING) for name in rule.arguments})


@pytest.fixture
def signed(work: Work, clinic: ClinicWorld, clock: Any) -> dict[str, str]:
    """Ids of one record of every kind in the first clinic."""
    return dict(stages.once(work, ("one of every kind", clinic.id), lambda: one_of_every_kind(work, clinic, clock)))


def one_of_every_kind(work: Work, clinic: ClinicWorld, clock: Any) -> dict[str, str]:
    """Make the records."""
    charting = Charting.begun(work, clinic, clock)
    with charting.writing() as uow:
        form_id = patient_forms.create_form(uow, charting.visit_id, ["follow_up"], Way.TABLET)
    with charting.writing() as uow:
        assessment_id = assessments.save_assessment(
            uow, charting.visit_id, "house_brackmann", {"grade": 3}, version="1985", side=Side.LEFT
        )
    with charting.writing() as uow:
        item_id = therapy.add_exercise(uow, charting.visit_id, EXERCISE)
    with charting.writing() as uow:
        block_id = blocks.record_block(uow, charting.visit_id, BLOCK)
    charting.signed()
    record = charting.record()
    with charting.writing() as uow:
        pattern_id = patterns.save_pattern(uow, charting.visit_id, "usual left")
    with charting.writing() as uow:
        entry = EventEntry(Kind.DRY_EYE, 1, Relation.POSSIBLE, Side.LEFT)
        event_id = adverse_events.record_event(uow, charting.patient_id, entry, session_id=charting.visit_id)
    with charting.writing() as uow:
        dose_rule_id = dose_rules.write_rule(uow, DOSE_RULE)
    with charting.writing() as uow:
        one = Print(
            uow.new_id(), "facial massage", "Massage", "en", Edition.NORMAL, "A4", None, "", "0" * 64, b"%PDF-1.7"
        )
        document_id = hand_over(uow, charting.patient_id, [one], given_to="patient", purpose="")
    with charting.writing() as uow:
        letter_id = letters.start_letter(uow, charting.patient_id, DocumentKind.REFERRER_LETTER)
        template_id = letter_templates.write_template(uow, LETTER_WORDS)
    with charting.writing() as uow:
        cohort_id = cohorts.save_cohort(uow, "Chins", Criteria(muscles=("mentalis",)), shared=True)
    with charting.reading() as uow:
        lot_id = uow.session.execute(text("SELECT id FROM lot")).scalar_one()
        condition_id = uow.session.execute(text("SELECT id FROM condition")).scalar_one()
    return {
        "patient_id": charting.patient_id,
        "visit_id": charting.visit_id,
        "source_id": charting.visit_id,
        "pattern_id": pattern_id,
        "site_id": record.sites[0].id,
        "syringe_id": record.syringes[0].id,
        "vial_id": charting.vial_id,
        "lot_id": lot_id,
        "condition_id": condition_id,
        "user_id": clinic.prescriber.user_id,
        "assessment_id": assessment_id,
        "instrument": "house_brackmann",
        "side": "left",
        "form_id": form_id,
        "event_id": event_id,
        "session_id": charting.visit_id,
        "dose_rule_id": dose_rule_id,
        "exercise_id": EXERCISE.exercise,
        "item_id": item_id,
        "block_id": block_id,
        "document_id": document_id,
        "letter_id": letter_id,
        "template_id": template_id,
        "cohort_id": cohort_id,
        "kind": DocumentKind.REFERRER_LETTER.slug,
    }


def test_every_route_declares_a_permission(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert declared_permission(app, rule.endpoint) is not None, rule.rule


def test_a_route_without_a_permission_stops_the_start(app: Flask) -> None:
    from clinic.web.security import UndeclaredPermission, require_declared

    app.view_functions["stray"] = lambda: "x"
    app.url_map.add(Rule("/stray", endpoint="stray"))
    with pytest.raises(UndeclaredPermission):
        require_declared(app)


def test_nobody_gets_anywhere_without_signing_in(app: Flask, signed: dict[str, str]) -> None:
    client = app.test_client()
    for rule in rules(app):
        if declared_permission(app, rule.endpoint) is Permission.PUBLIC:
            continue
        method = "GET" if "GET" in rule.methods else "POST"
        answer = send(client, method, address(app, rule, signed))
        assert answer.status_code in {302, 400, 401}, rule.rule
        assert "Keane" not in answer.text


@pytest.mark.parametrize("role", list(Role))
def test_a_role_without_the_permission_is_refused_and_changes_nothing(
    app: Flask, work: Work, clinic: ClinicWorld, signed: dict[str, str], role: Role
) -> None:
    client = client_for(app, clinic.people[role])
    before = checksum(work)
    for rule in rules(app):
        needed = declared_permission(app, rule.endpoint)
        if needed is None or role in ROLES[needed]:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = send(client, method, address(app, rule, signed))
            assert answer.status_code == 403, f"{role} {method} {rule.rule}: {answer.status_code}"
            assert "Keane" not in answer.text
    assert checksum(work) == before


@pytest.mark.parametrize("role", list(Role))
def test_another_clinics_id_answers_exactly_like_a_missing_one(
    app: Flask, work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld, signed: dict[str, str], role: Role
) -> None:
    client = client_for(app, other_clinic.people[role])
    before = checksum(work)
    for rule in rules(app):
        needed = declared_permission(app, rule.endpoint)
        if not rule.arguments or needed is None or role not in ROLES[needed]:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            foreign = send(client, method, address(app, rule, signed))
            missing = send(client, method, address(app, rule, {}))
            where = f"{role} {method} {rule.rule}"
            assert foreign.status_code == missing.status_code, where
            assert foreign.status_code in {404, 422}, f"{where}: {foreign.status_code}"
            assert bare(foreign.text, signed) == bare(missing.text, {}), where
            assert "Keane" not in foreign.text, where
    assert checksum(work) == before


def test_every_unsafe_route_needs_the_csrf_token(
    app: Flask, work: Work, clinic: ClinicWorld, signed: dict[str, str]
) -> None:
    client = client_for(app, clinic.prescriber)
    before = checksum(work)
    for rule in rules(app):
        for method in sorted((rule.methods or set()) & UNSAFE):
            answer = client.open(address(app, rule, signed), method=method, data={"idempotency_key": "x"})
            assert answer.status_code in {400, 403}, f"{method} {rule.rule}: {answer.status_code}"
    assert checksum(work) == before


def test_reading_changes_nothing_but_the_audit_trail(
    app: Flask, work: Work, clinic: ClinicWorld, signed: dict[str, str]
) -> None:
    for role in (Role.PRESCRIBER, Role.ADMINISTRATOR, Role.AUDITOR):
        client = client_for(app, clinic.people[role])
        first = address(app, next(r for r in rules(app) if r.endpoint == "documents.original"), signed)
        client.get(first)  # The first reading of an original keeps it; every later one changes nothing.
        before = checksum(work)
        for rule in rules(app):
            if "GET" in (rule.methods or set()):
                assert client.get(address(app, rule, signed)).status_code < 500, rule.rule
        assert checksum(work) == before


def test_every_answer_carries_the_security_headers(app: Flask, clinic: ClinicWorld, signed: dict[str, str]) -> None:
    client = client_for(app, clinic.prescriber)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()):
            continue
        with client.get(address(app, rule, {**signed, "filename": "css/base.css", "version": "1"})) as answer:
            check_headers(rule, answer)


def check_headers(rule: Rule, answer: Any) -> None:
    """A strict policy on everything, and nothing behind a sign-in kept by a cache."""
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy, rule.rule
    assert "default-src 'none'" in policy, rule.rule
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    if rule.endpoint not in NOT_RECORDS:
        assert answer.headers["Cache-Control"] == "no-store", rule.rule


def send(client: Client, method: str, url: str) -> Any:
    """A GET, or a form with nothing but its tokens."""
    return client.get(url) if method == "GET" else client.send(url)


def bare(page: str, ids: dict[str, str]) -> str:
    """A page without what differs between any two answers: tokens, request ids, and the ids asked for."""
    import re

    for value in ids.values():
        page = page.replace(value, MISSING)
    page = re.sub(r'name="(csrf_token|idempotency_key)" value="[^"]*"', "", page)
    return re.sub(r"[0-9a-f]{16}", "", page)


def checksum(work: Work) -> str:
    """A hash over every row of every table but the audit trail, sessions and stored answers."""
    from clinic.models import Base

    digest = hashlib.sha256()
    skipped = {"audit_event", "audit_head", "server_session", "idempotency_key"}
    with work.engine.connect() as connection:
        for table in sorted(Base.metadata.tables.keys() - skipped):
            rows = sorted(map(repr, connection.execute(text(f'SELECT * FROM "{table}"'))))
            digest.update(repr((table, rows)).encode())
    return digest.hexdigest()
