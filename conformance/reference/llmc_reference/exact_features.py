"""Integer features of DCT blocks for the nets of arrangement dct-wavefront (spec/exact-dct.md, 1, 5 and 6)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import cache
from math import cos, pi, sqrt

import numpy as np

from .codecs import ZIGZAG

POSITION = [ZIGZAG.index(k) for k in range(64)]
DIAGONAL = [(k >> 3) + (k & 7) for k in range(64)]

# (rows, columns) from the block
W, N, NW, NE, WW, NN = (0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0)
NEAR = (W, N, NW, NE, WW, NN)
FAR = ((0, -3), (-1, -2), (-1, -3), (-2, -1), (-2, 1), (-2, 2), (-2, -2), (-3, 0))
AROUND = (W, N, NW, NE, (0, 1), (1, 0), (1, -1), (1, 1))

# §5.1 and §5.2


def rounded(a: int, b: int) -> int:
    """a / b to the nearest integer, halves up."""
    return (2 * a + b) // (2 * b)


def clamp(value: int, low: int, high: int) -> int:
    return low if value < low else high if value > high else value


LOGARITHM_STARTS = [bisect_left(range(2**17), 2 ** (2 * t - 1), key=lambda n: (1 + n) ** 32) for t in range(1, 256)]
LOGARITHMS = [bisect_right(LOGARITHM_STARTS, n) for n in range(LOGARITHM_STARTS[-1] + 1)]


def log(n: int) -> int:
    """L(n)."""
    return LOGARITHMS[n] if n < len(LOGARITHMS) else 255


def signed_log(n: int) -> int:
    """S(n)."""
    return log(n) if n >= 0 else -log(-n)


def small(n: int) -> int:
    return 4 * clamp(n, -24, 24)


def lin(n: int) -> int:
    return clamp(n, -127, 127)


# §5.3

BORDER = [181] + [256] * 7
SIGNED_BORDER = [b if f % 2 == 0 else -b for f, b in enumerate(BORDER)]
COSINES = [[round(256 * cos((2 * s + 1) * f * pi / 16) * (1 if f else sqrt(0.5))) for s in range(8)] for f in range(8)]


@cache
def averaging(r: int, i: int) -> np.ndarray:
    """M(r, i)."""
    dct = np.array([[cos((2 * t + 1) * k * pi / 16) / 2 if k else sqrt(1 / 8) for t in range(8)] for k in range(8)])
    wide = dct[:, [(8 * i + t) // r for t in range(8)]]
    return np.rint(1024 * wide @ dct.T / r).astype(np.int64)


# §1

# The values of another component at a row and a column, as a plane sees them.
Seen = Callable[[int, int], list[int]]


class Block:
    """A block; until it is finished, only x and last have a meaning."""

    def __init__(self) -> None:
        self.x = [0] * 64
        self.values = self.x
        self.last = 0
        self.count = 0
        self.log_sums = (0, 0, 0, 0)

    def finish(self, steps: list[int]) -> None:
        x = self.x
        self.values = [clamp(a * q, -8192, 8192) for a, q in zip(x, steps, strict=True)]
        self.count = sum(a != 0 for a in x[1:])
        sums = [0, 0, 0, 0]
        for k in range(1, 64):
            if x[k]:
                d = DIAGONAL[k]
                sums[0 if d == 1 else 1 if d <= 3 else 2 if d <= 6 else 3] += abs(x[k])
        self.log_sums = tuple(map(log, sums))


NO_BLOCK = Block()


class Plane:
    """The blocks of a component in a band; `channel` is its index modulo 3. `luma` and `first` are the planes that it sees, or None."""

    def __init__(
        self, channel: int, h: int, v: int, steps: list[int], rows: int, columns: int, luma: Plane | None, first: Plane | None
    ):
        self.channel = channel
        self.h, self.v = h, v
        self.steps = steps
        self.log_steps = [log(q) for q in steps]
        self.rows, self.columns = rows, columns
        self.luma, self.first = luma, first
        self.blocks: list[list[Block]] = [[] for _ in range(rows)]
        self.down = self.across = 1
        if luma is not None:
            self.down = luma.v // v if luma.v % v == 0 else 1
            self.across = luma.h // h if luma.h % h == 0 else 1
        self.luma_seen: dict[tuple[int, int], list[int]] = {}
        self.first_seen: dict[tuple[int, int], list[int]] = {}

    @property
    def net(self) -> int:
        """0 for the class luma, 1 for chroma."""
        return 0 if self.luma is None else 1

    def exists(self, row: int, column: int) -> bool:
        return 0 <= row < self.rows and 0 <= column < self.columns

    def block(self, row: int, column: int) -> Block:
        return self.blocks[row][column] if self.exists(row, column) else NO_BLOCK

    def finish(self, row: int, block: Block) -> None:
        block.finish(self.steps)
        self.blocks[row].append(block)

    def finished(self, row: int, column: int) -> bool:
        return len(self.blocks[row]) > column

    def ready(self, row: int, column: int) -> bool:
        """Whether all that the features of a block look at is finished (§3)."""
        below, right = min(row + 1, self.rows - 1), min(column + 1, self.columns - 1)
        if row > 0 and not self.finished(row - 1, right):
            return False
        if self.luma is not None and not self.luma.finished(
            below * self.luma.v // self.v + self.down - 1, right * self.luma.h // self.h + self.across - 1
        ):
            return False
        return self.first is None or self.first.finished(below, right)

    def luma_at(self, row: int, column: int) -> list[int]:
        """C of a block (§1.1)."""
        if not self.exists(row, column):
            return NO_BLOCK.x
        if (row, column) not in self.luma_seen:
            top, start = row * self.luma.v // self.v, column * self.luma.h // self.h
            total = np.zeros((8, 8), np.int64)
            for i in range(self.down):
                for j in range(self.across):
                    values = np.array(self.luma.block(top + i, start + j).values).reshape(8, 8)
                    total += averaging(self.down, i) @ values @ averaging(self.across, j).T
            self.luma_seen[row, column] = np.clip(total + 2**19 >> 20, -8192, 8192).ravel().tolist()
        return self.luma_seen[row, column]

    def first_at(self, row: int, column: int) -> list[int]:
        """Z of first chroma (§6.2); 0 if it is not seen."""
        if self.first is None or not self.exists(row, column):
            return NO_BLOCK.x
        if (row, column) not in self.first_seen:
            y = self.first.block(row, column).x
            self.first_seen[row, column] = [clamp(a * q, -8192, 8192) for a, q in zip(y, self.steps, strict=True)]
        return self.first_seen[row, column]

    def array(self) -> np.ndarray:
        return np.array([[block.x for block in row] for row in self.blocks], np.int16)


# §6.1


def lower_spectrum(block: Block) -> list[int]:
    return [sum(SIGNED_BORDER[v] * block.values[8 * v + u] for v in range(8)) for u in range(8)]


def right_spectrum(block: Block) -> list[int]:
    return [sum(SIGNED_BORDER[u] * block.values[8 * v + u] for u in range(8)) for v in range(8)]


class Edges:
    """What is known of a block before a group is coded: its gaps and, before group 0, the prediction of its DC (§6.1, §6.3)."""

    def __init__(self, plane: Plane, row: int, column: int, block: Block, group: int):
        self.plane, self.row, self.column = plane, row, column
        self.block, self.group = block, group
        self.correlations: dict[Seen, tuple[int, int]] = {}
        steps = plane.steps
        has_n, has_w = plane.exists(row - 1, column), plane.exists(row, column - 1)
        known = [0] * 64
        for k in range(1, 64):
            if block.x[k] and (group == 0 or DIAGONAL[k] < group):
                known[k] = clamp(block.x[k] * steps[k], -8192, 8192)
        top, left = lower_spectrum(plane.block(row - 1, column)), right_spectrum(plane.block(row, column - 1))
        for k in range(1, 64):
            if known[k]:
                v, u = divmod(k, 8)
                top[u] -= BORDER[v] * known[k]
                left[v] -= BORDER[u] * known[k]
        self.prediction = 0
        self.deviations = [0] * 16
        if group == 0:
            self._predict(top, left, has_n, has_w, steps[0])
        self.top = top if has_n else [0] * 8
        self.left = left if has_w else [0] * 8
        if not (has_n and has_w):
            dc = 0, 0
        elif group == 0:
            own = 181 * clamp(self.prediction * steps[0], -8192, 8192)
            dc = top[0] - own, left[0] - own
        else:
            dc = top[0] - left[0], left[0] - top[0]
        self.top, self.left = [dc[0], *self.top[1:]], [dc[1], *self.left[1:]]

    def _predict(self, top: list[int], left: list[int], has_n: bool, has_w: bool, q: int) -> None:
        estimates: dict[int, int] = {}
        for exists, spectrum, first in ((has_n, top, 0), (has_w, left, 8)):
            if exists:
                for s in range(8):
                    total = sum(COSINES[f][s] * spectrum[f] for f in range(8))
                    estimates[first + s] = (total + 1024 * q) // (2048 * q)
        if not estimates:
            return
        ordered = sorted(estimates.values())
        n = len(ordered)
        mean = rounded(sum(ordered[n // 4 : 3 * n // 4]), n // 2)
        self.prediction = clamp(rounded(mean, 16), -32768, 32767)
        for i, estimate in estimates.items():
            self.deviations[i] = clamp(estimate - mean, -65535, 65535)


# §6.2


def context_features(plane: Plane, row: int, column: int) -> list[int]:
    near = [plane.block(row + r, column + c) for r, c in NEAR]
    far = [plane.block(row + r, column + c) for r, c in FAR]
    near_exists = [plane.exists(row + r, column + c) for r, c in NEAR]
    far_exists = [plane.exists(row + r, column + c) for r, c in FAR]
    west, north = near[0], near[1]
    ref = west.values[0] + north.values[0]
    if near_exists[0] and near_exists[1]:
        ref = rounded(ref, 2)

    def brightness(blocks: list[Block], exists: list[bool]) -> list[int]:
        return [signed_log(b.values[0] - ref >> 1) if e else 0 for b, e in zip(blocks, exists, strict=True)]

    steps = plane.steps
    lower, right = lower_spectrum(north), right_spectrum(west)
    features = [log(abs(a)) for b in near for a in b.x[1:]]
    features += [small(b.x[ZIGZAG[p]]) for b in near[:4] for p in range(1, 15)]
    features += brightness(near, near_exists)
    features.append(clamp(ref >> 3, -255, 255))
    features += [b.last for b in near]
    features += [b.count for b in near]
    features += [16 if near_exists[i] else 0 for i in (0, 1, 3)]
    features += plane.log_steps
    features += [a for b in far for a in b.log_sums]
    features += brightness(far, far_exists)
    features += [signed_log(rounded(lower[u], 32 * steps[u])) for u in range(1, 8)]
    features += [signed_log(rounded(right[v], 32 * steps[8 * v])) for v in range(1, 8)]
    if plane.luma is not None:
        features += _other_component(plane, row, column, plane.luma_at)
        features += [0] * 152 if plane.first is None else _other_component(plane, row, column, plane.first_at)
        features.append(0 if plane.first is None else 16)
    return features


def _other_component(plane: Plane, row: int, column: int, z_at: Seen) -> list[int]:
    def quantised(z: list[int]) -> list[int]:
        return [rounded(a, q) for a, q in zip(z, plane.steps, strict=True)]

    z = z_at(row, column)
    t = quantised(z)
    features = [log(abs(a)) for a in t[1:]] + [small(a) for a in t[1:]]
    for r, c in (W, N):
        beside = quantised(z_at(row + r, column + c))
        features += [small(beside[ZIGZAG[p]]) for p in range(1, 10)]
    for r, c in AROUND:
        exists = plane.exists(row + r, column + c)
        features.append(signed_log(z_at(row + r, column + c)[0] - z[0] >> 1) if exists else 0)
    return features


# §6.4


def group_features(edges: Edges) -> list[int]:
    steps = edges.plane.steps
    x = [a if edges.group == 0 or DIAGONAL[k] < edges.group else 0 for k, a in enumerate(edges.block.x)]
    features = [log(abs(a)) for a in x[1:]] + [small(a) for a in x[1:]]
    features += [signed_log(rounded(edges.top[u], 32 * steps[u])) for u in range(8)]
    features += [signed_log(rounded(edges.left[v], 32 * steps[8 * v])) for v in range(8)]
    features += [lin(rounded(d, 4)) for d in edges.deviations]
    features += [signed_log(d) for d in edges.deviations]
    return features


# §6.5

# The j of feature 17 for each k, and the natural indices of features 20 to 24 (0 for those that count as 0).
BESIDE = [
    [j for j in range(1, 64) if j != k and abs((j >> 3) - (k >> 3)) <= 1 and abs((j & 7) - (k & 7)) <= 1]
    for k in range(64)
]


def _own(k: int) -> list[int]:
    if k == 0:
        return [1, 8, 2, 16, 9]
    v, u = divmod(k, 8)
    places = [(v, u - 1), (v - 1, u), (v, u - 2), (v - 2, u), (v - 1, u - 1)]
    return [8 * r + c if r >= 0 and c >= 0 else 0 for r, c in places]


OWN = [_own(k) for k in range(64)]


def coefficient_features(edges: Edges, k: int) -> list[int]:
    plane, row, column, block = edges.plane, edges.row, edges.column, edges.block
    q = plane.steps[k]
    v, u = divmod(k, 8)
    a = rounded(8 * edges.top[u], BORDER[v] * q)
    c = rounded(8 * edges.left[v], BORDER[u] * q)
    features = [lin(a), signed_log(a), lin(c), signed_log(c)]
    near = [plane.block(row + r, column + c) for r, c in NEAR]
    xs = [b.x[k] for b in near]
    if k == 0:
        xs = [b.x[0] - edges.prediction if b is not NO_BLOCK else 0 for b in near]
    features += map(small, xs)
    features += [log(abs(x)) for x in xs]
    if k == 0:
        features += [0, 0]
    else:
        west, north, north_west, north_east, west_west, north_north = map(abs, xs)
        features.append(log(4 * west + 4 * north + 2 * north_west + 2 * north_east + west_west + north_north))
        features.append(log(sum(abs(near[0].x[j]) + abs(near[1].x[j]) for j in BESIDE[k])))
    features.append(plane.log_steps[k])
    features.append(16 if POSITION[k] == block.last else 0)
    own = [block.x[j] if j else 0 for j in OWN[k]]
    features += [log(abs(x)) for x in own]
    features += [small(own[2]), small(own[3])]
    if plane.luma is not None:
        t = rounded(8 * plane.luma_at(row, column)[k], q) if k else 0
        features += [lin(t), signed_log(t)]
        p = _predicted(edges, k, plane.luma_at)
        features += [lin(p), signed_log(p)]
        y = plane.first.block(row, column).x[k] if k and plane.first is not None else 0
        features += [small(y), log(abs(y))]
        p = _predicted(edges, k, plane.first_at)
        features += [lin(p), signed_log(p)]
    return features


def _predicted(edges: Edges, k: int, z_at: Seen) -> int:
    """p, predicted from the component with the values z_at."""
    plane, row, column = edges.plane, edges.row, edges.column
    q = plane.steps[k]
    if z_at not in edges.correlations:
        edges.correlations[z_at] = _correlation(edges, z_at)
    sxy, s = edges.correlations[z_at]
    z = z_at(row, column)
    if k:
        p = rounded(8 * sxy * z[k], s * q)
    elif plane.exists(row - 1, column) and plane.exists(row, column - 1):
        west, north = plane.block(row, column - 1).values[0], plane.block(row - 1, column).values[0]
        beside = z_at(row, column - 1)[0] + z_at(row - 1, column)[0]
        p = rounded(4 * sxy * (2 * z[0] - beside), s * q)
        p += rounded(4 * (west + north - 2 * edges.prediction * q), q)
    else:
        p = 0
    return clamp(p, -65535, 65535)


def _correlation(edges: Edges, z_at: Seen) -> tuple[int, int]:
    """sxy, and s = syy + 8 q[1]^2."""
    plane, row, column = edges.plane, edges.row, edges.column
    sxy = syy = 0
    x = {place: plane.block(row + place[0], column + place[1]).values for place in (W, N, NW, NE)}
    z = {place: z_at(row + place[0], column + place[1]) for place in (W, N, NW, NE)}
    for place in (W, N, NW, NE):
        for k in ZIGZAG[1:10]:
            sxy += x[place][k] * z[place][k]
            syy += z[place][k] ** 2
    for one, other in ((N, NW), (W, NW), (NE, N)):
        if all(plane.exists(row + r, column + c) for r, c in (one, other)):
            difference = z[one][0] - z[other][0]
            sxy += (x[one][0] - x[other][0]) * difference
            syy += difference**2
    return sxy, syy + 8 * plane.steps[1] ** 2
