"""The symbols of arrangement dct-wavefront as binary decisions that follow the image (spec/exact-decisions.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from .adaptive_dct import SQUASH, Key, clamp
from .exact import logistic
from .exact_features import DIAGONAL, POSITION
from .range_coder import RangeDecoder

# §1


class Slot:
    __slots__ = ("k", "o")

    def __init__(self) -> None:
        self.o = self.k = 0

    def update(self, error: int, p: int) -> None:
        self.k = min(self.k + (p * (65536 - p) >> 16), 2**22)
        self.o = clamp(self.o + (error * (2**20 // ((self.k >> 12) + 48)) >> 16), -524032, 524032)


def weight_set() -> list[int]:
    return [2**22 // 3] + [2**22 // 15] * 4


# §2


def squash(value: int) -> int:
    """The probability of a logistic value, clamped to what these are."""
    return SQUASH[clamp(value, -2047, 2047) + 2048]


class Decisions:
    """Decodes decisions; the state that a chunk learns."""

    def __init__(self, payload: bytes):
        self.range = RangeDecoder(payload)
        self.slots: dict[Key, Slot] = defaultdict(Slot)
        self.sets: dict[Key, list[int]] = defaultdict(weight_set)

    def decide(self, e: int, slot_keys: list[Key], set_keys: list[Key]) -> int:
        slots = [self.slots[key] for key in slot_keys]
        sets = [self.sets[key] for key in set_keys]
        x = [e] + [slot.o >> 8 for slot in slots]
        total = sum(x[j] * (sum(w[j] for w in sets) >> 8) for j in range(5))
        probability = squash(total >> 14)
        bit = self.range.decode_bit(probability)
        d = (bit << 16) - probability
        for j in range(5):
            c = x[j] * d + 1024 >> 11
            for w in sets:
                w[j] = clamp(w[j] + c, -(2**22), 2**22)
        for slot, offset in zip(slots, x[1:], strict=True):
            p = squash(e + offset)
            slot.update((bit << 16) - p, p)
        return bit

    # §3

    def last(self, m: int, weights: list[int], lasts: list[int]) -> int:
        """A last, of the lasts of W, N, NW and NE."""
        w, n, nw, ne = lasts
        node, first = 1, 0
        for b in range(5, -1, -1):
            middle = first + 2**b
            e = logistic(sum(weights[middle : middle + 2**b]), sum(weights[first:middle]))
            slots = [("last1", m, node), ("last2", m, node, w), ("last3", m, node, n), ("last4", m, node, w + n >> 2, nw + ne >> 3)]
            bit = self.decide(e, slots, [("lastA", m, node), ("lastB", m, b), ("lastC", m)])
            node, first = 2 * node + bit, first + (bit << b)
        return first

    # §4

    def value(self, m: int, k: int, last: int, weights: list[int], f: list[int], surprise: int) -> tuple[int, int]:
        """A value, and the surprise after it."""
        context = Context(m, k, f, level(surprise))
        told = 0

        def decide(node: int, one: int, zero: int) -> int:
            return expect(node, logistic(one, zero))

        def expect(node: int, e: int) -> int:
            nonlocal told
            bit = self.decide(e, *context.keys(node, e))
            if node != 1:
                told += (bit << 16) - squash(e)
            return bit

        magnitude, negative = 0, 0
        positive_sum, negative_sum = sum(weights[1:40]), sum(weights[40:])
        if (k > 0 and POSITION[k] == last) or decide(0, positive_sum + negative_sum, weights[0]):
            negative = decide(1, negative_sum, positive_sum)
            ranks = [0] + (weights[40:] if negative else weights[1:40])
            rest = sum(ranks)
            octave = 0
            while octave < 15:
                inside = sum(ranks[r] for r in RANKS[octave])
                rest -= inside
                if not decide(2 + min(octave, 9), rest, inside):
                    break
                octave += 1
            left, n = list(RANKS[octave]), 1
            while len(left) > 1:
                lower, upper = left[: len(left) // 2], left[len(left) // 2 :]
                node = {1: 12, 2: 12 + n}.get(octave, 16)
                bit = decide(node, sum(ranks[r] for r in upper), sum(ranks[r] for r in lower))
                left, n = (upper if bit else lower), 2 * n + bit
            (magnitude,) = left
            if magnitude >= 16:
                magnitude = self.within(magnitude, ranks, expect)
        return -magnitude if negative else magnitude, surprise + told - (surprise >> 2)

    def within(self, rank: int, weights: list[int], expect: Callable[[int, int], int]) -> int:
        """The magnitude of a rank of 16 or more, of the weights of all ranks."""
        below = sum(weights[12:16]) if rank == 16 else weights[rank - 1]
        above = weights[rank + 1] if rank < 39 else 0
        slope = (logistic(above, below) - 177) * (51 if rank % 2 else 73) >> 8
        raw = (rank - 16) // 2 + 1
        magnitude = 2 + rank % 2
        for node, e in (17, slope), (18, slope >> 1):
            magnitude = 2 * magnitude + expect(node, e)
        return (magnitude << raw) + self.range.decode_raw(raw)


RANKS = [range(2**octave, 2 ** (octave + 1)) if octave < 4 else range(8 + 2 * octave, 10 + 2 * octave) for octave in range(16)]


# §4.1


def level(surprise: int) -> int:
    size = sum(abs(surprise) >= limit for limit in (32768, 81920, 163840, 294912))
    return 4 + size if surprise >= 0 else 4 - size


# §4.2


@dataclass(frozen=True)
class Context:
    m: int
    k: int
    f: list[int]
    level: int

    def oct(self, i: int) -> int:
        return clamp(abs(self.f[i]) - 32 >> 4, 0, 7)

    def two(self, i: int) -> int:
        return clamp(self.f[i] >> 2, -2, 2)

    def keys(self, node: int, e: int) -> tuple[list[Key], list[Key]]:
        """Of slots and of weight sets."""
        m, k, f, oct_, two = self.m, self.k, self.f, self.oct, self.two
        g, q = DIAGONAL[k], e + 2048 >> 8
        place = ("place", m, k, node)
        sets = [("valueA", m, g, node), ("valueB", m, node, q), ("valueC", m, node)]
        if node == 1:
            if m == 0:
                edges, others = (f[1] >> 5, f[3] >> 5), (two(8), two(9))
            else:
                edges, others = (f[29] >> 4, f[33] >> 4), (f[27] >> 4, clamp(f[31] >> 2, -4, 4))
            signs = [("signneighbours", m, k, two(4), two(5)), ("signedges", m, k, *edges), ("signothers", m, k, *others)]
            return [place, *signs], sets
        if m == 0:
            neighbours, edges = f[17] >> 3, (oct_(1), oct_(3))
        else:
            neighbours, edges = min(abs(f[31]) >> 2, 31), (oct_(28), min(f[32] >> 4, 7))
        return [
            place,
            ("neighbours", m, k, neighbours, node),
            ("surprise", m, g, self.level, q, node),
            ("edges", m, k, *edges, node),
        ], sets
