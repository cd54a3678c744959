"""Mutated updates: refused with the right error and without a trace, or else good for every reader."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from random import Random

import pytest

from collab.crdt import DocumentState, cut, squash, tombstone
from collab.errors import LimitExceeded, MalformedUpdate
from collab.rooms.memory import full_collections_held_back
from tests.crdt.delivery import Delivery
from tests.crdt.mutants import Mutants
from tests.crdt.yjs import PATIENCE, Case, Judge, Opened, Session, sessions

MUTANTS = 200_000
"""How many mutants are the usual."""

DOCUMENTS = 200
"""How many documents they are aimed at, each at a moment of a session of its own."""

FIRST_SEED = 1_000_000
"""Other sessions than those of the differential test."""

LONGEST_LOG = 60
"""Updates of a log that are played before the mutants come: Yjs opens the document once for each that is accepted."""

CLOSELY = 4
"""Of how many accepted mutants one is looked at closely: rewritten, and in Yjs edited, encoded and opened again."""

UNSTABLE = 0.1
"""The part of these that may then show a newcomer something else than their editor, marks aside. What claims neighbours
that never were neighbours has no place that all of Yjs' ways of integrating agree on, and only integrating could tell."""

SLOW = 0.25
"""Seconds of this thread that no update of this size may take."""

AHEAD = 8
"""How many documents' answers may be outstanding."""

pytestmark = [pytest.mark.node, pytest.mark.slow]


@dataclass(slots=True)
class Tally:
    """What became of the mutants, and every failure with the bytes that made it."""

    fates: Counter[str] = field(default_factory=Counter)
    edited: Counter[bool] = field(default_factory=Counter)
    """Edited in Yjs without harm, by whether a newcomer then saw what the editor saw."""
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def __str__(self) -> str:
        fates = ", ".join(f"{count} {fate}" for fate, count in self.fates.most_common())
        return (
            f"{self.fates.total()} mutants: {fates}; of {self.edited.total()} edited {self.edited[False]} show a newcomer "
            f"something else; the slowest took {1000 * self.slowest:.1f} ms; {len(self.failures)} failures"
        )

    def fail(self, words: str, base: bytes, mutant: bytes) -> None:
        self.failures.append(f"{words}\n  document {base.hex()}\n  mutant {mutant.hex()}")


@dataclass(frozen=True, slots=True)
class Question:
    """A document and what became of the mutants that it accepted, as the judge is asked about it."""

    updates: list[bytes]
    cases: list[Case]
    sources: list[bytes]
    """For each case, the mutant that it comes from."""


@pytest.fixture(scope="module")
def tally(more: Callable[[int], int]) -> Tally:
    """All mutants, examined, and those that were accepted judged by Yjs."""
    tally = Tally()
    count = more(MUTANTS)
    documents = min(DOCUMENTS, count)
    asked: deque[tuple[Question, Future[list[Opened]]]] = deque()
    # As in the server: a full collection takes as long as what all the tests before have left in memory.
    with full_collections_held_back(), Judge() as judge:
        for session in sessions(FIRST_SEED, documents):
            question = attack(session, count // documents, tally)
            asked.append((question, judge.ask(question.updates, question.cases)))
            if len(asked) > AHEAD:
                conclude(*asked.popleft(), tally)
        while asked:
            conclude(*asked.popleft(), tally)
    print(f"\n{tally}")
    return tally


def attack(session: Session, count: int, tally: Tally) -> Question:
    """Aim ``count`` mutants at one document. What Yjs has to say on those that were accepted is asked in one go."""
    random = Random(session.seed)
    position = random.randrange(min(len(session.log), LONGEST_LOG))
    played = Delivery(session.log[:position])
    base = squash(played.news)
    everything = squash(Delivery(session.log).news)
    seeds = [*session.log[position : position + 5], cut(everything, played.state.state_vector), *session.shuffled[:5]]
    mutants = Mutants(random, seeds, played.state.state_vector)
    accepted: dict[bytes, bytes] = {}
    for _ in range(count):
        mutant = mutants.make()
        news = examine(played.state, base, mutant, tally)
        if news is not None:
            accepted.setdefault(news, mutant)
    question = Question([base], [], [])
    for number, (news, mutant) in enumerate(accepted.items()):
        question.updates.append(news)
        question.cases.append(Case([[0, len(question.updates) - 1]], edit=number % CLOSELY == 0))
        question.sources.append(mutant)
        if number % CLOSELY == 0:
            for form in rewrite(base, news, mutant, tally):
                question.updates.append(form)
                question.cases.append(Case([[len(question.updates) - 1]]))
                question.sources.append(mutant)
    return question


def examine(state: DocumentState, base: bytes, mutant: bytes, tally: Tally) -> bytes | None:
    """Offer one mutant to a document. Its news, if it has any."""
    offered = DocumentState(dict(state.state_vector), state.deletes.copy(), state.entries.copy())
    started = time.thread_time()
    try:
        extension = offered.extend(mutant)
    except (MalformedUpdate, LimitExceeded) as error:
        tally.fates[type(error).__name__] += 1
        if offered.state_vector != state.state_vector or offered.deletes != state.deletes:
            tally.fail("refused, and yet the document is another", base, mutant)
        return None
    except Exception as error:  # noqa: BLE001  whatever it is, it would have ended a connection with no reason given
        tally.fates["crash"] += 1
        tally.fail(f"{type(error).__name__}: {error}", base, mutant)
        return None
    finally:
        tally.slowest = max(tally.slowest, time.thread_time() - started)
    if extension.news is None:
        tally.fates["nothing new" if extension.rest is None else "held"] += 1
        return None
    tally.fates["accepted" if extension.rest is None else "accepted in part"] += 1
    return extension.news


def rewrite(base: bytes, news: bytes, mutant: bytes, tally: Tally) -> tuple[bytes, bytes]:
    """What was accepted must fit as it is, and squash and blank like anything else. The squashed and the blank form."""
    state = Delivery([base]).state
    again = state.extend(news)
    if again.news != news or again.rest is not None:
        tally.fail("the news do not fit as they are", base, mutant)
    if state.extend(news).news is not None:
        tally.fail("the news are news twice", base, mutant)
    squashed = squash([base, news], state.entries)
    if squash([squashed], state.entries) != squashed:
        tally.fail("squashing twice is not squashing once", base, mutant)
    blank = tombstone(squashed, state.entries)
    for form in (squashed, blank):
        if Delivery([form]).state.state_vector != state.state_vector:
            tally.fail("a rewritten form is not the whole document", base, mutant)
    return squashed, blank


def conclude(question: Question, asked: Future[list[Opened]], tally: Tally) -> None:
    """Hear the judge on one document."""
    for case, mutant, opened in zip(question.cases, question.sources, asked.result(PATIENCE), strict=True):
        if opened.error is not None or opened.pending:
            form = "squashed or blank" if len(case.steps[0]) == 1 else "as it came"
            tally.fail(f"Yjs, {form}: {opened.error or 'pending'}", question.updates[0], mutant)
        elif opened.stable is not None:
            tally.edited[opened.stable] += 1


def test_every_mutant_met_its_fate(tally: Tally, more: Callable[[int], int]) -> None:
    assert tally.fates.total() >= more(MUTANTS) - DOCUMENTS
    assert set(tally.fates) >= {"MalformedUpdate", "held", "nothing new", "accepted", "accepted in part"}


def test_no_mutant_harms(tally: Tally) -> None:
    assert not tally.failures, f"{len(tally.failures)} failures, the first ones:\n" + "\n".join(tally.failures[:5])


def test_what_is_accepted_shows_the_same_to_nearly_all(tally: Tally) -> None:
    assert tally.edited[False] < UNSTABLE * tally.edited.total()


def test_no_mutant_takes_long(tally: Tally) -> None:
    assert tally.slowest < SLOW
