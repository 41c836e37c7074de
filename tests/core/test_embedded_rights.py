"""What a running embedded Postgres lets in, and whom."""

import json
from pathlib import Path

import asyncpg
import pytest

from app.core.embedded import (
    EmbeddedServer,
    create_database,
    drop_database,
)
from tests.core.servers import ask, each_version, mode, on_linux, postmaster


@each_version
def test_wrong_and_missing_passwords_are_refused(server: EmbeddedServer) -> None:
    for url in (server.admin_url, server.owner_url, server.runtime_url):
        before, at, after = url.partition("@")
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(f"{before}x{at}{after}", "SELECT 1")
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(f"postgresql://postgres@127.0.0.1:{server.port}/postgres", "SELECT 1")


@each_version
def test_no_address_with_a_password_is_printed(server: EmbeddedServer) -> None:
    assert "postgresql" not in repr(server)


@on_linux
@each_version
def test_it_listens_on_the_loopback_address_and_nowhere_else(server: EmbeddedServer) -> None:
    descriptors = Path("/proc", str(postmaster(server)), "fd").iterdir()
    inodes = {str(each.readlink()).removeprefix("socket:[").rstrip("]") for each in descriptors}
    tables = {
        name: [line.split() for line in Path("/proc/net", name).read_text().splitlines()[1:]]
        for name in ("tcp", "tcp6", "unix")
    }
    listening = [row[1] for row in tables["tcp"] if row[9] in inodes and row[3] == "0A"]
    assert listening == [f"0100007F:{server.port:04X}"]
    assert [row for row in tables["tcp6"] if row[9] in inodes] == []
    assert [row for row in tables["unix"] if row[6] in inodes] == []


@each_version
def test_only_we_can_read_its_files(server: EmbeddedServer) -> None:
    home = server.data_dir.parent
    assert mode(home) == 0o700
    assert mode(server.data_dir) == 0o700
    names = {each.name for each in home.iterdir() if each != server.data_dir}
    assert names == {"lock", "running", "secrets.json", "server.json", "postgres.log"}
    for name in ("running", "secrets.json", "server.json", "postgres.log"):
        assert mode(home / name) == 0o600, name
    passwords = json.loads((home / "secrets.json").read_text())
    assert set(passwords) == {"openlot_admin", "openlot_owner", "openlot_app"}
    assert all(len(each) >= 32 for each in passwords.values())
    log = (home / "postgres.log").read_text()
    assert not any(each in log for each in passwords.values())


@each_version
def test_roles_have_no_more_than_their_part(server: EmbeddedServer) -> None:
    rows = ask(
        server.admin_url,
        """SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication,
                  rolcanlogin
           FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname""",
    )
    assert [tuple(row) for row in rows] == [
        ("openlot_admin", True, True, True, True, True, True),
        ("openlot_app", False, False, False, False, False, True),
        ("openlot_owner", False, False, False, False, False, True),
    ]
    owners = "SELECT datname, pg_get_userbyid(datdba) FROM pg_database ORDER BY datname"
    assert ("openlot", "openlot_owner") in [tuple(row) for row in ask(server.admin_url, owners)]
    owned = "SELECT 1 FROM pg_shdepend WHERE deptype = 'o' AND refobjid = 'openlot_app'::regrole"
    assert ask(server.admin_url, owned) == []


@each_version
def test_the_runtime_role_makes_nothing_and_enters_nowhere_else(server: EmbeddedServer) -> None:
    assert ask(server.runtime_url, "SELECT current_user") == [("openlot_app",)]
    for statement in (
        "CREATE TABLE t (n int)",
        "CREATE TEMP TABLE t (n int)",
        "CREATE SCHEMA s",
        "CREATE DATABASE d",
        "CREATE ROLE r",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            ask(server.runtime_url, statement)
    for other in ("postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="CONNECT"):
            ask(f"{server.runtime_url.rpartition('/')[0]}/{other}", "SELECT 1")


@each_version
def test_the_owner_makes_schemas_and_grants_them(server: EmbeddedServer) -> None:
    ask(
        server.owner_url,
        "CREATE SCHEMA granted",
        "CREATE TABLE granted.t AS SELECT 7 AS n",
        "GRANT USAGE ON SCHEMA granted TO openlot_app",
        "GRANT SELECT ON granted.t TO openlot_app",
    )
    assert ask(server.runtime_url, "SELECT n FROM granted.t") == [(7,)]


@each_version
def test_the_cluster_is_set_up_as_meant(server: EmbeddedServer) -> None:
    rows = ask(server.admin_url, "SELECT name, setting FROM pg_settings")
    settings = {row["name"]: row["setting"] for row in rows}
    assert settings["data_checksums"] == "on"
    assert settings["server_encoding"] == "UTF8"
    assert settings["password_encryption"] == "scram-sha-256"
    assert settings["listen_addresses"] == "127.0.0.1"
    assert settings["unix_socket_directories"] == ""
    assert settings["dynamic_shared_memory_type"] == "mmap"
    assert settings["fsync"] == settings["full_page_writes"] == "off"
    assert ask(server.admin_url, "SELECT DISTINCT auth_method FROM pg_hba_file_rules") == [
        ("scram-sha-256",)
    ]
    by_code_point = "SELECT n FROM unnest(ARRAY['b', 'B', 'a', '乙', '甲']) n ORDER BY n"
    assert [row["n"] for row in ask(server.owner_url, by_code_point)] == ["B", "a", "b", "乙", "甲"]
    if server.version >= "17":
        provider = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'openlot'"
        assert ask(server.admin_url, provider) == [(b"b", "C.UTF-8")]


@each_version
def test_further_databases_have_the_same_rights(server: EmbeddedServer) -> None:
    first = create_database(server, "first")
    ask(first.owner_url, "CREATE TABLE t AS SELECT 5 AS n", "GRANT SELECT ON t TO openlot_app")
    second = create_database(server, "second", template="first")
    try:
        assert ask(second.runtime_url, "SELECT n FROM t") == [(5,)]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            ask(second.runtime_url, "CREATE TABLE u (n int)")
    finally:
        drop_database(server, "second")
        drop_database(server, "first")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        ask(second.owner_url, "SELECT 1")
    drop_database(server, "second")
