"""Coefficient planes of a JPEG, and the luma blocks seen at a chroma component's resolution.

A plane is an int16 array [block rows, block columns, 64]; the 64 quantised coefficients of a block are in
natural order, index 8 * v + u (v vertical frequency, u horizontal frequency).
"""

from dataclasses import dataclass

import jpeglib
import numpy as np

DEQUANTISED_LIMIT = 8192


@dataclass
class Plane:
    """One component: its blocks [rows, columns, 64], quantisation steps [64], and sampling factors (v, h)."""

    blocks: np.ndarray
    steps: np.ndarray
    sampling: tuple[int, int]


def read_planes(path: str) -> list[Plane]:
    """The component planes of a JPEG file: one (grayscale) or three (Y, Cb, Cr)."""
    jpeg = jpeglib.read_dct(path)
    arrays = [jpeg.Y] if jpeg.Cb is None else [jpeg.Y, jpeg.Cb, jpeg.Cr]
    planes = []
    for i, array in enumerate(arrays):
        rows, columns = array.shape[:2]
        steps = jpeg.qt[jpeg.quant_tbl_no[i]].astype(np.int32).reshape(64)
        v, h = (int(factor) for factor in jpeg.samp_factor[i])
        planes.append(Plane(array.astype(np.int16).reshape(rows, columns, 64), steps, (v, h)))
    return planes


def dequantise(plane: Plane) -> np.ndarray:
    """Coefficient times step, clipped to +-DEQUANTISED_LIMIT; int32 [rows, columns, 64]."""
    product = plane.blocks.astype(np.int64) * plane.steps
    return np.clip(product, -DEQUANTISED_LIMIT, DEQUANTISED_LIMIT).astype(np.int32)


def downsampling_matrices(ratio: int) -> np.ndarray:
    """Integers [ratio, 8, 8] in units of 2^-10: matrix i takes the 8 frequencies of the i-th of `ratio` blocks
    in a line to its part of the 8 frequencies of the line averaged over groups of `ratio` samples."""
    k, t = np.arange(8)[:, None], np.arange(8)[None, :]
    dct = np.cos((2 * t + 1) * k * np.pi / 16) * np.where(k == 0, np.sqrt(1 / 8), 0.5)
    matrices = []
    for i in range(ratio):
        average = ((8 * i + t) // ratio == k) / ratio
        matrices.append(np.round(1024 * dct @ average @ dct.T))
    return np.stack(matrices).astype(np.int64)


def luma_ratio(luma: Plane, chroma: Plane) -> tuple[int, int]:
    """How many luma blocks a chroma block covers (down, across); 1 where the factors do not divide."""
    ratios = []
    for of_luma, of_chroma in zip(luma.sampling, chroma.sampling):
        ratios.append(of_luma // of_chroma if of_luma % of_chroma == 0 else 1)
    return ratios[0], ratios[1]


def luma_for_chroma(luma: Plane, chroma: Plane) -> np.ndarray:
    """Dequantised luma at the resolution of `chroma`, int16 [chroma rows, chroma columns, 64].

    The blocks under a chroma block are averaged down to one block in the frequency domain. Where the sampling
    factors of a direction do not divide, one luma block is taken in that direction: the one whose index is
    floor(index * luma factor / chroma factor). Indices beyond the luma plane stop at its last row or column.
    """
    rows, columns = chroma.blocks.shape[:2]
    down, across = luma_ratio(luma, chroma)
    values = dequantise(luma).astype(np.float64).reshape(*luma.blocks.shape[:2], 8, 8)
    vertical, horizontal = downsampling_matrices(down), downsampling_matrices(across)
    first_row = np.arange(rows) * luma.sampling[0] // chroma.sampling[0]
    first_column = np.arange(columns) * luma.sampling[1] // chroma.sampling[1]
    total = np.zeros((rows, columns, 8, 8))
    for i in range(down):
        for j in range(across):
            r = np.minimum(first_row + i, values.shape[0] - 1)
            c = np.minimum(first_column + j, values.shape[1] - 1)
            total += vertical[i].astype(np.float64) @ values[r][:, c] @ horizontal[j].T.astype(np.float64)
    rounded = np.floor((total + 2**19) / 2**20)
    return np.clip(rounded, -DEQUANTISED_LIMIT, DEQUANTISED_LIMIT).astype(np.int16).reshape(rows, columns, 64)
