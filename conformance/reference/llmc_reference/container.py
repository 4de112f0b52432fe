"""The container: signature, header, sections, chunks, limits (spec/container.md)."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from dataclasses import dataclass, field

from .codecs import DCT, JPEG, RAW, RVQ, TEXT, VQ, Parameters, may_end_at, read_parameters
from .errors import LlmcError
from .fields import VARINT_MAX, Fields

SIGNATURE = bytes.fromhex("8C 4C 4C 4D 43 0D 0A 1A")
MANGLED_FIRST = [bytes.fromhex(x) for x in ("8C", "0C", "C28C", "C592", "EFBFBD")]
MANGLED_LINE_ENDS = [b"\r\n", b"\n", b"\r", b"\r\r\n"]

MAX_HEADER_BODY = 2**26
MAX_MODELS, MAX_ITEMS, MAX_SECTIONS, MAX_CHUNKS = 255, 2**20, 2**21, 2**22
MAX_RAW_CHUNK = 2**26
MAX_SECTION_BODY = 2**30
MAX_ITEM_TOKENS = 2**28
MAX_RAW_ITEM = 2**32
DEFLATE_RATIO = 1032  # the most bytes that DEFLATE makes of one
MAX_CHUNK_TOKENS = 2**28

ADAPTIVE, EXACT, FLOAT = 1, 2, 3

# The codec types that each registered arrangement serves.
ARRANGEMENTS = {
    1: (JPEG, DCT), 2: (JPEG, DCT), 3: (JPEG, DCT), 4: (JPEG, DCT), 5: (VQ,), 6: (RVQ,), 7: (RVQ,), 8: (TEXT,),
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    profile: int
    arrangement: int
    adaptive_model: int = 0
    fingerprint: bytes = b""
    name: str = ""


@dataclass(frozen=True)
class Item:
    """An item. `model` is an index into the models, or None; `first` the number of its first token in the file."""

    codec: int
    model: int | None
    original_length: int
    digest_type: int
    digest: bytes
    parameters: Parameters
    first: int

    @property
    def tokens(self) -> int:
        return self.parameters.tokens


@dataclass(frozen=True)
class Section:
    """A section. `item` is an index into the items, or None for the whole file; `offset` that of its body."""

    type: str
    crc: int
    item: int | None
    length: int
    offset: int

    @property
    def critical(self) -> bool:
        return self.type[0].isupper()


@dataclass(frozen=True)
class Chunk:
    """A chunk. `first` is the number of its first token in the file; `offset` that of its payload."""

    payload_crc: int
    tokens_crc: int
    length: int
    tokens: int
    first: int
    offset: int


@dataclass(frozen=True)
class Part:
    """The tokens start to stop of an item that a chunk holds, counted from the item's first."""

    item: int
    start: int
    stop: int


@dataclass
class Container:
    """A file whose header is sound. `faults` are those that concern the file's length."""

    data: bytes
    minor: int
    models: list[Model]
    items: list[Item]
    sections: list[Section]
    chunks: list[Chunk]
    length: int
    faults: list[LlmcError] = field(default_factory=list)

    def coverage(self, chunk: Chunk) -> list[Part]:
        """What a chunk holds of each item, in order."""
        return _coverage(self.items, chunk)

    def offset(self, part: Section | Chunk) -> int:
        """Where a fault of a section's body or a chunk's payload lies: of one behind the end of the file, that end."""
        return min(part.offset, len(self.data))

    def body(self, part: Section | Chunk) -> bytes:
        """The bytes of a section's body or of a chunk's payload; raises `truncated` where the file lacks some."""
        if part.offset + part.length > len(self.data):
            raise LlmcError("truncated", len(self.data), "the file ends before this body does")
        return self.data[part.offset : part.offset + part.length]


def read_container(data: bytes) -> Container:
    """Reads a file's header. Raises the first fault by the order of container.md, 2, except those of the file's length."""
    _check_signature(data)
    if len(data) < 9:
        raise LlmcError("truncated", len(data), "the file ends before its header does")
    if data[8] != 1:
        raise LlmcError("version", 8, f"major version {data[8]}")
    body = _body_of_header(data)
    minor = data[9]
    models = _models(body)
    items = _items(body, models)
    after_header = body.end + 4
    sections, end_of_sections = _sections(body, items, after_header)
    chunks, length = _chunks(body, items, end_of_sections)
    if body.remaining and minor == 0:
        raise body.fault("bytes are left over in the header")
    container = Container(data, minor, models, items, sections, chunks, length)
    if len(data) < length:
        container.faults.append(LlmcError("truncated", len(data), f"the file should have {length} bytes"))
    elif len(data) > length:
        container.faults.append(LlmcError("trailing-data", length, f"{len(data) - length} bytes follow the last chunk"))
    return container


def _check_signature(data: bytes) -> None:
    if data.startswith(SIGNATURE):
        return
    if SIGNATURE.startswith(data):
        raise LlmcError("truncated", len(data), "the file ends within the signature")
    differs = next(i for i, byte in enumerate(SIGNATURE) if i >= len(data) or data[i] != byte)
    for first in MANGLED_FIRST:
        for line_end in MANGLED_LINE_ENDS:
            if data.startswith(first + b"LLMC" + line_end + b"\x1a"):
                raise LlmcError("signature-mangled", differs, "a text-mode transfer has altered the file")
    raise LlmcError("signature", differs, "not an LLMC file")


def _body_of_header(data: bytes) -> Fields:
    """The fields of the header body, after the checks that come before they are looked at."""
    preamble = Fields(data, 10, code="header-invalid")
    if len(data) < 10:
        raise LlmcError("truncated", len(data), "the file ends before its header does")
    try:
        length = preamble.varint()
    except LlmcError:
        if all(byte >= 128 for byte in data[10:18]) and len(data) < 18:
            raise LlmcError("truncated", len(data), "the file ends before its header does") from None
        raise
    if length > MAX_HEADER_BODY:
        raise LlmcError("limit", 10, f"a header body of {length} bytes")
    start = preamble.position
    end = start + length
    if end + 4 > len(data):
        raise LlmcError("truncated", len(data), "the file ends before its header does")
    if zlib.crc32(data[:end]) != int.from_bytes(data[end : end + 4], "little"):
        raise LlmcError("header-crc", end, "the header is damaged")
    return Fields(data, start, end, code="header-invalid")


def _count(fields: Fields, limit: int, least_entry: int, what: str) -> int:
    start = fields.offset
    count = fields.varint()
    if count > limit:
        raise LlmcError("limit", start, f"{count} {what}; at most {limit} are allowed")
    if count * least_entry > fields.remaining:
        raise fields.fault(f"{count} {what} do not fit into the header", start)
    return count


def _parameters(fields: Fields) -> Fields:
    """The fields of the parameters whose length comes next; skips them in `fields`."""
    start = fields.offset
    length = fields.varint()
    if length > fields.remaining:
        raise fields.fault(f"parameters of {length} bytes where {fields.remaining} remain", start)
    fields.position += length
    return Fields(fields.data, fields.position - length, fields.position, code=fields.code)


def _models(body: Fields) -> list[Model]:
    return [_model(body) for _ in range(_count(body, MAX_MODELS, 3, "models"))]


def _model(body: Fields) -> Model:
    profile, arrangement = body.varint(), body.varint()
    fields = _parameters(body)
    if profile == ADAPTIVE:
        model = Model(profile, arrangement, adaptive_model=fields.varint())
    elif profile in (EXACT, FLOAT):
        start = fields.offset
        length = fields.u8()
        if not 8 <= length <= 32:
            raise fields.fault(f"a fingerprint of {length} bytes", start)
        model = Model(profile, arrangement, fingerprint=fields.bytes(length), name=fields.string())
        if profile == FLOAT:
            _context_length, _lanes, _runtime, _device = (
                fields.varint(), fields.varint(), fields.string(), fields.string(),
            )  # fmt: skip
    else:
        return Model(profile, arrangement)
    if fields.remaining:
        raise fields.fault("bytes are left over in the parameters of a model")
    return model


def _items(body: Fields, models: list[Model]) -> list[Item]:
    start = body.offset
    count = _count(body, MAX_ITEMS, 5, "items")
    if count == 0:
        raise body.fault("a file without items", start)
    items: list[Item] = []
    first = 0
    for _ in range(count):
        start = body.offset
        item = _item(body, models, first)
        first += item.tokens
        if first > VARINT_MAX:
            raise body.fault("the items have more than 2^53 - 1 tokens", start)
        items.append(item)
    return items


def _item(body: Fields, models: list[Model], first: int) -> Item:
    codec = body.varint()
    at_model = body.offset
    model = body.varint()
    if model > len(models):
        raise body.fault(f"model {model} of {len(models)}", at_model)
    original_length = body.varint()
    digest_type = body.varint()
    digest = b""
    if digest_type == 1:
        digest = body.bytes(32)
    elif digest_type > 1:
        digest = body.counted()
    parameters = read_parameters(codec, original_length, _parameters(body))
    if codec == RAW and model:
        raise body.fault("an item of codec type raw has a model", at_model)
    if RAW < codec <= TEXT:
        if not model:
            raise body.fault("an item has no model", at_model)
        if codec not in ARRANGEMENTS.get(models[model - 1].arrangement, (codec,)):
            raise body.fault("an item's model has an arrangement that does not serve its codec type", at_model)
    return Item(codec, model - 1 if model else None, original_length, digest_type, digest, parameters, first)


def _sections(body: Fields, items: list[Item], offset: int) -> tuple[list[Section], int]:
    sections: list[Section] = []
    seen: set[tuple[str, int]] = set()
    for _ in range(_count(body, MAX_SECTIONS, 10, "sections")):
        start = body.offset
        code = body.bytes(4)
        if not code.isalpha() or not code.isascii() or not code[2:].isupper():
            raise body.fault(f"the section type {code!r}", start)
        type_, crc = code.decode("ascii"), body.u32()
        at_item = body.offset
        item = body.varint()
        if item > len(items):
            raise body.fault(f"item {item} of {len(items)}", at_item)
        if (type_, item) in seen and (type_, item) != ("mODL", 0):
            raise body.fault(f"a second section {type_} of the same item", start)
        if type_ == "JPEG" and (item == 0 or items[item - 1].codec != JPEG):
            raise body.fault("a section JPEG of an item that is none", at_item)
        if type_ == "ARRY" and (item == 0 or items[item - 1].codec not in (VQ, RVQ)):
            raise body.fault("a section ARRY of an item that holds no indices", at_item)
        if type_ == "TEXT" and (item == 0 or items[item - 1].codec != TEXT):
            raise body.fault("a section TEXT of an item that is no text", at_item)
        seen.add((type_, item))
        length = body.varint()
        sections.append(Section(type_, crc, item - 1 if item else None, length, offset))
        offset += length
        if offset > VARINT_MAX:
            raise body.fault("the file would be longer than 2^53 - 1 bytes", start)
    for index, item in enumerate(items):
        if item.codec == JPEG and ("JPEG", index + 1) not in seen:
            raise body.fault(f"item {index} lacks its section JPEG")
    return sections, offset


def _chunks(body: Fields, items: list[Item], offset: int) -> tuple[list[Chunk], int]:
    total = items[-1].first + items[-1].tokens
    start = body.offset
    count = _count(body, MAX_CHUNKS, 9, "chunks")
    if (count == 0) != (total == 0):
        raise body.fault(f"{count} chunks of {total} tokens", start)
    chunks: list[Chunk] = []
    first = 0
    for number in range(count):
        start = body.offset
        payload_crc, tokens_crc, length = body.u32(), body.u32(), body.varint()
        left = total - first
        tokens = left if number == count - 1 else body.varint()
        if not 1 <= tokens <= left or (tokens == left and number < count - 1):
            raise body.fault(f"a chunk of {tokens} tokens where {left} are left", start)
        chunk = Chunk(payload_crc, tokens_crc, length, tokens, first, offset)
        chunks.append(chunk)
        first += tokens
        offset += length
        if offset > VARINT_MAX:
            raise body.fault("the file would be longer than 2^53 - 1 bytes", start)
        _check_chunk(body, items, chunk, start)
    return chunks, offset


def _coverage(items: list[Item], chunk: Chunk) -> list[Part]:
    parts = []
    end = chunk.first + chunk.tokens
    index = bisect_right(items, chunk.first, key=lambda item: item.first) - 1
    while index < len(items) and items[index].first < end:
        item = items[index]
        start, stop = max(chunk.first, item.first), min(end, item.first + item.tokens)
        if start < stop:
            parts.append(Part(index, start - item.first, stop - item.first))
        index += 1
    return parts


def _check_chunk(body: Fields, items: list[Item], chunk: Chunk, start: int) -> None:
    """Checks what a chunk spans and where it ends; `start` is the offset of its entry."""
    parts = _coverage(items, chunk)
    held = [items[part.item] for part in parts]
    last = held[-1]
    if len({(item.codec, item.model) for item in held}) > 1:
        raise body.fault("a chunk spans items of different codec types or models", start)
    if last.codec == RAW and len(parts) > 1:
        raise body.fault("a chunk of codec type raw spans items", start)
    if last.codec == RAW and chunk.tokens > MAX_RAW_CHUNK:
        raise LlmcError("limit", start, f"a chunk of codec type raw of {chunk.tokens} bytes")
    if parts[-1].stop < last.tokens and not may_end_at(last.codec, last.parameters, parts[-1].stop):
        raise body.fault("a chunk ends where its codec type does not allow it", start)
