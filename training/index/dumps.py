"""Reads token dumps: folders and files of .npy arrays of indices."""

from pathlib import Path

import numpy as np

# An item is an array [rows, columns, layers]: a grid has one layer, a stream one column.


def read_items(paths: list[Path], stream: bool) -> list[np.ndarray]:
    """Items of all .npy files, in the order of their names: grids [H, W] or [N, H, W], streams [K, T] or [N, K, T]."""
    items = []
    for path in paths:
        for file in sorted(path.rglob("*.npy")) if path.is_dir() else [path]:
            array = np.load(file)
            if array.dtype.kind not in "iu" or array.ndim not in (2, 3):
                raise SystemExit(f"{file}: {array.dtype} {list(array.shape)} is no array of indices")
            for item in array if array.ndim == 3 else array[None]:
                items.append(item.T[:, None, :] if stream else item[:, :, None])
    if not items:
        raise SystemExit(f"no .npy file in {', '.join(map(str, paths))}")
    return items


def split(items: list[np.ndarray], every: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Items to train on, and every n-th one to watch the training with."""
    return [item for i, item in enumerate(items) if i % every], items[::every]
