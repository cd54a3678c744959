"""``collab documents export`` and ``import``: Yjs states out of documents and into them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import click

from collab.cli.client import Api, Document
from collab.cli.completion import complete_living
from collab.cli.files import (
    SUFFIX,
    Entry,
    Folder,
    document_name,
    read_file,
    read_index,
    write_index,
    write_whole,
)
from collab.cli.options import SettingsCommand, as_json_option, examples
from collab.cli.output import Results
from collab.cli.place import Place, at, takes_place
from collab.cli.returns import MOMENT, SPELLINGS
from collab.content.formats import Format
from collab.errors import CollabError, ConfigurationError, NotFound, Unauthenticated, Unavailable

YJS = "yjs"
_SUFFIXES = {
    YJS: SUFFIX,
    Format.MARKDOWN.value: ".md",
    Format.HTML.value: ".html",
    Format.JSON.value: ".json",
    Format.TEXT.value: ".txt",
}
"""What a document can be exported as, and how such files end."""

_ALL_OF_THEM = (ConfigurationError, Unauthenticated, Unavailable)
"""Failures that the next document would meet as well: a folder that cannot be written, a server that is gone."""


@click.command(
    cls=SettingsCommand,
    epilog=examples(
        "collab documents export notes/today",
        "collab documents export notes/today --output today.yjs",
        "collab documents export notes/today --output - | ssh other collab documents import - --name notes/today",
        "collab documents export --all --output backup",
        "collab documents export notes/today --format markdown --output -",
        "collab documents export notes/today --at 2026-01-02T03:04:05Z --output then.yjs",
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_living, help="The documents.")
@click.option("--all", "everything", is_flag=True, help="Every document that is not deleted.")
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR|-",
    help="Where to: a file for one document, a directory for several (or if it is there, or ends in /), - for standard "
    "output.  [default: here]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_SUFFIXES)),
    default=YJS,
    show_default=True,
    help="As what: the Yjs state, which can be imported, or what the document says.",
)
@click.option("--at", "moment", metavar=MOMENT, help=f"As it was at a moment: {SPELLINGS}.  [default: as it is]")
@as_json_option("One JSON object a line: each document and its file.")
@takes_place
def export(
    place: Place,
    names: tuple[str, ...],
    everything: bool,
    output: str | None,
    form: str,
    moment: str | None,
    as_json: bool,
) -> None:
    """Write documents to files.

    Each becomes one file: its Yjs state, without what was deleted from it. A file is there whole or not at all, and for
    you alone. Its name is that of the document, with % escapes for what file names cannot hold ("notes/today" is
    "notes%2Ftoday.yjs"). A directory that is named with --output also gets a documents.json with the titles, for `collab
    documents import`. What files do not hold: who wrote what when, and deleted documents. To keep everything, back up the
    database. With another --format than yjs a file is for people and other programs: it cannot be imported, and there is no
    documents.json.
    """
    if everything == bool(names):
        raise click.UsageError("say which documents, or --all")
    if output == "-":
        if everything or len(names) > 1:
            raise click.UsageError("standard output takes one document")
        if as_json:
            raise click.UsageError("standard output takes the document or --json, not both")
        if form == YJS and sys.stdout.isatty():
            raise click.UsageError("a state is not for a terminal: send standard output to a file")
        at(place, lambda api: _pour(api, names[0], form, moment))
    elif everything and output is None:
        raise click.UsageError("--all needs --output DIR")
    elif output is not None and not everything and len(names) == 1 and not _is_directory(output):
        path = Path(output)
        at(place, lambda api: _export(api, [names[0]], _Target(path.parent, form, moment, file=path.name), as_json))
    else:
        path, index = Path(output or "."), output is not None and form == YJS
        wanted = None if everything else list(names)
        at(
            place,
            lambda api: _export(api, wanted, _Target(path, form, moment, index=index, everything=everything), as_json),
        )


def _is_directory(output: str) -> bool:
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


class _Target:
    """Where documents are written to: a directory, into files of their names unless ``file`` is the one and only.

    With ``index`` the directory gets one. It lists what it listed before as well, unless the export is of ``everything``.
    """

    def __init__(
        self,
        path: Path,
        form: str,
        moment: str | None,
        *,
        file: str | None = None,
        index: bool = False,
        everything: bool = False,
    ) -> None:
        """Makes the directory. Raises ``ConfigurationError``."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be made: {error.strerror}") from error
        self._path = path
        self.form = form
        self.moment = moment
        self._file = file
        self._index = index
        before = (read_index(path) or []) if index else []
        self._files = Folder(before, _SUFFIXES[form])
        self._entries = {} if everything else {entry.name: entry for entry in before}

    def write(self, document: Document, exported: bytes) -> Path:
        """Write a document; the file."""
        name = document["name"]
        path = self._path / (self._file or self._files.file(name))
        write_whole(path, exported)
        self._entries[name] = Entry(name, document["title"], path.name)
        return path

    def close(self) -> None:
        """Write the index."""
        if self._index:
            write_index(self._path, self._entries.values())


async def _export(api: Api, names: list[str] | None, target: _Target, as_json: bool) -> None:
    results = Results(as_json=as_json, to_stderr=True)
    wanted: dict[str, Document | None] = dict.fromkeys(names or ())
    if names is None:
        wanted = {document["name"]: document async for document in api.documents()}
    with results.progress("Exporting", len(wanted)) as bar:
        try:
            for name, listed in wanted.items():
                try:
                    document = listed or await api.document(name)
                    exported = await _exported(api, document, target.form, target.moment)
                    path = target.write(document, exported)
                except _ALL_OF_THEM:
                    raise
                except CollabError as error:
                    results.fail(error, name=name)
                else:
                    facts = {"name": name, "title": document["title"], "file": str(path), "bytes": len(exported)}
                    results.succeed(f"Exported {name} to {path}.", **facts)
                bar.step()
        finally:
            target.close()  # also of what was written before something ended it
    if len(wanted) != 1:
        results.say(f"{results.done} of {len(wanted)} documents exported.")
    results.end()


async def _exported(api: Api, document: Document, form: str, moment: str | None) -> bytes:
    """A document, now or at a moment, in one of ``_SUFFIXES``' forms."""
    name = document["name"]
    if form == YJS:
        return await api.state(name, moment)
    content = await api.content(name, Format(form), moment)
    if form != Format.HTML:
        return content
    title = escape(document["title"] or name)
    return f'<!doctype html>\n<meta charset="utf-8">\n<title>{title}</title>\n'.encode() + content


async def _pour(api: Api, name: str, form: str, moment: str | None) -> None:
    exported = await _exported(api, await api.document(name), form, moment)
    stdout = sys.stdout.buffer
    stdout.write(exported)
    stdout.flush()


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to import."""

    path: Path
    name: str | None
    """None: it is to be read from the file's name."""
    title: str = ""
    given: bytes | None = None
    """What standard input gave, which is read before there is an event loop that it could hold up."""


@click.command(
    "import",
    cls=SettingsCommand,
    epilog=examples(
        "collab documents import notes%2Ftoday.yjs",
        "collab documents import today.yjs --name notes/today",
        "collab documents import backup",
    ),
)
@click.argument(
    "sources",
    nargs=-1,
    required=True,
    metavar="FILE|DIR|-...",
    type=click.Path(allow_dash=True),
    help="Files, directories that an export made, or - for standard input.",
)
@click.option("--name", help="The document, for a single file.  [default: what the file is named after]")
@as_json_option("One JSON object a line: what became of each document.")
@takes_place
def import_(place: Place, sources: tuple[str, ...], name: str | None, as_json: bool) -> None:
    """Bring files into documents.

    A file is a Yjs state: from `collab documents export`, or what Y.encodeStateAsUpdate made of any editor's document. A
    document that is not there is made. Into one that is there the state is merged, as an editor that comes back would:
    nothing of it is lost, and a second import changes nothing. A directory is one that an export made: the documents of
    its documents.json with their titles, or else each .yjs file. What is no Yjs state, or would harm a document, is
    refused; the others are imported, and the exit code is 1. A server that runs takes at most its --max-update-bytes at
    once; where none runs, a state may be of any size.
    """
    found = list(_sources(sources, name))
    at(place, lambda api: _import(api, found, as_json), make=True)


def _sources(given: Iterable[str], name: str | None) -> Iterator[_Source]:
    paths = [Path(each) for each in given]
    if name is not None and (len(paths) > 1 or paths[0].is_dir()):
        raise click.UsageError("--name is for a single file")
    if name is None and Path("-") in paths:
        raise click.UsageError("standard input tells no name: say --name")
    for path in paths:
        if str(path) == "-":
            yield _Source(path, name, given=sys.stdin.buffer.read())
        elif not path.is_dir():
            yield _Source(path, name)
        elif (index := read_index(path)) is not None:
            for entry in index:
                yield _Source(path / entry.file, entry.name, entry.title)
        else:
            files = sorted(path.glob(f"*{SUFFIX}"))
            if not files:
                raise ConfigurationError(f"there is nothing to import in {path}")
            for file in files:
                yield _Source(file, None)


async def _import(api: Api, sources: list[_Source], as_json: bool) -> None:
    results = Results(as_json=as_json)
    with results.progress("Importing", len(sources)) as bar:
        for source in sources:
            try:
                name = document_name(source.path.name) if source.name is None else source.name
                created, changed = await _bring(api, name, source)
            except (Unauthenticated, Unavailable):
                raise
            except CollabError as error:
                results.fail(error, name=source.name, file=str(source.path))
            else:
                what = "Created" if created else "Merged into" if changed else "Nothing new for"
                facts = {"name": name, "file": str(source.path), "created": created, "changed": changed}
                results.succeed(f"{what} {name}.", **facts)
            bar.step()
    if len(sources) > 1:
        results.say(f"{results.done} of {len(sources)} documents imported.")
    results.end()


async def _bring(api: Api, name: str, source: _Source) -> tuple[bool, bool]:
    """Whether the document is new, and whether the state brought anything."""
    state = read_file(source.path) if source.given is None else source.given
    try:
        await api.document(name)
        created = False
    except NotFound:
        created = True
    changed = await api.submit(name, state)
    if created and not changed:  # an empty state makes no document
        await api.create(name, source.title)
    elif created and source.title:
        await api.retitle(name, source.title)
    return created, changed
