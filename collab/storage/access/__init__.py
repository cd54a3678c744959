"""Durable access: share links, people's roles, API keys, revocations, and who was there.

The port is ``base``; ``sql`` and ``memory`` follow it, and one contract suite runs over both. Secrets come in as digests.
"""

from __future__ import annotations
