"""Documents with a past: what was let in, and the document as it was after each change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pycrdt

from collab.content.attribution import Share
from collab.content.items import Moment
from collab.crdt import DeleteSet, DocumentState, squash

NOTHING = Moment({}, DeleteSet())
"""The empty document before everything."""

MINUTE = 60_000


class Past:
    """What was let into a document, one change after the other."""

    def __init__(self, updates: Iterable[bytes] = ()) -> None:
        self.state = DocumentState()
        self.news: list[bytes] = []
        self.moments = [NOTHING]
        """The document after each change; the first is the empty one."""
        self.written: list[Share] = []
        self.deleted: list[Share] = []
        for update in updates:
            self.take(update)

    def take(self, update: bytes, subject: str | None = None) -> None:
        """Let a change in, as ``subject``'s; an hour passes between one and the next."""
        extension = self.state.extend(update)
        assert extension.rest is None, "a log is causally closed"
        if extension.news is None:
            return
        time = 60 * MINUTE * len(self.moments)
        self.written += [Share(*span, subject, time) for span in extension.inserted]
        self.deleted += [Share(*span, subject, time) for span in extension.deleted]
        self.news.append(extension.news)
        self.moments.append(Moment(dict(self.state.state_vector), self.state.deletes.copy()))

    @property
    def whole(self) -> bytes:
        """All of it as one update, with what was deleted."""
        return squash(self.news, self.state.entries)

    @property
    def now(self) -> Moment:
        return self.moments[-1]

    def of(self, subject: str) -> tuple[DeleteSet, DeleteSet]:
        """What somebody wrote, and what they deleted."""
        written, deleted = (
            DeleteSet((share.client, share.start, share.end) for share in shares if share.subject == subject)
            for shares in (self.written, self.deleted)
        )
        return written, deleted


class People:
    """Some who write a document together, on pycrdt; what one does is a change, and known to all at once."""

    def __init__(self, *names: str) -> None:
        self.past = Past()
        self._docs: dict[str, pycrdt.Doc[Any]] = {
            name: pycrdt.Doc(client_id=client) for client, name in enumerate(names, 1)
        }
        self._said: list[bytes] = []
        for doc in self._docs.values():
            doc.observe(lambda event: self._said.append(event.update))

    @contextmanager
    def writing(self, name: str) -> Iterator[pycrdt.Doc[Any]]:
        """What is done here to the document is one change of this person."""
        doc = self._docs[name]
        with doc.transaction():
            yield doc
        (update,) = self._said
        self.past.take(update, name)
        for other in self._docs.values():
            if other is not doc:
                other.apply_update(update)
        self._said.clear()


def fragment(doc: pycrdt.Doc[Any]) -> Any:
    """The root that BlockNote's documents are in."""
    return doc.get("document-store", type=pycrdt.XmlFragment)


def element(tag: str, **attributes: Any) -> Any:
    """An element, whose attributes may be what they are in editors."""
    return pycrdt.XmlElement(tag, attributes)


def add_block(group: Any, id_: str, words: str, tag: str = "paragraph", at: int | None = None) -> None:
    """A block as BlockNote makes it, in a group."""
    container = element("blockContainer", id=id_)
    group.children.insert(len(group.children) if at is None else at, container)
    fill(container, words, tag)


def fill(container: Any, words: str, tag: str = "paragraph") -> None:
    """The content of a block."""
    content = element(tag, textAlignment="left")
    container.children.insert(0, content)
    content.children.append(pycrdt.XmlText(words))


def begin(doc: pycrdt.Doc[Any], *blocks: str) -> None:
    """A document of some paragraphs, whose ids are their words."""
    group = fragment(doc).children.append(element("blockGroup"))
    for words in blocks:
        add_block(group, words, words)


def block(doc: pycrdt.Doc[Any], place: int) -> Any:
    """The container of a block."""
    (group,) = fragment(doc).children
    return group.children[place]


def words_of(doc: pycrdt.Doc[Any], place: int) -> Any:
    """The text of a block."""
    return block(doc, place).children[0].children[0]
