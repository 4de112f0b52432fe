"""Latents as sequences of a language model's tokens: spec/float-profile.md, 2 and 3, for training."""

import math
from dataclasses import asdict, dataclass

import numpy as np

CODECS = {"text": "text", "vq-raster": "vq", "rvq-frames": "rvq", "rvq-layers": "rvq", "dct-raster": "dct", "dct-zigzag": "dct"}
"""What each arrangement serves."""

BLOCK = 64
ZERO_SYMBOL = 127
ESCAPE = 255
COEFFICIENT_SYMBOLS = 256

ZIGZAG = sorted(range(BLOCK), key=lambda i: (i // 8 + i % 8, i % 8 if (i // 8 + i % 8) % 2 == 0 else i // 8))
"""Natural index, 8 v + u, of each coefficient in zigzag order."""


@dataclass(frozen=True)
class Layout:
    """How a vocabulary serves a codec. Its last token begins every sequence, and stands for no symbol."""

    codec: str
    arrangement: str
    context: int
    symbols: tuple[int, ...]
    """Symbols of each layer, whose tokens follow one another in the vocabulary."""

    @property
    def offsets(self) -> list[int]:
        return [sum(self.symbols[:layer]) for layer in range(len(self.symbols))]

    @property
    def start_token(self) -> int:
        return sum(self.symbols)

    @property
    def vocabulary(self) -> int:
        return self.start_token + 1

    @property
    def places(self) -> int:
        """A token's position modulo this tells which coefficient of a block it is."""
        return BLOCK if self.codec == "dct" else 1

    def layer_of_token(self) -> np.ndarray:
        """The layer of each token of the vocabulary; -1 for the one that begins sequences."""
        return np.append(np.repeat(np.arange(len(self.symbols)), self.symbols), -1)

    def texts(self) -> list[str]:
        """Each token of the vocabulary in words: coefficients and indices as numbers."""
        if self.codec == "dct":
            numbers = [str(symbol - ZERO_SYMBOL) for symbol in range(ESCAPE)] + ["?"]
            return numbers * len(self.symbols) + ["\n"]
        return [str(index) for size in self.symbols for index in range(size)] + ["\n"]

    def members(self) -> dict:
        """What a manifest says of it."""
        return {
            "codec": self.codec,
            "arrangement": self.arrangement,
            "contextLength": self.context,
            "startToken": self.start_token,
            "offsets": self.offsets,
        }


def cut(run: np.ndarray, unit: int, context: int) -> list[np.ndarray]:
    """A run of tokens as the fewest sequences of nearly equal length, none of which parts a unit."""
    if context < unit:
        raise SystemExit(f"a context of {context} tokens, where {unit} stand together")
    units = len(run) // unit
    count = math.ceil(units / (context // unit))
    return [run[i * units // count * unit : (i + 1) * units // count * unit] for i in range(count)]


def of_plane(blocks: np.ndarray, layout: Layout) -> list[np.ndarray]:
    """Sequences of a component's coefficients [rows, columns, 64], natural order in each block."""
    flat = blocks.reshape(-1, BLOCK).astype(np.int32)
    if layout.arrangement == "dct-zigzag":
        flat = flat[:, ZIGZAG]
    symbols = np.where(np.abs(flat) <= ZERO_SYMBOL, flat + ZERO_SYMBOL, ESCAPE)
    return cut(symbols.reshape(-1), BLOCK, layout.context)


def of_grid(indices: np.ndarray, layout: Layout) -> list[np.ndarray]:
    """Sequences of a grid of codebook indices [rows, columns]."""
    return cut(indices.astype(np.int32).reshape(-1), 1, layout.context)


def of_stream(indices: np.ndarray, layout: Layout) -> list[np.ndarray]:
    """Sequences of a stream of codebook indices [layers, frames]."""
    tokens = indices.astype(np.int32) + np.array(layout.offsets, np.int32)[:, None]
    if layout.arrangement == "rvq-frames":
        return cut(tokens.T.reshape(-1), len(tokens), layout.context)
    return [sequence for layer in tokens for sequence in cut(layer, 1, layout.context)]


def save(path, sequences: list[np.ndarray], layout: Layout) -> None:
    """Writes sequences as an array [sequences, context], filled up with -1."""
    tokens = np.full((len(sequences), layout.context), -1, np.int32)
    for row, sequence in zip(tokens, sequences):
        row[: len(sequence)] = sequence
    np.savez_compressed(path, tokens=tokens, **asdict(layout))


def load(path) -> tuple[np.ndarray, Layout]:
    """What `save` wrote."""
    with np.load(path) as file:
        symbols = tuple(int(size) for size in file["symbols"])
        layout = Layout(str(file["codec"]), str(file["arrangement"]), int(file["context"]), symbols)
        return file["tokens"], layout
