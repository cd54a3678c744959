"""The wire protocols: bytes to messages and back, one file per dialect. Sans I/O; byte offsets live only here."""

from __future__ import annotations
