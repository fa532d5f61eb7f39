"""The SQLite file as a file: the file system under it, its header, whether it is sound, and which server has it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from clinic.config import SettingError, Settings

WHOLE_BYTES = 64 * 1024 * 1024
CHECKED_BYTES = 256 * 1024 * 1024
"""Up to the first size every page and every index is checked at each start, up to the second every page; a larger file is
checked by header and schema, and whole by the doctor. Measured: 3.3 s of processor a GiB with indexes, 0.9 s without."""
NETWORK = frozenset(
    (
        *("9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "gfs2", "glusterfs", "gpfs", "lustre"),
        *(
            "ncpfs",
            "nfs",
            "nfs4",
            "ocfs2",
            "orangefs",
            "prl_fs",
            "smb2",
            "smb3",
            "smbfs",
            "vboxsf",
            "virtiofs",
            "vmhgfs",
        ),
        *("fuse.ceph", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "fuse.vmhgfs-fuse"),
    )
)
"""File systems that several machines share: their locks do not keep two writers of one SQLite file apart (D-19)."""
_MOUNTS = Path("/proc/self/mounts")
_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_WAL_FORMAT = 2
_PROBLEMS_SHOWN = 3
LOCKED = "database is locked"
_held: dict[Path, tuple[int, int]] = {}
_guard = threading.Lock()


def refuse_unfit(settings: Settings) -> None:
    """Look at the file before anything opens it for writing. Raises SettingError in words; never writes to it."""
    file = settings.sqlite_file
    if file is None:
        return
    if kind := network_file_system(file.resolve().parent):
        raise SettingError(
            f"The database {file.name} is on a network file system ({kind}), where SQLite loses writes."
            " Put the instance folder on a disk of this machine, or use PostgreSQL. Nothing was changed."
        )
    if lost := _lost(file, settings.instance / "anchors"):
        raise SettingError(f"{lost} Nothing was made in its place. {way_back(settings)}")
    found = damage(file)
    if found == [LOCKED]:
        raise SettingError(in_use(file))
    if found:
        raise SettingError(
            f"The database {file.name} cannot be used, it is damaged: {found[0]}. It was not changed. {way_back(settings)}"
        )


def in_use(file: Path) -> str:
    """The words for a file that another program holds: it is sound, and nothing need be restored."""
    return (
        f"Another program has the database {file.name} open and locked. Close that program, then start again."
        " Nothing was changed."
    )


def way_back(settings: Settings) -> str:
    """The words that lead from a lost or damaged database to the last backup."""
    newest = last_backup(settings.instance / "backups")
    if newest is None:
        return (
            "There is no backup in backups/ of the instance folder: fetch one from where copies are kept, then run"
            ' `flask --app wsgi clinic restore FILE --reason "why"` (docs/deploy.md, Restore).'
        )
    return (
        f"The last verified backup is {newest.name}: keep the file aside and run"
        f' `flask --app wsgi clinic restore {newest} --reason "why"` (docs/deploy.md, Restore).'
    )


def last_backup(folder: Path) -> Path | None:
    """The newest backup by its time; a file has its name only after it was verified."""
    found = [one for pattern in ("*.backup", "*.sqlite3") for one in folder.glob(pattern) if one.is_file()]
    return max(found, key=lambda one: one.stat().st_mtime, default=None)


def network_file_system(folder: Path, mounts: str | None = None) -> str:
    """The kind of a network file system under a folder, or nothing; only Linux tells (``/proc/self/mounts``)."""
    if mounts is None:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace") if _MOUNTS.exists() else ""
    place, kind = folder.resolve(), ""
    longest = -1
    for line in mounts.splitlines():
        _, point, found, *_ = [*line.split(" "), "", "", ""]
        mounted = Path(_unescaped(point) or "/")
        if (place == mounted or mounted in place.parents) and len(mounted.parts) >= longest:
            longest, kind = len(mounted.parts), found
    return kind if kind in NETWORK else ""


def _unescaped(point: str) -> str:
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, sign)
    return point


def _lost(file: Path, anchors: Path) -> str:
    """Whether an installation that had a record has none now: nothing must be made in its place."""
    had_one = next(anchors.glob("*.jsonl"), None) is not None
    if not had_one or (file.exists() and file.stat().st_size):
        return ""
    return f"The database {file.name} is {'empty' if file.exists() else 'gone'}, and this installation had a record."


def damage(file: Path, *, whole: bool = False) -> list[str]:
    """What is wrong with the file, in words; nothing for a sound one and for none. ``whole`` compares indexes, too."""
    if not file.exists() or not file.stat().st_size:
        return []
    try:
        return _header_damage(file) or _inner_damage(file, whole=whole)
    except sqlite3.Error as error:
        return [_said(error)]
    except OSError as error:
        return [f"it cannot be read ({error.strerror})"]


def _said(error: sqlite3.Error) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def header(file: Path) -> bytes:
    """The first hundred bytes."""
    with file.open("rb") as handle:
        return handle.read(_HEADER_BYTES)


def is_wal(file: Path) -> bool:
    """Whether the file says that it is in WAL mode."""
    return file.exists() and header(file)[18:20] == bytes((_WAL_FORMAT, _WAL_FORMAT))


def _header_damage(file: Path) -> list[str]:
    first, size = header(file), file.stat().st_size
    if len(first) < _HEADER_BYTES or not first.startswith(_MAGIC):
        return ["file is not a database"]
    page = int.from_bytes(first[16:18], "big")
    page = 65536 if page == 1 else page
    if page < 512 or page & (page - 1) or first[21:24] != b"\x40\x20\x20":
        return ["its header is damaged"]
    pages = int.from_bytes(first[28:32], "big")
    if first[24:28] == first[92:96] and not _unfinished(file) and size < pages * page:
        return [f"its end is missing: {size} bytes of {pages * page}"]
    return []


def _unfinished(file: Path) -> bool:
    """Whether a journal stands beside the file, from which the next opening recovers."""
    beside = (file.with_name(f"{file.name}{end}") for end in ("-journal", "-wal"))
    return any(one.exists() and one.stat().st_size for one in beside)


def _inner_damage(file: Path, *, whole: bool) -> list[str]:
    with closing(opened_to_read(file)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        size = file.stat().st_size
        if not whole and size > CHECKED_BYTES:
            return []
        pragma = "integrity_check" if whole or size <= WHOLE_BYTES else "quick_check"
        said = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}({_PROBLEMS_SHOWN})")]
    return [] if said == ["ok"] else [" ".join(line.split()) for line in said]


def opened_to_read(file: Path) -> sqlite3.Connection:
    """A connection that cannot write; where a write was cut off, one that lets SQLite take it back first, by the book."""
    way = "rw" if _unfinished(file) else "ro"
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode={way}", uri=True, timeout=5)
    connection.execute("PRAGMA query_only = ON")
    return connection


def take(file: Path) -> bool:
    """Hold the lock of a file for this process; false when it has it already. Raises SettingError when another has it."""
    file = file.resolve()
    with _guard:
        process, _ = _held.get(file, (0, 0))
        if process == os.getpid():
            return False
        # A process that was forked off one with the lock does not have it: it asks anew, and is refused.
        handle = os.open(lock_file(file), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle)
        except BaseException:
            os.close(handle)
            raise
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        _held[file] = (os.getpid(), handle)
        return True


def release(file: Path) -> None:
    """Give the lock back."""
    with _guard:
        _, handle = _held.pop(file.resolve())
        os.close(handle)


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold the lock of a file in a block. Raises SettingError when another process has it."""
    mine = take(file)
    try:
        yield
    finally:
        if mine:
            release(file)


def lock_file(file: Path) -> Path:
    """The file that is locked while a server has the database."""
    return file.resolve().with_suffix(".lock")  # Beside the file itself, by whatever name it is opened.


def is_served(file: Path) -> bool:
    """Whether some process holds the lock; nothing is made or changed for the question."""
    if not lock_file(file).exists():
        return False
    handle = os.open(lock_file(file), os.O_RDWR)
    try:
        _lock(handle)
    except SettingError:
        return True
    finally:
        os.close(handle)
    return False


def _lock(handle: int) -> None:
    try:
        if os.name == "posix":
            import fcntl  # Posix only.

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt  # Windows only.

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError as error:
        raise SettingError(
            "Another server is running on this database. Use that one, or stop it; for several servers use PostgreSQL."
        ) from error
