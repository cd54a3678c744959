"""Settings: each one documented, checked, frozen, and the same under its three names (field, flag, variable)."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collab.config import (
    GROUPS,
    Settings,
    listening_url,
    parse_duration,
    parse_origin,
    parse_size,
    settings_manual,
    settings_table,
    unknown_variables,
)
from collab.errors import ConfigurationError
from tests.parts import ROOT

SECRET = "a secret that is long enough to be one"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("COLLAB_"):
            monkeypatch.delenv(name)


def test_every_setting_is_documented() -> None:
    for setting in settings_manual():
        assert len(setting.help) > 20, f"{setting.name} has no docstring"
        assert setting.help.endswith("."), f"the docstring of {setting.name} is not a sentence"
        assert setting.default, f"{setting.name} shows no default"


def test_the_manual_holds_every_setting_once() -> None:
    names = [setting.name for setting in settings_manual()]
    assert len(names) == len(set(names))
    assert set(names) == set(Settings.model_fields)


def test_every_number_has_a_unit() -> None:
    for setting in settings_manual():
        number = Settings.model_fields[setting.name].annotation in (int, float)
        assert bool(setting.unit) == (number and setting.name != "port"), setting.name


def test_every_group_has_a_title() -> None:
    assert all(group.title for group in GROUPS)


def test_a_switch_is_on_or_off() -> None:
    switches = {setting.name: setting for setting in settings_manual() if setting.is_switch}
    assert set(switches) == {name for name, field in Settings.model_fields.items() if field.annotation is bool}
    assert switches["public_metrics"].default == "off"


def test_every_setting_has_a_row_in_the_table() -> None:
    table = settings_table()
    for setting in settings_manual():
        row = next(line for line in table.splitlines() if f"`{setting.variable}`" in line)
        assert row.count("|") == 4, "a bar inside a cell breaks the table"
        assert setting.help in row


def test_the_readme_holds_the_table() -> None:
    """`collab settings` prints what belongs there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = readme.splitlines()
    assert [row for row in settings_table().splitlines() if row not in rows] == [], "missing from the README"
    assert settings_table().strip() in readme, "the README has more, or another order"


def test_defaults_are_sound() -> None:
    settings = Settings.load()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080), "nothing is open to the network unless asked"
    assert settings.secret is None
    assert settings.data_dir.is_absolute()
    assert settings.database_url == f"sqlite:///{settings.data_dir}/collab.db"


def test_every_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {
        "COLLAB_HOST": "0.0.0.0",
        "COLLAB_PORT": "0",
        "COLLAB_PUBLIC_URL": "https://Docs.Example.org/",
        "COLLAB_DATA_DIR": str(tmp_path),
        "COLLAB_DATABASE_URL": "postgresql://db.example.org/collab",
        "COLLAB_SECRET": SECRET,
        "COLLAB_ALLOWED_ORIGINS": "https://a.example, HTTP://B.example:80",
        "COLLAB_LOG_LEVEL": "debug",
        "COLLAB_PUBLIC_METRICS": "on",
        "COLLAB_ACCEPTED_SECRETS": f"{SECRET}, {SECRET}",
        "COLLAB_TOKEN_KEYS": str(tmp_path / "keys.pem"),
        "COLLAB_TOKEN_JWKS_URL": "https://login.example/keys",
        "COLLAB_TOKEN_ISSUER": "https://login.example",
        "COLLAB_TOKEN_AUDIENCE": "notes",
        "COLLAB_TRUSTED_FORWARDERS": "10.0.0.0/8, fd00::/8",
        "COLLAB_HIDE_VIEWERS": "on",
        "COLLAB_HISTORY_ROLE": "viewer",
        "COLLAB_AUTOMATIC_VERSIONS": "off",
    }
    for setting in settings_manual():
        if setting.unit:
            given[setting.variable] = {"bytes": "8 MiB", "seconds": "20 s"}.get(setting.unit, "7")
    given["COLLAB_COMMIT_GATHER"] = "5ms"
    assert set(given) == {setting.variable for setting in settings_manual()}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings.load()
    assert settings.public_url == "https://docs.example.org"
    assert settings.allowed_origins == ("https://a.example", "http://b.example")
    assert settings.secret is not None
    assert settings.secret.get_secret_value() == SECRET
    assert settings.public_metrics
    assert [each.get_secret_value() for each in settings.accepted_secrets] == [SECRET, SECRET]
    assert [str(each) for each in settings.trusted_forwarders] == ["10.0.0.0/8", "fd00::/8"]
    assert settings.history_role == "viewer"
    assert not settings.automatic_versions
    assert settings.port == 0
    assert settings.data_dir == tmp_path
    assert settings.database_url == "postgresql://db.example.org/collab"
    for setting in settings_manual():
        if setting.unit and setting.name != "commit_gather":
            assert getattr(settings, setting.name) == {"bytes": 8 * 2**20, "seconds": 20.0}.get(setting.unit, 7)
    assert settings.commit_gather == pytest.approx(0.005)


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLAB_PORT", "1")
    assert Settings.load(port=2).port == 2
    assert Settings.load().port == 1


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLAB_PUBLIC_URL", "")
    assert Settings.load().public_url is None


def test_the_database_lies_in_the_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.load(data_dir="here").database_url == f"sqlite:///{tmp_path}/here/collab.db"
    assert not stat.S_ISDIR(tmp_path.stat().st_mode) or not (tmp_path / "here").exists(), (
        "reading settings makes nothing"
    )


def test_an_old_spelling_of_postgresql_is_mended() -> None:
    assert Settings.load(database_url="postgres://db/postgres").database_url == "postgresql://db/postgres"


def test_the_data_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path / "a" / "b")
    settings.make_data_dir()
    settings.make_data_dir()
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="file/b cannot be made"):
        Settings.load(data_dir=tmp_path / "file" / "b").make_data_dir()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings.load().port = 1


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("port", "99999", "less than or equal to 65535"),
        ("port", "tcp://10.0.0.1:80", "COLLAB_PORT"),  # Kubernetes sets this for a service called "collab"
        ("max_message_bytes", "3 parsecs", "KiB"),
        ("max_message_bytes", 0, "greater than 0"),
        ("handshake_deadline", "soon", "number of seconds"),
        ("handshake_deadline", float("inf"), "finite"),
        ("handshake_deadline", float("nan"), "greater than 0"),
        ("token_audience", "collab/session", "own sessions"),
        ("allowed_origins", "*", "an origin is"),
        ("allowed_origins", "null", "an origin is"),
        ("allowed_origins", 5, "commas"),
        ("public_url", "https://example.org/docs", "without a path"),
        ("public_url", "ftp://example.org", "http"),
        ("database_url", "mysql://db/collab", "postgresql://"),
        ("database_url", "mysql://postgres://", "postgresql://"),
        ("log_level", "loud", "warning"),
        ("log_queue_bytes", "1 KiB", "max_update_bytes"),
        ("log_total_bytes", "8 MiB", "log_queue_bytes"),
        ("commit_give_up", "1ms", "commit_gather"),
        ("no_such_thing", 1, "no_such_thing"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: object, says: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(says)) as caught:
        Settings.load(**{name: value})
    assert name in str(caught.value)
    assert "Value error" not in str(caught.value)


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"port.*log_level"):
        Settings.load(port="x", log_level="x")


def test_secrets_are_in_no_error_and_no_repr() -> None:
    short = "hunter2-hunter2"
    with pytest.raises(ConfigurationError, match="32 bytes") as caught:
        Settings.load(secret=short, database_url="mysql://joe:hunter2-hunter2@db/x")
    assert short not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    settings = Settings.load(secret=SECRET, database_url="postgresql://joe:hunter2@db/x")
    assert SECRET not in repr(settings) + str(settings)
    assert "hunter2" not in repr(settings) + str(settings)


def test_misspelt_variables_are_found() -> None:
    environment = {"COLLAB_MAX_MESAGE_BYTES": "1", "COLLAB_PORT": "1", "collab_host": "h", "PATH": "/bin"}
    assert unknown_variables(environment) == ["COLLAB_MAX_MESAGE_BYTES"]


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("64KiB", 65536), ("16 MiB", 16 * 2**20), (" 2 GiB ", 2**31), ("7 B", 7)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "KiB", "1.5 MiB", "-1", "1e3", "1 kb", "٣", "1" * 100])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="number of bytes"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("10ms", 0.01), ("30s", 30), ("1.5 m", 90), ("8h", 28800), ("7d", 604800)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "h", "-1s", "1e3", "inf", "nan", "1w", "1h30m", "9" * 400])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="number of seconds"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://example.org", "https://example.org"),
        ("HTTPS://Example.ORG:443", "https://example.org"),
        ("http://localhost:080", "http://localhost"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://example.org:80", "https://example.org:80"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
    ],
)
def test_origins_have_one_spelling(text: str, origin: str) -> None:
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "*", "example.org", "https://", "https://a/", "https://a/b", "https://u@a", "https://u:p@a", "https://a?b",
        "https://a#b", "https://a:0", "https://a:99999", "https://a:b", "https://*.a", "https://é.example", "https://a b",
        "https://a\n", " https://a", "https://a,https://b", "://a", "https://a:٣", "https://[::1", "file:///etc",
    ],
)  # fmt: skip
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match=r"an origin is|a port is"):
        parse_origin(text)


@given(st.text(max_size=40))
def test_an_origins_spelling_is_a_fixed_point(text: str) -> None:
    for candidate in (text, f"https://{text}"):
        try:
            origin = parse_origin(candidate)
        except ValueError:
            continue
        assert parse_origin(origin) == origin


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:8080"),
        ("fe80::1", "http://[fe80::1]:8080"),
        ("docs.example.org", "http://docs.example.org:8080"),
    ],
)
def test_the_url_of_a_listening_address(host: str, url: str) -> None:
    assert listening_url(host, 8080) == url
