"""Turns a checkpoint of train.py into a model package: integers, the proof of their bounds, the self-test, the manifest.

With --random it makes a package of random weights, which predicts nothing, of numpy alone.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np

import layout
from integers import Tensors, prove, quantise, self_test_hash

TYPES = {np.dtype("i1"): "I8", np.dtype("i4"): "I32"}


def safetensors(tensors: Tensors) -> bytes:
    """The file of integer tensors, in the order of their names."""
    header, data = {}, b""
    for name in sorted(tensors):
        part = np.ascontiguousarray(tensors[name]).astype(tensors[name].dtype.newbyteorder("<")).tobytes()
        offsets = [len(data), len(data) + len(part)]
        header[name] = {"dtype": TYPES[tensors[name].dtype], "shape": list(tensors[name].shape), "data_offsets": offsets}
        data += part
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def manifest(tensors: Tensors, weights: bytes, stream: bool, name: str, version: int, description: dict) -> dict:
    return {
        "name": name,
        "version": version,
        "profile": "exact",
        "codec": "rvq" if stream else "vq",
        "arrangement": "rvq-frames" if stream else "vq-raster",
        "logitsABit": layout.LOGITS_A_BIT,
        "limits": {
            "feature": layout.FEATURE_MAX,
            "activation": layout.ACTIVATION_MAX,
            "carry": layout.CARRY_MAX,
            "logit": layout.LOGIT_MAX,
        },
        "largestSums": prove(tensors),
        "selfTest": self_test_hash(tensors),
        "files": {"weights.safetensors": {"bytes": len(weights), "sha256": hashlib.sha256(weights).hexdigest()}},
    } | description


def random_weights(codebooks: tuple[int, ...], seed: int, neighbours: int = 4, width: int = 16, cell: int = 8) -> Tensors:
    """Weights of a small model, as random as those that a training begins with."""
    rng = np.random.default_rng(seed)
    entries, layers = sum(codebooks), len(codebooks)
    inputs = {"context_1": (neighbours + len(layout.AVERAGES)) * cell, "token_1": cell}
    weights = {"cell": rng.normal(size=(entries + 1, cell)), "own": rng.normal(size=(entries, cell))}
    for layer in ("context_1", "context_2", "context_to_token", "token_1", "token_2", "token_3"):
        rows, columns = entries if layer == "token_3" else width, inputs.get(layer, width)
        weights[f"{layer}.weight"] = rng.normal(size=(rows, columns)) / np.sqrt(columns)
        weights[f"{layer}.bias"] = rng.normal(size=rows) / 8
    weights["context_depth"] = rng.normal(size=(layers, width)) / 8
    weights["token_layer"] = rng.normal(size=(layers, width)) / 8
    return weights


def load_checkpoint(path: Path) -> tuple[Tensors, tuple[int, ...], bool]:
    """Weights, codebook sizes, and whether they are of streams."""
    import torch  # noqa: PLC0415, only here: random packages need none

    state = torch.load(path, weights_only=True)
    weights = {name: value.detach().double().numpy() for name, value in state["model"].items()}
    return weights, tuple(state["shape"]["codebooks"]), state["shape"]["stream"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", type=Path, help="of train.py")
    source.add_argument("--random", type=int, metavar="SEED")
    parser.add_argument("--codec", choices=["vq", "rvq"], help="with --random")
    parser.add_argument("--codebook", type=int, nargs="+", help="with --random: entries of the codebook, or of each layer's")
    parser.add_argument("--out", type=Path, required=True, help="folder of the package")
    parser.add_argument("--name", required=True)
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--describe", type=json.loads, default={}, help="JSON: further members of the manifest")
    args = parser.parse_args()
    if args.checkpoint:
        weights, codebooks, stream = load_checkpoint(args.checkpoint)
    else:
        codebooks, stream = tuple(args.codebook), args.codec == "rvq"
        weights = random_weights(codebooks, args.random)
    tensors = quantise(weights, codebooks)
    named = {f"index.{name}": value for name, value in tensors.items()}
    file = safetensors(named)
    text = json.dumps(manifest(tensors, file, stream, args.name, args.version, args.describe), indent=2)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "weights.safetensors").write_bytes(file)
    (args.out / "model.json").write_text(text + "\n")
    for layer, bound in prove(tensors).items():
        print(f"{layer}: sums below {bound} ({bound / 2**24:.0%} of 2^24)")
    print(f"{args.out}: {len(file)} bytes of weights")


if __name__ == "__main__":
    main()
