"""Bits a pixel and PSNR of a package of images on photos, in total; the indices as .npy, if wanted."""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime
from model import CELL
from photos import listed, scaled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", required=True)
    parser.add_argument("--photos", required=True)
    parser.add_argument("--only", help="file of the names to take, a line each; all by default")
    parser.add_argument("--side", type=int, default=512, help="pixels that the shorter side is scaled down to")
    parser.add_argument("--indices", help="folder to write the indices to, a .npy file a photo")
    args = parser.parse_args()
    package = Path(args.package)
    entries = json.loads((package / "codec.json").read_text())["codebook"]
    encoder, decoder = (onnxruntime.InferenceSession(package / f"{name}.onnx") for name in ("encoder", "decoder"))
    names = set(Path(args.only).read_text().split()) if args.only else set()
    psnrs, counts, pixels, packed = [], np.zeros(entries), 0, 0
    for path in listed(args.photos, names, bool(names)):
        image = scaled(path, args.side)
        height, width = (n // CELL * CELL for n in image.shape[:2])
        planes = image[:height, :width].astype(np.float32).transpose(2, 0, 1)[None] / 255
        indices = encoder.run(None, {"pixels": planes})[0]
        found = np.clip(decoder.run(None, {"indices": indices})[0], 0, 1)
        psnrs.append(-10 * np.log10(np.square(found - planes).mean()))
        counts += np.bincount(indices.ravel(), minlength=entries)
        pixels += width * height
        packed += indices.size * np.ceil(np.log2(entries))
        if args.indices:
            Path(args.indices).mkdir(parents=True, exist_ok=True)
            np.save(Path(args.indices) / f"{path.stem}.npy", indices.astype(np.uint16))
    shares = counts[counts > 0] / counts.sum()
    entropy = -(shares * np.log2(shares)).sum()
    print(f"{len(psnrs)} photos, PSNR {np.mean(psnrs):.2f} dB, {packed / pixels:.4f} bits a pixel packed")
    print(f"{len(shares)} of {entries} entries used, entropy of an index {entropy:.2f} bits")


if __name__ == "__main__":
    main()
