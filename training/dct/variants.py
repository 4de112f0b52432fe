"""Re-encodes photos as JPEGs of known quality: training variants and evaluation sets."""

import argparse
import io
import random
from pathlib import Path

import numpy as np
from PIL import Image

SUBSAMPLING = {"444": 0, "422": 1, "420": 2}


def reencode(image: Image.Image, quality: int, sampling: str, tables: list | None = None) -> bytes:
    """JPEG bytes of `image`; sampling is 444, 422, 420 or gray; `tables` replaces the quality's own tables."""
    target = io.BytesIO()
    image = image.convert("L" if sampling == "gray" else "RGB")
    options = {"qtables": tables} if tables else {"quality": quality}
    if sampling != "gray":
        options["subsampling"] = SUBSAMPLING[sampling]
    image.save(target, "JPEG", **options)
    return target.getvalue()


def odd_tables(quality: int, rng: random.Random) -> list:
    """Two quantisation tables of another shape than the usual ones: flatter, rougher, with jitter."""
    source = io.BytesIO()
    Image.new("RGB", (8, 8)).save(source, "JPEG", quality=quality)
    standard = Image.open(source).quantization
    power, scale, jitter = rng.uniform(0.3, 1.1), rng.uniform(0.8, 1.3), rng.uniform(0, 0.15)
    tables = []
    for index in (0, 1):
        table = np.array(standard[index], dtype=float)
        table = table.mean() ** (1 - power) * table**power * scale
        table *= np.exp([rng.gauss(0, jitter) for _ in range(64)])
        tables.append([int(step) for step in np.clip(np.round(table), 1, 255)])
    return tables


def random_variant(image: Image.Image, rng: random.Random, fine: bool = False) -> bytes:
    """A variant for training: scaled by 0.4-1.0, flipped or turned, any sampling; quality 30-96, or 92-100 if `fine`."""
    scale = rng.choice([1.0] + [rng.uniform(0.4, 1.0)] * 4)
    if scale < 1:
        size = (max(16, round(image.width * scale)), max(16, round(image.height * scale)))
        image = image.resize(size, rng.choice([Image.LANCZOS, Image.BICUBIC, Image.BOX]))
    turn = rng.choice([None] + list(Image.Transpose))
    if turn is not None:
        image = image.transpose(turn)
    quality = rng.randint(92, 100) if fine else rng.randint(30, 96)
    sampling = rng.choices(["420", "444", "422"], [0.35, 0.5, 0.15] if fine else [0.65, 0.25, 0.10])[0]
    tables = odd_tables(quality, rng) if rng.random() < 0.15 else None
    return reencode(image, quality, sampling, tables)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", required=True, help="folder of photos")
    parser.add_argument("--names", help="text file naming the photos to take, one a line (all if absent)")
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--quality", type=int, required=True)
    parser.add_argument("--sampling", default="420", choices=[*SUBSAMPLING, "gray"])
    parser.add_argument("--fit", type=int, nargs=2, metavar=("LONG", "SHORT"), help="scale down into this size")
    args = parser.parse_args()
    names = Path(args.names).read_text().split() if args.names else sorted(p.name for p in Path(args.photos).iterdir())
    Path(args.out).mkdir(parents=True, exist_ok=True)
    for name in names:
        image = Image.open(Path(args.photos) / name)
        if args.fit:
            scale = min(args.fit[0] / max(image.size), args.fit[1] / min(image.size), 1)
            image = image.resize((round(image.width * scale), round(image.height * scale)), Image.LANCZOS)
        (Path(args.out) / f"{Path(name).stem}.jpg").write_bytes(reencode(image, args.quality, args.sampling))


if __name__ == "__main__":
    main()
