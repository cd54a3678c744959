"""Updates on their way into a document, as a server takes them: what does not fit yet is held and tried again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from collab.crdt import DocumentState


class Delivery:
    """A document's state, the news that made it, and what is still held."""

    def __init__(self, updates: Iterable[bytes] = ()) -> None:
        self.state = DocumentState()
        self.news: list[bytes] = []
        self.held: list[tuple[bytes, Mapping[int, int]]] = []
        """Each part that does not fit, with the clocks it waits for."""
        for update in updates:
            self.take(update)

    def take(self, update: bytes) -> None:
        """Take one update in, and then what was held until a clock that is reached by now."""
        due = [update]
        while due:
            extension = self.state.extend(due.pop())
            if extension.rest is not None:
                assert not self._is_due(extension.missing), "what is handed back waits for something known"
                self.held.append((extension.rest, extension.missing))
            if extension.news is not None:
                self.news.append(extension.news)
                due += [rest for rest, missing in self.held if self._is_due(missing)]
                self.held = [(rest, missing) for rest, missing in self.held if not self._is_due(missing)]

    def _is_due(self, missing: Mapping[int, int]) -> bool:
        return any(self.state.state_vector.get(client, 0) >= clock for client, clock in missing.items())
