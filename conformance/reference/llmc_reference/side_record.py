"""Records of side data: deflated, with a dictionary that the item's parameters make (spec/jpeg.md, 1)."""

from __future__ import annotations

import zlib

from .fields import Fields


def inflate_record(body: bytes, offset: int, dictionary: bytes, original_length: int) -> bytes:
    """The record of a section's body, which stands at `offset` in the file."""
    fields = Fields(body, code="section-invalid", origin=offset)
    length = fields.varint()
    if length > 2 * original_length + 65536:
        raise fields.fault("the side data is too long", offset)
    inflater = zlib.decompressobj(-15, zdict=dictionary)
    try:
        record = inflater.decompress(fields.bytes(fields.remaining), length + 1)
    except zlib.error as error:
        raise fields.fault(f"the side data does not inflate: {error}", offset) from None
    if len(record) != length or not inflater.eof or inflater.unused_data:
        raise fields.fault("the side data does not inflate to its length", offset)
    return record
