"""A document as JSON, text, Markdown and HTML, what became of it between two moments, and the way back to one: all made in a
worker process that may die.

    the server   workers  →  jobs, wire  →  sanitise
    the worker   worker   →  spelling, roots  →  reading (pycrdt)  →  tree  →  prosemirror, quill  →  blocks  →  writers
                          →  integration  →  items  →  showing (a moment as a tree)
                                              →  nodes, runs, entries, pairing  →  differing
                                              →  proposing  →  restoring (held against pycrdt)

Only ``worker``, ``reading`` and what uses them know pycrdt, and the server imports none of these.
"""

from __future__ import annotations
