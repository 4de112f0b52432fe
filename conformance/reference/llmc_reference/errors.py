"""Faults by their stable code (spec/errors.md)."""

from __future__ import annotations


class LlmcError(Exception):
    """A fault of a file: its stable code, the offset in the file where it lies (None if nowhere), and a message."""

    def __init__(self, code: str, offset: int | None, message: str):
        super().__init__(message)
        self.code = code
        self.offset = offset
        self.message = message

    def __str__(self) -> str:
        return f"{self.code} {'-' if self.offset is None else self.offset} {self.message}"


class CorruptPayload(Exception):
    """A payload does not decode (`chunk-corrupt`)."""
