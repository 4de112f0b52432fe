"""Drops the units of a package's nets that answer to next to nothing: rows of a hidden layer, and the columns that read
them. Most units die early in training, and dead ones cost as much time as others."""

import argparse
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

import bounds
from coding import prepare
from dataset import Cache
from evaluate import KINDS
from integer import IntegerModel


class Watched(IntegerModel):
    """Counts how often the units of the hidden layers answer."""

    def hidden(self, layer: str, sums: np.ndarray) -> np.ndarray:
        result = super().hidden(layer, sums)
        answers, rows = self.seen.get(layer, (0, 0))
        self.seen[layer] = answers + (result > 0).sum(0), rows + len(result)
        return result

    def watch(self) -> None:
        self.seen: dict[str, tuple[np.ndarray, int]] = {}

    def awake(self, share: float) -> dict[str, np.ndarray]:
        """Of each hidden layer, the units that answer more often than in a share of cases."""
        return {layer: answers > share * rows for layer, (answers, rows) in self.seen.items()}


def pruned(tensors: dict[str, np.ndarray], awake: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The tensors of one class without the units that are not `awake`."""
    result = dict(tensors)
    for layer, keep in awake.items():
        rows = [f"{layer}.weight", f"{layer}.bias", f"{layer}.shift"]
        if layer in bounds.CARRIED_BY:
            rows += [f"{bounds.CARRIED_BY[layer]}.{part}" for part in ("weight", "bias", "shift")]
        for name in rows:
            result[name] = result[name][keep]
        for table in bounds.TABLES.get(layer, ()):
            result[table] = result[table][:, keep]
        for reader, source in bounds.INPUTS.items():
            if source == layer:
                result[f"{reader}.weight"] = result[f"{reader}.weight"][:, keep]
    return {name: np.ascontiguousarray(value) for name, value in result.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True, help="package folder with weights.safetensors")
    parser.add_argument("--cache", required=True, help="cache of extract.py, whose blocks the units are tried on")
    parser.add_argument("--blocks", type=int, default=200_000, help="how many of either class")
    parser.add_argument("--share", type=float, default=0.0, help="drop what answers in no more than this share of cases")
    parser.add_argument("--out", required=True, help="package folder; weights.safetensors is written there")
    args = parser.parse_args()
    tensors = {}
    for kind in KINDS:
        model = Watched.load(args.package, kind)
        model.watch()
        cache, rng = Cache(args.cache, kind), np.random.default_rng(6)
        for _ in range(-(-args.blocks // 512)):
            model.run(prepare(cache.sample(512, rng)))
        awake = model.awake(args.share)
        for layer, units in awake.items():
            print(f"{kind} {layer}: {units.sum()} of {len(units)} units kept")
        kept = pruned(model.tensors, awake)
        bounds.prove(kept)
        tensors |= {f"{kind}.{name}": value for name, value in kept.items()}
    Path(args.out).mkdir(parents=True, exist_ok=True)
    save_file(tensors, Path(args.out) / "weights.safetensors")


if __name__ == "__main__":
    main()
