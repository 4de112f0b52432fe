"""A JPEG file from its coefficients and side data; the canonical file of codec type dct (spec/jpeg.md, 1 to 4 and 8)."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from .codecs import ZIGZAG, DctParameters
from .errors import LlmcError
from .fields import Fields
from .jpeg_dictionary import common_headers
from .jpeg_prediction import Placement, restored
from .jpeg_scan import BitWriter, Cut, Grid, Scan, ScanHeader, ScanRecord, SymbolCounter
from .jpeg_tables import STANDARD, NoCode, JpegError, derived_table, read_tables
from .side_record import inflate_record

SOI, EOI, SOS, DQT, DHT, DRI, APP0, SOF0 = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xE0, 0xC0


# The blocks of each component of a frame, (rows, columns, 64) in natural order.
Latents = list[np.ndarray]


@dataclass(frozen=True)
class Picture:
    """A picture within a skeleton, `before` bytes after the one before; of a copy, `original` is the picture's index.
    With a placement, its tokens are differences."""

    before: int
    length: int
    file_length: int
    placement: Placement | None
    records: tuple[ScanRecord, ...]
    original: int


@dataclass(frozen=True)
class SideData:
    """Side data, from the section at `offset` in the file."""

    offset: int
    records: tuple[ScanRecord, ...]
    pictures: tuple[Picture, ...]
    skeleton: bytes


# §1 to §3


def read_side_data(body: bytes, offset: int, frame: DctParameters, original_length: int) -> SideData:
    """Parses the body of a section JPEG, which stands at `offset` in the file."""
    record = inflate_record(body, offset, dictionary(frame), original_length)
    return _record(Fields(record, code="section-invalid"), offset, frame)


def dictionary(frame: DctParameters) -> bytes:
    """The preset dictionary of an item's side data (§2)."""
    records = bytes([len(_script(frame))]) + bytes(len(_script(frame)))
    made = common_headers() + b"".join(canonical_skeleton(nested, stubs=True) for nested in frame.nested)
    made += records + canonical_skeleton(frame, stubs=True)
    if frame.process != 2:
        made += records + canonical_skeleton(frame, stubs=False)
    return made


def _record(fields: Fields, offset: int, frame: DctParameters) -> SideData:
    try:
        records = _scan_records(fields)
        pictures: tuple[Picture, ...] = ()
        if frame.nested:
            pictures = tuple(_picture(fields, index, frame) for index in range(_count(fields)))
            if sum(picture.length > 0 for picture in pictures) != len(frame.nested):
                raise fields.fault(f"{len(frame.nested)} nested frames, and another number of pictures")
    except LlmcError as error:
        raise LlmcError(error.code, offset, error.message) from None
    return SideData(offset, records, pictures, fields.bytes(fields.remaining))


def _picture(fields: Fields, index: int, frame: DctParameters) -> Picture:
    before, length = fields.varint(), fields.varint()
    if length:
        return Picture(before, length, fields.varint(), _placement(fields, frame), _scan_records(fields), index)
    original = fields.varint()
    if original >= index:
        raise fields.fault("a copy of a later picture")
    return Picture(before, 0, 0, None, (), original)


def _placement(fields: Fields, frame: DctParameters) -> Placement | None:
    kind = fields.u8()
    if kind > 1:
        raise fields.fault(f"the tokens of a picture are of kind {kind}")
    if kind == 0:
        return None
    edges = []
    for extent in (frame.width, frame.height, frame.width, frame.height):
        coded = fields.varint()
        edges.append(-(coded + 1 >> 1) if coded & 1 else coded >> 1)
        if abs(edges[-1]) > 2 * extent:
            raise fields.fault("an edge of a picture is too far away")
    return Placement(*edges)


def _scan_records(fields: Fields) -> tuple[ScanRecord, ...]:
    return tuple(_scan_record(fields) for _ in range(_count(fields)))


def _scan_record(fields: Fields) -> ScanRecord:
    flags = fields.u8()
    if flags & 0xC0 or flags & 3 == 3:
        raise fields.fault(f"the flags of a scan record are {flags:02x}")
    interval = fields.varint() if flags & 4 else None
    cuts: tuple[Cut, ...] = ()
    if flags & 8:
        count = _count(fields)
        if count == 0:
            raise fields.fault("a list of no cuts")
        cuts = tuple(_cut(fields) for _ in range(count))
    ended_runs = frozenset(_ascending(fields)) if flags & 16 else frozenset()
    zero_runs = {}
    if flags & 32:
        blocks = _ascending(fields)
        zero_runs = dict(zip(blocks, fields.bytes(len(blocks)), strict=True))
        if 0 in zero_runs.values():
            raise fields.fault("a block of 0 superfluous codes")
    padding_bits: tuple[int, ...] = ()
    if flags & 3 == 2:
        packed = fields.counted()
        padding_bits = tuple(byte >> shift & 1 for byte in packed for shift in range(7, -1, -1))
    return ScanRecord(interval, cuts, ended_runs, zero_runs, flags & 3, padding_bits)


def _count(fields: Fields) -> int:
    count = fields.varint()
    if count > fields.remaining:
        raise fields.fault("a list of more entries than bytes")
    return count


def _cut(fields: Fields) -> Cut:
    intervals, units, skip = fields.varint(), fields.varint(), fields.varint()
    return Cut(intervals, units, skip, fields.varint() if skip else 0)


def _ascending(fields: Fields) -> list[int]:
    values: list[int] = []
    for _ in range(_count(fields)):
        values.append(fields.varint() + (values[-1] + 1 if values else 0))
    return values


# §4


def rebuild(side_data: SideData, frame: DctParameters, latents: list[Latents], original_length: int) -> bytes:
    """The file; latents are those of the frame, then of the nested ones. Raises JpegError."""
    skeleton = _with_pictures(side_data, frame, latents, original_length)
    return _assemble(skeleton, side_data.records, frame, latents[0], original_length)


def _with_pictures(
    side_data: SideData, frame: DctParameters, latents: list[Latents], left: int
) -> bytes:
    """The skeleton with its pictures whole, of `left` bytes in all at most."""
    skeleton, position = side_data.skeleton, 0
    out = bytearray()
    files: list[bytes] = []
    waiting = iter(zip(frame.nested, latents[1:], strict=True))
    for index, picture in enumerate(side_data.pictures):
        start = position + picture.before
        end = start + picture.length
        if end > len(skeleton):
            raise JpegError("a picture beyond the end of the skeleton")
        length = picture.file_length if picture.original == index else len(files[picture.original])
        left -= length
        if left < 0:
            raise JpegError("the pictures are too long")
        if picture.original == index:
            own, tokens = next(waiting)
            if picture.placement:
                tokens = restored(tokens, own, frame, latents[0], picture.placement)
            file = _assemble(skeleton[start:end], picture.records, own, tokens, length)
            files.append(file.ljust(length, b"\0"))
        else:
            files.append(files[picture.original])
        out += skeleton[position:start] + files[-1]
        position = end
    return bytes(out + skeleton[position:])


def _assemble(
    skeleton: bytes, records: tuple[ScanRecord, ...], frame: DctParameters, latents: Latents, limit: int
) -> bytes:
    """Goes through the skeleton, and encodes the coefficients wherever a scan was cut out."""
    grids = [component[:, :, ZIGZAG].tolist() for component in latents]
    return _Rebuilding(skeleton, frame, grids, limit).run(records)


class _Rebuilding:
    def __init__(self, skeleton: bytes, frame: DctParameters, grids: list[Grid], original_length: int):
        self.skeleton = skeleton
        self.frame = frame
        self.grids = grids
        self.original_length = original_length
        self.out = bytearray()
        self.interval = 0
        self.stubs: list[tuple[int, int]] = []
        self.ids: bytes | None = None
        self.tables = dict(STANDARD)
        self.blocks_left = 128 * sum(c.blocks_wide * c.blocks_high for c in frame.components)

    def run(self, records: tuple[ScanRecord, ...]) -> bytes:
        written = position = 0
        for record in records:
            start, end = self._to_scan(position)
            header = self._scan_header(start, end)
            scan = Scan(header, self.frame, self.grids, record)
            self.blocks_left -= scan.blocks
            if self.blocks_left < 0:
                raise JpegError("the scans have too many blocks")
            interval = self.interval if record.interval is None else record.interval
            if self.stubs:
                counter = SymbolCounter()
                scan.encode(interval, self.skeleton, end, counter)
                for start, stop in self.stubs:
                    for slot in self.skeleton[start + 4 : stop]:
                        self.tables[slot] = derived_table(counter.counts.get(slot, {}))
            self._output_with_tables(written, end)
            writer = BitWriter(self.tables, self.original_length - len(self.out))
            written = position = scan.encode(interval, self.skeleton, end, writer)
            self._output(writer.out)
        self._output(self.skeleton[written:])
        return bytes(self.out)

    def _output(self, data: bytes) -> None:
        self.out += data
        if len(self.out) > self.original_length:
            raise JpegError("the output exceeds the item's length")

    def _output_with_tables(self, written: int, end: int) -> None:
        """Outputs the skeleton with stubs replaced by the tables they stand for."""
        for start, stop in self.stubs:
            contents = b"".join(self.tables[slot].contents(slot) for slot in self.skeleton[start + 4 : stop])
            self._output(self.skeleton[written:start] + segment(DHT, contents))
            written = stop
        self._output(self.skeleton[written:end])
        self.stubs = []

    def _to_scan(self, position: int) -> tuple[int, int]:
        """Goes through marker segments up to the next SOS; returns where that begins and ends."""
        while True:
            marker, start, end = self._segment(position)
            contents = self.skeleton[start + 4 : end]
            if marker == SOS:
                return start, end
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                self._frame_header(contents)
            elif marker == DHT and _is_stub(contents):
                self.stubs.append((start, end))
            elif marker == DHT:
                self.tables.update(read_tables(contents))
            elif marker == DRI:
                if len(contents) != 2:
                    raise JpegError("a DRI segment has not 2 bytes")
                self.interval = int.from_bytes(contents, "big")
            position = end

    def _segment(self, position: int) -> tuple[int, int, int]:
        """The next marker segment: its marker, its start and its end."""
        skeleton = self.skeleton
        start = skeleton.find(b"\xff", position)
        while start >= 0 and start + 1 < len(skeleton) and skeleton[start + 1] in (0x00, 0xFF):
            start = skeleton.find(b"\xff", start + 1)
        if start < 0 or start + 1 >= len(skeleton):
            raise JpegError("a marker is missing")
        marker = skeleton[start + 1]
        if marker == 0x01 or 0xD0 <= marker <= 0xD9:
            return marker, start, start + 2
        length = int.from_bytes(skeleton[start + 2 : start + 4], "big")
        end = start + 2 + length
        if start + 4 > len(skeleton) or length < 2 or end > len(skeleton):
            raise JpegError("a marker segment's length is wrong")
        return marker, start, end

    def _frame_header(self, contents: bytes) -> None:
        count = len(self.frame.components)
        if self.ids is not None or len(contents) != 6 + 3 * count or contents[5] != count:
            raise JpegError("a frame header is wrong, or the second one")
        for factors, table in zip(contents[7::3], contents[8::3], strict=True):
            if not (1 <= factors >> 4 <= 4 and 1 <= factors & 15 <= 4 and table <= 3):
                raise JpegError("a frame header has a sampling factor or table that does not exist")
        self.ids = contents[6::3]

    def _scan_header(self, start: int, end: int) -> ScanHeader:
        contents = self.skeleton[start + 4 : end]
        count = contents[0] if contents else 0
        if count == 0 or len(contents) != 4 + 2 * count or self.ids is None:
            raise JpegError("a scan header is wrong, or before the frame header")
        ids, selectors = contents[1:-3:2], contents[2:-3:2]
        if len(set(ids)) < count or any(i not in self.ids for i in ids):
            raise JpegError("a scan header names an unknown component, or one twice")
        return ScanHeader(
            tuple(self.ids.index(i) for i in ids),
            tuple(s >> 4 for s in selectors),
            tuple(0x10 | s & 15 for s in selectors),
            contents[-3], contents[-2], contents[-1] >> 4, contents[-1] & 15,
        )  # fmt: skip


def _is_stub(contents: bytes) -> bool:
    return 1 <= len(contents) <= 16 and all(slot >> 4 <= 1 and slot & 15 <= 3 for slot in contents)


# §8


def segment(marker: int, contents: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(contents) + 2).to_bytes(2, "big") + contents


def _script(frame: DctParameters) -> list[tuple[list[int], int, int, int, int]]:
    """The scans of a canonical file: components, Ss, Se, Ah, Al."""
    each = [[c] for c in range(len(frame.components))]
    whole = [list(range(len(frame.components)))]
    everything = whole if sum(c.h * c.v for c in frame.components) <= 10 else each

    def scans(groups: list[list[int]], *rest: int) -> list:
        return [(group, *rest) for group in groups]

    if frame.process != 2:
        return scans(everything, 0, 63, 0, 0)
    if len(each) == 3:
        first, second, third = each
        return (
            scans(everything, 0, 0, 0, 1)
            + [(first, 1, 5, 0, 2), (third, 1, 63, 0, 1), (second, 1, 63, 0, 1), (first, 6, 63, 0, 2), (first, 1, 63, 2, 1)]
            + scans(everything, 0, 0, 1, 0)
            + [(third, 1, 63, 1, 0), (second, 1, 63, 1, 0), (first, 1, 63, 1, 0)]
        )
    return (
        scans(everything, 0, 0, 0, 1)
        + scans(each, 1, 5, 0, 2) + scans(each, 6, 63, 0, 2) + scans(each, 1, 63, 2, 1)
        + scans(everything, 0, 0, 1, 0)
        + scans(each, 1, 63, 1, 0)
    )  # fmt: skip


def canonical_skeleton(frame: DctParameters, stubs: bool) -> bytes:
    """K(stub) or K(standard)."""
    out = bytearray([0xFF, SOI])
    if len(frame.components) in (1, 3):
        out += segment(APP0, bytes.fromhex("4A 46 49 46 00 01 01 00 00 01 00 01 00 00"))
    for index, steps in enumerate(frame.tables):
        wide = max(steps) > 255
        packed = b"".join(step.to_bytes(2 if wide else 1, "big") for step in steps)
        out += segment(DQT, bytes([wide << 4 | index]) + packed)
    header = bytes([12 if frame.wide else 8]) + frame.height.to_bytes(2, "big") + frame.width.to_bytes(2, "big")
    header += bytes([len(frame.components)])
    for number, component in enumerate(frame.components, start=1):
        header += bytes([number, component.declared, component.table])
    out += segment(SOF0 + frame.process, header)
    written: set[int] = set()
    for components, ss, se, ah, al in _script(frame):
        identifiers = [0 if frame.components[c].table == 0 else 1 for c in components]
        uses_dc, uses_ac = ss == ah == 0, se > 0
        slots = [slot for i in identifiers for used, slot in ((uses_dc, i), (uses_ac, 0x10 | i)) if used]
        for slot in dict.fromkeys(slots):
            if stubs:
                out += segment(DHT, bytes([slot]))
            elif slot not in written:
                out += segment(DHT, STANDARD[slot].contents(slot))
                written.add(slot)
        selectors = [(i << 4 if uses_dc else 0) | (i if uses_ac else 0) for i in identifiers]
        named = b"".join(bytes([c + 1, s]) for c, s in zip(components, selectors, strict=True))
        out += segment(SOS, bytes([len(components)]) + named + bytes([ss, se, ah << 4 | al]))
    return bytes(out + bytes([0xFF, EOI]))


def canonical_file(frame: DctParameters, latents: Latents, limit: int = sys.maxsize) -> bytes:
    """The output of codec type dct. Raises JpegError where there is none, or none of at most `limit` bytes."""

    def build(stubs: bool) -> bytes:
        records = (ScanRecord(),) * len(_script(frame))
        return _assemble(canonical_skeleton(frame, stubs), records, frame, latents, limit)

    if frame.process != 2:
        try:
            return build(stubs=False)
        except NoCode:
            pass
    return build(stubs=True)
