"""S-85, S-87: settings that would leave the record open, or that mean nothing, are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from clinic import config, start
from clinic.config import SettingError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLINIC_PROXIES", "-1"), ("CLINIC_PROXIES", "6"), ("CLINIC_PROXIES", "*"), ("CLINIC_PROXIES", "1.0"),
        ("CLINIC_PORT", "0"), ("CLINIC_PORT", "70000"), ("CLINIC_IDLE_MINUTES", "4"), ("CLINIC_IDLE_MINUTES", "61"),
        ("CLINIC_FORM_NETWORKS", "everywhere"), ("CLINIC_TRUSTED_HOSTS", "*"), ("CLINIC_TRUSTED_HOSTS", ".example.org"),
        ("CLINIC_TRUSTED_HOSTS", "a.example https://b.example"), ("CLINIC_PLAIN_HTTP", "yes"), ("CLINIC_DEMO", "no"),
        ("CLINIC_DATABASE_URL", "nonsense"), ("CLINIC_DATABASE_URL", "mysql://x/y"), ("CLINIC_DATABASE_URL", "sqlite://"),
        ("CLINIC_DATABASE_URL", "sqlite:///"), ("CLINIC_DATABASE_URL", "sqlite:///:memory:"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        config.settings({"CLINIC_INSTANCE": str(tmp_path), name: value})


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "clinic.example", "::"])
def test_plain_http_off_this_machine_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingError, match="loopback"):
        config.settings({"CLINIC_INSTANCE": str(tmp_path), "CLINIC_PLAIN_HTTP": "1", "CLINIC_HOST": host})


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "clinic.example", "::"])
def test_an_address_for_others_needs_a_proxy_in_front(tmp_path: Path, host: str) -> None:
    """S-85: the cookie goes over TLS only, but the password would already have crossed the network."""
    others = {"CLINIC_INSTANCE": str(tmp_path), "CLINIC_HOST": host}
    with pytest.raises(SettingError, match="TLS"):
        config.settings(others)
    assert config.settings(others | {"CLINIC_PROXIES": "1"}).host == host


@pytest.mark.parametrize("hosts", ["record.example.org", "record.example.org:8443 [::1] 10.0.0.5"])
def test_names_of_hosts_are_taken_as_they_are(tmp_path: Path, hosts: str) -> None:
    given = config.settings({"CLINIC_INSTANCE": str(tmp_path), "CLINIC_TRUSTED_HOSTS": hosts})
    assert given.trusted_hosts == tuple(hosts.split())


def test_a_misspelt_setting_is_refused(tmp_path: Path) -> None:
    """S-87: otherwise its default would stand without a word."""
    with pytest.raises(SettingError, match=r"CLINIC_PROXY is no setting\. Do you mean CLINIC_PROXIES"):
        config.settings({"CLINIC_INSTANCE": str(tmp_path), "CLINIC_PROXY": "1"})


def test_a_password_in_the_address_of_a_database_is_never_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as refused:
        config.settings({"CLINIC_INSTANCE": str(tmp_path), "CLINIC_DATABASE_URL": "postgres://clinic:kanari-5508@db/x"})
    assert "kanari" not in str(refused.value)


@pytest.mark.parametrize("name", ["CLINIC_DATABASE_URL", "CLINIC_OWNER_DATABASE_URL"])
def test_a_password_that_breaks_the_address_is_never_repeated(tmp_path: Path, name: str) -> None:
    """Its signs would be read as a port, whose refusal names them."""
    good = {"CLINIC_DATABASE_URL": "postgresql+psycopg://clinic@db/x"}
    broken = {name: "postgresql+psycopg://clinic:a@b:kanari-5508/x"}
    with pytest.raises(SettingError, match=rf"{name} cannot be read.*%40") as refused:
        config.settings({"CLINIC_INSTANCE": str(tmp_path), **good, **broken})
    assert "kanari" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_file_without_a_whole_path_is_one_file_for_all_that_look_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D-19: the lock and the look at the file are about the file that is served, wherever a command is called."""
    monkeypatch.chdir(tmp_path)
    given = config.settings({"CLINIC_INSTANCE": "here"})
    assert given.sqlite_file == tmp_path / "here" / "clinic.sqlite3"
    given = config.settings({"CLINIC_INSTANCE": "here", "CLINIC_DATABASE_URL": "sqlite:///other.sqlite3"})
    assert given.sqlite_file == tmp_path / "here" / "other.sqlite3"
    assert given.database_url == f"sqlite:///{given.sqlite_file}"


def test_postgresql_that_refuses_is_not_taken_for_a_damaged_file(tmp_path: Path) -> None:
    """Nobody is sent to restore a backup because a role or a server is missing, and no row is shown."""
    settings = config.settings(
        {"CLINIC_INSTANCE": str(tmp_path), "CLINIC_DATABASE_URL": "postgresql+psycopg://clinic@db/x"}
    )
    said = start._one_line(DatabaseError("", None, Exception("permission denied\nDETAIL: (Kern, Anna)")), settings)
    assert said.startswith("PostgreSQL did not do what was asked: permission denied. Nothing was changed.")
    assert "CLINIC_OWNER_DATABASE_URL" in said
    assert "restore" not in said
    assert "Kern" not in said


def test_an_instance_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(SettingError, match="CLINIC_INSTANCE"):
        start.prepared(config.settings({"CLINIC_INSTANCE": str(tmp_path / "file")}))
