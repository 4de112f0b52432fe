"""Makes the sequences of tokens that `train.py` learns from, once and for all, out of photos or arrays of indices.

    python extract.py dct PHOTOS --quality 50 --per-file 8 --out tokens.npz
    python extract.py vq ARRAYS --codebook 1024 --out tokens.npz
    python extract.py rvq ARRAYS --codebook 16 --layers 1 --out tokens.npz

PHOTOS is a folder of images, whose luma (or, with --components all, every component) is taken as DCT coefficients;
ARRAYS one of .npy files: [rows, columns] or [images, rows, columns] for vq, [layers, frames] for rvq.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from sequences import COEFFICIENT_SYMBOLS, Layout, of_grid, of_plane, of_stream, save


def coefficients(path: Path, quality: int | None, scratch: Path) -> list[np.ndarray]:
    """Blocks of each component of a photo, as it is or encoded anew at a quality, 4:2:0."""
    import jpeglib
    from PIL import Image

    if quality is not None:
        with Image.open(path) as image:
            image.convert("RGB").save(scratch, "JPEG", quality=quality, subsampling="4:2:0")
        path = scratch
    jpeg = jpeglib.read_dct(str(path))
    return [plane.reshape(*plane.shape[:2], -1) for plane in (jpeg.Y, jpeg.Cb, jpeg.Cr) if plane is not None]


def sequences_of(path: Path, layout: Layout, arguments: argparse.Namespace, scratch: Path) -> list[np.ndarray]:
    """All sequences of a file."""
    if layout.codec == "dct":
        planes = coefficients(path, arguments.quality, scratch)
        taken = planes[:1] if arguments.components == "luma" else planes
        return [sequence for plane in taken for sequence in of_plane(plane, layout)]
    array = np.load(path)
    if layout.codec == "vq":
        grids = array.reshape(-1, *array.shape[-2:])
        return [sequence for grid in grids for sequence in of_grid(grid, layout)]
    return of_stream(array[: len(layout.symbols)], layout)


def layout_of(arguments: argparse.Namespace) -> Layout:
    if arguments.codec == "dct":
        symbols = (COEFFICIENT_SYMBOLS,)
    elif arguments.codec == "vq":
        symbols = (arguments.codebook,)
    else:
        symbols = (arguments.codebook,) * arguments.layers
    return Layout(arguments.codec, arguments.arrangement, arguments.context, symbols)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="codec", required=True)
    dct = commands.add_parser("dct", help="DCT coefficients of photos")
    dct.add_argument("--quality", type=int, help="encode each photo anew at this quality (default: as it is)")
    dct.add_argument("--components", choices=["luma", "all"], default="luma")
    dct.add_argument("--arrangement", choices=["dct-raster", "dct-zigzag"], default="dct-raster")
    vq = commands.add_parser("vq", help="grids of indices")
    vq.add_argument("--codebook", type=int, required=True)
    vq.set_defaults(arrangement="vq-raster")
    rvq = commands.add_parser("rvq", help="layers of indices")
    rvq.add_argument("--codebook", type=int, required=True)
    rvq.add_argument("--layers", type=int, required=True, help="take the first so many layers")
    rvq.add_argument("--arrangement", choices=["rvq-layers", "rvq-frames"], default="rvq-layers")
    for command in (dct, vq, rvq):
        command.add_argument("inputs", type=Path, help="folder")
        command.add_argument("--out", type=Path, required=True, help=".npz file to write")
        command.add_argument("--context", type=int, default=256, help="most tokens of a sequence")
        command.add_argument("--per-file", type=int, help="take at most so many sequences of a file, drawn at random")
        command.add_argument("--leave-out", type=Path, help="text file with names of files to leave out, one a line")
        command.add_argument("--only", type=Path, help="text file with names of the files to take, one a line")
        command.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    layout = layout_of(arguments)
    random = np.random.default_rng(arguments.seed)
    left_out = set(arguments.leave_out.read_text().split()) if arguments.leave_out else set()
    only = set(arguments.only.read_text().split()) if arguments.only else None
    sequences = []
    with tempfile.TemporaryDirectory() as scratch:
        for path in sorted(arguments.inputs.iterdir()):
            if path.name in left_out or (only is not None and path.name not in only):
                continue
            found = sequences_of(path, layout, arguments, Path(scratch, "photo.jpg"))
            if arguments.per_file is not None and len(found) > arguments.per_file:
                found = [found[i] for i in random.choice(len(found), arguments.per_file, replace=False)]
            sequences += found
    save(arguments.out, sequences, layout)
    print(f"{len(sequences)} sequences, {sum(map(len, sequences))} tokens")


if __name__ == "__main__":
    main()
