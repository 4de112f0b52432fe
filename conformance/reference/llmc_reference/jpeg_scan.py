"""Entropy coding of one scan of a JPEG file (spec/jpeg.md, 3, 5 and 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from .codecs import DctParameters
from .jpeg_tables import HuffmanTable, NoCode, JpegError

Block = list[int]  # 64 coefficients in zigzag order
Grid = list[list[Block]]  # of a component: rows of blocks


@dataclass(frozen=True)
class Cut:
    intervals: int
    units: int
    skip: int
    raw: int


@dataclass(frozen=True)
class ScanRecord:
    """What coefficients do not tell of a scan. `interval` is None for the one that DRI put in force."""

    interval: int | None = None
    cuts: tuple[Cut, ...] = ()
    ended_runs: frozenset[int] = frozenset()
    zero_runs: dict[int, int] = field(default_factory=dict)
    padding: int = 0
    padding_bits: tuple[int, ...] = ()


@dataclass(frozen=True)
class ScanHeader:
    """Components by their index in the frame, the slots of their tables, spectral selection and approximation."""

    components: tuple[int, ...]
    dc_slots: tuple[int, ...]
    ac_slots: tuple[int, ...]
    ss: int
    se: int
    ah: int
    al: int


class SymbolCounter:
    """Counts the symbols of each table; takes the place of a BitWriter while tables are derived."""

    def __init__(self) -> None:
        self.counts: dict[int, Counter[int]] = {}

    def code(self, slot: int, symbol: int) -> None:
        self.counts.setdefault(slot, Counter())[symbol] += 1

    def put(self, value: int, count: int) -> None:
        pass

    def pad(self, padding: Iterator[int]) -> None:
        pass

    def drop(self) -> None:
        pass

    def raw(self, data: bytes) -> None:
        pass


class BitWriter:
    """Entropy-coded data: bits, most significant first, with 00 after each byte FF."""

    def __init__(self, tables: dict[int, HuffmanTable], room: int):
        self.codes = {slot: table.codes() for slot, table in tables.items()}
        self.out = bytearray()
        self.room = room
        self.bits, self.bit_count = 0, 0

    def code(self, slot: int, symbol: int) -> None:
        entry = self.codes.get(slot, {}).get(symbol)
        if entry is None:
            raise NoCode(f"symbol {symbol:02x} has no code in table {slot:02x}")
        self.put(*entry)

    def put(self, value: int, count: int) -> None:
        self.bits = self.bits << count | value & (1 << count) - 1
        self.bit_count += count
        while self.bit_count >= 8:
            self.bit_count -= 8
            byte = self.bits >> self.bit_count
            self.bits &= (1 << self.bit_count) - 1
            self.out.append(byte)
            if byte == 0xFF:
                self.out.append(0)
        if len(self.out) > self.room:
            raise JpegError("the output exceeds the item's length")

    def pad(self, padding: Iterator[int]) -> None:
        while self.bit_count:
            self.put(next(padding), 1)

    def drop(self) -> None:
        self.bits, self.bit_count = 0, 0

    def raw(self, data: bytes) -> None:
        self.out += data


def size(value: int) -> int:
    return abs(value).bit_length()


class Scan:
    """Codes a scan into a sink: a SymbolCounter or a BitWriter."""

    def __init__(self, header: ScanHeader, frame: DctParameters, grids: list[Grid], record: ScanRecord):
        self.header = header
        self.grids = [grids[c] for c in header.components]
        self.record = record
        self.components = [frame.components[c] for c in header.components]
        if len(self.components) == 1:
            wide, high = frame.blocks_without_padding(header.components[0])
            self.units_wide, self.units = wide, wide * high
            self.blocks_per_unit = 1
        else:
            self.units_wide, self.units = frame.mcus_wide, frame.mcus_wide * frame.mcus_high
            self.blocks_per_unit = sum(c.h * c.v for c in self.components)
        self.code_block = self._kind(frame.process)

    @property
    def blocks(self) -> int:
        return self.units * self.blocks_per_unit

    def _kind(self, process: int):
        """How the blocks of this scan are coded; None if it fits no row of the table of §6."""
        h = self.header
        if process != 2:
            return self._sequential
        if h.al > 13 or h.ah not in (0, h.al + 1):
            return None
        if h.ss == h.se == 0:
            return self._dc_refining if h.ah else self._dc_first
        if 1 <= h.ss <= h.se <= 63 and len(self.components) == 1:
            return self._ac_refining if h.ah else self._ac_first
        return None

    def encode(self, restart_interval: int, skeleton: bytes, position: int, sink: SymbolCounter | BitWriter) -> int:
        """Codes the scan, with what stands in the skeleton from `position` on between its cuts; returns the position after that."""
        self.sink = sink
        self.padding = self._padding()
        length = restart_interval or self.units
        intervals = -(-self.units // length)
        i = 0
        for number, cut in enumerate(self.record.cuts):
            if i + cut.intervals >= intervals:
                raise JpegError("a cut beyond the last restart interval")
            for _ in range(cut.intervals):
                self._whole(i, length)
                self.sink.raw(bytes([0xFF, 0xD0 + i % 8]))
                i += 1
            if cut.units > min(length, self.units - i * length):
                raise JpegError("a cut beyond the end of its restart interval")
            if self.code_block is None and (number or cut.intervals or cut.units or cut.skip):
                break
            self._restart()
            self._code_units(i * length, i * length + cut.units)
            self.sink.drop()
            if cut.skip == 0:
                return position
            if i + cut.skip >= intervals or position + cut.raw > len(skeleton):
                raise JpegError("a cut that skips beyond the end")
            self.sink.raw(skeleton[position : position + cut.raw])
            position += cut.raw
            i += cut.skip
        if self.code_block is None:
            raise JpegError("a scan that cannot be coded is not cut at its start")
        while i < intervals:
            self._whole(i, length)
            if i < intervals - 1:
                self.sink.raw(bytes([0xFF, 0xD0 + i % 8]))
            i += 1
        return position

    def _padding(self) -> Iterator[int]:
        if self.record.padding == 1:
            while True:
                yield 0
        yield from self.record.padding_bits
        while True:
            yield 1

    def _whole(self, i: int, length: int) -> None:
        self._restart()
        self._code_units(i * length, min((i + 1) * length, self.units))
        self._end_run()
        self.sink.pad(self.padding)

    def _restart(self) -> None:
        self.predictions = [0] * len(self.components)
        self.run = 0
        self.pending: list[int] = []

    def _code_units(self, start: int, stop: int) -> None:
        for unit in range(start, stop):
            y, x = divmod(unit, self.units_wide)
            if self.blocks_per_unit == 1 and len(self.components) == 1:
                self.code_block(0, self.grids[0][y][x], unit)
                continue
            number = unit * self.blocks_per_unit
            for j, component in enumerate(self.components):
                for row in range(y * component.v, (y + 1) * component.v):
                    for column in range(x * component.h, (x + 1) * component.h):
                        self.code_block(j, self.grids[j][row][column], number)
                        number += 1

    def _put_signed(self, value: int) -> None:
        """bits(v) of §6."""
        self.sink.put(value if value >= 0 else value - 1, size(value))

    def _put_all(self, bits: list[int]) -> None:
        for bit in bits:
            self.sink.put(bit, 1)

    def _zero_runs(self, number: int, last: int, end: int) -> int:
        """How many superfluous codes the record says that a block has, whose last coefficient is `last`."""
        count = self.record.zero_runs.get(number, 0)
        if count and last + 16 * count >= end:
            raise JpegError("superfluous codes leave no coefficient")
        return count

    # §6.1

    def _sequential(self, j: int, block: Block, number: int) -> None:
        sink, ac = self.sink, self.header.ac_slots[j]
        self._dc_difference(j, block[0])
        last = 0
        for k in range(1, 64):
            value = block[k]
            if value:
                run = k - last - 1
                last = k
                while run > 15:
                    sink.code(ac, 0xF0)
                    run -= 16
                bits = size(value)
                if bits > 15:
                    raise JpegError("a coefficient of 16 bits")
                sink.code(ac, run << 4 | bits)
                self._put_signed(value)
        zero_runs = self._zero_runs(number, last, 63)
        if last < 63:
            for _ in range(zero_runs):
                sink.code(ac, 0xF0)
            sink.code(ac, 0x00)

    def _dc_difference(self, j: int, value: int) -> None:
        difference = value - self.predictions[j]
        self.predictions[j] = value
        self.sink.code(self.header.dc_slots[j], size(difference))
        self._put_signed(difference)

    # §6.2

    def _dc_first(self, j: int, block: Block, number: int) -> None:
        self._dc_difference(j, block[0] >> self.header.al)

    def _dc_refining(self, j: int, block: Block, number: int) -> None:
        self.sink.put(block[0] >> self.header.al & 1, 1)

    # §6.3

    def _end_run(self) -> None:
        if self.run > 0:
            n = size(self.run) - 1
            self.sink.code(self.header.ac_slots[0], n << 4)
            self.sink.put(self.run, n)
            self.run = 0
            self._put_all(self.pending)
            self.pending = []

    def _ac_first(self, j: int, block: Block, number: int) -> None:
        if number in self.record.ended_runs:
            self._end_run()
        ss, se, al, ac = self.header.ss, self.header.se, self.header.al, self.header.ac_slots[0]
        last = ss - 1
        for k in range(ss, se + 1):
            magnitude = abs(block[k]) >> al
            if magnitude:
                self._end_run()
                run = k - last - 1
                last = k
                while run > 15:
                    self.sink.code(ac, 0xF0)
                    run -= 16
                if size(magnitude) > 15:
                    raise JpegError("a coefficient of 16 bits")
                self.sink.code(ac, run << 4 | size(magnitude))
                self._put_signed(-magnitude if block[k] < 0 else magnitude)
        zero_runs = self._zero_runs(number, last, se)
        if zero_runs:
            self._end_run()
            for _ in range(zero_runs):
                self.sink.code(ac, 0xF0)
        if last < se:
            self.run += 1
            if self.run == 32767:
                self._end_run()

    def _ac_refining(self, j: int, block: Block, number: int) -> None:
        if number in self.record.ended_runs:
            self._end_run()
        ss, se, al, ac = self.header.ss, self.header.se, self.header.al, self.header.ac_slots[0]
        magnitudes = [abs(value) >> al for value in block]
        last_new = max((k for k in range(ss, se + 1) if magnitudes[k] == 1), default=0)
        run = 0
        own: list[int] = []
        for k in range(ss, se + 1):
            magnitude = magnitudes[k]
            if magnitude == 0:
                run += 1
                continue
            while run > 15 and k <= last_new:
                self._end_run()
                self.sink.code(ac, 0xF0)
                self._put_all(own)
                own = []
                run -= 16
            if magnitude > 1:
                own.append(magnitude & 1)
                continue
            self._end_run()
            self.sink.code(ac, run << 4 | 1)
            self.sink.put(0 if block[k] < 0 else 1, 1)
            self._put_all(own)
            own = []
            run = 0
        if run > 0 or own:
            self.run += 1
            self.pending += own
            if self.run == 32767 or len(self.pending) > 937:
                self._end_run()
