"""The selects of a page as one statement whose SQL is worked out once a process; only the values change from run to run.

Building and compiling such a statement costs more than running it. It is bound to a clinic like every other: each of a
clinic's tables in it, wherever it stands, is compared with the clinic of the unit of work that runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import BindParameter, CompoundSelect, Dialect, bindparam
from sqlalchemy.orm import with_loader_criteria

from clinic.clinic_scope import ScopeMissing
from clinic.models import ClinicScoped
from clinic.queries.together import UNREADABLE, AnySelect, Reader, readers_of, sorted_out, sound, united
from clinic.unit_of_work import UnitOfWork

_ASKED = "asked_"
_CLINIC, _USER = "clinic_id", "user_id"


def asked(name: str) -> Any:
    """Stand for a value, such as an id or a day, that is given at each run."""
    return bindparam(_ASKED + name, None, required=False)


ANY_UNIT = cast(UnitOfWork, SimpleNamespace(clinic_id=asked(_CLINIC), actor=SimpleNamespace(user_id=asked(_USER))))
"""Stands for the unit of work while selects are made: its clinic and its person are filled in at each run."""
_OF_THE_CLINIC = with_loader_criteria(
    ClinicScoped, lambda cls: cls.clinic_id == bindparam("asked_clinic_id", None, required=False), include_aliases=True
)


@dataclass(frozen=True)
class _Sql:
    """The SQL for one kind of database: its fixed values, and how each value that is asked for is written."""

    text: str
    order: tuple[str, ...] | None
    fixed: Mapping[str, object]
    writers: Mapping[str, Callable[[Any], Any]]

    def values(self, given: Mapping[str, object]) -> Any:
        """The values as the driver takes them."""
        found = {**self.fixed, **{name: write(given[name[len(_ASKED) :]]) for name, write in self.writers.items()}}
        return found if self.order is None else tuple(found[name] for name in self.order)


class Prepared:
    """Selects as for ``together``, made once by a function that puts ``ANY_UNIT`` and ``asked`` where values come."""

    def __init__(self, selects: Callable[[], Mapping[str, AnySelect]], *, listed: bool = False) -> None:
        """Make it; ``listed`` for lists of many people's records, which leave out a damaged row (queries/listed.py)."""
        self._selects, self._listed = selects, listed
        self._readers: Mapping[str, list[Reader]] = {}
        self._sql: dict[str, _Sql] = {}
        self._working_out = Lock()

    def rows(self, uow: UnitOfWork, **values: object) -> dict[str, list[tuple[Any, ...]]]:
        """Run it for the clinic and the person of a unit of work; what was written in it so far is seen."""
        if not uow.clinic_id:
            raise ScopeMissing("A clinic's rows were asked for without a clinic.")
        if uow.writes and uow.session.autoflush:
            uow.session.flush()
        connection = uow.session.connection()
        sql = self._sql.get(connection.dialect.name) or self._worked_out(connection.dialect)
        given = {**values, _CLINIC: uow.clinic_id, _USER: uow.actor.user_id}
        found = connection.exec_driver_sql(sql.text, sql.values(given)).all()
        try:
            return sorted_out(self._readers, found)
        except UNREADABLE:
            if uow.writes or not self._listed:
                raise
        kept, damaged = sound(self._readers, found)
        uow.left_out += damaged
        return kept

    def _worked_out(self, dialect: Dialect) -> _Sql:
        with self._working_out:  # Whoever comes meanwhile waits for it in place of doing it too.
            known = self._sql.get(dialect.name)
            if known is None:
                selects = self._selects()
                known = sql_of(united(selects), dialect)
                self._readers = readers_of(selects)
                self._sql[dialect.name] = known
            return known


def sql_of(statement: CompoundSelect[*tuple[Any, ...]], dialect: Dialect) -> _Sql:
    """The SQL of a statement with every clinic's table in it bound to the clinic that is asked for."""
    compiled = statement.options(_OF_THE_CLINIC).compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    binds = compiled.binds
    writers = {name: _writer(one, dialect) for name, one in binds.items() if name.startswith(_ASKED)}
    fixed = {
        name: _writer(binds[name], dialect)(value) if name in binds else value
        for name, value in compiled.construct_params().items()
        if name not in writers
    }
    return _Sql(str(compiled), tuple(compiled.positiontup or ()) if compiled.positional else None, fixed, writers)


def _writer(one: BindParameter[Any], dialect: Dialect) -> Callable[[Any], Any]:
    return one.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
