"""Settings: one declared table drives defaults, refusal to start and docs/settings.md."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
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
        "CLINIC_DATABASE_URL", "", "SQLAlchemy address. Default: SQLite in `clinic.sqlite3` in the instance folder."
    ),
    Declared("CLINIC_HOST", "localhost", "Address to serve on."),
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
        "Networks in which a link to a patient's form is made and opens, separated by blanks.",
    ),
    Declared("CLINIC_DEMO", "1", "`0` keeps `make run` from making a demo clinic in an empty database."),
)

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


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

    @property
    def sqlite_file(self) -> Path | None:
        """The SQLite database file, or None on PostgreSQL."""
        prefix = "sqlite:///"
        return Path(self.database_url[len(prefix) :]) if self.database_url.startswith(prefix) else None


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read and check every setting. Raises SettingError that names the variable and what it accepts."""
    value = {d.name: environment.get(d.name) or d.default for d in DECLARED}
    instance = Path(value["CLINIC_INSTANCE"] or Path(__file__).resolve().parent.parent / "instance")
    plain = value["CLINIC_PLAIN_HTTP"] == "1"
    if plain and value["CLINIC_HOST"] not in _LOOPBACK:
        raise SettingError("CLINIC_PLAIN_HTTP=1 is only for a loopback address; serve TLS on any other.")
    return Settings(
        instance=instance,
        database_url=value["CLINIC_DATABASE_URL"] or f"sqlite:///{instance / 'clinic.sqlite3'}",
        host=value["CLINIC_HOST"],
        port=_number(value, "CLINIC_PORT", 1, 65535),
        idle_minutes=_number(value, "CLINIC_IDLE_MINUTES", 5, 60),
        session_hours=_number(value, "CLINIC_SESSION_HOURS", 1, 24),
        plain_http=plain,
        proxies=_number(value, "CLINIC_PROXIES", 0, 5),
        trusted_hosts=tuple(value["CLINIC_TRUSTED_HOSTS"].split()),
        demo=value["CLINIC_DEMO"] != "0",
        form_networks=_networks(value["CLINIC_FORM_NETWORKS"]),
    )


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
    """Make the installation's keys, mode 0600. Raises SettingError rather than replace one that exists."""
    folder = instance / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("session", "audit"):
        file = folder / f"{name}.key"
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise SettingError(f"The key {file.name} exists already and is never replaced.") from error
        with os.fdopen(handle, "w") as out:
            out.write(os.urandom(KEY_BYTES).hex())
            out.flush()
            os.fsync(out.fileno())


def load_keys(instance: Path) -> Keys:
    """Read the keys. Raises SettingError when one is missing, short, or readable by others."""
    return Keys(session=_key(instance, "session"), audit=_key(instance, "audit"))


def _key(instance: Path, name: str) -> bytes:
    file = instance / "keys" / f"{name}.key"
    if not file.exists():
        raise SettingError(
            f"The key keys/{name}.key is missing in the instance folder. Restore it from the backup;"
            " on a new installation `make run` or `python -m clinic.start --only-prepare` makes it."
        )
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise SettingError(f"The key keys/{name}.key can be read by others: chmod 600 it.")
    try:
        key = bytes.fromhex(file.read_text().strip())
    except ValueError as error:
        raise SettingError(f"The key keys/{name}.key is damaged: restore it from the backup.") from error
    if len(key) < KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        raise SettingError(f"The key keys/{name}.key is too short or not random.")
    return key
