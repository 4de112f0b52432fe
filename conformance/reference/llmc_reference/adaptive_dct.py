"""adaptive-dct-1, the adaptive model of DCT coefficients (spec/adaptive-dct.md)."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from .codecs import ZIGZAG, Component, DctParameters
from .errors import CorruptPayload
from .range_coder import RangeDecoder

Key = tuple

# §2

CLASS_LIMITS = (
    0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 86, 115, 154, 205, 273, 364, 486, 648, 864, 1152, 1536, 2048, 2731,
    3641, 65535,
)  # fmt: skip
CLASSES = [bisect_left(CLASS_LIMITS, n) for n in range(4096)]


def div(n: int, d: int) -> int:
    return n // d if n >= 0 else -(-n // d)


def sign3(n: int) -> int:
    return 0 if n == 0 else 1 if n > 0 else 2


def wrap16(n: int) -> int:
    return (n + 32768) % 65536 - 32768


def cls(n: int, limit: int) -> int:
    return min(CLASSES[n] if n < 4096 else CLASSES[4095], limit)


def scls(n: int) -> int:
    return cls(abs(n), 9) + (9 if n < 0 else 0)


def clamp(n: int, low: int, high: int) -> int:
    return low if n < low else high if n > high else n


# §3

POINT = (
    22, 36, 60, 98, 162, 267, 439, 720, 1179, 1921, 3108, 4971, 7812, 11955, 17625, 24743, 32768,
    40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438, 65476, 65500, 65514,
)  # fmt: skip
SQUASH = [(POINT[z >> 7] * (128 - z % 128) + POINT[(z >> 7) + 1] * (z % 128) + 64) >> 7 for z in range(4096)]
STRETCH = [bisect_left(SQUASH, 16 * p + 8, 1, 4095) - 2048 for p in range(4096)]
RATE = [8192 // (k + 2) for k in range(256)]


class Slot:
    __slots__ = ("count", "p")

    def __init__(self) -> None:
        self.p = 1 << 21
        self.count = 0

    def update(self, bit: int) -> None:
        self.p += (((bit << 22) - self.p >> 3) * RATE[self.count]) >> 10
        if self.count < 255:
            self.count += 1


# §4


class Coder:
    """Decodes decisions; the state that a chunk learns."""

    def __init__(self, payload: bytes):
        self.range = RangeDecoder(payload)
        self.slots: dict[Key, Slot] = {}
        self.sets: dict[Key, list[int]] = {}
        self.maps: dict[Key, list[int]] = {}

    def slot(self, key: Key) -> Slot:
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = Slot()
        return slot

    def decide(self, keys: list[Key], a: Key, b: Key, m: Key) -> int:
        return self.decide_with([self.slot(key) for key in keys], a, b, m)

    def decide_with(self, slots: list[Slot], a: Key, b: Key, m: Key) -> int:
        a_weights = self.sets.get(a) or self.sets.setdefault(a, [3300] * 8)
        b_weights = self.sets.get(b) or self.sets.setdefault(b, [3300] * 8)
        refinement = self.maps.get(m) or self.maps.setdefault(m, [point << 6 for point in POINT])
        stretched = [STRETCH[slot.p >> 10] for slot in slots]
        total = 0
        for j in range(8):
            total += stretched[j] * (a_weights[j] + b_weights[j])
        z = clamp((total >> 15) + 2048, 0, 4095)
        mixed = SQUASH[z]
        g, f = z >> 7, z & 127
        refined = ((refinement[g] >> 6) * (128 - f) + (refinement[g + 1] >> 6) * f) >> 7
        bit = self.range.decode_bit(clamp((mixed + refined + 1) >> 1, 32, 65504))
        t = bit << 22
        nearest = g if f < 64 else g + 1
        refinement[nearest] += (t - refinement[nearest]) >> 6
        e = ((bit << 16) - mixed) * 3 >> 4
        for j in range(8):
            d = (stretched[j] * e + 16384) >> 15
            a_weights[j] = clamp(a_weights[j] + d, -32768, 32767)
            b_weights[j] = clamp(b_weights[j] + d, -32768, 32767)
        for slot in set(slots):
            slot.update(bit)
        return bit

    def decide_directly(self, key: Key) -> int:
        slot = self.slot(key)
        bit = self.range.decode_bit(clamp(slot.p >> 6, 32, 65504))
        slot.update(bit)
        return bit

    # §6 and §8: a number of `bits` bits, the highest first

    def number(self, bits: int, keys: list[Key], a: Key, a_has_node: bool, b: Key, m: Key) -> int:
        node = 1
        for _ in range(bits):
            end = (node,)
            bit = self.decide([key + end for key in keys], a + end if a_has_node else a, b + end, m + end)
            node = 2 * node + bit
        return node - (1 << bits)

    # §10

    def magnitude(self, kind: int, m: int, exp: int, keys: list[Key], a: Key, known: bool) -> int:
        def at(node: int) -> int:
            end = (node,)
            b, refinement = ("value", kind, m, exp >> 2, node), ("value", kind, m, exp >> 1, node)
            return self.decide([key + end for key in keys], a, b, refinement)

        if not known and not at(0):
            return 0
        z = 0
        while z < 15 and at(1 + min(z, 10)):
            z += 1
        if z == 0:
            return 1
        if z == 15:
            return 32768
        if z == 1:
            return 2 + at(12)
        b1 = self.decide_directly(("rest", kind, m, z, exp >> 1, 0))
        b2 = self.decide_directly(("rest", kind, m, z, exp >> 1, 1 + b1))
        magnitude = 4 + 2 * b1 + b2
        return (magnitude << z - 2) + self.range.decode_raw(z - 2) if z > 2 else magnitude


# §5

INNER = [n for n in ZIGZAG if n & 7 and n >> 3]
BORDER = [724] + [1024] * 7
GAP = 134217727


class Block:
    """A block's coefficients and their magnitudes in natural order, and what later blocks ask of it."""

    def __init__(self) -> None:
        self.c = [0] * 64
        self.magnitudes = [0] * 64
        self.count = 0
        self.edge_counts = [0, 0]
        self.dc_error = 0
        self.top, self.bottom, self.side, self.far = [0] * 8, [0] * 8, [0] * 8, [0] * 8

    def set(self, n: int, value: int, q: int) -> None:
        """A coefficient that was coded: it is added to the borders."""
        self.c[n] = value
        self.magnitudes[n] = abs(value)
        v, u = divmod(n, 8)
        level = clamp(value * q, -16383, 16383)
        a = level * BORDER[v]
        self.top[u] += a
        self.bottom[u] += -a if v & 1 else a
        a = level * BORDER[u]
        self.side[v] += a
        self.far[v] += -a if u & 1 else a


ZEROS = Block()


class ComponentDecoder:
    """Decodes the blocks of a component of a band; `earlier` are the decoders of the components before it."""

    def __init__(self, coder: Coder, frame: DctParameters, index: int, rows: int, earlier: list[ComponentDecoder]):
        self.coder = coder
        self.index, self.m = index, index % 3
        self.component: Component = frame.components[index]
        self.columns, self.rows = self.component.blocks_wide, rows
        self.q = [0] * 64
        for position, step in enumerate(frame.tables[self.component.table]):
            self.q[ZIGZAG[position]] = step
        self.earlier = earlier
        self.blocks: list[list[Block]] = []

    def run(self) -> None:
        for y in range(self.rows):
            self.blocks.append([])
            for x in range(self.columns):
                block = Block()
                BlockDecoder(self, block, x, y).run()
                self.blocks[y].append(block)

    def array(self) -> np.ndarray:
        return np.array([[block.c for block in row] for row in self.blocks], np.int16)


class BlockDecoder:
    """Decodes a block: sets up its neighbours (§5), then its parts (§6 to §9)."""

    def __init__(self, component: ComponentDecoder, block: Block, x: int, y: int):
        self.coder, self.component, self.block = component.coder, component, block
        self.i, self.m, self.q = component.index, component.m, component.q
        self.x, self.y = x, y
        blocks = component.blocks
        last = component.columns - 1
        self.west = blocks[y][x - 1] if x > 0 else None
        self.north = blocks[y - 1][x] if y > 0 else None
        if self.west and self.north:
            neighbours = self.west, self.north, blocks[y - 1][x - 1], blocks[y - 1][min(x + 1, last)]
            neighbours = (*neighbours[:3], self.north if x == last else neighbours[3])
        elif self.west:
            neighbours = (self.west,) * 4
        elif self.north:
            neighbours = self.north, self.north, self.north, blocks[y - 1][min(1, last)]
        else:
            neighbours = (ZEROS,) * 4
        self.left, self.above, self.corner, self.right = neighbours
        self._other_components()

    def _other_components(self) -> None:
        self.ref, self.ref_count, self.luma, self.prev = ZEROS.magnitudes, 0, ZEROS, ZEROS
        own, earlier, x, y = self.component.component, self.component.earlier, self.x, self.y
        if self.i > 0:
            first = earlier[0].component
            column, row = x * first.h // own.h, y * first.v // own.v
            nx, ny = max(1, first.h // own.h), max(1, first.v // own.v)
            seen = [earlier[0].blocks[row + b][column + a] for b in range(ny) for a in range(nx)]
            self.ref = seen[0].magnitudes
            if len(seen) == 1:
                self.luma = seen[0]
            else:
                self.ref = [sum(block.magnitudes[n] for block in seen) for n in range(64)]
            total = sum(1 for block in seen for value in block.c if value)
            self.ref_count = min(49, total // (nx * ny))
        if self.i > 1:
            before = earlier[-1]
            row, column = y * before.component.v // own.v, x * before.component.h // own.h
            self.prev = before.blocks[row][column]

    def gap_top(self, u: int) -> int:
        return clamp(self.north.bottom[u] - self.block.top[u], -GAP, GAP)

    def gap_left(self, v: int) -> int:
        return clamp(self.west.far[v] - self.block.side[v], -GAP, GAP)

    def run(self) -> None:
        self._count()
        self._inner()
        self._edge(0)
        self._edge(1)
        self._dc()

    # §6

    def _count(self) -> None:
        m, x, y, above_row = self.m, self.x, self.y, self.component.blocks[self.y - 1] if self.y else []
        cl = self.west.count if self.west else self.north.count if self.north else 0
        ca = self.north.count if self.north else cl
        cd = above_row[x - 1].count if x > 0 and y > 0 else ca
        cr = above_row[x + 1].count if y > 0 and x + 1 < self.component.columns else ca
        same = sum(1 for n in INNER if self.prev.c[n]) if self.i > 1 else cr
        rc = self.ref_count if self.i > 0 else (cr + ca + 1) >> 1
        keys = [
            ("count0", m, (cl + ca + 1) >> 1),
            ("count1", m, cls(cl, 13), cls(ca, 13)),
            ("count2", m, cl),
            ("count3", m, ca),
            ("count4", m, (2 * cl + 2 * ca + cd + cr + 3) // 6),
            ("count5", m, rc),
            ("count6", m, (cl + ca + 2 * same + 2) >> 2),
            ("count7", m, same),
        ]
        count = self.coder.number(6, keys, ("countA", m), False, ("countB",), ("count", m))
        if count > 49:
            raise CorruptPayload("a count of coefficients above 49")
        self.block.count = count

    # §7

    def _average(self, n: int) -> int:
        sides = self.left.magnitudes[n] + self.above.magnitudes[n]
        return (sides * 13 + self.corner.magnitudes[n] * 4 + self.right.magnitudes[n] * 2) >> 3

    def _pair(self, n: int, other: int) -> tuple[int, int]:
        if self.i > 1:
            return cls(self.ref[n], 11), cls(2 * self.prev.magnitudes[n], 11)
        if self.i == 1:
            return cls(self.ref[n], 11), other
        blocks, x, y = self.component.blocks, self.x, self.y
        far2 = blocks[y][x - 2].magnitudes[n] if x > 1 else 0
        far2 += blocks[y - 2][x].magnitudes[n] if y > 1 else 0
        return cls(self.corner.magnitudes[n] + self.right.magnitudes[n], 11), cls(far2, 11)

    def _inner(self) -> None:
        m, block = self.m, self.block
        left, above, own_magnitudes = self.left.magnitudes, self.above.magnitudes, block.magnitudes
        rem = block.count
        for k, n in enumerate(INNER):
            if rem == 0:
                break
            v, u = divmod(n, 8)
            avg = self._average(n)
            o1 = own_magnitudes[n - 1] if u > 1 else 0
            o2 = own_magnitudes[n - 8] if v > 1 else 0
            o3 = own_magnitudes[n - 9] if u > 1 and v > 1 else 0
            o4 = own_magnitudes[n - 2] if u > 2 else 0
            o5 = own_magnitudes[n - 16] if v > 2 else 0
            own = 2 * (o1 + o2) + o3 + o4 + o5
            cross = left[n - 1] + left[n - 8] + above[n - 1] + above[n - 8]
            cross += left[n + 1] + above[n + 1] if u < 7 else 0
            cross += left[n + 8] + above[n + 8] if v < 7 else 0
            dens = min(7, 8 * rem // (49 - k))
            exp = cls((2 * avg + 2 * own + cross) >> 1, 31)
            keys = [
                ("inner0", m, k, cls(avg, 11), cls(rem, 9)),
                ("inner1", m, k, cls(left[n], 8), cls(above[n], 8)),
                ("inner2", m, k, cls(own, 11), dens),
                ("inner3", m, k, rem),
                ("inner4", m, k, cls(cross, 11), cls(own, 11)),
                ("inner5", m, k, *self._pair(n, cls(self.ref[n - 9] >> 1, 11))),
                ("inner6", m, k, exp, dens >> 1),
                ("inner7", m, k, cls(self.corner.magnitudes[n] + self.right.magnitudes[n] + o3, 11), cls(o1 + o2, 6)),
            ]
            magnitude = self.coder.magnitude(0, m, exp, keys, ("inner", m, k), rem == 49 - k)
            if magnitude:
                rem -= 1
                self._set(n, magnitude, self._inner_sign(n, k, magnitude))

    def _set(self, n: int, magnitude: int, negative: int) -> None:
        self.block.set(n, wrap16(-magnitude if negative else magnitude), self.q[n])

    def _inner_sign(self, n: int, k: int, magnitude: int) -> int:
        m = self.m
        v, u = divmod(n, 8)
        t = scls(div(self.gap_top(u) * 4, 724 * self.q[n])) if self.north else 0
        l = scls(div(self.gap_left(v) * 4, 724 * self.q[n])) if self.west else 0  # noqa: E741
        size = cls(magnitude, 3)
        sl, sa = sign3(self.left.c[n]), sign3(self.above.c[n])
        sp, sy = sign3(self.prev.c[n]), sign3(self.luma.c[n])
        keys = [
            ("sign0", m, k, sl, sa, sy),
            ("sign1", m, k, t),
            ("sign2", m, k, l),
            ("sign3", m, k, sp, sl),
            ("sign4", m, k, clamp(self.prev.c[n], -2, 2), clamp(self.luma.c[n], -2, 2)),
            ("sign5", m, k, t, l),
            ("sign6", m, k, size, t),
            ("sign7", m, k, size, l),
        ]
        return self.coder.decide(keys, ("signA", m, k), ("signB", m), ("sign", m, k))

    # §8

    def _edge(self, r: int) -> None:
        m, block = self.m, self.block
        step, across = (1, 8) if r == 0 else (8, 1)
        rem = self._edge_count(r, step)
        block.edge_counts[r] = rem
        gap = self.gap_top if r == 0 else self.gap_left
        has_gap = (self.north if r == 0 else self.west) is not None
        left, above, own_magnitudes = self.left.magnitudes, self.above.magnitudes, block.magnitudes
        for k in range(1, 8):
            if rem == 0:
                break
            n = k * step
            pred = clamp(div(gap(k) * 8, 724 * self.q[n]), -8000, 8000) if has_gap else 0
            ap = abs(pred)
            avg = self._average(n)
            i1, i2 = own_magnitudes[n + across], own_magnitudes[n + 2 * across]
            i0 = own_magnitudes[n - step] if k > 1 else 0
            i9 = own_magnitudes[n + across - step] if k > 1 else 0
            i8 = own_magnitudes[n + across + step] if k < 7 else 0
            own = 2 * (i1 + i0) + i2 + i9 + i8
            exp = cls((ap + avg + own) >> 1, 31)
            qp = cls(ap >> 1, 23)
            keys = [
                ("edge0", m, r, k, qp, rem),
                ("edge1", m, r, k, qp, cls(avg, 11)),
                ("edge2", m, r, k, cls(avg, 13), cls(own, 11)),
                ("edge3", m, r, k, cls(left[n], 11), cls(above[n], 11)),
                ("edge4", m, r, k, qp, cls(own, 11)),
                ("edge5", m, r, k, *self._pair(n, cls(self.ref[n + across], 11))),
                ("edge6", m, r, k, min(exp, 23), rem),
                ("edge7", m, r, k, cls(ap >> 3, 19) if has_gap else cls(avg >> 2, 19)),
            ]
            magnitude = self.coder.magnitude(1, m, exp, keys, ("edge", m, r, k), rem == 8 - k)
            if magnitude:
                rem -= 1
                self._set(n, magnitude, self._edge_sign(r, k, n, magnitude, pred))

    def _edge_count(self, r: int, step: int) -> int:
        m, block = self.m, self.block
        el = self.west.edge_counts[r] if self.west else self.north.edge_counts[r] if self.north else 0
        ea = self.north.edge_counts[r] if self.north else el
        o = 7 if r == 0 else block.edge_counts[0]
        rc = sum(1 for k in range(1, 8) if self.ref[k * step]) if self.i > 0 else 0
        sc = sum(1 for k in range(1, 8) if self.prev.c[k * step])
        cq = min(7, (block.count + 5) // 7)
        keys = [
            ("edgecount0", m, r, el, ea),
            ("edgecount1", m, r, el, ea, cq),
            ("edgecount2", m, r, o, cq),
            ("edgecount3", m, r, block.count),
            ("edgecount4", m, r, rc, sc),
            ("edgecount5", m, r, o, el, ea),
            ("edgecount6", m, r, ea, o),
            ("edgecount7", m, r, (block.count + 3 * (el + ea)) >> 1),
        ]
        return self.coder.number(3, keys, ("edgecountA", m, r), True, ("edgecountB",), ("edgecount", m, r))

    def _edge_sign(self, r: int, k: int, n: int, magnitude: int, pred: int) -> int:
        m, c = self.m, self.block.c
        step, across = (1, 8) if r == 0 else (8, 1)
        ap, ps = abs(pred), 1 if pred < 0 else 0
        qs = cls(ap, 23)
        sl, sa, sd = sign3(self.left.c[n]), sign3(self.above.c[n]), sign3(self.corner.c[n])
        p2, y2 = clamp(self.prev.c[n], -2, 2), clamp(self.luma.c[n], -2, 2)
        before = sign3(c[n - step]) if k > 1 else 0
        before2 = sign3(c[n - 2 * step]) if k > 2 else 0
        keys = [
            ("edgesign0", m, r, k, qs, ps),
            ("edgesign1", m, cls(magnitude, 13), qs, ps),
            ("edgesign2", m, r, k, cls((ap * magnitude) >> 2, 23), ps),
            ("edgesign3", m, r, k, p2, y2),
            ("edgesign4", m, r, k, p2, y2, ps),
            ("edgesign5", m, r, k, sl, sa, ps),
            ("edgesign6", m, r, k, sl, sa, sd),
            ("edgesign7", m, r, k, before, before2, sign3(c[n + across])),
        ]
        return self.coder.decide(keys, ("edgesignA", m, r, k), ("edgesignB", qs), ("edgesign", qs, ps))

    # §9

    def _dc(self) -> None:
        m, block, q = self.m, self.block, self.q[0]
        from_top = div(self.gap_top(0) * 2, 724 * q) if self.north else 0
        from_left = div(self.gap_left(0) * 2, 724 * q) if self.west else 0
        both = self.north is not None and self.west is not None
        pred = clamp((from_top + from_left + 1) >> 2 if both else (from_top + from_left) >> 1, -32768, 32767)
        spread = abs(from_top - from_left) >> 1
        e_left = self.west.dc_error if self.west else 0
        e_above = self.north.dc_error if self.north else 0
        errors = abs(e_left) + abs(e_above)
        rough = 0
        if self.north:
            rough += sum(abs(self.north.bottom[u] - block.top[u]) >> 9 for u in range(1, 8))
        if self.west:
            rough += sum(abs(self.west.far[v] - block.side[v]) >> 9 for v in range(1, 8))
        rough //= q
        everything = rough + spread + errors
        exp = cls(everything, 31)
        keys = [
            ("dc0", m, cls(spread, 15)),
            ("dc1", m, cls(errors, 15)),
            ("dc2", m, cls(spread, 15), cls(errors, 15)),
            ("dc3", m, cls(rough, 15)),
            ("dc4", m, cls(abs(e_left), 15)),
            ("dc5", m, cls(abs(e_above), 15)),
            ("dc6", m, cls(block.count, 15)),
            ("dc7", m, cls(everything, 15)),
        ]
        magnitude = self.coder.magnitude(2, m, exp, keys, ("dc", m), False)
        negative = magnitude and self.coder.decide_directly(("dcsign", m, sign3(e_left), sign3(e_above)))
        block.dc_error = wrap16(-magnitude if negative else magnitude)
        block.set(0, wrap16(pred + block.dc_error), q)


# §1


def decode_chunk(bands: list[tuple[DctParameters, int]], payload: bytes) -> list[list[np.ndarray]]:
    """The blocks of each component of each band, (rows, columns, 64) in natural order; a band is a frame and its MCU rows."""
    coder = Coder(payload)
    decoded = []
    for frame, mcu_rows in bands:
        components: list[ComponentDecoder] = []
        for index, component in enumerate(frame.components):
            decoder = ComponentDecoder(coder, frame, index, mcu_rows * component.v, list(components))
            decoder.run()
            components.append(decoder)
        decoded.append([component.array() for component in components])
    coder.range.finish()
    return decoded
