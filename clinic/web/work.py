"""The bridge from a request to units of work: who acts, from where, and answers that are given once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any, cast

from flask import current_app, g, request
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, NoResultFound

from clinic.audit_chain import Circumstances
from clinic.domain.actors import Actor
from clinic.domain.errors import DomainError, Invalid, KeyReused
from clinic.domain.events import Action, Event
from clinic.models import IdempotencyKey
from clinic.unit_of_work import UnitOfWork, Work
from clinic.web.security import current_actor

KEY_MAXIMUM = 64
_ID_LENGTH = 26
_NOT_COMPARED = frozenset({"csrf_token", "password"})
Answer = dict[str, Any]

# Made once and past the ORM: every form that is sent writes both.
_CLAIM = insert(IdempotencyKey)
_ANSWERED = update(IdempotencyKey).where(
    IdempotencyKey.user_id == bindparam("of"), IdempotencyKey.key == bindparam("by")
)


def work() -> Work:
    """The application's maker of units of work."""
    return cast(Work, current_app.extensions["clinic_work"])


def circumstances() -> Circumstances:
    """Where this request came from."""
    return Circumstances(request_id=g.get("request_id", ""), address=request.remote_addr or "")


@contextmanager
def reading() -> Iterator[UnitOfWork]:
    """Read as the signed-in person; the access is in the audit trail before the block's caller renders."""
    with work().reading(current_actor(), circumstances()) as unit:
        yield unit
    if unit.left_out:
        g.left_out = g.get("left_out", 0) + unit.left_out
        current_app.logger.error("damaged rows are left out of a list: %d", unit.left_out)


@contextmanager
def writing(actor: Actor | None = None) -> Iterator[UnitOfWork]:
    """Write as the signed-in person, or as ``actor`` (a patient's form); a refusal leaves one entry in the audit trail."""
    actor = actor or current_actor()
    try:
        with work().writing(actor, circumstances()) as unit:
            yield unit
    except DomainError as error:
        note_refusal(actor, error)
        raise


def note_refusal(actor: Actor, error: DomainError) -> None:
    """Leave one entry for a refused request; values that were typed are not copied into it."""
    fields = ", ".join(error.fields) if isinstance(error, Invalid) else ""
    reason = f"{type(error).__name__}: {fields or error.message}"
    event = Event(Action.REFUSED, request.endpoint or request.path, reason=reason[:500], new=asked())
    work().append(actor, [event], circumstances())
    g.refusal_noted = True


def asked() -> dict[str, object]:
    """Which record the address of a request names: opaque ids and names of routes, nothing else that was typed into it."""
    named = {name: _id(value) for name, value in (request.view_args or {}).items() if name != "token"}
    return {"asked": named} if named else {}


def _id(value: object) -> str:
    text = str(value)[: _ID_LENGTH + 1]
    return text if text.replace("_", "").replace("-", "").isalnum() and len(text) <= _ID_LENGTH else "something else"


def once(run: Callable[[UnitOfWork], Answer | None]) -> Answer:
    """Run a write once for the form's ``idempotency_key`` and give the stored answer to every repetition.

    Raises Invalid without a key, KeyReused when the key comes with another body.
    """
    return cast(Answer, json.loads(once_as_text(run)))


def once_as_text(run: Callable[[UnitOfWork], Answer | None]) -> str:
    """As ``once``, for who sends the answer on: the JSON that is kept."""
    key = _key()
    if not key:
        raise Invalid({"": "The form came without its key. Load the page again; what you typed is still in it."})
    body = _body_hash()
    try:
        return work().retrying(lambda: _answered_now(key, body, run))
    except _Answered:
        return _stored_answer(key, body)


def _answered_now(key: str, body: str, run: Callable[[UnitOfWork], Answer | None]) -> str:
    with writing() as unit:
        _claim(unit, key, body)
        answer = json.dumps(run(unit) or {}, ensure_ascii=False, separators=(",", ":"))
        unit.session.connection().execute(_ANSWERED, {"of": unit.actor.user_id, "by": key, "answer": answer})
    return answer


class _Answered(Exception):
    """The key was used before, or by a request that finished first."""


def _claim(unit: UnitOfWork, key: str, body: str) -> None:
    # The claim comes first: on PostgreSQL a second request waits here until the first has committed.
    row = {"user_id": unit.actor.user_id, "key": key, "body_hash": body, "answer": "", "created_at": unit.now}
    try:
        unit.session.connection().execute(_CLAIM, row)
    except IntegrityError as error:
        raise _Answered from error


def _stored_answer(key: str, body: str) -> str:
    with work().reading(current_actor(), circumstances()) as unit:
        row = unit.session.execute(
            select(IdempotencyKey.body_hash, IdempotencyKey.answer).where(
                IdempotencyKey.user_id == unit.actor.user_id, IdempotencyKey.key == key
            )
        ).one()
    if row.body_hash != body:
        raise KeyReused("This form was sent already with other values. Load the page again to see what was saved.")
    return cast(str, row.answer)


def _key() -> str:
    """The form's key; empty where it is none that a page of ours could have given."""
    key = request.form.get("idempotency_key", "")
    return key if len(key) <= KEY_MAXIMUM and key.isascii() and key.isprintable() else ""


def answered() -> Answer | None:
    """The answer that this very post was given before, or None; for a form that no longer fits what it has done."""
    key = _key()
    try:
        return cast(Answer, json.loads(_stored_answer(key, _body_hash()))) if key else None
    except (KeyReused, NoResultFound):
        return None


def _body_hash() -> str:
    # A password is never stored, not even in a hash as quick as this one.
    pairs = sorted((name, value) for name, value in request.form.items(multi=True) if name not in _NOT_COMPARED)
    pairs += sorted((name, _file_hash(sent.stream)) for name, sent in request.files.items(multi=True))
    said = [current_actor().clinic_id, request.path, pairs]  # A person may be at work in several clinics.
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _file_hash(stream: IO[bytes]) -> str:
    # The view reads it before or after; neither may find it at another place than it left it.
    place = stream.tell()
    stream.seek(0)
    digest = hashlib.file_digest(cast(BytesIO, stream), "sha256").hexdigest()
    stream.seek(place)
    return digest
