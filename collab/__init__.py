"""A self-hosted co-editing server: any Yjs editor, every acknowledged edit on disk."""

__version__ = "0.1.0"
