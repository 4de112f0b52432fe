"""Arrangements vq-raster and rvq-frames: codebook indices coded by an exact model (spec/exact-index.md)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from .adaptive_index import MASK, Run, bits, grid_hashes, stream_hashes
from .errors import LlmcError
from .exact import ACTIVATION, FEATURE, Generator, Layer, invalid, logistic, read_layer, weights
from .exact_decisions import Decisions

MAX_LAYERS, MAX_CODEBOOK, MAX_ENTRIES = 256, 16384, 2**18
MAX_WIDTH = 4096
MAX_ENTRY = 65535
AVERAGES = (3, 6)
GRID_NEIGHBOURS = (
    (-1, 0), (0, -1), (-1, -1), (1, -1), (-2, 0), (0, -2), (2, -1), (-2, -1), (-1, -2), (1, -2), (-3, 0), (0, -3),
)  # fmt: skip
STREAM_NEIGHBOURS = tuple((0, -n) for n in range(1, 65))

# §2

LAYERS = ("context_1", "context_2", "context_to_token", "token_1", "token_2", "token_3")
TABLES = ("codebooks", "cell", "own", "context_depth", "token_layer")


@dataclass(frozen=True)
class IndexNets:
    stream: bool
    codebooks: list[int]
    # Rows before each layer's, and all of them.
    before: list[int]
    neighbours: tuple[tuple[int, int], ...]
    cell: np.ndarray
    own: np.ndarray
    context_depth: np.ndarray
    token_layer: np.ndarray
    context_1: Layer
    context_2: Layer
    context_to_token: Layer
    token_1: Layer
    token_2: Layer
    token_3: Layer

    def context(self, features: np.ndarray, depth: int) -> np.ndarray:
        """The vector for the token net of a cell's features."""
        hidden = self.context_1(features[None], self.context_depth[depth - 1])
        return self.context_to_token(self.context_2(hidden))[0]

    def token(self, layer: int, features: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """Logits of an index of a layer."""
        hidden = self.token_1(features[None], vector + self.token_layer[layer])
        rows = slice(self.before[layer], self.before[layer + 1])
        head = Layer(self.token_3.weight[rows], self.token_3.bias[rows], self.token_3.shift[rows], self.token_3.low, self.token_3.high)
        return head(self.token_2(hidden))[0]

    def serves(self, run: Run) -> bool:
        if run.stream != self.stream:
            return False
        return list(run.sizes) == self.codebooks[: len(run.sizes)] if run.stream else list(run.sizes) == self.codebooks


def read_index_nets(tensors: dict[str, np.ndarray], stream: bool) -> IndexNets:
    """The nets of a package's tensors; `model-invalid` if they break a rule."""
    expected = {f"index.{layer}.{part}": np.int32 if part == "bias" else np.int8
                for layer in LAYERS for part in ("weight", "bias", "shift")}  # fmt: skip
    expected |= {f"index.{table}": np.int32 for table in TABLES}
    if set(tensors) != set(expected):
        raise invalid(f"tensors {sorted(set(tensors) ^ set(expected))} are missing, or too many")
    for name, type_ in expected.items():
        if tensors[name].dtype != type_:
            raise invalid(f"{name} has the wrong type")
    tables = {name: tensors[f"index.{name}"].astype(np.int64) for name in TABLES}
    codebooks = tables.pop("codebooks")
    if codebooks.ndim != 1 or len(codebooks) > (MAX_LAYERS if stream else 1):
        raise invalid(f"codebooks of the shape {codebooks.shape}")
    if codebooks.min() < 1 or codebooks.max() > MAX_CODEBOOK:
        raise invalid("a codebook of no entry, or too many")
    layers, entries = len(codebooks), int(codebooks.sum())
    for name, rows in {"cell": entries + 1, "own": entries, "context_depth": layers, "token_layer": layers}.items():
        if tables[name].ndim != 2 or len(tables[name]) != rows:
            raise invalid(f"{name} has the shape {tables[name].shape}")
    if max(np.abs(tables["cell"]).max(), np.abs(tables["own"]).max()) > MAX_ENTRY:
        raise invalid("an entry of cell or own is too large")

    def layer(name: str, kind: str, inputs: int | Layer, rows: int | None = None, table: str | None = None) -> Layer:
        count = inputs if isinstance(inputs, int) else len(inputs.bias)
        return read_layer(
            tensors, f"index.{name}", kind=kind, input_count=count,
            input_limit=FEATURE if isinstance(inputs, int) else ACTIVATION,
            tables=[tables[table]] if table else [], vectors=1 if name == "token_1" else 0, rows=rows,
            max_rows=MAX_ENTRIES if name == "token_3" else MAX_WIDTH,
        )  # fmt: skip

    weight, width = tensors["index.context_1.weight"], tables["cell"].shape[1]
    inputs = weight.shape[1] if weight.ndim == 2 else 0
    places = STREAM_NEIGHBOURS if stream else GRID_NEIGHBOURS
    count, left = divmod(inputs, width)
    count -= len(AVERAGES)
    if left or not 1 <= count <= len(places):
        raise invalid(f"context_1 has {inputs} inputs of cells of {width} features")
    context_1 = layer("context_1", "hidden", inputs, table="context_depth")
    context_2 = layer("context_2", "hidden", context_1)
    token_1 = layer("token_1", "hidden", tables["own"].shape[1], table="token_layer")
    context_to_token = layer("context_to_token", "vector", context_2, len(token_1.bias))
    token_2 = layer("token_2", "hidden", token_1)
    token_3 = layer("token_3", "logits", token_2, entries)
    before = [0, *np.cumsum(codebooks).tolist()]
    return IndexNets(
        stream, codebooks.tolist(), before, places[:count], **tables, context_1=context_1, context_2=context_2,
        context_to_token=context_to_token, token_1=token_1, token_2=token_2, token_3=token_3,
    )  # fmt: skip


# §3


class Cells:
    """The cells of a part, and what the next one sees of them."""

    def __init__(self, nets: IndexNets, width: int, start: int):
        self.nets, self.width, self.start = nets, width, start
        self.vectors: list[np.ndarray] = []
        self.averages = [np.zeros(nets.cell.shape[1], np.int64) for _ in AVERAGES]

    def features(self) -> np.ndarray:
        number = len(self.vectors)
        column = (self.start + number) % self.width
        outside = np.clip(self.nets.cell[-1], -FEATURE, FEATURE)
        seen = []
        for dx, dy in self.nets.neighbours:
            place = number + dy * self.width + dx
            inside = 0 <= column + dx < self.width and place >= 0
            seen.append(self.vectors[place] if inside else outside)
        seen += [average >> shift for average, shift in zip(self.averages, AVERAGES, strict=True)]
        return np.concatenate(seen)

    def add(self, vector: np.ndarray) -> None:
        self.vectors.append(vector)
        for i, shift in enumerate(AVERAGES):
            self.averages[i] = self.averages[i] + vector - (self.averages[i] >> shift)


# §1, §4


def decode_chunk(nets: IndexNets, parts: list[list[Run]], payload: bytes) -> list[np.ndarray]:
    """The indices of each part of a chunk."""
    if not all(nets.serves(run) for part in parts for run in part):
        raise LlmcError("model-mismatch", None, "the model is of other codebooks than the indices")
    decoder = IndexDecoder(nets, payload, sum(bits(run.size(n)) for part in parts for run in part for n in range(run.first, run.stop)))
    decoded = [np.array([index for run in part for index in decoder.run(run)], np.uint32) for part in parts]
    decoder.decisions.range.finish()
    return decoded


class IndexDecoder:
    def __init__(self, nets: IndexNets, payload: bytes, total_bits: int):
        self.nets = nets
        self.decisions = Decisions(payload)
        self.slot_bits = next((t for t in range(10, 21) if 2**t >= total_bits), 20)

    def run(self, run: Run) -> list[int]:
        decoded: list[int] = []
        grid = run.width * run.height
        depth = run.width if run.stream else 1
        cells = None
        for first in range(run.first, run.stop, depth):
            if cells is None or first % grid == 0:
                cells = Cells(self.nets, run.width // depth, first % grid // depth)
            self._cell(run, cells, decoded, first, depth)
        return decoded

    def _cell(self, run: Run, cells: Cells, decoded: list[int], first: int, depth: int) -> None:
        """Decodes the cell whose first index is the index `first` of the group."""
        nets = self.nets
        vector = nets.context(cells.features(), depth)
        own = np.zeros(nets.own.shape[1], np.int64)
        cell = np.zeros(nets.cell.shape[1], np.int64)
        for layer in range(depth):
            n = first + layer
            y, x = divmod(n % (run.width * run.height), run.width)

            def at(column: int, row: int, n: int = n, x: int = x, y: int = y) -> int:
                """The index in a column and a row of the same grid, if it is known."""
                place = n + (row - y) * run.width + column - x
                inside = 0 <= column < run.width and 0 <= row
                return decoded[place - run.first] if inside and run.first <= place < n else MASK

            hashes = stream_hashes(at, x, y) if run.stream else grid_hashes(at, x, y)
            logits = nets.token(layer, np.clip(own, -FEATURE, FEATURE), vector)
            index = self._index(run.size(n), layer, logits, hashes[:4])
            decoded.append(index)
            own += nets.own[nets.before[layer] + index]
            cell += nets.cell[nets.before[layer] + index]
        cells.add(np.clip(cell, -FEATURE, FEATURE))

    # §5

    def _index(self, size: int, layer: int, logits: np.ndarray, hashes: list[int]) -> int:
        of_symbols = weights(logits[None])[0] >> (8 if size > 127 else 0)
        before = [0, *np.cumsum(of_symbols).tolist()]
        value, node = 0, 1
        for b in range(bits(size) - 1, -1, -1):
            bit, middle = 0, value + (1 << b)
            if middle < size:
                end = min(middle + (1 << b), size)
                e = logistic(before[end] - before[middle], before[middle] - before[value])
                slots = [(j, self._place(hashes[j], node)) for j in range(4)]
                sets = [("indexA", layer, b), ("indexB", b, e + 2048 >> 8), ("indexC", layer)]
                bit = self.decisions.decide(e, slots, sets)
                if bit:
                    value = middle
            node = 2 * node + bit
        return value

    def _place(self, hash_: int, node: int) -> int:
        return ((hash_ ^ (node * 0x85EBCA6B & MASK)) * 0xC2B2AE35 & MASK) >> 32 - self.slot_bits


# §6


def self_test(nets: IndexNets) -> str:
    """The self-test hash, in hexadecimal."""
    draw = Generator()
    digest = hashlib.sha256()
    vectors = []
    for _ in range(3):
        depth = 1 + draw.below(len(nets.codebooks))
        features = np.array([draw.feature() for _ in range(nets.context_1.weight.shape[1])])
        vectors.append(nets.context(features, depth))
        digest.update(vectors[-1].astype("<i4").tobytes())
    for i in range(5):
        layer = draw.below(len(nets.codebooks))
        features = np.array([draw.feature() for _ in range(nets.token_1.weight.shape[1])])
        digest.update(nets.token(layer, features, vectors[i % 3]).astype("<i4").tobytes())
    return digest.hexdigest()
