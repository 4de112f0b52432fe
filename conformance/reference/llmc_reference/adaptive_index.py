"""adaptive-index-1, the adaptive model of codebook indices (spec/adaptive-index.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .adaptive_dct import Coder, Key, Slot
from .codecs import RvqParameters, VqParameters
from .errors import CorruptPayload

MASK = 2**32 - 1
UNKNOWN = 2**32 - 1


def bits(size: int) -> int:
    """Bits of an index below `size`."""
    return (size - 1).bit_length()


@dataclass(frozen=True)
class Run:
    """The indices first to stop - 1 of a group that a chunk holds. `height` counts the rows of one grid or stream."""

    sizes: tuple[int, ...]
    stream: bool
    width: int
    height: int
    first: int
    stop: int

    def size(self, n: int) -> int:
        """What the index n is below."""
        return self.sizes[n % self.width if self.stream else 0]


def runs(parameters: VqParameters | RvqParameters, start: int, stop: int) -> list[Run]:
    """The runs of the tokens start to stop - 1 of an item."""
    stream = isinstance(parameters, RvqParameters)
    sizes = parameters.codebook_sizes if stream else (parameters.codebook_size,)
    found = []
    before = 0
    for count, *shape in parameters.groups:
        width, height = (parameters.depth, shape[0]) if stream else shape
        tokens = count * width * height
        first, last = max(start - before, 0), min(stop - before, tokens)
        if first < last:
            found.append(Run(sizes, stream, width, height, first, last))
        before += tokens
    return found


# §1


def decode_chunk(parts: list[list[Run]], payload: bytes) -> list[np.ndarray]:
    """The indices of each part of a chunk."""
    packed_bits = sum(_bits_of(run) for part in parts for run in part)
    packed = -(-packed_bits // 8)
    if len(payload) > packed:
        raise CorruptPayload("it is longer than its indices")
    if len(payload) == packed:
        return _unpack(parts, payload)
    decoder = IndexDecoder(payload, packed_bits)
    decoded = [np.array([index for run in part for index in decoder.run(run)], np.uint32) for part in parts]
    decoder.coder.range.finish()
    return decoded


def _bits_of(run: Run) -> int:
    if not run.stream:
        return (run.stop - run.first) * bits(run.sizes[0])
    return (run.stop - run.first) // run.width * sum(map(bits, run.sizes))


def _unpack(parts: list[list[Run]], payload: bytes) -> list[np.ndarray]:
    number, position = 0, 0
    decoded = []
    reservoir = available = 0
    for part in parts:
        indices = []
        for run in part:
            for n in range(run.first, run.stop):
                size = run.size(n)
                count = bits(size)
                while available < count:
                    reservoir |= payload[position] << available
                    position += 1
                    available += 8
                number = reservoir & (1 << count) - 1
                reservoir >>= count
                available -= count
                if number >= size:
                    raise CorruptPayload("an index beyond its codebook")
                indices.append(number)
        decoded.append(np.array(indices, np.uint32))
    if reservoir:
        raise CorruptPayload("a bit after the last index")
    return decoded


# §3


def mix(h: int, v: int) -> int:
    p = (h ^ v) * 0x9E3779B1 & MASK
    return p ^ p >> 15


def hashed(*values: int) -> int:
    h = values[0]
    for value in values[1:]:
        h = mix(h, value)
    return h


# §2 to §4


class IndexDecoder:
    def __init__(self, payload: bytes, packed_bits: int):
        self.coder = Coder(payload)
        self.slot_bits = next((t for t in range(10, 25) if 2**t >= 8 * packed_bits), 24)
        self.slots: dict[int, Slot] = {}

    def run(self, run: Run) -> list[int]:
        decoded: list[int] = []
        grid = run.width * run.height
        for n in range(run.first, run.stop):
            y, x = divmod(n % grid, run.width)

            def at(column: int, row: int, n: int = n, x: int = x, y: int = y) -> int:
                """The index in a column and a row of the same grid, if it is known."""
                place = n + (row - y) * run.width + column - x
                inside = 0 <= column < run.width and 0 <= row
                return decoded[place - run.first] if inside and run.first <= place < n else UNKNOWN

            layer = x if run.stream else 0
            hashes = stream_hashes(at, x, y) if run.stream else grid_hashes(at, x, y)
            decoded.append(self._index(run.size(n), layer, hashes))
        return decoded

    def _index(self, size: int, layer: int, hashes: list[int]) -> int:
        value, node = 0, 1
        for b in range(bits(size) - 1, -1, -1):
            bit = 0
            if value + (1 << b) < size:
                slots = [self._slot(h, node) for h in hashes]
                own: Key = ("layer", layer, b)
                bit = self.coder.decide_with(slots, own, ("shared",), own)
            value += bit << b
            node = 2 * node + bit & MASK
        return value

    def _slot(self, h: int, node: int) -> Slot:
        number = ((h ^ (node * 0x85EBCA6B & MASK)) * 0xC2B2AE35 & MASK) >> 32 - self.slot_bits
        slot = self.slots.get(number)
        if slot is None:
            slot = self.slots[number] = Slot()
        return slot


def grid_hashes(at, x: int, y: int) -> list[int]:
    w, n, nw, ne = at(x - 1, y), at(x, y - 1), at(x - 1, y - 1), at(x + 1, y - 1)
    return [
        hashed(0, 0), hashed(1, w), hashed(2, n), hashed(3, w, n),
        hashed(4, n, ne), hashed(5, w, nw), hashed(6, y, x), hashed(7, ne),
    ]  # fmt: skip


def stream_hashes(at, x: int, y: int) -> list[int]:
    w, ww, n, nn, ne = at(x - 1, y), at(x - 2, y), at(x, y - 1), at(x, y - 2), at(x + 1, y - 1)
    f = at(0, y) if x > 0 else nn
    return [
        hashed(0, x),
        hashed(1, x, n),
        hashed(2, x, w),
        hashed(3, x, w, n),
        hashed(4, x, f),
        hashed(5, x, w, ww if x > 1 else nn),
        hashed(6, x, n, nn),
        hashed(7, x, f if x > 1 else ne, at(1, y) if x > 1 else UNKNOWN, n),
    ]
