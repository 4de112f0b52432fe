"""A picture within a JPEG file from differences to what the file's own frame shows of it (spec/jpeg.md, 4.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .codecs import ZIGZAG, DctParameters

COSINE = [1024, 1004, 946, 851, 724, 569, 392, 200, 0, -200, -392, -569, -724, -851, -946, -1004, -1024]


@dataclass(frozen=True)
class Placement:
    """By how many eighths of the file's pixels the picture's edges lie beyond the file's, to the right or downwards."""

    left: int
    top: int
    right: int
    bottom: int


def restored(
    tokens: list[np.ndarray], picture: DctParameters, file: DctParameters, latents: list[np.ndarray], at: Placement
) -> list[np.ndarray]:
    """The picture's coefficients; `latents` are those of the file."""
    planes = [plane.copy() for plane in tokens]
    for component, plane in enumerate(planes[: len(file.components)]):
        shown = _transformed(_resampled(picture, file, latents[component], component, at), plane.shape)
        _add_predictions(plane.reshape(-1, 64), shown, _steps(picture, component))
    return planes


def _steps(frame: DctParameters, component: int) -> np.ndarray:
    steps = np.zeros(64, np.int64)
    steps[list(ZIGZAG)] = frame.tables[frame.components[component].table]
    return steps


def _cosine(n: int) -> int:
    return COSINE[min(n % 32, 32 - n % 32)]


def _basis(samples: int) -> np.ndarray:
    """basis[x, u] of that many samples."""
    return np.array(
        [
            [_cosine((2 * x + 1) * u * 8 // samples) if u else COSINE[4] for u in range(samples)]
            for x in range(samples)
        ],
        np.int64,
    )


# 4.2.1


def _samples(frame: DctParameters, blocks: np.ndarray, component: int, s: int) -> np.ndarray:
    """Samples in 1/16, s of each block across and down."""
    rows, columns = blocks.shape[:2]
    values = np.clip(blocks.astype(np.int64) * _steps(frame, component), -8192, 8192).reshape(rows, columns, 8, 8)
    basis = _basis(s)
    half = np.einsum("xu,rcvu->rcvx", basis, values[:, :, :s, :s]) + 128 >> 8
    limit = 1 << (15 if frame.wide else 11)
    whole = np.clip(np.einsum("yv,rcvx->rcyx", basis, half) + 512 >> 10, -limit, limit - 1)
    plane = whole.transpose(0, 2, 1, 3).reshape(rows * s, columns * s)
    part = frame.components[component]
    width = -(-frame.width * part.h // max(c.h for c in frame.components))
    height = -(-frame.height * part.v // max(c.v for c in frame.components))
    return plane[: -(-height * s // 8), : -(-width * s // 8)]


# 4.2.2


def _resampled(
    picture: DctParameters, file: DctParameters, blocks: np.ndarray, component: int, at: Placement
) -> np.ndarray:
    sizes = [s for s in (1, 2, 4) if file.width * s >= 16 * picture.width and file.height * s >= 16 * picture.height]
    s = sizes[0] if sizes else 8
    plane = _samples(file, blocks, component, s)
    own, other = picture.components[component], file.components[component]
    maxima = [max(getattr(c, name) for c in frame.components) for frame in (picture, file) for name in "hv"]
    g_max, g_max_down, h_max, h_max_down = maxima
    across = _weights(
        picture.width, own.h, g_max, file.width, other.h, h_max, s, plane.shape[1], at.left, 8 * file.width + at.right
    )
    down = _weights(
        picture.height, own.v, g_max_down, file.height, other.v, h_max_down, s, plane.shape[0], at.top,
        8 * file.height + at.bottom,
    )  # fmt: skip
    half = np.stack([_mean(plane, source, weight) for _, source, weight in across], axis=1)
    whole = np.stack([_mean(half.T, source, weight) for _, source, weight in down], axis=0)
    inside = np.outer([known for known, _, _ in down], [known for known, _, _ in across])
    black = -(1 << (15 if file.wide else 11)) if component == 0 else 0
    return np.where(inside, whole, black)


def _weights(
    w: int, g: int, g_max: int, extent: int, h: int, h_max: int, s: int, samples: int, begin: int, end: int
) -> list[tuple[bool, np.ndarray, np.ndarray]]:
    """For each of the picture's columns whether it is in the file's picture, and the file's columns and their weights."""
    d = max(1024, 16 * h * s * (end - begin) * g_max // (w * g * h_max))
    found = []
    for i in range(-(-w * g // g_max)):
        t = 2 * begin * w * g + (end - begin) * (2 * i + 1) * g_max
        centre = 8 * h * s * t // (w * g * h_max) - 512
        n = np.arange((centre - 2 * d) // 1024 + 1, -((-centre - 2 * d) // 1024))
        z = 1024 * np.abs(1024 * n - centre) // d
        near = 3 * z**3 - 5 * 1024 * z**2 + 2**31
        far = 5 * 1024 * z**2 - z**3 - 2**23 * z + 2**32
        weight = np.where(z < 1024, near, far) >> 17
        found.append((0 <= t < 16 * extent * w * g, np.clip(n, 0, samples - 1), weight))
    return found


def _mean(plane: np.ndarray, source: np.ndarray, weight: np.ndarray) -> np.ndarray:
    total = int(weight.sum())
    return (2 * (plane[:, source] @ weight) + total) // (2 * total)


# 4.2.3


def _transformed(samples: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Coefficients in 1/16, a row a block."""
    rows, columns = shape[:2]
    margin = ((0, 8 * rows - samples.shape[0]), (0, 8 * columns - samples.shape[1]))
    blocks = np.pad(samples, margin, mode="edge").reshape(rows, 8, columns, 8)
    basis = _basis(8)
    half = np.einsum("xu,rycx->rcyu", basis, blocks) + 1024 >> 11
    return (np.einsum("yv,rcyu->rcvu", basis, half) + 1024 >> 11).reshape(-1, 64)


# 4.2.4


def _add_predictions(plane: np.ndarray, shown: np.ndarray, steps: np.ndarray) -> None:
    """Makes differences coefficients, block after block."""
    prior = 8 * steps * steps
    products, squares = np.zeros(64, np.int64), np.zeros(64, np.int64)
    for block, seen in zip(plane, shown, strict=True):
        gain = np.clip(4096 * (products + prior) // (squares + prior), 0, 8192)
        gain[0] = 4096
        coefficients = block + (gain * seen + 32768 * steps) // (65536 * steps)
        block[:] = (coefficients + 32768) % 65536 - 32768
        value, coarse = np.clip(block * steps, -8192, 8192), seen + 8 >> 4
        products = np.clip(products + value * coarse, -(2**36), 2**36)
        squares += coarse * coarse
        full = squares >= 2**34
        products[full] >>= 1
        squares[full] >>= 1
