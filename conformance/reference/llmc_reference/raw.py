"""Payloads of codec type raw (spec/codecs.md, 0)."""

from __future__ import annotations

import zlib

from .errors import CorruptPayload


def decode_raw(payload: bytes, tokens: int) -> bytes:
    if len(payload) == tokens:
        return payload
    if len(payload) > tokens:
        raise CorruptPayload("a payload longer than its tokens")
    inflater = zlib.decompressobj(-15)
    try:
        content = inflater.decompress(payload, tokens + 1)
    except zlib.error as error:
        raise CorruptPayload(f"it does not inflate: {error}") from None
    if len(content) != tokens or not inflater.eof or inflater.unused_data:
        raise CorruptPayload("it does not inflate to its tokens")
    return content
