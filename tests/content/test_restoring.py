"""Back to a moment as one edit, judged by real Yjs; what somebody did undone; and what is not right is not published."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pycrdt
import pytest

from collab.content import restoring as module
from collab.content.integration import integrate
from collab.content.items import Moment
from collab.content.reading import read_all
from collab.content.restoring import are_same, restore, undo
from collab.content.roots import Kind
from collab.content.showing import Showing
from collab.content.tree import Element, Fragment, Run, Text
from collab.crdt import EMPTY, DeleteSet, DocumentState, parsing, run, squash
from collab.errors import ContentUnavailable, RestoreUnavailable
from tests.content import deep
from tests.content.past import NOTHING, Past, People, add_block, begin, block, fragment, words_of
from tests.content.test_reading import comparable
from tests.crdt import wire
from tests.crdt.yjs import PATIENCE, Case, Judge, sessions

SESSIONS = 60
MOMENTS = 4
"""Of each session."""
CLIENT = 2**32 - 7
"""Of the edits that restore: no session has it."""


@pytest.fixture(scope="module")
def pasts(more: Callable[[int], int]) -> list[tuple[int, Past]]:
    """Random sessions, a third of which split emoji, by their seeds."""
    return [(session.seed, Past(session.log)) for session in sessions(1, more(SESSIONS))]


def moments(past: Past, chance: random.Random) -> Iterator[int]:
    last = len(past.moments) - 1
    yield from sorted(chance.sample(range(last + 1), min(MOMENTS, last + 1)))


def let_in(past: Past, edit: bytes) -> DocumentState:
    """The document's state with an edit in it, which comes in whole as any client's would."""
    state = DocumentState(dict(past.state.state_vector), past.state.deletes.copy(), past.state.entries.copy())
    extension = state.extend(edit)
    assert (extension.news, extension.rest) == (edit, None)
    assert {client for client, _, _ in extension.inserted} <= {CLIENT}
    return state


def seen(shape: str) -> Any:
    return comparable(json.loads(shape))


@pytest.mark.node
@pytest.mark.usefixtures("deep_calls")
def test_any_moment_comes_back_in_yjs(pasts: list[tuple[int, Past]]) -> None:
    """To a newcomer who gets the log, to one who gets it squashed, and to an editor who was there all the time."""
    chance = random.Random(5)
    changed = 0
    with Judge() as judge:
        for seed, past in pasts:
            for number in moments(past, chance):
                edit = restore(past.whole, past.moments[number], CLIENT)
                changed += edit is not None
                state = past.state if edit is None else let_in(past, edit)
                log = [*past.news, edit or EMPTY]
                updates = [*log, squash(log, state.entries)]
                everything = list(range(len(log)))
                wanted, *found = judge.ask(
                    updates,
                    [
                        *(Case([range(number)]), Case([everything]), Case([everything[:-1], everything[-1:]])),
                        Case([[len(log)]], edit=True),
                    ],
                ).result(PATIENCE)
                for how, opened in zip(("the log", "an editor", "squashed"), found, strict=True):
                    told = f"session {seed}, moment {number} of {len(past.moments)}, {how}: {opened.error}"
                    assert opened.error is None, told
                    assert not opened.pending, told
                    assert seen(opened.shape) == seen(wanted.shape), told
    assert changed > SESSIONS


@pytest.mark.node
@pytest.mark.usefixtures("deep_calls")
def test_what_is_in_both_moments_keeps_its_name(pasts: list[tuple[int, Past]]) -> None:
    """And a restore of the moment before the restore brings everything back."""
    chance = random.Random(6)
    kept = 0
    for seed, past in pasts[:20]:
        for number in moments(past, chance):
            then = past.moments[number]
            edit = restore(past.whole, then, CLIENT)
            if edit is None:
                continue
            deleted = DeleteSet(run(parsing(edit)).spans)
            document = integrate(run(parsing(past.whole)).sections, [past.now, then])
            for items in document.items.values():
                for item in items:
                    is_whole = item.id not in document.halves and (item.id[0], item.clock + 1) not in document.halves
                    if item.alive == 3 and is_whole and item.key is None and lives(item):
                        assert item.id not in deleted, f"session {seed}: {item!r}"
                        kept += 1
            after = Past([*past.news, edit])
            again = restore(after.whole, past.now, CLIENT + 1)
            assert again is not None
            shown = [
                Showing(integrate(run(parsing(Past(log).whole)).sections, [Past(log).now]), 1).root(*root)
                for log in (past.news, [*past.news, edit, again])
                for root in (("document", Kind.XML), ("text", Kind.TEXT))
            ]
            assert are_same(shown[:2], shown[2:]), f"session {seed}, moment {number}"
    assert kept > 100


def lives(item: Any) -> bool:
    """Whether what an item stands in is alive in both moments too."""
    while item.parent is not None and item.parent.item is not None:
        item = item.parent.item
        if item.alive != 3 or item.key is not None:
            return False
    return item.parent is not None


@pytest.mark.node
@pytest.mark.usefixtures("deep_calls")
def test_anybodys_share_can_be_taken_out(pasts: list[tuple[int, Past]]) -> None:
    """Whatever some of the changes did, the edit is let in, and its examination by pycrdt agrees."""
    chance = random.Random(7)
    changed = 0
    for _, past in pasts:
        written = chance.sample(past.written, chance.randint(0, len(past.written)))
        deleted = chance.sample(past.deleted, chance.randint(0, len(past.deleted)))
        edit = undo(
            past.whole,
            DeleteSet((share.client, share.start, share.end) for share in written),
            DeleteSet((share.client, share.start, share.end) for share in deleted),
            CLIENT,
        )
        if edit is not None:
            let_in(past, edit)
            changed += 1
    assert changed > SESSIONS / 2


# ---- what somebody did, undone


@pytest.fixture
def people() -> People:
    people = People("ada", "bob")
    with people.writing("ada") as doc:
        begin(doc, "one", "two", "three")
    return people


def shown(past: Past, edit: bytes | None) -> str:
    """BlockNote's document with an edit in it."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    for update in (*past.news, edit or EMPTY):
        doc.apply_update(update)
    return str(fragment(doc)).replace(' textAlignment="left"', "").replace("blockContainer", "b")


def undone(past: Past, subject: str) -> str:
    return shown(past, undo(past.whole, *past.of(subject), CLIENT))


def as_begun(*words: str) -> str:
    blocks = "".join(f'<b id="{each}"><paragraph>{each}</paragraph></b>' for each in words)
    return f"<blockGroup>{blocks}</blockGroup>"


def test_words_of_others_stay(people: People) -> None:
    with people.writing("bob") as doc:
        words_of(doc, 0).insert(3, " bobs")
    with people.writing("ada") as doc:
        words_of(doc, 0).insert(5, "-adas-")
    with people.writing("bob") as doc:
        del words_of(doc, 1)[0:2]
    assert undone(people.past, "bob") == as_begun("one", "two", "three").replace("one</", "one-adas-</")


def test_a_block_that_somebody_deleted_comes_back_with_all_that_was_in_it(people: People) -> None:
    with people.writing("ada") as doc:
        words_of(doc, 1).insert(3, "!")
    with people.writing("bob") as doc:
        (group,) = fragment(doc).children
        del group.children[1]
    assert undone(people.past, "bob") == as_begun("one", "two", "three").replace("two</", "two!</")


def test_what_two_deleted_in_turn_comes_back_as_far_as_one_did(people: People) -> None:
    with people.writing("ada") as doc:
        del words_of(doc, 2)[0:2]
    with people.writing("bob") as doc:
        (group,) = fragment(doc).children
        del group.children[2]
    assert undone(people.past, "bob") == as_begun("one", "two", "three").replace(">three</", ">ree</")


def test_a_block_that_others_have_written_in_stays(people: People) -> None:
    with people.writing("bob") as doc:
        (group,) = fragment(doc).children
        add_block(group, "bobs", "from bob")
        add_block(group, "alone", "alone")
    with people.writing("ada") as doc:
        words_of(doc, 3).insert(0, "ada: ")
    assert undone(people.past, "bob") == as_begun("one", "two", "three").replace(
        "</blockGroup>", '<b id="bobs"><paragraph>ada: </paragraph></b></blockGroup>'
    )


def test_a_key_goes_back_to_who_set_it_before() -> None:
    people = People("ada", "bob")
    with people.writing("ada") as doc:
        map_ = doc.get("map", type=pycrdt.Map)
        map_["a"], map_["b"], map_["c"] = 1, 1, 1
    with people.writing("bob") as doc:
        map_ = doc.get("map", type=pycrdt.Map)
        map_["a"], map_["b"], map_["d"] = 2, 2, 2
        del map_["c"]
    with people.writing("ada") as doc:
        doc.get("map", type=pycrdt.Map)["b"] = 3
    past = people.past
    after = Past([*past.news, undo(past.whole, *past.of("bob"), CLIENT) or EMPTY])
    document = integrate(run(parsing(after.whole)).sections, [after.now])
    assert Showing(document, 1).root("map", Kind.MAP) == {"a": 1, "b": 3, "c": 1}


def test_marks_go(people: People) -> None:
    with people.writing("bob") as doc:
        words_of(doc, 0).format(0, 2, {"bold": {}})
    assert "<bold>" in shown(people.past, None)
    assert undone(people.past, "bob") == as_begun("one", "two", "three")


def test_nothing_to_undo(people: People) -> None:
    assert undo(people.past.whole, DeleteSet(), DeleteSet(), CLIENT) is None
    assert restore(people.past.whole, people.past.now, CLIENT) is None


# ---- an edit among others


def test_what_others_write_meanwhile_stays(people: People) -> None:
    """The restore was found before it came, and is merged with it like any edit."""
    with people.writing("bob") as doc:
        (group,) = fragment(doc).children
        del group.children[0]
        words_of(doc, 0).insert(0, "later ")
    edit = restore(people.past.whole, people.past.moments[1], CLIENT)
    with people.writing("ada") as doc:
        words_of(doc, 0).insert(6, "meanwhile ")
        block(doc, 1).children[0].attributes["textAlignment"] = "right"
    assert shown(people.past, edit) == as_begun("one", "two", "three").replace("two</", "meanwhile two</").replace(
        "<paragraph>three", '<paragraph textAlignment="right">three'
    )


# ---- what is not right


def test_a_wrong_edit_is_not_published(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    with people.writing("bob") as doc:
        words_of(doc, 0).insert(0, "X")
    wrong = wire.insertion(CLIENT, 0, wire.typed("wrong", parent="document-store"))
    monkeypatch.setattr(module, "propose", lambda *_: wrong)
    with pytest.raises(RestoreUnavailable, match="does not lead back"):
        restore(people.past.whole, people.past.moments[1], CLIENT)


def test_what_pycrdt_reads_otherwise_is_not_published(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    with people.writing("bob") as doc:
        words_of(doc, 0).insert(0, "X")
    answers: list[Any] = [read_all, lambda *_: {}]
    monkeypatch.setattr(module, "read_all", lambda *asked: answers.pop(0)(*asked))  # noqa: PLW0108 - pops each time
    with pytest.raises(RestoreUnavailable, match="afterwards is read in two ways"):
        restore(people.past.whole, people.past.moments[1], CLIENT)
    monkeypatch.setattr(module, "read_all", lambda *_: {})
    with pytest.raises(RestoreUnavailable, match="at that moment is read in two ways"):
        restore(people.past.whole, people.past.moments[1], CLIENT)


@pytest.mark.usefixtures("deep_calls")
def test_what_nests_too_deep() -> None:
    with pytest.raises(ContentUnavailable, match="deeper than 400"):
        restore(
            Past([deep.xml(500), wire.insertion(9, 0, wire.typed("a"))]).whole, Moment({1: 500}, DeleteSet()), CLIENT
        )


def test_back_to_nothing(people: People) -> None:
    assert shown(people.past, restore(people.past.whole, NOTHING, CLIENT)) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([float("nan")], [float("nan")]),
        ({"a": 1}, {"a": 1.0}),
        (Fragment([Text([Run("a", {"b": True})])]), Fragment([Text([Run("a", {"b": True})])])),
    ],
)
def test_the_same(one: Any, other: Any) -> None:
    assert are_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        ([1], [1, 2]),
        ({"a": 1}, {"b": 1}),
        (Text([Run("a", {})]), Text([Run("a", {"b": {}})])),
        (Element("p", {}, []), Element("q", {}, [])),
        (Fragment([]), Element("p", {}, [])),
        ([], {}),
    ],
)
def test_not_the_same(one: Any, other: Any) -> None:
    assert not are_same(one, other)
