"""The way to the documents: a server elsewhere, the one that runs here, or the application in this process."""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collab.cli.place import Place, reach, running_on
from collab.config import Settings
from collab.errors import ConfigurationError, NotFound, Unauthenticated, Unavailable
from collab.storage.lock import hold, lock_file
from tests.cli.processes import SECRET, collab, invoke
from tests.cli.states import state, text
from tests.servers import Server


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def place(data_dir: Path, **settings: Any) -> Place:
    return Place(Settings.load(data_dir=data_dir, **settings))


async def test_in_this_process_under_the_lock(tmp_path: Path) -> None:
    here = place(tmp_path / "data")
    async with reach(here, make=True) as api:
        holder = running_on(here.settings)
        assert holder is not None
        assert (holder.pid, holder.url) == (os.getpid(), None)
        await api.create("a")
        with pytest.raises(Unavailable, match=f"process {os.getpid()} is at work"):
            async with reach(here):
                pytest.fail("two at once")
    assert running_on(here.settings) is None
    async with reach(here) as api:
        assert (await api.document("a"))["name"] == "a"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    assert modes == {"collab.db": 0o600, "collab.db.lock": 0o600}, "and no secret: nobody needs one"


async def test_in_this_process_a_document_is_as_large_as_it_is(tmp_path: Path) -> None:
    large = state("x" * 9 * 2**20)
    async with reach(place(tmp_path, max_update_bytes=1000), make=True) as api:
        assert await api.submit("a", large)
        assert text(await api.state("a")) == "x" * 9 * 2**20


async def test_nothing_of_it_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    mask = os.umask(0o022)
    try:
        with pytest.raises(NotFound):
            async with reach(place(tmp_path / "data"), make=True) as api:
                await api.document("nothing")
        assert files(tmp_path / "tmp") == []
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(mask)


async def test_where_there_are_no_documents_none_are_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there are no documents in .*typo"):
        async with reach(place(tmp_path / "typo")):
            pytest.fail("there are")
    assert files(tmp_path) == []


async def test_a_database_of_several_servers_is_left_to_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--server"):
        async with reach(place(tmp_path, database_url="postgresql://joe:hunter2@127.0.0.1:1/x"), make=True):
            pytest.fail("it may be in use elsewhere")


async def test_a_process_that_is_no_server(tmp_path: Path) -> None:
    here = place(tmp_path)
    async with hold(lock_file(here.settings.data_dir, here.settings.database_url)):
        with pytest.raises(Unavailable, match="try again"):
            async with reach(here):
                pytest.fail("somebody is at work")


async def test_the_server_that_runs_here(tmp_path: Path) -> None:
    """It is asked, whatever the public URL is; and with the secret that it has."""
    async with Server(tmp_path, "--public-url", "https://docs.example.org") as server:
        async with reach(place(tmp_path)) as api:
            await api.create("a")
        with pytest.raises(Unauthenticated, match="was not signed by this server's secret"):
            async with reach(place(tmp_path, secret=SECRET)) as api:
                await api.document("a")
        second = await asyncio.to_thread(collab, "serve", "--port", "0", "--data-dir", tmp_path)
        assert (second.returncode, second.stdout) == (1, "")
        assert f"in use by process {server.pid}, which listens on {server.url}" in second.stderr
        await server.kill()
        assert "POST /api/v1/documents 201" in server.log
        async with reach(place(tmp_path)) as api:
            assert (await api.document("a"))["name"] == "a", "what a killed server had, without it"


async def test_the_server_that_runs_here_is_asked_whatever_it_was_told_to_ask_of_tokens(tmp_path: Path) -> None:
    """The flags were given to it, and the command does not know them."""
    asks = ("--token-issuer", "https://app.example", "--token-audience", "docs")
    async with Server(tmp_path, *asks) as server:
        made = await asyncio.to_thread(collab, "documents", "create", "a", "--data-dir", tmp_path)
        assert (made.returncode, made.stderr) == (0, "")
        listed = await asyncio.to_thread(collab, "documents", "list", "--data-dir", tmp_path)
        assert (listed.returncode, listed.stderr) == (0, "")
        assert "a" in listed.stdout.split()
        async with reach(replace(place(tmp_path), server=server.url, token=server.token("alice"))) as api:
            with pytest.raises(Unauthenticated, match="audience"):
                await api.document("a")


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (["--server", "http://127.0.0.1:1"], {}, "--server needs a --token"),
        (["--server", "docs.example.org", "--token", "t"], {}, "a server's URL is"),
        (["--server", "ftp://docs.example.org", "--token", "t"], {}, "a server's URL is"),
        (["--server", "http://127.0.0.1:1", "--token", "t", "--data-dir", "data"], {}, "say one of them"),
        (["--token", "t", "--database-url", "sqlite:///x"], {"COLLAB_SERVER": "http:"}, "a server's URL is"),
    ],
)
def test_a_place_that_is_misspelt(arguments: list[str], variables: dict[str, str], says: str) -> None:
    failed = invoke("documents", "list", *arguments, **variables)
    assert (failed.exit_code, failed.stdout) == (2, "")
    assert says in failed.stderr


def test_a_flag_wins_over_a_variable_of_the_other_kind(tmp_path: Path) -> None:
    elsewhere = {"COLLAB_SERVER": "http://127.0.0.1:1", "COLLAB_TOKEN": "t"}
    assert "no documents in" in invoke("documents", "list", "--data-dir", tmp_path / "typo", **elsewhere).stderr
    failed = invoke("documents", "list", COLLAB_DATA_DIR=str(tmp_path), **elsewhere)
    assert failed.exit_code == 1
    assert "http://127.0.0.1:1 cannot be reached" in failed.stderr


async def test_a_folder_for_scratch_files_whose_name_is_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket's path has about a hundred bytes at most; some machines hand out longer folders than that."""
    folder = tmp_path / ("x" * 110)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with pytest.raises(ConfigurationError, match="TMPDIR"):
        async with reach(place(tmp_path / "data"), make=True):
            pytest.fail("there is no such socket")
    assert running_on(Settings.load(data_dir=tmp_path / "data")) is None
    assert files(folder) == []
