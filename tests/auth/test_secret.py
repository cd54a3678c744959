"""The secret: configured, or made once, kept to its owner, and the same for everyone who asks."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from collab.auth import Secret, load_secret
from collab.config import Settings
from collab.errors import ConfigurationError

CONFIGURED = "a configured secret of more than 32 bytes"


def load(data_dir: Path) -> Secret:
    return load_secret(Settings.load(data_dir=data_dir))


def test_a_configured_secret_is_taken_and_not_written(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path / "data", secret=CONFIGURED)
    assert load_secret(settings) == Secret(CONFIGURED, made=False)
    assert not (tmp_path / "data").exists()


def test_a_missing_one_is_made_and_kept(tmp_path: Path) -> None:
    first = load(tmp_path / "new" / "data")
    assert first.made
    assert len(first.value) >= 43, "256 bits, in base64"
    again = load(tmp_path / "new" / "data")
    assert (again.value, again.made) == (first.value, False)


def test_it_is_kept_to_its_owner(tmp_path: Path) -> None:
    data = tmp_path / "data"
    before = os.umask(0)  # even where files are made for all to read
    try:
        load(data)
    finally:
        os.umask(before)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "secret").stat().st_mode) == 0o600
    assert [path.name for path in data.iterdir()] == ["secret"]


def test_none_is_made_where_one_is_only_looked_for(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path / "data")
    with pytest.raises(ConfigurationError, match="is it the server's data directory"):
        load_secret(settings, make=False)
    assert not settings.data_dir.exists()
    made = load_secret(settings)
    assert load_secret(settings, make=False).value == made.value


def test_two_servers_have_two(tmp_path: Path) -> None:
    assert load(tmp_path / "a").value != load(tmp_path / "b").value


def test_those_who_start_at_once_agree(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        secrets = list(pool.map(load, [tmp_path / "data"] * 16))
    assert len({secret.value for secret in secrets}) == 1
    assert sum(secret.made for secret in secrets) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_one_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    load(tmp_path)
    (tmp_path / "secret").chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n", b"too short", b"\xff" * 64])
def test_one_that_is_no_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="secret"):
        load(tmp_path)
    assert path.read_bytes() == content


def test_a_line_end_is_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(CONFIGURED + "\r\n")
    path.chmod(0o600)
    assert load(tmp_path).value == CONFIGURED


def test_where_it_cannot_be_kept_the_reason_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="file cannot be made"):
        load(tmp_path / "file")


def test_it_is_in_no_repr(tmp_path: Path) -> None:
    secret = load(tmp_path)
    assert secret.value not in repr(secret)
