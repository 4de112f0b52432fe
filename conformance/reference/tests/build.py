"""Builds files, sound and unsound, for the tests: every part may be given as bytes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def string(text: str) -> bytes:
    encoded = text.encode()
    return varint(len(encoded)) + encoded


def u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def model(profile: int = 1, arrangement: int = 1, parameters: bytes = b"\x01") -> bytes:
    return varint(profile) + varint(arrangement) + varint(len(parameters)) + parameters


def item(codec: int, model: int, original_length: int, parameters: bytes = b"", digest: bytes = b"\x00") -> bytes:
    return varint(codec) + varint(model) + varint(original_length) + digest + varint(len(parameters)) + parameters


def section(kind: bytes, body: bytes, item: int = 0, crc: int | None = None) -> tuple[bytes, bytes]:
    """The entry and the body of a section."""
    return kind + u32(zlib.crc32(body) if crc is None else crc) + varint(item) + varint(len(body)), body


def chunk(
    payload: bytes, tokens_crc: int, tokens: int | None = None, payload_crc: int | None = None
) -> tuple[bytes, bytes]:
    """The entry and the payload of a chunk; `tokens` is None for the last one."""
    crc = zlib.crc32(payload) if payload_crc is None else payload_crc
    entry = u32(crc) + u32(tokens_crc) + varint(len(payload))
    return entry + (b"" if tokens is None else varint(tokens)), payload


def raw_chunk(content: bytes, last: bool = True) -> tuple[bytes, bytes]:
    return chunk(content, zlib.crc32(content), None if last else len(content))


def file(
    *,
    models: Sequence[bytes] = (),
    items: Sequence[bytes],
    sections: Sequence[tuple[bytes, bytes]] = (),
    chunks: Sequence[tuple[bytes, bytes]] = (),
    minor: int = 0,
    rest: bytes = b"",
) -> bytes:
    body = (
        varint(len(models)) + b"".join(models)
        + varint(len(items)) + b"".join(items)
        + varint(len(sections)) + b"".join(entry for entry, _ in sections)
        + varint(len(chunks)) + b"".join(entry for entry, _ in chunks)
        + rest
    )  # fmt: skip
    head = bytes.fromhex("8C4C4C4D430D0A1A01") + bytes([minor]) + varint(len(body)) + body
    bodies = b"".join(content for _, content in [*sections, *chunks])
    return head + u32(zlib.crc32(head)) + bodies
