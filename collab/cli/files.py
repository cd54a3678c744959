"""Documents as files: what an export writes and an import reads.

    notes%2Ftoday.yjs     a document: one Yjs update (version 1) that holds all of it
    documents.json        in a folder: which document each file is, and its title, which no state holds

The file name is the document's name, with percent escapes for what file systems will not have, so it can be read back
without the index. Two names need it: one that is too long with its escapes, and one that differs from another of the
same folder by upper and lower case only, which many file systems take for the same.
"""

from __future__ import annotations

import json
import os
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from collab.auth import parse_name
from collab.errors import ConfigurationError, InvalidName

SUFFIX = ".yjs"
INDEX = "documents.json"
_FORMAT = 1

MAX_FILE_NAME_BYTES = 255
_FORBIDDEN = frozenset('%/\\:*?"<>|')
_NO_ESCAPE = "%~"
"""Stands in a file name that tells no document's name: ``%`` begins an escape anywhere else."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index."""

    name: str
    title: str
    file: str


def file_name(name: str, suffix: str = SUFFIX) -> str:
    """The file of a document: ``"notes/today"`` → ``"notes%2Ftoday.yjs"``."""
    return _fit(name, "".join(_escaped(character, at == 0) for at, character in enumerate(name)), suffix)


def document_name(file: str) -> str:
    """The document of a file name that ``file_name`` made. Raises ``InvalidName``."""
    stem = file.removesuffix(SUFFIX)
    if _NO_ESCAPE in stem:
        raise InvalidName(f"{file!r} does not tell its document's name: say it with --name")
    try:
        name = unquote_to_bytes(stem).decode()
    except UnicodeDecodeError:
        raise InvalidName(f"{file!r} does not spell a document's name: say it with --name") from None
    return parse_name(unicodedata.normalize("NFC", name))  # some file systems keep names in another form


class Folder:
    """The file names that one export gives out: each document its own, whatever the file system thinks of case."""

    def __init__(self, taken: Iterable[Entry] = (), suffix: str = SUFFIX) -> None:
        """``taken`` are files that are there already."""
        self._suffix = suffix
        self._files = {entry.name: entry.file for entry in taken}
        self._seen = {INDEX, *(file.casefold() for file in self._files.values())}

    def file(self, name: str) -> str:
        """The file of this document."""
        if (known := self._files.get(name)) is not None:
            return known
        file = file_name(name, self._suffix)
        if file.casefold() in self._seen:
            file = _marked(name, self._suffix)
        self._files[name] = file
        self._seen.add(file.casefold())
        return file


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, for its owner only, that is there whole or not at all. Raises ``ConfigurationError``."""
    draft = path.with_name(f".collab-{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error


def read_file(path: Path) -> bytes:
    """All of a file. Raises ``ConfigurationError``."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error


def write_index(folder: Path, entries: Iterable[Entry]) -> None:
    """Write a folder's index. Raises ``ConfigurationError``."""
    lines = ",\n".join(json.dumps(asdict(entry), ensure_ascii=False) for entry in entries)
    text = f'{{"format": {_FORMAT}, "documents": [\n{lines}\n]}}\n'
    write_whole(folder / INDEX, text.encode())


def read_index(folder: Path) -> list[Entry] | None:
    """A folder's index; None: it has none. Raises ``ConfigurationError`` for one that is damaged or of a later version."""
    path = folder / INDEX
    if not path.exists():
        return None
    try:
        index = json.loads(read_file(path))
        if index["format"] != _FORMAT:
            raise ConfigurationError(f"{path} is of another version of collab (format {index['format']!r})")
        return [_entry(each) for each in index["documents"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not an index that an export wrote") from error


def _entry(value: Any) -> Entry:
    entry = Entry(**value)
    if not all(isinstance(text, str) for text in (entry.name, entry.title, entry.file)):
        raise TypeError("an entry is made of text")
    if Path(entry.file).name != entry.file:
        raise ValueError("a file of the index lies beside it")
    return entry


def _escaped(character: str, first: bool) -> str:
    """One character of a name; a dot or a dash in front would hide the file, or make an option of it."""
    if character in _FORBIDDEN or unicodedata.category(character) == "Cc" or (first and character in ".-"):
        return "".join(f"%{byte:02X}" for byte in character.encode())
    return character


def _fit(name: str, stem: str, suffix: str) -> str:
    file = stem + suffix
    return file if len(file.encode()) <= MAX_FILE_NAME_BYTES else _marked(name, suffix)


def _marked(name: str, suffix: str) -> str:
    """A file name that only the index can read: as much of the name as people need, and a digest of all of it."""
    mark = _NO_ESCAPE + sha256(name.encode()).hexdigest()[:24] + suffix
    stem = "".join(_escaped(character, at == 0) for at, character in enumerate(name))
    room = MAX_FILE_NAME_BYTES - len(mark)
    return stem.encode()[:room].decode(errors="ignore") + mark
