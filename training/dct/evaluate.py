"""Code length of folders of JPEGs under a checkpoint (float) or an exported package (integer), against file sizes."""

import argparse
import csv
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from blocks import read_planes
from coding import Task, losses, prepare, raw_bits
from dataset import Photo
from integer import IntegerModel, cost_bits
from model import BlockModel
from rounding import rounded_weights

HEADER_BYTES = 100
SLICE = 512
KINDS = ("luma", "chroma")


@dataclass
class FloatCoder:
    """Costs in bits under the float model of a checkpoint."""

    models: dict[str, BlockModel]
    rounded: bool = False

    @classmethod
    def load(cls, checkpoints: list[str], rounded: bool = False) -> "FloatCoder":
        state = {}
        for checkpoint in checkpoints:
            state |= torch.load(checkpoint, weights_only=True)
        models = {}
        for kind in KINDS:
            models[kind] = BlockModel(kind).eval()
            models[kind].load_state_dict({k: v.float() for k, v in state[kind]["model"].items()})
        return cls(models, rounded)

    @torch.no_grad()
    def costs(self, kind: str, task: Task) -> tuple[np.ndarray, np.ndarray]:
        with rounded_weights(self.models[kind]) if self.rounded else nullcontext():
            last, symbols, _ = losses(self.models[kind], task)
        return last.double().numpy() / np.log(2), symbols.double().numpy() / np.log(2)


@dataclass
class IntegerCoder:
    """Costs in bits under the integer model of a package, with the probabilities its logits stand for."""

    models: dict[str, IntegerModel]

    @classmethod
    def load(cls, package: str) -> "IntegerCoder":
        return cls({kind: IntegerModel.load(package, kind) for kind in KINDS})

    def costs(self, kind: str, task: Task) -> tuple[np.ndarray, np.ndarray]:
        last_logits, logits = self.models[kind].run(task)
        return cost_bits(last_logits, task.last.numpy()), cost_bits(logits, task.symbol.numpy())


def photo_bits(coder, path: Path) -> dict[str, float]:
    """Bits of one photo, by part: {luma,chroma}_{last,dc,ac}."""
    planes = read_planes(str(path))
    photo = Photo(planes)
    bits = dict.fromkeys((f"{kind}_{part}" for kind in KINDS for part in ("last", "dc", "ac")), 0.0)
    for component, kind in enumerate(photo.components()):
        count = planes[component].blocks.shape[0] * planes[component].blocks.shape[1]
        for start in range(0, count, SLICE):
            task = prepare(photo.slice(component, start, start + SLICE))
            last, symbols = coder.costs(kind, task)
            dc = task.index.numpy() == 0
            bits[f"{kind}_last"] += last.sum()
            bits[f"{kind}_dc"] += symbols[dc].sum()
            bits[f"{kind}_ac"] += symbols[~dc].sum() + raw_bits(task)
    return bits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", nargs="+", help="float model: checkpoints of train.py holding both classes")
    source.add_argument("--package", help="integer model: a folder written by export.py")
    parser.add_argument("--rounded", action="store_true", help="of a checkpoint: with weights rounded, as train.py --rounded has them")
    parser.add_argument("--photos", nargs="+", required=True, help="folders of JPEGs; each is reported as one set")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth photo of each folder")
    parser.add_argument("--csv", help="file to write one line a photo to")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    coder = FloatCoder.load(args.checkpoint, args.rounded) if args.checkpoint else IntegerCoder.load(args.package)
    rows = []
    print(f"{'set':24} photos  file bytes  coded bytes  saving  mean saving  shares of luma last/dc/ac, chroma last/dc/ac")
    for folder in args.photos:
        start = len(rows)
        for path in sorted(Path(folder).iterdir())[:: args.every]:
            bits = photo_bits(coder, path)
            rows.append({"set": Path(folder).name, "photo": path.name, "file_bytes": path.stat().st_size,
                         "coded_bytes": round(sum(bits.values()) / 8) + HEADER_BYTES, **bits})
        part = rows[start:]
        size, coded = (sum(row[key] for row in part) for key in ("file_bytes", "coded_bytes"))
        mean = np.mean([1 - row["coded_bytes"] / row["file_bytes"] for row in part])
        names = list(part[0])[4:]
        shares = " ".join(f"{100 * sum(row[name] for row in part) / 8 / coded:.1f}" for name in names)
        print(f"{Path(folder).name:24} {len(part):6}  {size:10}  {coded:11}  {100 - 100 * coded / size:5.2f}%  {100 * mean:10.2f}%  {shares}")
        sys.stdout.flush()
    if args.csv:
        with open(args.csv, "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows({k: round(v, 1) if isinstance(v, float) else v for k, v in row.items()} for row in rows)


if __name__ == "__main__":
    main()
