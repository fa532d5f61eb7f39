"""The folder as it could be after the power went off: what was synced is there, what was not may be there in part.

The calls of one process are recorded by strace with what they wrote. A state after a cut at any call is then made of the
writes that were synced by then, and of a chosen part of the others, in any order and torn at a sector. A deleted journal is
gone for sure only when its folder was synced, and a new file is there for sure only then.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

RECORDED = "openat,pwrite64,fdatasync,fsync,unlink,ftruncate,write"
_CALL = re.compile(r"^\d+\s+(\w+)\((.*)\)\s+= (-?\d+)")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_SECTOR = 512


@dataclass(frozen=True)
class Step:
    """One call: ``what`` is create, write, cut, sync, delete or told; ``name`` the file's, ``data`` what was written."""

    what: str
    name: str
    offset: int = 0
    data: bytes = b""


def read(log: Path, folder: Path, told: str) -> list[Step]:
    """The steps of a log of strace (``-y -xx``) in a folder; writes into a pipe that hold ``told`` are what was told."""
    steps: list[Step] = []
    for line in log.read_text().splitlines():
        found = _CALL.match(line)
        if found and int(found[3]) >= 0:
            steps += _steps(found[1], found[2], folder, told)
    return steps


def _steps(call: str, arguments: str, folder: Path, told: str) -> Iterator[Step]:
    texts = [bytes.fromhex(one.replace("\\x", "")) for one in _STRING.findall(arguments)]
    numbers = [int(one) for one in re.findall(r", (\d+)(?=,|$)", arguments)]
    opened = re.match(r"\d+<([^>]*)>", arguments)
    path = Path(_plain(opened[1])) if opened else Path()
    if call in {"openat", "unlink"}:
        path = Path(os.fsdecode(texts[0]))
        if path.parent == folder and (call == "unlink" or "O_CREAT" in arguments):
            yield Step("create" if call == "openat" else "delete", path.name)
    elif call == "write":
        if texts and told.encode() in texts[0]:
            yield Step("told", "", data=texts[0])
    elif path == folder:
        yield Step("sync", "")
    elif path.parent == folder:
        if call == "pwrite64":
            yield Step("write", path.name, numbers[-1], texts[0])
        else:
            yield Step("cut", path.name, numbers[-1]) if call == "ftruncate" else Step("sync", path.name)


def _plain(path: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda one: chr(int(one[1], 16)), path)


@dataclass
class Disk:
    """Files as they are for sure, and what was done to each since it was last synced."""

    sure: dict[str, bytes]
    since: dict[str, list[Step]] = field(default_factory=dict)
    entries: list[Step] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """One more call."""
        if step.what in {"write", "cut"}:
            self.since.setdefault(step.name, []).append(step)
        elif step.what == "sync" and step.name:
            self.sure[step.name] = _applied(self.sure.get(step.name, b""), self.since.pop(step.name, []))
        elif step.what == "sync":
            self._settle()
        elif (step.what == "create" and step.name not in self.sure) or step.what == "delete":
            self.entries.append(step)

    def _settle(self) -> None:
        """The folder was synced: what was deleted stays so, and new files have their names."""
        for one in self.entries:
            if one.what == "delete":
                self.sure.pop(one.name, None)
                self.since.pop(one.name, None)
            else:
                self.sure.setdefault(one.name, b"")
        self.entries.clear()

    def after(self, chance: random.Random, share: float, *, entries: bool) -> dict[str, bytes]:
        """The files after a cut: about that share of what was not synced is there, deletions and new files or not."""
        files = dict(self.sure)
        for name, steps in self.since.items():
            kept = [one for one in steps if chance.random() < share]
            chance.shuffle(kept)
            if kept and share < 1:
                kept[-1] = _torn(kept[-1], chance)
            if kept or name in files:
                files[name] = _applied(files.get(name, b""), kept)
        for one in self.entries:
            if (entries and one.what == "delete") or (not entries and one.what == "create"):
                files.pop(one.name, None)
        return files


def _torn(step: Step, chance: random.Random) -> Step:
    sectors = len(step.data) // _SECTOR
    kept = chance.randint(0, sectors) * _SECTOR if sectors else len(step.data)
    return Step(step.what, step.name, step.offset, step.data[:kept])


def _applied(before: bytes, steps: Sequence[Step]) -> bytes:
    made = bytearray(before)
    for one in steps:
        if one.what == "cut":
            made = made[: one.offset] + bytes(max(0, one.offset - len(made)))
        elif one.data:
            made += bytes(max(0, one.offset + len(one.data) - len(made)))
            made[one.offset : one.offset + len(one.data)] = one.data
    return bytes(made)


def told_by(steps: Sequence[Step]) -> set[str]:
    """The keys of what was acknowledged within some steps."""
    keys = set()
    for one in steps:
        if one.what == "told":
            for line in one.data.decode().splitlines():
                with suppress(ValueError):
                    keys.add(json.loads(line).get("told", ""))
    return keys - {""}


def laid_down(files: dict[str, bytes], folder: Path, names: str) -> None:
    """Write the files of a state over what is in a folder; ``names`` is how those begin that belong to the database."""
    for one in folder.glob(f"{names}*"):
        if one.is_file() and not one.name.endswith(".lock"):
            one.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def forgetting(steps: Sequence[Step]) -> list[Step]:
    """The same steps by a program that never syncs: what a check of these states must find."""
    return [one for one in steps if one.what != "sync"]
