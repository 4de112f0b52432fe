"""Turns a package's integer weights back into a checkpoint, so that training can go on from what is committed.

The float nets compute the same function but for the rounding and clipping of the integers. Each layer's unit of
activation may be chosen freely; one for all layers does.
"""

import argparse
import math

import numpy as np
import torch
from safetensors.numpy import load_file

import bounds
from evaluate import KINDS
from integer import LOGITS_A_BIT
from quantize import FEATURE_BITS

ACTIVATION_BITS = 7


def float_state(tensors: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """The float tensors of one class from its integer ones."""
    # Fraction bits of each row's sums; the carries take the unit of the sums they are added to.
    sum_bits: dict[str, np.ndarray] = {}
    for layer in bounds.INPUTS:
        if layer not in bounds.CARRIES:
            output_bits = math.log2(LOGITS_A_BIT) if layer in bounds.LOGITS else ACTIVATION_BITS
            sum_bits[layer] = tensors[f"{layer}.shift"].astype(int) + int(output_bits)
    for layer, target in zip(bounds.CARRIES, bounds.TABLES):
        sum_bits[layer] = tensors[f"{layer}.shift"].astype(int) + sum_bits[target]
    state = {}
    for layer, source in bounds.INPUTS.items():
        bits = sum_bits[layer]
        input_bits = FEATURE_BITS if source == "features" else ACTIVATION_BITS
        unit = math.log(2) if layer in bounds.LOGITS else 1.0
        shift = tensors[f"{layer}.shift"].astype(int)
        half = np.where(shift > 0, np.ldexp(0.5, shift), 0)
        bias = np.ldexp(tensors[f"{layer}.bias"] - half, -bits) * unit
        state[f"{layer}.weight"] = np.ldexp(tensors[f"{layer}.weight"].astype(float), (input_bits - bits)[:, None]) * unit
        if layer in bounds.TABLES:
            # These layers have no bias in float; their first table takes it.
            first, *others = bounds.TABLES[layer]
            state[first] = np.ldexp(tensors[first].astype(float), -bits) + bias
            state |= {table: np.ldexp(tensors[table].astype(float), -bits) for table in others}
        else:
            state[f"{layer}.bias"] = bias
    return {name: torch.from_numpy(value).float() for name, value in state.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True, help="package folder with weights.safetensors")
    parser.add_argument("--out", required=True, help="checkpoint to write, for train.py --start")
    args = parser.parse_args()
    tensors = load_file(f"{args.package}/weights.safetensors")
    state = {}
    for kind in KINDS:
        own = {name.removeprefix(f"{kind}."): value for name, value in tensors.items() if name.startswith(f"{kind}.")}
        state[kind] = {"model": float_state(own)}
    torch.save(state, args.out)


if __name__ == "__main__":
    main()
