"""Settings: one declared table drives defaults, refusal to start and docs/settings.md."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from pathlib import Path

KEY_BYTES = 32


class SettingError(RuntimeError):
    """A setting or key that is missing or cannot be used; the message names the remedy."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting: its environment variable, its default, and what it does."""

    name: str
    default: str
    help: str


DECLARED = (
    Declared(
        "CLINIC_INSTANCE", "", "Folder of the database, keys and backups. Default: `instance/` beside the program."
    ),
    Declared(
        "CLINIC_DATABASE_URL",
        "",
        "`sqlite:///…` or `postgresql+psycopg://…`. Default: `clinic.sqlite3` in the instance folder.",
    ),
    Declared(
        "CLINIC_OWNER_DATABASE_URL",
        "",
        "PostgreSQL only: the address with the role that owns the tables, for `--only-prepare` and migrations alone."
        " Serve with another role, which cannot change them (docs/deploy.md).",
    ),
    Declared(
        "CLINIC_DATABASE_CONNECTIONS", "8", "PostgreSQL only: connections that one server process may hold (2 to 64)."
    ),
    Declared(
        "CLINIC_HOST", "localhost", "Address to serve on; any but this machine's own needs a proxy with TLS in front."
    ),
    Declared("CLINIC_PORT", "8000", "Port to serve on; the next free one of ten is taken when it is in use."),
    Declared("CLINIC_IDLE_MINUTES", "15", "Minutes without use after which a session must sign in again (5 to 60)."),
    Declared("CLINIC_SESSION_HOURS", "12", "Hours after which any session ends (1 to 24)."),
    Declared("CLINIC_PLAIN_HTTP", "", "`1` allows cookies over plain HTTP; refused unless the address is loopback."),
    Declared("CLINIC_PROXIES", "0", "Number of trusted proxies in front that set X-Forwarded-For and -Proto."),
    Declared(
        "CLINIC_TRUSTED_HOSTS", "", "Host names to answer to, separated by blanks. Default: localhost names only."
    ),
    Declared(
        "CLINIC_FORM_NETWORKS",
        "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 127.0.0.0/8 fc00::/7 fe80::/10 ::1",
        "The clinic's own networks, separated by blanks: a link to a patient's form is made and opens in them only,"
        " and whoever signs in from elsewhere needs a second factor (docs/access.md).",
    ),
    Declared(
        "CLINIC_PG_BIN",
        "",
        "Folder of `pg_dump` and `pg_restore`, which must not be older than the server. Default: those on the PATH.",
    ),
    Declared(
        "CLINIC_SLOW_MILLISECONDS",
        "500",
        "A statement or a request that takes longer is a line of the log, without any value in it (1 to 60000).",
    ),
    Declared(
        "CLINIC_LOW_DISK_MEBIBYTES",
        "1024",
        "Less room than this on the disk of the record is warned of (64 to 1048576).",
    ),
    Declared("CLINIC_DEMO", "1", "`0` keeps `make run` from making a demo clinic in an empty database."),
)

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PREFIX = "CLINIC_"
_POSTGRESQL = "postgresql+psycopg://"
_SQLITE = "sqlite:///"
_DATABASES = (_SQLITE, _POSTGRESQL)
_HOST_NAME = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:]{2,45}\])(?::[0-9]{1,5})?")
"""One name as a browser writes it: no sign that stands for any name."""
_SWITCH = {"", "0", "1"}
_BLANK, _TILDE = 0x20, 0x7E
"""The first and the last sign of readable ASCII."""
_OFF = {"", "0", "false", "no"}
"""What Flask itself takes for no debug mode."""


@dataclass(frozen=True)
class Keys:
    """The secrets of an installation, from files with mode 0600 under ``instance/keys``."""

    session: bytes = field(repr=False)
    audit: bytes = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """Checked settings."""

    instance: Path
    database_url: str
    host: str
    port: int
    idle_minutes: int
    session_hours: int
    plain_http: bool
    proxies: int
    trusted_hosts: tuple[str, ...]
    demo: bool
    form_networks: tuple[IPv4Network | IPv6Network, ...]
    slow_milliseconds: int = 500
    low_disk_mebibytes: int = 1024
    owner_database_url: str = field(default="", repr=False)
    database_connections: int = 8
    pg_bin: str = ""

    @property
    def sqlite_file(self) -> Path | None:
        """The SQLite database file, or None on PostgreSQL."""
        return Path(self.database_url.removeprefix(_SQLITE)) if self.database_url.startswith(_SQLITE) else None


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read and check every setting. Raises SettingError that names the variable and what it accepts."""
    if environment.get("FLASK_DEBUG", "").lower() not in _OFF:
        raise SettingError(
            "FLASK_DEBUG is set: debug mode shows the record's inside to anybody and is refused. Unset it."
        )
    _known(environment)
    value = {d.name: environment.get(d.name) or d.default for d in DECLARED}
    for name in ("CLINIC_PLAIN_HTTP", "CLINIC_DEMO"):
        if value[name] not in _SWITCH:
            raise SettingError(f"{name} takes 1 or 0, not {value[name]!r}.")
    instance = Path(value["CLINIC_INSTANCE"] or Path(__file__).resolve().parent.parent / "instance").absolute()
    plain = value["CLINIC_PLAIN_HTTP"] == "1"
    if plain and value["CLINIC_HOST"] not in _LOOPBACK:
        raise SettingError("CLINIC_PLAIN_HTTP=1 is only for a loopback address; serve TLS on any other.")
    proxies = _number(value, "CLINIC_PROXIES", 0, 5)
    if value["CLINIC_HOST"] not in _LOOPBACK and not proxies:
        raise SettingError(
            f"CLINIC_HOST={value['CLINIC_HOST']} can be reached from other machines, and no proxy with TLS is in front:"
            " passwords would cross the network in the open. Put one in front and set CLINIC_PROXIES=1 (docs/deploy.md)."
        )
    return Settings(
        instance=instance,
        database_url=_placed(_database(value, "CLINIC_DATABASE_URL"), instance),
        host=value["CLINIC_HOST"],
        port=_number(value, "CLINIC_PORT", 1, 65535),
        idle_minutes=_number(value, "CLINIC_IDLE_MINUTES", 5, 60),
        session_hours=_number(value, "CLINIC_SESSION_HOURS", 1, 24),
        plain_http=plain,
        proxies=proxies,
        trusted_hosts=_hosts(value["CLINIC_TRUSTED_HOSTS"]),
        demo=value["CLINIC_DEMO"] != "0",
        form_networks=_networks(value["CLINIC_FORM_NETWORKS"]),
        slow_milliseconds=_number(value, "CLINIC_SLOW_MILLISECONDS", 1, 60_000),
        low_disk_mebibytes=_number(value, "CLINIC_LOW_DISK_MEBIBYTES", 64, 1_048_576),
        owner_database_url=_owner(value),
        database_connections=_number(value, "CLINIC_DATABASE_CONNECTIONS", 2, 64),
        pg_bin=value["CLINIC_PG_BIN"],
    )


def _owner(value: Mapping[str, str]) -> str:
    """The owner's address; both addresses must be PostgreSQL, or one database would be prepared and another served."""
    owner = _database(value, "CLINIC_OWNER_DATABASE_URL")
    if owner and not (owner.startswith(_POSTGRESQL) and value["CLINIC_DATABASE_URL"].startswith(_POSTGRESQL)):
        raise SettingError(
            "CLINIC_OWNER_DATABASE_URL is for PostgreSQL: set CLINIC_DATABASE_URL to PostgreSQL as well."
        )
    return owner


def _known(environment: Mapping[str, str]) -> None:
    """Refuse a name that means nothing: a misspelt setting would leave its default without a word."""
    known = [declared.name for declared in DECLARED]
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in known:
            near = get_close_matches(name, known, 1)
            meant = f" Do you mean {near[0]}?" if near else ""
            raise SettingError(f"{name} is no setting.{meant} All of them are in docs/settings.md.")


def _database(value: Mapping[str, str], name: str) -> str:
    """The address of a database that the program is tested with; a password in it is never repeated."""
    address = value[name]
    if address and not address.startswith(_DATABASES):
        raise SettingError(f"{name} must begin with {_DATABASES[0]} or {_DATABASES[1]}.")
    if address.startswith(_POSTGRESQL):
        from sqlalchemy import make_url  # Only here: settings are read before anything else is loaded.
        from sqlalchemy.exc import ArgumentError

        try:
            make_url(address)
        except (ArgumentError, ValueError):
            # Without the reason: it would repeat a part of the password.
            raise SettingError(
                f"{name} cannot be read as an address. In a password write @ as %40, : as %3A and / as %2F."
            ) from None
    return address


def _placed(address: str, instance: Path) -> str:
    """The address of the database; a SQLite file without a whole path lies in the instance folder."""
    if not address:
        return f"{_SQLITE}{instance / 'clinic.sqlite3'}"
    if not address.startswith(_SQLITE):
        return address
    file = address.removeprefix(_SQLITE)
    if file in {"", ":memory:"} or "?" in file:
        raise SettingError(f"CLINIC_DATABASE_URL takes {_SQLITE} with the path of a file, and nothing after it.")
    return f"{_SQLITE}{instance / file}"


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(text.split())
    for name in names:
        if not _HOST_NAME.fullmatch(name):
            raise SettingError(f"CLINIC_TRUSTED_HOSTS takes names such as record.example.org, not {name!r}.")
    return names


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(one) for one in text.split())
    except ValueError as error:
        raise SettingError(f"CLINIC_FORM_NETWORKS takes networks such as 10.1.0.0/16: {error}.") from error


def _number(value: Mapping[str, str], name: str, low: int, high: int) -> int:
    text = value[name]
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise SettingError(f"{name} must be a whole number from {low} to {high}, not {text!r}.")
    return int(text)


def create_keys(instance: Path) -> None:
    """Make the installation's keys, mode 0600, all or none. Raises SettingError rather than replace those that exist."""
    keys, coming = instance / "keys", instance / f".keys.{os.getpid()}"
    shutil.rmtree(coming, ignore_errors=True)
    for name in ("session", "audit", "backup"):
        _create_key(coming, name)
    try:
        coming.rename(keys)  # A kill before leaves no keys, and the next start makes them; an empty folder is filled.
    except OSError as error:
        shutil.rmtree(coming, ignore_errors=True)
        if not any(keys.glob("*.key")):
            raise
        raise SettingError("There are keys already (keys/), and they are never replaced.") from error
    sync_folder(instance)


def create_backup_key(instance: Path) -> bool:
    """Make the key of the backups on an installation from before there was one; say whether it was."""
    if (instance / "keys" / "backup.key").exists():
        return False
    _create_key(instance / "keys", "backup")
    return True


def backup_key(instance: Path) -> bytes:
    """Read the key of the backups. Raises SettingError when it is missing, short, or readable by others."""
    return _key(instance, "backup")


def _create_key(folder: Path, name: str) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file, coming = folder / f"{name}.key", folder / f".{name}.key.{os.getpid()}"
    coming.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(os.urandom(KEY_BYTES).hex())
            out.flush()
            os.fsync(out.fileno())
        file.hardlink_to(coming)  # A kill before leaves no key, and never half of one; one that is there stays.
    except FileExistsError as error:
        raise SettingError(f"The key {file.name} exists already and is never replaced.") from error
    finally:
        coming.unlink(missing_ok=True)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder outlast a loss of power."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def load_keys(instance: Path) -> Keys:
    """Read the keys. Raises SettingError when one is missing, short, or readable by others."""
    keys = Keys(session=_key(instance, "session"), audit=_key(instance, "audit"))
    if keys.session == keys.audit:
        raise SettingError(
            "The keys keys/session.key and keys/audit.key are the same: bring them back from where the keys are kept."
        )
    return keys


def _key(instance: Path, name: str) -> bytes:
    file = instance / "keys" / f"{name}.key"
    if not file.exists():
        raise SettingError(
            f"The key keys/{name}.key is missing in the instance folder. No backup holds it: bring it back from where the"
            " keys are kept (docs/deploy.md, Back up). On a new installation `make run` or"
            " `python -m clinic.start --only-prepare` makes it."
        )
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise SettingError(f"The key keys/{name}.key can be read by others: chmod 600 it.")
    try:
        key = bytes.fromhex(file.read_text().strip())
    except ValueError as error:
        raise SettingError(
            f"The key keys/{name}.key is damaged: bring it back from where the keys are kept."
        ) from error
    except OSError as error:
        raise SettingError(f"The key keys/{name}.key cannot be read: {error.strerror}.") from error
    if len(key) < KEY_BYTES or _is_made_up(key):
        raise SettingError(f"The key keys/{name}.key is too short or not random.")
    return key


def _is_made_up(key: bytes) -> bool:
    """Whether a key is a sample that somebody typed: few different bytes, a count, or the bytes of a readable text."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return len(set(key)) < KEY_BYTES // 4 or len(steps) == 1 or all(_BLANK <= byte <= _TILDE for byte in key)
