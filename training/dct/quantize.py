"""Turns checkpoints into integer weights: 8-bit weights, a power of two per row, 10-bit activations."""

import argparse
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

import bounds
from coding import Task, losses, prepare
from dataset import Cache
from evaluate import KINDS, FloatCoder
from integer import LOGITS_A_BIT
from model import BlockModel
from rounding import row_bits

FEATURE_BITS = 4
# Batches of 1,024 blocks that show the range of activations.
SAMPLES = 8
# Which layer's input shows the activations of a hidden layer.
SEEN_BY = {source: layer for layer, source in bounds.INPUTS.items() if source != "features"}


@torch.no_grad()
def activation_bits(model: BlockModel, tasks: Iterable[Task]) -> dict[str, int]:
    """Fraction bits of each hidden layer, as many as let the largest activation fit. A bit too many costs percents of
    photos whose activations are then clipped, a bit too few next to nothing."""
    largest = dict.fromkeys(SEEN_BY, 0.0)

    def watch(layer: str):
        def hook(_module, inputs, _output):
            largest[layer] = max(largest[layer], inputs[0].max().item())
        return hook

    hooks = [getattr(model, reader).register_forward_hook(watch(layer)) for layer, reader in SEEN_BY.items()]
    for task in tasks:
        losses(model, task)
    for hook in hooks:
        hook.remove()
    return {layer: math.floor(math.log2(bounds.ACTIVATION_MAX / max(value, 1e-3))) for layer, value in largest.items()}


class Quantiser:
    """Builds the integer tensors of one class."""

    def __init__(self, model: BlockModel, tasks: Iterable[Task]) -> None:
        self.weights = {name: value.detach().double().numpy() for name, value in model.state_dict().items()}
        self.fraction = {"features": FEATURE_BITS} | activation_bits(model, tasks)
        self.tensors: dict[str, np.ndarray] = {}
        # Fraction bits of each row's sums, per layer.
        self.sum_bits: dict[str, np.ndarray] = {}

    def run(self) -> dict[str, np.ndarray]:
        for layer in bounds.INPUTS:
            if layer not in bounds.CARRIES:
                self.add_layer(layer)
        # A carry is handed over in the unit of the sums it is added to.
        for layer, target in zip(bounds.CARRIES, bounds.TABLES):
            self.add_layer(layer, target)
        return self.tensors

    def add_layer(self, layer: str, target: str | None = None) -> None:
        weight, bias = self.weights[f"{layer}.weight"], self.weights.get(f"{layer}.bias")
        if layer in bounds.LOGITS:
            # Natural logarithms to units of the integer logits.
            weight, bias = weight / math.log(2), bias / math.log(2)
            output_bits = math.log2(LOGITS_A_BIT)
        elif target:
            output_bits = self.sum_bits[target]
        else:
            output_bits = self.fraction[layer]
        input_bits = self.fraction[bounds.INPUTS[layer]]
        scale = row_bits(torch.from_numpy(weight)).numpy().astype(int)
        while True:
            integers, bits = np.round(np.ldexp(weight, scale[:, None])), scale + input_bits
            self.put(layer, integers, bits, bias, np.broadcast_to(output_bits, bits.shape).astype(int))
            beyond = bounds.layer_bound(self.tensors, layer) >= bounds.EXACT
            if not beyond.any():
                break
            scale = scale - beyond
        self.sum_bits[layer] = bits

    def put(self, layer: str, integers: np.ndarray, bits: np.ndarray, bias, output_bits: np.ndarray) -> None:
        """Stores a layer whose sums have `bits` fraction bits and whose output has `output_bits`, per row."""
        shift = bits - output_bits
        # Half a unit of the output makes the floor a rounding.
        half = np.where(shift > 0, np.ldexp(0.5, shift), 0)
        offset = half + (0 if bias is None else np.ldexp(bias, bits))
        self.tensors[f"{layer}.weight"] = integers.astype(np.int8)
        self.tensors[f"{layer}.bias"] = np.round(offset).astype(np.int32)
        self.tensors[f"{layer}.shift"] = shift.astype(np.int8)
        for table in bounds.TABLES.get(layer, ()):
            self.tensors[table] = np.round(np.ldexp(self.weights[table], bits)).astype(np.int32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", nargs="+", required=True, help="checkpoints of train.py holding both classes")
    parser.add_argument("--cache", required=True, help="cache of extract.py, to find the range of activations")
    parser.add_argument("--out", required=True, help="package folder; weights.safetensors is written there")
    args = parser.parse_args()
    coder = FloatCoder.load(args.checkpoint)
    tensors = {}
    for kind in KINDS:
        # All blocks alike: those of many bits have the largest activations.
        cache, rng = Cache(args.cache, kind, tilt=0), np.random.default_rng(5)
        tasks = (prepare(cache.sample(1024, rng)) for _ in range(SAMPLES))
        quantised = Quantiser(coder.models[kind], tasks).run()
        tensors |= {f"{kind}.{name}": value for name, value in quantised.items()}
        for layer, bound in bounds.prove(quantised).items():
            print(f"{kind} {layer}: sums below {bound} ({bound / bounds.EXACT:.0%} of 2^24)")
    Path(args.out).mkdir(parents=True, exist_ok=True)
    save_file(tensors, Path(args.out) / "weights.safetensors")


if __name__ == "__main__":
    main()
