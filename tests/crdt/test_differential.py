"""Every rewriting of a log, opened by a newcomer in real Yjs, shows what the raw log shows.

The reference is a fresh document opened from the raw log, in the same transactions as what is compared with it: Yjs
tidies up formatting marks at the end of a transaction. Live editors are compared where they agree with each other; those
that split emoji often do not, which is Yjs' own affair.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from random import Random

import pytest

from collab.crdt import DeleteSet, cut, moment, parsing, run, squash, tombstone
from tests.crdt import wire
from tests.crdt.delivery import Delivery
from tests.crdt.yjs import PATIENCE, Case, Judge, Opened, Session, sessions

SESSIONS = 1000
"""How many sessions are the usual."""

MOMENTS = 2
"""How many positions of each log are looked at."""

AHEAD = 8
"""How many sessions wait for the judge while the next is prepared."""

FORMS = [
    "log without gaps",
    "opens in Yjs, nothing pending",
    "state vector",
    "news",
    "squashed",
    "squashed again",
    "tombstoned",
    "tombstoned again",
    "deleted content is gone",
    "moment",
    "moment, tombstoned",
    "moment, byte for byte",
    "cut and joined again",
    "prefix, then rest",
    "prefix, then cut",
    "prefix, then tombstoned and cut",
    "moment, then tombstoned and cut",
    "shuffled",
    "shuffled, squashed",
    "shuffled, nothing held",
    "shuffled, same state vector",
    "shuffled, same delete set",
    "live editors",
]
"""What is asked of every session."""

KINDS = {
    wire.GC, wire.DELETED, wire.JSON, wire.BINARY, wire.STRING, wire.EMBED, wire.FORMAT, wire.TYPE, wire.ANY, wire.DOC,
    wire.SKIP,
}  # fmt: skip
"""Every kind of struct that Yjs 13 writes."""

pytestmark = [pytest.mark.node, pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two documents that must show the same: the cases with these numbers, and what is compared."""

    form: str
    got: int
    wanted: int


@dataclass(slots=True)
class Trial:
    """All that is asked of the judge about one session."""

    session: Session
    vector: dict[int, int]
    updates: list[bytes] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)

    def case(self, *steps: Iterable[bytes | int], search: bool = False) -> int:
        """Add a document; an update of the log is named by its number. The number of the case."""
        self.cases.append(Case([[self._place(update) for update in step] for step in steps], search=search))
        return len(self.cases) - 1

    def compare(self, form: str, got: int, wanted: int) -> None:
        self.comparisons.append(Comparison(form, got, wanted))

    def _place(self, update: bytes | int) -> int:
        if isinstance(update, int):
            return update
        self.updates.append(update)
        return len(self.updates) - 1


@dataclass(slots=True)
class Findings:
    """What all the sessions together showed."""

    compared: Counter[str] = field(default_factory=Counter)
    different: dict[str, list[str]] = field(default_factory=dict)
    agreed: Counter[bool] = field(default_factory=Counter)
    """Sessions whose live editors showed the same in the end, by whether they split emoji."""
    disagreed: Counter[bool] = field(default_factory=Counter)
    kinds: set[int] = field(default_factory=set)
    """The kinds of structs that were in them."""

    def compare(self, form: str, session: Session, right: bool, words: str = "") -> None:
        self.compared[form] += 1
        if not right:
            self.different.setdefault(form, []).append(f"session {session.seed}: {words}")

    def meet(self, *updates: bytes) -> None:
        """Note the kinds of structs in these."""
        if len(self.kinds) == len(KINDS):
            return
        for update in updates:
            taken_apart = run(parsing(update))
            self.kinds.update(struct.kind for structs in taken_apart.sections.values() for struct in structs)
            if taken_apart.abridged:
                self.kinds.add(wire.SKIP)


@pytest.fixture(scope="module")
def findings(more: Callable[[int], int]) -> Findings:
    """Every session, in every form, judged."""
    findings = Findings()
    asked: deque[tuple[Trial, Future[list[Opened]]]] = deque()
    with Judge() as judge:
        for session in sessions(1, more(SESSIONS)):
            trial = prepare(session, findings)
            asked.append((trial, judge.ask(trial.updates, trial.cases)))
            if len(asked) > AHEAD:
                conclude(*asked.popleft(), findings)
        while asked:
            conclude(*asked.popleft(), findings)
    return findings


def prepare(session: Session, findings: Findings) -> Trial:
    """Rewrite a session's log in every way."""
    log = session.log
    server = Delivery()
    moments: list[tuple[dict[int, int], DeleteSet, int]] = []
    for update in log:
        server.take(update)
        moments.append((dict(server.state.state_vector), server.state.deletes.copy(), len(server.news)))
    findings.compare("log without gaps", session, not server.held, f"held {server.held}")
    squashed = squash(server.news)
    blank = tombstone(squashed)
    findings.meet(squashed, *session.shuffled)

    trial = Trial(session, server.state.state_vector, updates=list(log))
    raw = trial.case(range(len(log)))
    trial.compare("news", trial.case(server.news), raw)
    trial.compare("squashed", trial.case([squashed]), raw)
    trial.compare("tombstoned", trial.case([blank], search=True), raw)
    findings.compare("squashed again", session, squash([squashed]) == squashed)
    findings.compare("tombstoned again", session, tombstone(blank) == blank)

    for position in Random(session.seed).sample(range(1, len(log)), min(MOMENTS, len(log) - 1)):
        past, coming = range(position), range(position, len(log))
        vector, deletes, brought = moments[position - 1]
        then = moment(squashed, vector, deletes)
        findings.compare("moment, byte for byte", session, then == squash(server.news[:brought]))
        findings.compare("cut and joined again", session, squash([then, cut(squashed, vector)]) == squashed)
        prefix = trial.case(past)
        trial.compare("moment", trial.case([then]), prefix)
        trial.compare("moment, tombstoned", trial.case([tombstone(then)]), prefix)
        resumed = trial.case(past, coming)
        trial.compare("prefix, then rest", resumed, raw)
        trial.compare("prefix, then cut", trial.case(past, [cut(squashed, vector)]), resumed)
        trial.compare("prefix, then tombstoned and cut", trial.case(past, [cut(blank, vector)]), resumed)
        trial.compare("moment, then tombstoned and cut", trial.case([tombstone(then)], [cut(blank, vector)]), resumed)

    late = Delivery(session.shuffled)
    findings.compare("shuffled, nothing held", session, not late.held, f"held {late.held}")
    findings.compare("shuffled, same state vector", session, late.state.state_vector == server.state.state_vector)
    findings.compare("shuffled, same delete set", session, late.state.deletes == server.state.deletes)
    shuffled = trial.case(late.news)
    trial.compare("shuffled", shuffled, raw)
    trial.case(*([update] for update in late.news))  # one by one: that none of them waits for a later one
    trial.compare("shuffled, squashed", trial.case([squash(late.news)]), shuffled)
    return trial


def conclude(trial: Trial, asked: Future[list[Opened]], findings: Findings) -> None:
    """Hear the judge on one session."""
    session, answers = trial.session, asked.result(PATIENCE)
    for number, opened in enumerate(answers):
        words = f"case {number}: {opened.error}"
        findings.compare("opens in Yjs, nothing pending", session, opened.error is None and not opened.pending, words)
        if trial.cases[number].search:
            findings.compare("deleted content is gone", session, not opened.found, str(opened.found))
    raw = answers[0]
    findings.compare("state vector", session, raw.vector == trial.vector, f"{raw.vector}, not {trial.vector}")
    for comparison in trial.comparisons:
        got, wanted = answers[comparison.got].shape, answers[comparison.wanted].shape
        if comparison.form == "shuffled":
            got, wanted = halved(got), halved(wanted)
        findings.compare(comparison.form, session, got == wanted, f"{got}\nwhere Yjs shows\n{wanted}")
    if len(set(session.live)) == 1:
        findings.agreed[session.splits] += 1
        findings.compare(
            "live editors", session, session.live[0] == raw.shape, f"{session.live[0]}\nlive, fresh\n{raw.shape}"
        )
    else:
        findings.disagreed[session.splits] += 1


def halved(shape: str) -> str:
    """A shape with every emoji split. Of a run that one editor sent whole and another, later, split, the first to come
    counts: in shuffled order that may be the other one.
    """
    return re.sub("[\U00010000-\U0010ffff]", "\ufffd\ufffd", shape)


@pytest.mark.parametrize("form", FORMS)
def test_shows_the_same(form: str, findings: Findings) -> None:
    assert findings.compared[form] > 0
    different = findings.different.get(form, [])
    assert not different, f"{len(different)} of {findings.compared[form]} differ, the first: {different[0]}"


def test_every_comparison_has_its_test(findings: Findings) -> None:
    assert set(findings.compared) == set(FORMS)


def test_every_kind_of_struct_was_met(findings: Findings) -> None:
    assert findings.kinds == KINDS


def test_live_editors_agree_unless_they_split_emoji(findings: Findings) -> None:
    assert findings.disagreed[False] == 0
    assert findings.agreed[True] > findings.disagreed[True]
