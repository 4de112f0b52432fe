"""Turns a folder of JPEGs into the training cache: coefficient blocks as flat, memory-mappable arrays.

The cache holds, for every plane of every photo and variant, its blocks one after another (row by row):
  luma.npy    int16 [blocks, 64]   quantised coefficients, natural order; block 0 is all zero (outside)
  chroma.npy  int16 [blocks, 64]   likewise, Cb then Cr of each photo
  co.npy      int16 [blocks, 64]   for each chroma block the dequantised luma at its resolution
  planes.npz  per class the planes' first block, rows, columns, quantisation steps, whether they are a photo's own (not of
              a variant), and whether they are Cr
"""

import argparse
import random
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from blocks import Plane, luma_for_chroma, read_planes
from variants import random_variant


def transposed(plane: Plane) -> Plane:
    """The plane of the photo mirrored at its main diagonal; lossless."""
    rows, columns = plane.blocks.shape[:2]
    blocks = plane.blocks.reshape(rows, columns, 8, 8).transpose(1, 0, 3, 2).reshape(columns, rows, 64)
    return Plane(blocks, plane.steps.reshape(8, 8).T.reshape(64), plane.sampling[::-1])


class CacheWriter:
    """Collects planes and writes the arrays described above."""

    def __init__(self) -> None:
        zero = np.zeros((1, 64), np.int16)
        self.arrays = {"luma": [zero], "chroma": [zero], "co": [zero]}
        self.planes = {"luma": [], "chroma": []}
        self.count = {"luma": 1, "chroma": 1}

    def add(self, kind: str, plane: Plane, own: bool, is_cr: bool = False) -> None:
        rows, columns = plane.blocks.shape[:2]
        self.planes[kind].append((self.count[kind], rows, columns, own, is_cr, plane.steps))
        self.arrays[kind].append(np.ascontiguousarray(plane.blocks.reshape(-1, 64)))
        self.count[kind] += rows * columns

    def add_photo(self, planes: list[Plane], own: bool) -> None:
        self.add("luma", planes[0], own)
        if len(planes) != 3 or planes[1].blocks.shape != planes[2].blocks.shape:
            return
        co = luma_for_chroma(planes[0], planes[1]).reshape(-1, 64)
        for plane, is_cr in ((planes[1], False), (planes[2], True)):
            self.add("chroma", plane, own, is_cr)
            self.arrays["co"].append(co)

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in list(self.arrays):
            np.save(folder / f"{name}.npy", np.concatenate(self.arrays.pop(name)))
        table = {}
        for kind, planes in self.planes.items():
            first, rows, columns, own, is_cr, steps = zip(*planes)
            table |= {f"{kind}_first": np.array(first), f"{kind}_rows": np.array(rows), f"{kind}_columns": np.array(columns)}
            table |= {f"{kind}_own": np.array(own), f"{kind}_is_cr": np.array(is_cr)}
            table[f"{kind}_steps"] = np.array(steps, np.int32)
        np.savez(folder / "planes.npz", **table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True, help="folder of JPEGs")
    parser.add_argument("--held-out", required=True, help="text file naming photos to leave out, one a line")
    parser.add_argument("--out", required=True, help="cache folder to write")
    parser.add_argument("--variants", type=int, default=4, help="re-encoded variants a photo")
    parser.add_argument("--fine-variants", type=int, default=2, help="and of quality 92 to 100")
    parser.add_argument("--limit", type=int, help="only so many photos")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    held_out = set(Path(args.held_out).read_text().split())
    paths = [p for p in sorted(Path(args.photos).iterdir()) if p.name not in held_out]
    rng.shuffle(paths)
    cache = CacheWriter()
    with tempfile.NamedTemporaryFile(suffix=".jpg") as scratch:
        for path in paths[: args.limit]:
            planes = read_planes(str(path))
            cache.add_photo(planes, own=True)
            cache.add_photo([transposed(plane) for plane in planes], own=True)
            image = Image.open(path).convert("RGB")
            for variant in range(args.variants + args.fine_variants):
                Path(scratch.name).write_bytes(random_variant(image, rng, fine=variant >= args.variants))
                planes = read_planes(scratch.name)
                # Nothing here writes 4:4:0 but a turn of 4:2:2.
                turned = rng.random() >= 0.75
                cache.add_photo([transposed(plane) for plane in planes] if turned else planes, own=False)
    cache.write(Path(args.out))
    print({kind: count for kind, count in cache.count.items()})


if __name__ == "__main__":
    main()
