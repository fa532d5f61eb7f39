"""A session that an injector signs under the clinic's prescriber, for the tests of co-signatures."""

from __future__ import annotations

from dataclasses import replace

from clinic.domain.actors import Actor, Role
from clinic.domain.visit_content import digest
from clinic.models import Signature
from clinic.queries.facts import judged
from clinic.queries.visit_record import visit_record
from clinic.services import signing
from clinic.services.co_signatures import co_sign
from tests.charting import Charting


def fresh(charting: Charting, actor: Actor) -> Actor:
    """A person who has just given the password."""
    return replace(actor, password_at=charting.clock.now)


def injector_of(charting: Charting) -> Actor:
    """The clinic's injector, who works under its prescriber."""
    return charting.clinic.people[Role.INJECTOR]


def sign_as_injector(charting: Charting) -> str:
    """Bring the draft at hand to the end and sign it as the injector; gives the hash of what was signed."""
    charting.settled()
    sign_again(charting)
    return signed_sha256(charting)


def sign_again(charting: Charting) -> None:
    """Sign the draft at hand as the injector."""
    with charting.reading() as uow:
        record = visit_record(uow, charting.visit_id)
        content, _ = judged(record, uow.now)
    with charting.work.writing(fresh(charting, injector_of(charting))) as uow:
        signing.sign(uow, charting.visit_id, record.visit.edit_version, digest(content))


def signed_sha256(charting: Charting) -> str:
    """The hash under the visit at hand."""
    with charting.reading() as uow:
        return uow.session.query(Signature.content_sha256).filter_by(visit_id=charting.visit_id).one()[0]


def co_signed(charting: Charting, sha256: str, note: str = "") -> str:
    """Co-sign the visit at hand as the prescriber; gives the co-signature's id."""
    with charting.fresh_writing() as uow:
        return co_sign(uow, charting.visit_id, sha256, note)
