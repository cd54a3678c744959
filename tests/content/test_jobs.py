"""What is asked of a worker arrives as it was asked."""

from __future__ import annotations

import json

import pytest

from collab.content.attribution import Share
from collab.content.formats import Format, Question, Schema
from collab.content.items import Moment
from collab.content.jobs import Comparison, Job, Restoring, Undoing, decode_job, encode_job
from collab.crdt import DeleteSet

CLIENT = 2**53 - 1
THEN = Moment({1: 5, CLIENT: 2**31 - 1}, DeleteSet([(1, 0, 3), (CLIENT, 7, 9)]))


@pytest.mark.parametrize(
    "job",
    [
        Question(Format.HTML, "корень", Schema.MAP),
        Question(Format.JSON),
        Comparison(Moment({}, DeleteSet()), THEN, [], []),
        Comparison(
            Moment({1: 2}, DeleteSet()),
            THEN,
            [Share(1, 0, 2, "ada\0", 0), Share(CLIENT, 3, 2**31 - 1, None, -1)],
            [Share(1, 0, 3, "боб", 2**62)],
            Format.TEXT,
            "root",
            Schema.BLOCKNOTE,
            ("then", "now"),
        ),
        Restoring(THEN, CLIENT),
        Undoing(DeleteSet([(1, 0, 3)]), DeleteSet(), 7),
    ],
)
def test_a_job_arrives(job: Job) -> None:
    head, past = encode_job(job)
    assert decode_job(json.loads(json.dumps(head)), past) == job
