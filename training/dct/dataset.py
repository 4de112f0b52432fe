"""Blocks with their neighbours, gathered from the cache that extract.py writes or from one JPEG."""

from pathlib import Path

import numpy as np
import torch

import layout
from blocks import Plane, luma_for_chroma
from features import Blocks

OFFSETS = {"causal": np.array(layout.NEAR + layout.FAR), "around": np.array(layout.AROUND)}


def neighbours(kind: str, first, rows, columns, row, column) -> tuple[np.ndarray, np.ndarray]:
    """Block indices [B, n] of the neighbours (OUTSIDE where there is none) and which exist [B, n].

    A plane's blocks lie row by row from index `first`; all arguments but `kind` are arrays [B] (or numbers).
    """
    r = np.asarray(row)[:, None] + OFFSETS[kind][:, 0]
    c = np.asarray(column)[:, None] + OFFSETS[kind][:, 1]
    rows, columns, first = (np.broadcast_to(np.asarray(a), np.shape(row))[:, None] for a in (rows, columns, first))
    inside = (r >= 0) & (r < rows) & (c >= 0) & (c < columns)
    return np.where(inside, first + r * columns + c, layout.OUTSIDE), inside


def _take(array: np.ndarray, index: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array[index]).int()


class Cache:
    """Random blocks of one class from a cache folder.

    A block of a plane is drawn in proportion to activity^-tilt, the plane's activity being about the bits of its
    average block: 0 draws all blocks alike, 1 gives each plane the weight in the loss of its number of blocks. With
    `own`, that share of the blocks is drawn from photos as they are, which are 0.35 (luma) and 0.39 (chroma) of the cache.
    """

    def __init__(self, folder: str, kind: str, tilt: float = 0.5, own: float | None = None) -> None:
        self.kind = kind
        self.blocks = np.load(Path(folder) / f"{kind}.npy", mmap_mode="r")
        self.co = np.load(Path(folder) / "co.npy", mmap_mode="r") if kind == "chroma" else None
        planes = np.load(Path(folder) / "planes.npz")
        self.first, self.rows, self.columns, self.is_cr, self.steps, is_own = (
            planes[f"{kind}_{name}"] for name in ("first", "rows", "columns", "is_cr", "steps", "own")
        )
        count = self.rows * self.columns
        weight = count * self._activity(count) ** -tilt
        if own is not None:
            weight[is_own] *= own / weight[is_own].sum()
            weight[~is_own] *= (1 - own) / weight[~is_own].sum()
        self.cumulative = np.cumsum(weight) / weight.sum()

    def _activity(self, count: np.ndarray) -> np.ndarray:
        """2 + the mean over blocks of the sum of log2(1 + |AC|), per plane, from 64 blocks spread over it."""
        index = self.first[:, None] + (np.arange(64) + 0.5) / 64 * count[:, None]
        blocks = self.blocks[index.astype(np.int64).reshape(-1)][:, 1:]
        return 2 + np.log2(1 + np.abs(blocks.astype(np.float32))).sum(1).reshape(-1, 64).mean(1)

    def sample(self, count: int, rng: np.random.Generator) -> Blocks:
        """`count` blocks drawn at random."""
        plane = np.sort(np.searchsorted(self.cumulative, rng.random(count)))
        first, rows, columns = self.first[plane], self.rows[plane], self.columns[plane]
        row, column = rng.integers(0, rows), rng.integers(0, columns)
        index = first + row * columns + column
        near, inside = neighbours("causal", first, rows, columns, row, column)
        gathered = _take(self.blocks, near)
        result = Blocks(
            own=_take(self.blocks, index), near=gathered[:, :6], far=gathered[:, 6:],
            inside=torch.from_numpy(inside), steps=torch.from_numpy(self.steps[plane]),
        )
        if self.kind == "chroma":
            is_cr = self.is_cr[plane]
            around, exists = neighbours("around", first, rows, columns, row, column)
            # Cb's plane lies right before that of Cr.
            size = rows * columns
            in_cb = np.where(is_cr, index - size, layout.OUTSIDE)
            around_cb = np.where(is_cr[:, None] & exists, around - size[:, None], layout.OUTSIDE)
            result.co, result.co_around = _take(self.co, index), _take(self.co, around)
            result.cb, result.cb_around = _take(self.blocks, in_cb), _take(self.blocks, around_cb)
            result.around, result.is_cr = torch.from_numpy(exists), torch.from_numpy(is_cr)
        return result


class Photo:
    """All blocks of one JPEG's planes, in raster order, in slices."""

    def __init__(self, planes: list[Plane]) -> None:
        self.planes = planes

    def components(self) -> list[str]:
        return ["luma", "chroma", "chroma"][: len(self.planes)]

    def slice(self, component: int, start: int, stop: int) -> Blocks:
        """Blocks start..stop-1 of a component."""
        plane = self.planes[component]
        rows, columns = plane.blocks.shape[:2]
        flat = self._flat(plane.blocks)
        index = np.arange(start, min(stop, rows * columns))
        row, column = np.divmod(index, columns)
        near, inside = neighbours("causal", 1, rows, columns, row, column)
        gathered = _take(flat, near)
        steps = torch.from_numpy(plane.steps).int().expand(len(index), 64)
        result = Blocks(
            own=_take(flat, index + 1), near=gathered[:, :6], far=gathered[:, 6:],
            inside=torch.from_numpy(inside), steps=steps,
        )
        if component > 0:
            around, exists = neighbours("around", 1, rows, columns, row, column)
            co = self._flat(luma_for_chroma(self.planes[0], plane))
            cb = self._flat(self.planes[1].blocks) if component == 2 else np.zeros_like(co)
            result.co, result.co_around = _take(co, index + 1), _take(co, around)
            result.cb, result.cb_around = _take(cb, index + 1), _take(cb, around)
            result.around = torch.from_numpy(exists)
            result.is_cr = torch.full((len(index),), component == 2)
        return result

    @staticmethod
    def _flat(blocks: np.ndarray) -> np.ndarray:
        """Blocks as [1 + n, 64], the first one all zero."""
        return np.concatenate([np.zeros((1, 64), np.int16), blocks.reshape(-1, 64)])
