"""What an index model sees of what is decoded: spec/exact-index.md, 3."""

from dataclasses import dataclass

import numpy as np

# Places (columns, rows) of the neighbours of a cell of a grid, nearest first. A frame of a stream has the frames before it.
GRID_OFFSETS = (
    (-1, 0), (0, -1), (-1, -1), (1, -1), (-2, 0), (0, -2), (2, -1), (-2, -1), (-1, -2), (1, -2), (-3, 0), (0, -3),
)
STREAM_NEIGHBOURS = 64
# Binary logarithms of how many cells the two running averages look back.
AVERAGES = (3, 6)

FEATURE_MAX = 255
ACTIVATION_MAX = 1023
CARRY_MAX = 2**17
LOGIT_MAX = 2047
LOGITS_A_BIT = 32


@dataclass(frozen=True)
class Shape:
    """What the tensors of a model say of it. Grids are cells of one layer."""

    codebooks: tuple[int, ...]
    stream: bool
    neighbours: int
    cell: int

    @property
    def entries(self) -> int:
        return sum(self.codebooks)

    @property
    def offsets(self) -> tuple[tuple[int, int], ...]:
        if self.stream:
            return tuple((0, -1 - n) for n in range(self.neighbours))
        return GRID_OFFSETS[: self.neighbours]

    @property
    def context_inputs(self) -> int:
        return (self.neighbours + len(AVERAGES)) * self.cell


def neighbours(height: int, width: int, offsets: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Cells [height * width, offsets] in raster order: the places of each one's neighbours, -1 where there is none."""
    y, x = np.divmod(np.arange(height * width), width)
    columns = x[:, None] + np.array([dx for dx, _ in offsets])
    rows = y[:, None] + np.array([dy for _, dy in offsets])
    inside = (columns >= 0) & (columns < width) & (rows >= 0)
    return np.where(inside, rows * width + columns, -1)
