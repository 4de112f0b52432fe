"""Bits of an index, by layer, that a checkpoint gives held-out dumps: without what a chunk teaches while it is coded."""

import argparse
from pathlib import Path

import numpy as np
import torch

import dumps
import layout
from model import IndexModel
from train import watched_bits


def load(path: Path) -> IndexModel:
    state = torch.load(path, weights_only=True)
    shape = layout.Shape(**(state["shape"] | {"codebooks": tuple(state["shape"]["codebooks"])}))
    widths = state["widths"]
    model = IndexModel(shape, tuple(widths["context"]), tuple(widths["token"]), widths["own"])
    model.load_state_dict(state["model"])
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dumps", type=Path, nargs="+", help=".npy files, or folders of them")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--cells", type=int, default=20000, help="cells to evaluate, as many as make whole items")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = load(args.checkpoint)
    items = dumps.read_items(args.dumps, model.shape.stream)
    bits = watched_bits(model, items, len(model.shape.codebooks), args.cells)
    full = np.log2(model.shape.codebooks)
    for layer, value in enumerate(bits):
        print(f"layer {layer + 1}: {value:.4f} of {full[layer]:.4f} bits, {value / full[layer]:.4f}")
    print(f"all: {np.sum(bits) / full.sum():.4f} of the packed bits")


if __name__ == "__main__":
    main()
