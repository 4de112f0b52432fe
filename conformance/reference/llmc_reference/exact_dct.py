"""Arrangement dct-wavefront: DCT coefficients coded by an exact model (spec/exact-dct.md, 1 to 4).

The features of the nets are in exact_features.py, the coding of symbols in exact_decisions.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from .codecs import ZIGZAG, DctParameters
from .errors import CorruptPayload
from .exact import ACTIVATION, FEATURE, MAX_ROWS, Generator, Layer, invalid, read_layer, weights
from .exact_decisions import Decisions
from .exact_features import (
    DIAGONAL, NEAR, POSITION, Block, Edges, Plane, coefficient_features, context_features, group_features,
)  # fmt: skip

NETS = ("luma", "chroma")
CONTEXT_FEATURES, GROUP_FEATURES, COEFFICIENT_FEATURES = (574, 879), 174, (27, 35)
SYMBOLS = 79
MAX_BANDS = 64

# Of each group: its coefficients in ascending order of k.
GROUPS = [[k for k in range(64) if DIAGONAL[k] == g] for g in range(15)]


# §4


@dataclass(frozen=True)
class Net:
    """The layers and tables of one class."""

    context_1: Layer
    context_2: Layer
    last_1: Layer
    last_2: Layer
    context_to_group: Layer
    group_1: Layer
    group_2: Layer
    group_to_coefficient: Layer
    coefficient_1: Layer
    coefficient_2: Layer
    coefficient_3: Layer
    group_index: np.ndarray
    group_last: np.ndarray
    coefficient_index: np.ndarray

    def context(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits of the last, and vectors for the group net."""
        hidden = self.context_2(self.context_1(features))
        return self.last_2(self.last_1(hidden)), self.context_to_group(hidden)

    def group(self, features: np.ndarray, vectors: np.ndarray, groups: list[int], lasts: list[int]) -> np.ndarray:
        """Vectors for the coefficient net."""
        added = vectors + self.group_index[groups] + self.group_last[lasts]
        return self.group_to_coefficient(self.group_2(self.group_1(features, added)))

    def coefficient(self, features: np.ndarray, vectors: np.ndarray, ks: list[int]) -> np.ndarray:
        """Logits of values."""
        added = vectors + self.coefficient_index[ks]
        return self.coefficient_3(self.coefficient_2(self.coefficient_1(features, added)))


LAYERS = (
    "context_1", "context_2", "last_1", "last_2", "context_to_group", "group_1", "group_2", "group_to_coefficient",
    "coefficient_1", "coefficient_2", "coefficient_3",
)  # fmt: skip
TABLES = {"group_index": 15, "group_last": 64, "coefficient_index": 64}


def read_nets(tensors: dict[str, np.ndarray]) -> tuple[Net, Net]:
    """The nets of a package's tensors, luma and chroma; `model-invalid` if they break a rule."""
    expected = {f"{net}.{layer}.{part}": np.int32 if part == "bias" else np.int8
                for net in NETS for layer in LAYERS for part in ("weight", "bias", "shift")}  # fmt: skip
    expected |= {f"{net}.{table}": np.int32 for net in NETS for table in TABLES}
    if set(tensors) != set(expected):
        raise invalid(f"tensors {sorted(set(tensors) ^ set(expected))} are missing, or too many")
    for name, type_ in expected.items():
        if tensors[name].dtype != type_:
            raise invalid(f"{name} has the wrong type")
    return _net(tensors, 0), _net(tensors, 1)


def _net(tensors: dict[str, np.ndarray], net: int) -> Net:
    tables = {}
    for name, rows in TABLES.items():
        tables[name] = tensors[f"{NETS[net]}.{name}"].astype(np.int64)
        shape = tables[name].shape
        if len(shape) != 2 or shape[0] != rows or not 1 <= shape[1] <= MAX_ROWS:
            raise invalid(f"{NETS[net]}.{name} has the shape {shape}")

    def layer(name: str, kind: str, inputs: int | Layer, rows: int | None = None, added=(), vectors: int = 0) -> Layer:
        count = inputs if isinstance(inputs, int) else len(inputs.bias)
        limit = FEATURE if isinstance(inputs, int) else ACTIVATION
        return read_layer(
            tensors, f"{NETS[net]}.{name}", kind=kind, input_count=count, input_limit=limit,
            tables=[tables[table] for table in added], vectors=vectors, rows=rows,
        )  # fmt: skip

    context_1 = layer("context_1", "hidden", CONTEXT_FEATURES[net])
    context_2 = layer("context_2", "hidden", context_1)
    last_1 = layer("last_1", "hidden", context_2)
    last_2 = layer("last_2", "logits", last_1, 64)
    group_1 = layer("group_1", "hidden", GROUP_FEATURES, added=("group_index", "group_last"), vectors=1)
    context_to_group = layer("context_to_group", "vector", context_2, len(group_1.bias))
    group_2 = layer("group_2", "hidden", group_1)
    coefficient_1 = layer(
        "coefficient_1", "hidden", COEFFICIENT_FEATURES[net], added=("coefficient_index",), vectors=1
    )
    group_to_coefficient = layer("group_to_coefficient", "vector", group_2, len(coefficient_1.bias))
    coefficient_2 = layer("coefficient_2", "hidden", coefficient_1)
    coefficient_3 = layer("coefficient_3", "logits", coefficient_2, SYMBOLS)
    return Net(
        context_1, context_2, last_1, last_2, context_to_group, group_1, group_2, group_to_coefficient,
        coefficient_1, coefficient_2, coefficient_3, **tables,
    )  # fmt: skip


# §8


def self_test(nets: tuple[Net, Net]) -> str:
    """The self-test hash, in hexadecimal."""
    draw = Generator()
    digest = hashlib.sha256()
    for net, context_count, coefficient_count in zip(nets, CONTEXT_FEATURES, COEFFICIENT_FEATURES, strict=True):
        contexts = [[draw.feature() for _ in range(context_count)] for _ in range(3)]
        groups, group_rows, lasts, owners, ks, coefficient_rows = [], [], [], [], [], []
        for n in range(5):
            groups.append(draw.below(15))
            group_rows.append([draw.feature() for _ in range(GROUP_FEATURES)])
            lasts.append(draw.below(64))
            for _ in range(11 * (n + 1) // 5 - 11 * n // 5):
                owners.append(n)
                ks.append(draw.below(64))
                coefficient_rows.append([draw.feature() for _ in range(coefficient_count)])
        logits, vectors = net.context(np.array(contexts))
        group_vectors = net.group(np.array(group_rows), np.zeros((5, vectors.shape[1]), np.int64), groups, lasts)
        values = net.coefficient(np.array(coefficient_rows), group_vectors[owners], ks)
        for output in (logits, vectors, values):
            digest.update(output.astype("<i4").tobytes())
    return digest.hexdigest()


# §2 and §3


@dataclass
class Lane:
    """A row of blocks. `block` is the one in progress, and `phase` its next: -1 for `last`, else a group."""

    plane: Plane
    row: int
    block: Block | None = None
    column: int = 0
    phase: int = -1
    vector: np.ndarray | None = None
    surprise: int = 0

    def take(self) -> bool:
        """Whether the lane takes part in the step; begins its next block if that is ready."""
        if self.block is None and self.column < self.plane.columns and self.plane.ready(self.row, self.column):
            self.block = Block()
            self.phase = -1
        return self.block is not None

    def coefficients(self) -> list[int]:
        """The natural indices that the phase codes."""
        if self.phase == 0:
            return [0]
        return [k for k in GROUPS[self.phase] if POSITION[k] <= self.block.last]

    def advance(self) -> None:
        """Goes to the phase after the one that has been coded."""
        if self.phase == 0:
            self.plane.finish(self.row, self.block)
            self.block = None
            self.column += 1
        elif self.phase == -1:
            self.phase = min(1, DIAGONAL[ZIGZAG[self.block.last]])
        else:
            self.phase = self.phase + 1 if self.phase < DIAGONAL[ZIGZAG[self.block.last]] else 0


class Band:
    """The planes of a band, and its lanes by class."""

    def __init__(self, frame: DctParameters, mcu_rows: int):
        self.planes = _planes(frame, mcu_rows)
        self.lanes = [[Lane(plane, row) for plane in self.planes if plane.net == net for row in range(plane.rows)] for net in (0, 1)]

    @property
    def unfinished(self) -> bool:
        return any(lane.column < lane.plane.columns for lanes in self.lanes for lane in lanes)


def decode_chunk(nets: tuple[Net, Net], bands: list[tuple[DctParameters, int]], payload: bytes) -> list[list[np.ndarray]]:
    """The blocks of each component of each band, (rows, columns, 64) in natural order; a band is a frame and its MCU rows."""
    decisions = Decisions(payload)
    waiting = [Band(frame, mcu_rows) for frame, mcu_rows in reversed(bands)]
    taking_part: list[Band] = []
    all_bands: list[Band] = list(reversed(waiting))
    step = 0
    while waiting or taking_part:
        while waiting and len(taking_part) < MAX_BANDS:
            taking_part.append(waiting.pop())
        work: list[tuple[Lane, Symbols]] = []
        for net in (0, 1):
            if net == 1 and step % 2 == 1 and work:
                continue
            work += _evaluate(nets[net], [lane for band in taking_part for lane in band.lanes[net] if lane.take()])
        for lane, symbols in work:
            _code(lane, symbols, decisions)
        for lane, _ in work:
            lane.advance()
        taking_part = [band for band in taking_part if band.unfinished]
        step += 1
    decisions.range.finish()
    return [[plane.array() for plane in band.planes] for band in all_bands]


def _planes(frame: DctParameters, mcu_rows: int) -> list[Plane]:
    planes: list[Plane] = []
    for index, component in enumerate(frame.components):
        steps = [0] * 64
        for position, step in enumerate(frame.tables[component.table]):
            steps[ZIGZAG[position]] = step
        luma = planes[0] if index in (1, 2) else None
        first = planes[1] if index == 2 and (component.h, component.v) == (planes[1].h, planes[1].v) else None
        rows, columns = mcu_rows * component.v, component.blocks_wide
        planes.append(Plane(index % 3, component.h, component.v, steps, rows, columns, luma, first))
    return planes


@dataclass
class Symbols:
    """What a phase codes: the natural index of each symbol (None for a last), with the weights of its logits and its coefficient
    features; of group 0 the prediction."""

    ks: list[int] | None
    weights: list[list[int]]
    features: list[list[int]]
    prediction: int = 0


def _evaluate(net: Net, lanes: list[Lane]) -> list[tuple[Lane, Symbols]]:
    """What the lanes code in this step, with all nets evaluated."""
    symbols: dict[int, Symbols] = {}
    beginning = [lane for lane in lanes if lane.phase == -1]
    if beginning:
        logits, vectors = net.context(np.array([context_features(a.plane, a.row, a.column) for a in beginning]))
        for lane, vector, row in zip(beginning, vectors, weights(logits).tolist(), strict=True):
            lane.vector = vector
            symbols[id(lane)] = Symbols(None, [row], [])
    coding = [lane for lane in lanes if lane.phase >= 0]
    if coding:
        edges = [Edges(a.plane, a.row, a.column, a.block, a.phase) for a in coding]
        vectors = net.group(
            np.array([group_features(e) for e in edges]),
            np.array([lane.vector for lane in coding]),
            [lane.phase for lane in coding],
            [lane.block.last for lane in coding],
        )
        owners, ks, rows = [], [], []
        for number, (lane, edge) in enumerate(zip(coding, edges, strict=True)):
            for k in lane.coefficients():
                owners.append(number)
                ks.append(k)
                rows.append(coefficient_features(edge, k))
        logits = net.coefficient(np.array(rows), vectors[owners], ks)
        for owner, k, row, features in zip(owners, ks, weights(logits).tolist(), rows, strict=True):
            entry = symbols.setdefault(id(coding[owner]), Symbols([], [], [], edges[owner].prediction))
            entry.ks.append(k)
            entry.weights.append(row)
            entry.features.append(features)
    return [(lane, symbols[id(lane)]) for lane in lanes]


def _code(lane: Lane, symbols: Symbols, decisions: Decisions) -> None:
    """Decodes the symbols of a phase into the lane's block."""
    block, plane = lane.block, lane.plane
    if symbols.ks is None:
        lasts = [plane.block(lane.row + r, lane.column + c).last for r, c in NEAR[:4]]
        block.last = decisions.last(plane.channel, symbols.weights[0], lasts)
        lane.surprise = 0
        return
    for k, row, features in zip(symbols.ks, symbols.weights, symbols.features, strict=True):
        value, lane.surprise = decisions.value(plane.channel, k, block.last, row, features, lane.surprise)
        if k == 0:
            value += symbols.prediction
        if not -32768 <= value <= 32767:
            raise CorruptPayload(f"a coefficient of {value}")
        block.x[k] = value
