"""Durable bytes: the port every store follows, its SQL and in-memory adapters, and the group-commit log."""
