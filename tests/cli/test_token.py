"""``collab token``: a token, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collab.auth import Authority, Role
from collab.config import Settings
from tests.cli.processes import SECRET, authority, collab, invoke

GRANT = ("--grant", "notes/**:editor")


def test_a_token_and_nothing_else(tmp_path: Path) -> None:
    given: list[str | Path] = ["--subject", "alice", "--name", "Alice", *GRANT, "--ttl", "1h", "--data-dir", tmp_path]
    first = collab("token", *given)
    assert first.returncode == 0
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", first.stdout)
    assert "secret" in first.stderr, "that a secret was made is said, but not on standard output"
    principal = authority(tmp_path).verify(first.stdout.strip())
    assert (principal.subject, principal.name) == ("alice", "Alice")
    assert principal.expires - principal.issued == 3600
    assert principal.role_for("notes/a") is Role.EDITOR
    assert principal.role_for("other") is None
    again = collab("token", *given)
    assert again.stderr == ""
    assert authority(tmp_path).verify(again.stdout.strip()).token_id != principal.token_id


def test_a_token_of_a_configured_secret(tmp_path: Path) -> None:
    made = invoke(
        "token", "--subject", "a", "--grant", "**:viewer", COLLAB_SECRET=SECRET, COLLAB_DATA_DIR=str(tmp_path)
    )
    assert (made.exit_code, made.stderr) == (0, "")
    assert Authority(SECRET).verify(made.stdout.strip()).name == "a"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", ["flags", "variables"])
def test_a_token_carries_the_issuer_and_the_audience_that_the_server_asks_for(tmp_path: Path, given: str) -> None:
    asked = {"token_issuer": "https://app.example", "token_audience": "docs"}
    flags = [word for name, value in asked.items() for word in (f"--{name.replace('_', '-')}", value)]
    variables = {f"COLLAB_{name.upper()}": value for name, value in asked.items()}
    words = flags if given == "flags" else []
    made = invoke(
        *("token", "--subject", "a", *GRANT, *words),
        **({} if given == "flags" else variables),
        COLLAB_SECRET=SECRET,
        COLLAB_DATA_DIR=str(tmp_path),
    )
    server = Authority.of(Settings.load(data_dir=tmp_path, **asked), SECRET)
    assert server.verify(made.stdout.strip()).subject == "a"


def test_nobody_is_called_the_owner(tmp_path: Path) -> None:
    made = invoke("token", "--subject", "owner", *GRANT, "--data-dir", tmp_path)
    assert made.exit_code != 0
    assert "owner link" in made.stderr


def test_a_token_with_several_grants(tmp_path: Path) -> None:
    made = invoke("token", "--subject", "a", *GRANT, "--grant", "a:b:owner", "--ttl", "7d", "--data-dir", tmp_path)
    principal = authority(tmp_path).verify(made.stdout.strip())
    assert principal.role_for("a:b") is Role.OWNER, "the last colon counts"
    assert principal.role_for("notes/a") is Role.EDITOR
    assert principal.expires - principal.issued == 7 * 86400


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (GRANT, "--subject"),
        (("--subject", "a"), "--grant"),
        (("--subject", "a", "--grant", "notes/**"), "a role is one of|not empty"),
        (("--subject", "a", "--grant", "**:Editor"), "a role is one of"),
        (("--subject", "a", "--grant", ":editor"), "not empty"),
        (("--subject", "a", *GRANT, "--ttl", "soon"), "number of seconds"),
        (("--subject", "a", *GRANT, "--ttl", "0"), "at least a second"),
        (("--subject", "a", *GRANT, "--tll", "1h"), "--ttl"),
    ],
)
def test_a_misspelt_token_command(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    failed = invoke("token", *arguments, "--data-dir", tmp_path)
    assert (failed.exit_code, failed.stdout) == (2, "")
    assert re.search(says, failed.stderr)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("subject", "ttl", "says"), [(" ", "1h", "sub"), ("a", "9999999d", "exp"), ("a\nb", "1h", "sub")]
)
def test_a_token_that_cannot_be(tmp_path: Path, subject: str, ttl: str, says: str) -> None:
    failed = invoke("token", "--subject", subject, *GRANT, "--ttl", ttl, COLLAB_SECRET=SECRET)
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert says in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    collab("token", "--subject", "a", *GRANT, "--data-dir", tmp_path)
    (tmp_path / "secret").chmod(0o644)
    failed = invoke("token", "--subject", "a", *GRANT, "--data-dir", tmp_path)
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "chmod 600" in failed.stderr
    assert (tmp_path / "secret").read_text() not in failed.stderr
