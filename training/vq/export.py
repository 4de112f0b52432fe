"""Writes the codec package of a checkpoint."""

import argparse

import torch
from model import CELL, VqAutoencoder
from package import write_package
from torch import nn

CELLS_PER_CALL = 48
MARGIN_CELLS = 7
"""The decoder sees 7 cells around a cell (5 convolutions of cells, 4 of half cells), the encoder 6."""


class Encoder(nn.Module):
    def __init__(self, model: VqAutoencoder):
        super().__init__()
        self.encoder, self.vectors = model.encoder, model.codebook.vectors

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        z = self.encoder(pixels)[0]
        # By a matrix product: the distance less what is the same for all entries.
        scores = torch.tensordot(z, self.vectors, dims=([0], [1])) * 2 - self.vectors.square().sum(1)
        return scores.argmax(-1)


class Decoder(nn.Module):
    def __init__(self, model: VqAutoencoder):
        super().__init__()
        self.decoder, self.vectors = model.decoder, model.codebook.vectors

    def forward(self, indices: torch.Tensor) -> torch.Tensor:
        return self.decoder(self.vectors[indices].permute(2, 0, 1)[None])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--name", default="vq-photo")
    parser.add_argument("--out", required=True, help="folder of the package")
    args = parser.parse_args()
    state = torch.load(args.checkpoint, weights_only=True)["model"]
    entries = len(state["codebook.vectors"])
    model = VqAutoencoder(entries)
    # What float16 holds, so that the check compares the same weights.
    model.load_state_dict({name: value.half().float() for name, value in state.items()})
    manifest = {
        "name": args.name,
        "version": 1,
        "codec": "vq",
        "description": f"Photos: a codebook of {entries} entries, an index for {CELL}x{CELL} pixels",
        "license": "Apache-2.0",
        "source": "training/vq",
        "codebook": entries,
        "cellPixels": CELL,
        "cellsPerCall": CELLS_PER_CALL,
        "marginCells": MARGIN_CELLS,
    }
    write_package(args.out, Encoder(model), Decoder(model), manifest, halved=True)


if __name__ == "__main__":
    main()
