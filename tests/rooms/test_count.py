"""How many receipts a client is owed, against a model of the published provider's own counter.

The model: ``unsynced`` is set to 1 when a sync begins, goes up by 1 for each edit made, and down by 1 for each receipt.
Edits made while the socket is down wait in a queue that is sent when it opens, after the token, before or behind Step1.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from collab.rooms.count import QUIET, Count

MINE = 1


class Provider:
    """A provider and its counter; edits are clocks of one client, or deletions."""

    def __init__(self, count: Count) -> None:
        self.count = count
        self.unsynced = 0
        self.clock = 0
        self.queue: list[int | None] = []
        self.doubtful = 0

    def edit_offline(self, *, deletes: bool) -> None:
        self.unsynced += 1
        self.queue.append(None if deletes else self._typed())

    def _typed(self) -> int:
        self.clock += 1
        return self.clock

    def connect(self) -> None:
        """Step1; the counter begins anew."""
        self.unsynced = 1
        self.count.begin({MINE: self.clock} if self.clock else {})
        self.count.ask(counted=True)

    def send_queue(self) -> None:
        for end in self.queue:
            self._send(end)
        self.queue.clear()

    def edit(self, *, deletes: bool) -> None:
        self.unsynced += 1
        self._send(None if deletes else self._typed())

    def answer(self) -> None:
        self.unsynced -= self.count.answered()

    def _send(self, end: int | None) -> None:
        said = self.count.said
        if said is None:
            self.unsynced -= 1
            return
        has_unsaid = end is not None and end > said.get(MINE, 0)
        self.unsynced -= self.count.updated(has_structs=end is not None, has_unsaid=has_unsaid)
        assert self.unsynced >= 0, "a light that goes out too early"


def test_a_new_client_is_owed_one_for_its_answer_and_one_for_each_edit() -> None:
    alice = Provider(Count())
    alice.connect()
    assert alice.unsynced == 1
    alice.answer()
    assert alice.unsynced == 0
    alice.edit(deletes=False)
    alice.edit(deletes=True)
    assert alice.unsynced == 0


def test_what_was_typed_offline_is_the_answers_and_gets_none_of_its_own() -> None:
    alice = Provider(Count())
    for _ in range(3):
        alice.edit_offline(deletes=False)
    alice.connect()
    alice.send_queue()
    assert alice.unsynced == 1
    alice.answer()
    assert alice.unsynced == 0


def test_what_was_typed_since_is_owed_one_each_though_the_answer_is_still_to_come() -> None:
    alice = Provider(Count())
    alice.edit_offline(deletes=False)
    alice.connect()
    alice.edit(deletes=False)
    alice.edit(deletes=False)
    assert alice.unsynced == 1
    alice.answer()
    assert alice.unsynced == 0


def test_an_answer_to_another_question_is_owed_none() -> None:
    count = Count()
    count.begin({})
    count.ask(counted=True)
    assert count.answered() == 1
    count.ask(counted=False)
    assert count.is_asked
    assert count.answered() == 0
    assert not count.is_asked


def test_answers_belong_to_questions_in_their_order() -> None:
    count = Count()
    count.ask(counted=False)
    count.begin({})
    count.ask(counted=True)
    assert [count.answered(), count.answered()] == [0, 1]


def test_an_answer_that_nobody_asked_for_is_counted() -> None:
    """A y-websocket client, or a provider that syncs by itself."""
    assert Count().answered() == 1


def test_a_new_step1_makes_a_new_generation() -> None:
    count = Count()
    for generation in (1, 2, 3):
        count.begin({})
        assert count.generation == generation


def test_a_deletion_in_doubt_is_settled_when_it_is_quiet() -> None:
    alice = Provider(Count())
    alice.connect()
    alice.edit(deletes=True)  # it may have been made offline: nothing in it tells
    assert alice.unsynced == 2
    alice.answer()
    assert alice.unsynced == 1
    assert alice.count.settle(100.0) == 0
    alice.count.heard()
    assert alice.count.settle(100.0 + QUIET) == 0, "quiet only since now"
    assert alice.count.settle(100.0 + 2 * QUIET) == 1
    assert alice.count.settle(200.0) == 0


def test_a_counter_that_goes_below_nothing_is_given_nothing_that_is_in_doubt() -> None:
    """Version 2: two deletions made offline would leave it at -2, where the next two edits look saved."""
    alice = Provider(Count())
    alice.count.forgives = False
    for _ in range(2):
        alice.edit_offline(deletes=True)
    alice.connect()
    alice.send_queue()
    alice.answer()
    assert alice.unsynced == 0
    alice.count.settle(100.0)
    assert alice.count.settle(100.0 + 2 * QUIET) == 0


def test_what_came_before_our_first_word_was_not_queued() -> None:
    alice = Provider(Count())
    alice.count.forgives = False
    alice.edit_offline(deletes=True)
    alice.connect()
    alice.count.is_unheard = True
    alice.edit(deletes=True)
    alice.count.is_unheard = False
    alice.send_queue()
    alice.answer()
    assert alice.unsynced == 0


def test_once_the_queue_is_known_to_be_over_everything_is_counted() -> None:
    alice = Provider(Count())
    alice.connect()
    alice.count.flushed()
    alice.edit(deletes=True)
    assert alice.unsynced == 1
    alice.answer()
    alice.connect()
    alice.edit(deletes=True)
    assert alice.unsynced == 1, "of a sync that the provider begins by itself: the socket is open, so nothing is queued"


@pytest.mark.parametrize("knows_pings", [True, False], ids=["version 4", "before version 4"])
def test_whatever_was_done_the_light_never_goes_out_early_and_goes_out_in_the_end(
    knows_pings: bool, more: Callable[[int], int]
) -> None:
    for seed in range(more(500)):
        chance = random.Random(seed)
        alice = Provider(Count())
        for _ in range(chance.randint(0, 4)):
            alice.edit_offline(deletes=chance.random() < 0.4)
        alice.connect()
        for _ in range(chance.randint(0, 3)):
            alice.edit(deletes=chance.random() < 0.4)
        alice.send_queue()
        if knows_pings:
            alice.count.flushed()
        for _ in range(chance.randint(0, 3)):
            alice.edit(deletes=chance.random() < 0.4)
        assert alice.unsynced >= 1, f"its answer is not saved yet (seed {seed})"
        alice.answer()
        for _ in range(chance.randint(0, 3)):
            alice.edit(deletes=chance.random() < 0.4)
        alice.count.settle(0.0)
        alice.unsynced = max(0, alice.unsynced - alice.count.settle(QUIET))
        assert alice.unsynced == 0, f"seed {seed}"
