"""Names as files and back, and files that are there whole or not at all."""

from __future__ import annotations

import json
import stat
import unicodedata
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from collab.auth import parse_name
from collab.cli.files import (
    INDEX,
    Entry,
    Folder,
    document_name,
    file_name,
    read_file,
    read_index,
    write_index,
    write_whole,
)
from collab.errors import ConfigurationError, InvalidName


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("today", "today.yjs"),
        ("notes/today", "notes%2Ftoday.yjs"),
        ("..", "%2E..yjs"),
        ("-rf", "%2Drf.yjs"),
        ("100%", "100%25.yjs"),
        ("a%2Fb", "a%252Fb.yjs"),
        ('<a:b|c?*"\\>', "%3Ca%3Ab%7Cc%3F%2A%22%5C%3E.yjs"),
        ("Grüße 東京.yjs", "Grüße 東京.yjs.yjs"),
    ],
)
def test_a_name_as_a_file(name: str, file: str) -> None:
    assert file_name(name) == file
    assert document_name(file) == name


def is_name(text: str) -> bool:
    try:
        parse_name(text)
    except InvalidName:
        return False
    return True


NAMES = st.text(min_size=1, max_size=80).map(lambda text: unicodedata.normalize("NFC", text)).filter(is_name)


@given(NAMES)
def test_every_name_fits_and_comes_back(name: str) -> None:
    file = file_name(name)
    assert len(file.encode()) <= 255
    assert file == Path(file).name
    assert not file.startswith((".", "-"))
    if "%~" in file:
        with pytest.raises(InvalidName, match="--name"):
            document_name(file)
    else:
        assert document_name(file) == name
        assert document_name(unicodedata.normalize("NFD", file)) == name, "as macOS hands it back"


def test_names_that_are_too_long_for_files_have_files_of_their_own(tmp_path: Path) -> None:
    names = ["/" * 255, "/" * 254, "€" * 85, "x" * 255]
    files = [file_name(name) for name in names]
    assert len(set(files)) == len(names)
    for file in files:
        (tmp_path / file).touch()


@pytest.mark.parametrize("file", ["%FF.yjs", "%00.yjs", "%20.yjs", ".yjs", "a%~0123.yjs", "x" * 300])
def test_a_file_that_spells_no_name(file: str) -> None:
    with pytest.raises(InvalidName):
        document_name(file)


def test_names_that_differ_by_case_only_have_files_that_do_not() -> None:
    folder = Folder()
    files = [folder.file(name) for name in ("Notes", "notes", "NOTES", "straße", "STRASSE")]
    assert len({file.casefold() for file in files}) == 5
    assert files[0] == "Notes.yjs"
    assert [Folder([Entry("notes", "", files[1])]).file("notes"), folder.file("notes")] == [files[1]] * 2


def test_a_file_is_the_owners_and_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "a.yjs"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert read_file(path) == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["a.yjs"]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yjs").mkdir()
    with pytest.raises(ConfigurationError, match=r"a\.yjs cannot be written"):
        write_whole(tmp_path / "a.yjs", b"one")
    assert [each.name for each in tmp_path.iterdir()] == ["a.yjs"]
    with pytest.raises(ConfigurationError, match="No such file"):
        write_whole(tmp_path / "nowhere" / "a.yjs", b"one")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_file(tmp_path / "nothing")


def test_the_index(tmp_path: Path) -> None:
    assert read_index(tmp_path) is None
    entries = [Entry("notes/today", 'Was "heute" war', "notes%2Ftoday.yjs"), Entry("x", "", "x.yjs")]
    write_index(tmp_path, entries)
    assert read_index(tmp_path) == entries
    write_index(tmp_path, [])
    assert read_index(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"format": 1}',
        '{"format": 2, "documents": []}',
        '{"format": 1, "documents": [{"name": "a"}]}',
        '{"format": 1, "documents": [{"name": "a", "title": "", "file": 7}]}',
        json.dumps({"format": 1, "documents": [{"name": "a", "title": "", "file": "../../etc/passwd"}]}),
        "[" * 100_000,
        b"\xff".decode("latin1"),
    ],
)
def test_a_damaged_index(tmp_path: Path, text: str) -> None:
    (tmp_path / INDEX).write_text(text, encoding="latin1")
    with pytest.raises(ConfigurationError, match=r"documents\.json"):
        read_index(tmp_path)


def test_a_document_does_not_take_the_place_of_the_index() -> None:
    file = Folder(suffix=".json").file("documents")
    assert file != INDEX
    assert file.startswith("documents%~")
    assert file.endswith(".json")
    assert file_name("a/b", ".md") == "a%2Fb.md"
