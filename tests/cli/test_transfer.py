"""``collab documents`` export and import: what was written comes back, and nothing half."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from collab.cli.files import INDEX, file_name, read_index
from collab.cli.place import Place, reach
from collab.config import Settings
from tests.cli.processes import Terminal, feed, invoke
from tests.cli.states import state, text

TITLES = {
    "a": "",
    "notes/today": "Was heute war",
    "Notes/Today": "Another",
    "..": "Dots",
    "€" * 85: "Euros",
    "/" * 255: "",
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with documents of odd names; their text is their name."""
    data_dir = tmp_path_factory.mktemp("written")

    async def write() -> None:
        async with reach(Place(Settings.load(data_dir=data_dir)), make=True) as api:
            for name, title in TITLES.items():
                await api.submit(name, state(name))
                if title:
                    await api.retitle(name, title)

    asyncio.run(write())
    return data_dir


@pytest.fixture
def data(written: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(written, tmp_path / "data")


def run(data_dir: Path, *arguments: str | Path) -> Result:
    return invoke("documents", *arguments, "--data-dir", data_dir)


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def titles(data_dir: Path) -> dict[str, str]:
    return {document["name"]: document["title"] for document in objects(run(data_dir, "list", "--json"))}


def test_everything_out_and_in_again(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "new"
    exported = run(data, "export", "--all", "--output", out)
    assert exported.exit_code == 0, exported.stderr
    assert exported.stdout == ""
    assert "6 of 6 documents exported." in exported.stderr
    assert len(list(out.iterdir())) == len(TITLES) + 1
    imported = run(tmp_path / "other", "import", out, "--json")
    assert imported.exit_code == 0, imported.stdout
    assert all(each["created"] and each["changed"] for each in objects(imported))
    assert titles(tmp_path / "other") == TITLES
    again = tmp_path / "again"
    assert run(tmp_path / "other", "export", *TITLES, "-o", f"{again}/").exit_code == 0
    for entry in read_index(again) or []:
        assert text((again / entry.file).read_bytes()) == entry.name
    twice = run(tmp_path / "other", "import", out, "--json")
    assert not any(each["created"] or each["changed"] for each in objects(twice))


def test_without_its_index_a_folder_tells_names_but_no_titles(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(data, "export", "notes/today", "..", "€" * 85, "-o", f"{out}/").exit_code == 0
    (out / INDEX).unlink()
    imported = run(tmp_path / "other", "import", out)
    assert imported.exit_code == 1
    assert "say it with --name" in imported.stderr, "of a name that is too long for a file"
    assert "2 of 3 documents imported." in imported.stdout
    assert titles(tmp_path / "other") == {"..": "", "notes/today": ""}


def test_one_document_into_a_file_of_any_name(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "sub" / "today.bin"
    assert run(data, "export", "notes/today", "-o", file).exit_code == 0
    assert text(file.read_bytes()) == "notes/today"
    assert [path.name for path in file.parent.iterdir()] == ["today.bin"]
    imported = run(tmp_path / "other", "import", file, "--name", "copy", "--json")
    assert objects(imported) == [{"name": "copy", "file": str(file), "created": True, "changed": True}]


def test_here_when_nothing_else_is_said(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (exported,) = objects(run(data, "export", "notes/today", "--json"))
    assert exported["file"] == file_name("notes/today")
    assert text(Path(exported["file"]).read_bytes()) == "notes/today"
    assert not Path(INDEX).exists()


def test_an_index_keeps_what_it_listed_unless_everything_is_written(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("Notes/Today", "notes/today"):
        assert run(data, "export", name, "-o", f"{out}/").exit_code == 0
    assert [entry.name for entry in read_index(out) or []] == ["Notes/Today", "notes/today"]
    assert len({entry.file.casefold() for entry in read_index(out) or []}) == 2, "also where case does not count"
    assert run(data, "delete", "--yes", "a").exit_code == 0
    assert run(data, "export", "--all", "-o", out).exit_code == 0
    assert {entry.name for entry in read_index(out) or []} == set(TITLES) - {"a"}


def test_what_cannot_be_exported_stops_no_other(data: Path, tmp_path: Path) -> None:
    exported = run(data, "export", "nothing", "a", "--json", "-o", tmp_path)
    assert exported.exit_code == 1
    failed, done = objects(exported)
    assert (failed["name"], failed["error"]["code"]) == ("nothing", "not-found")
    file = tmp_path / "a.yjs"
    assert done == {"name": "a", "title": "", "file": str(file), "bytes": file.stat().st_size}
    (tmp_path / "full").touch()
    failure = run(data, "export", "--all", "-o", tmp_path / "full")
    assert failure.exit_code == 1
    assert failure.stderr.count("Error: ") == 1, "the next would fare no better"


def test_a_pipe(data: Path) -> None:
    exported = run(data, "export", "a", "-o", "-")
    assert (exported.exit_code, exported.stderr) == (0, "")
    assert text(exported.stdout_bytes) == "a"
    imported = feed(exported.stdout_bytes, "documents", "import", "-", "--name", "b", "--data-dir", data)
    assert (imported.exit_code, imported.stdout) == (0, "Created b.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("export",),
        ("export", "a", "--all"),
        ("export", "--all"),
        ("export", "a", "..", "-o", "-"),
        ("export", "a", "-o", "-", "--json"),
        ("import",),
        ("import", "-"),
        ("import", "a.yjs", "b.yjs", "--name", "c"),
        ("import", ".", "--name", "c"),
    ],
)
def test_a_misspelt_command(data: Path, arguments: tuple[str, ...]) -> None:
    failed = run(data, *arguments)
    assert (failed.exit_code, failed.stdout) == (2, "")


def test_what_is_no_state_stops_no_other(data: Path, tmp_path: Path) -> None:
    (tmp_path / "damaged.yjs").write_bytes(state("damaged")[:-3])
    (tmp_path / "text.yjs").write_text("Dear all,")
    (tmp_path / "a.yjs").write_bytes(state("more "))
    (tmp_path / "%FF.yjs").write_bytes(state("x"))
    files = [tmp_path / name for name in ("damaged.yjs", "text.yjs", "missing.yjs", "%FF.yjs", "a.yjs")]
    imported = run(data, "import", *files)
    assert imported.exit_code == 1
    assert imported.stdout == "Merged into a.\n1 of 5 documents imported.\n"
    assert re.findall(r"^Error: (.*\.yjs): ", imported.stderr, re.MULTILINE) == list(map(str, files[:4]))
    assert set(titles(data)) == set(TITLES), "no document is made of what is none"
    run(data, "export", "a", "-o", tmp_path / "merged")
    assert text((tmp_path / "merged").read_bytes()) in {"amore ", "more a"}


def test_a_deleted_document_is_not_imported_into(data: Path, tmp_path: Path) -> None:
    run(data, "export", "a", "-o", f"{tmp_path}/")
    run(data, "delete", "--yes", "a")
    imported = run(data, "import", tmp_path / "a.yjs", "--json")
    assert imported.exit_code == 1
    assert objects(imported)[0]["error"]["code"] == "document-deleted"


def test_an_empty_document_and_its_title(data: Path, tmp_path: Path) -> None:
    run(data, "create", "empty", "--title", "Nothing yet")
    run(data, "export", "empty", "-o", f"{tmp_path}/")
    assert run(tmp_path / "other", "import", tmp_path).exit_code == 0
    assert titles(tmp_path / "other") == {"empty": "Nothing yet"}


def test_a_title_that_is_there_stays(data: Path, tmp_path: Path) -> None:
    run(data, "export", "notes/today", "-o", f"{tmp_path}/")
    run(tmp_path / "other", "create", "notes/today", "--title", "Mine")
    assert run(tmp_path / "other", "import", tmp_path).exit_code == 0
    assert titles(tmp_path / "other") == {"notes/today": "Mine"}


def test_a_folder_with_nothing_in_it(data: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    failed = run(data, "import", tmp_path / "empty")
    assert failed.exit_code == 1
    assert "nothing to import" in failed.stderr


def test_a_bar_for_people(data: Path, tmp_path: Path) -> None:
    with Terminal("documents", "export", "--all", "-o", tmp_path / "out", "--data-dir", data, TERM="xterm") as terminal:
        shown = terminal.read()
    assert terminal.code == 0
    assert "Exporting" in shown
    assert "6 of 6 documents exported." in shown
    assert "Exported a to" not in shown, "a line for each would push the bar away"


@pytest.mark.parametrize(
    ("form", "suffix", "said"),
    [
        ("json", "json", '[{"insert":"notes/today"}]'),
        ("text", "txt", "notes/today"),
        ("markdown", "md", "notes/today"),
        (
            "html",
            "html",
            '<!doctype html>\n<meta charset="utf-8">\n<title>Was heute war</title>\n<pre><code>notes/today</code></pre>\n',
        ),
    ],
)
def test_what_a_document_says(data: Path, tmp_path: Path, form: str, suffix: str, said: str) -> None:
    out = tmp_path / "out"
    exported = run(data, "export", "notes/today", "a", "--format", form, "-o", out)
    assert exported.exit_code == 0, exported.stderr
    assert {file.name for file in out.iterdir()} == {f"notes%2Ftoday.{suffix}", f"a.{suffix}"}, "and no index"
    assert (out / f"notes%2Ftoday.{suffix}").read_text(encoding="utf-8") == said
    poured = run(data, "export", "notes/today", "--format", form, "-o", "-")
    assert (poured.exit_code, poured.stdout) == (0, said)


def test_a_form_that_there_is_none_of(data: Path) -> None:
    refused = run(data, "export", "a", "--format", "pdf")
    assert refused.exit_code == 2
    assert "'yjs', 'markdown', 'html', 'json', 'text'" in refused.stderr
