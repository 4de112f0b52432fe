"""The section mETA (spec/container.md, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass

from .fields import Fields


@dataclass(frozen=True)
class Metadata:
    name: str
    media_type: str
    pairs: dict[str, str]


def read_metadata(body: bytes, offset: int) -> Metadata:
    fields = Fields(body, code="section-invalid", origin=offset)
    name, media_type = fields.string(), fields.string()
    control = any(ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F for c in name)
    if name and (len(name.encode()) > 255 or name in (".", "..") or "/" in name or "\\" in name or control):
        raise fields.fault("a name that is not fit for a file", offset)
    at_count = fields.offset
    count = fields.varint()
    if 2 * count > fields.remaining:
        raise fields.fault("more pairs than bytes", at_count)
    pairs: dict[str, str] = {}
    for _ in range(count):
        at_key = fields.offset
        key = fields.string()
        if key in pairs:
            raise fields.fault("two pairs of one key", at_key)
        pairs[key] = fields.string()
    if fields.remaining:
        raise fields.fault("bytes are left over in the metadata")
    return Metadata(name, media_type, pairs)
