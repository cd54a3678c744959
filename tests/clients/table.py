"""The table of clients and behaviours, as the README shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.clients.behaviours import BEHAVIOURS
from tests.clients.clients import CLIENTS, Client

BEGIN, END = "<!-- clients: python -m tests.clients -->", "<!-- /clients -->"
"""Between these lines the README shows the table."""

HOLDS, FAILS, LACKS = "✓", "✗", "–"


def table(holds: Mapping[tuple[str, str], bool]) -> str:
    """Markdown; ``holds`` says of each (package, behaviour) that was tried whether it held. Footnotes are beneath."""
    notes: list[str] = []
    rows = [["client", *BEHAVIOURS], ["---", *(":-:" for _ in BEHAVIOURS)]]
    rows += [[f"{client.name} <sub>({client.version})</sub>", *_cells(client, holds, notes)] for client in CLIENTS]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, "", *(f"{number}. {note}" for number, note in enumerate(notes, start=1))])


def _cells(client: Client, holds: Mapping[tuple[str, str], bool], notes: list[str]) -> Sequence[str]:
    cells = []
    for behaviour in BEHAVIOURS:
        lacks = client.lacks.get(behaviour)
        note = lacks or client.remarks.get(behaviour)
        mark = LACKS if lacks else HOLDS if holds[client.package, behaviour] else FAILS
        if note is not None:
            if note not in notes:
                notes.append(note)
            mark += f" <sup>{notes.index(note) + 1}</sup>"
        cells.append(mark)
    return cells
