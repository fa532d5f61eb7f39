"""Accepting texts: exactly the version that was read, each language by itself, by whom its kind allows."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from clinic.domain.actors import Role
from clinic.domain.documents.texts import Text, TextKind, languages
from clinic.domain.errors import Invalid, NotFound, NotPermitted, Stale
from clinic.models import TextApproval
from clinic.queries.document_heads import approvals
from clinic.queries.texts import text_view, text_views
from clinic.services import texts
from clinic.unit_of_work import Work
from tests.factories import ClinicWorld


def a_text(kind: TextKind, code: str = "en") -> Text:
    return next(one for one in languages()[code].texts.values() if one.kind is kind)


def accept(work: Work, clinic: ClinicWorld, text: Text, role: Role = Role.PRESCRIBER, **shown: str) -> None:
    values = {"version": text.version, "sha256": text.sha256} | shown
    with work.writing(clinic.people[role]) as uow:
        texts.accept_text(uow, text.language, text.id, **values)


def withdraw(work: Work, clinic: ClinicWorld, text: Text, reason: str, role: Role = Role.PRESCRIBER) -> None:
    with work.writing(clinic.people[role]) as uow:
        texts.withdraw_text(uow, text.language, text.id, reason)


def test_an_accepted_text_counts_in_its_language_only(
    work: Work, clinic: ClinicWorld, other_clinic: ClinicWorld
) -> None:
    text = a_text(TextKind.TREATMENT)
    accept(work, clinic, text)
    with work.reading(clinic.prescriber) as uow:
        assert text_view(uow, "en", text.id).accepted
        assert not text_view(uow, "es", text.id).accepted
        assert set(approvals(uow)) == {(text.sha256, "en")}
    with work.reading(other_clinic.prescriber) as uow:
        assert not text_view(uow, "en", text.id).accepted


@pytest.mark.parametrize(
    ("kind", "role", "may"),
    [
        (TextKind.TREATMENT, Role.PRESCRIBER, True),
        (TextKind.TREATMENT, Role.THERAPIST, False),
        (TextKind.THERAPY, Role.THERAPIST, True),
        (TextKind.THERAPY, Role.PRESCRIBER, True),
        (TextKind.THERAPY, Role.INJECTOR, False),
        (TextKind.THERAPY, Role.ASSISTANT, False),
        (TextKind.TREATMENT, Role.ADMINISTRATOR, False),
    ],
)
def test_who_may_accept(work: Work, clinic: ClinicWorld, kind: TextKind, role: Role, may: bool) -> None:
    text = a_text(kind)
    if may:
        accept(work, clinic, text, role)
    else:
        with pytest.raises(NotPermitted):
            accept(work, clinic, text, role)
    with work.reading(clinic.prescriber) as uow:
        assert bool(text_view(uow, "en", text.id).accepted) is may


@pytest.mark.parametrize("shown", [{"sha256": "0" * 64}, {"version": "0.9"}, {"sha256": ""}])
def test_another_version_than_was_shown_is_stale(work: Work, clinic: ClinicWorld, shown: dict[str, str]) -> None:
    text = a_text(TextKind.TREATMENT)
    with pytest.raises(Stale):
        accept(work, clinic, text, **shown)
    with work.reading(clinic.prescriber) as uow:
        assert uow.session.scalar(select(func.count()).select_from(TextApproval)) == 0


def test_a_text_is_accepted_once_and_can_be_accepted_again_after_it_was_withdrawn(
    work: Work, clinic: ClinicWorld
) -> None:
    text = a_text(TextKind.THERAPY)
    accept(work, clinic, text, Role.THERAPIST)
    with pytest.raises(Invalid):
        accept(work, clinic, text)
    withdraw(work, clinic, text, "A sentence is wrong")
    with work.reading(clinic.prescriber) as uow:
        view = text_view(uow, "en", text.id)
        assert not view.accepted
        assert [one.withdrawn_reason for one in view.history] == ["A sentence is wrong"]
        assert approvals(uow) == {}
    accept(work, clinic, text)
    with work.reading(clinic.prescriber) as uow:
        assert len(text_view(uow, "en", text.id).history) == 2


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_withdrawing_needs_a_reason(work: Work, clinic: ClinicWorld, reason: str) -> None:
    text = a_text(TextKind.TREATMENT)
    accept(work, clinic, text)
    with pytest.raises(Invalid):
        withdraw(work, clinic, text, reason)
    with work.reading(clinic.prescriber) as uow:
        assert text_view(uow, "en", text.id).accepted


def test_what_nobody_accepted_or_knows_is_not_found(work: Work, clinic: ClinicWorld) -> None:
    with pytest.raises(NotFound):
        withdraw(work, clinic, a_text(TextKind.TREATMENT), "reason")
    with pytest.raises(NotFound), work.writing(clinic.prescriber) as uow:
        texts.accept_text(uow, "xx", "emergency", version="1", sha256="")
    with pytest.raises(NotFound), work.writing(clinic.prescriber) as uow:
        texts.accept_text(uow, "en", "nothing", version="1", sha256="")


def test_every_text_of_every_language_is_listed(work: Work, clinic: ClinicWorld) -> None:
    with work.reading(clinic.prescriber) as uow:
        listed = {(view.text.language, view.text.id) for view in text_views(uow)}
    assert listed == {(code, key) for code, one in languages().items() for key in one.texts}
