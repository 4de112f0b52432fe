"""Writes a package's model.json beside weights.safetensors, after proving its bounds; and ONNX graphs on request."""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

import bounds
import layout
from evaluate import KINDS
from graph import build
from integer import LOGITS_A_BIT
from selftest import self_test_hash


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def manifest(weights: Path, proofs: dict, shapes: dict, self_test: str, provenance: dict) -> dict:
    return {
        "name": "dct-photo",
        "version": 1,
        "profile": "exact",
        "codec": "dct",
        "arrangement": "dct-wavefront",
        "widths": shapes,
        "alphabet": {
            "last": 64,
            "symbols": layout.SYMBOLS,
            "directMagnitudes": layout.DIRECT,
            "rawBits": layout.raw_bits().tolist(),
        },
        "logitsABit": LOGITS_A_BIT,
        "limits": {
            "feature": bounds.FEATURE_MAX,
            "activation": bounds.ACTIVATION_MAX,
            "carry": bounds.CARRY_MAX,
            "logit": bounds.LOGIT_MAX,
        },
        "largestSums": proofs,
        "selfTest": self_test,
        "files": {weights.name: {"bytes": weights.stat().st_size, "sha256": sha256(weights)}},
        "training": provenance,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", required=True, help="folder with weights.safetensors, as quantize.py writes it")
    parser.add_argument("--onnx", help="folder to write luma.onnx and chroma.onnx to")
    parser.add_argument("--provenance", default="{}", help="JSON text to store as the manifest's `training`")
    args = parser.parse_args()
    weights = Path(args.package) / "weights.safetensors"
    tensors = load_file(weights)
    proofs, shapes = {}, {}
    for kind in KINDS:
        own = {k.removeprefix(f"{kind}."): v for k, v in tensors.items() if k.startswith(f"{kind}.")}
        proofs[kind] = bounds.prove(own)
        shapes[kind] = {
            "contextFeatures": own["context_1.weight"].shape[1],
            "context": own["context_to_group.weight"].shape[0],
            "groupFeatures": own["group_1.weight"].shape[1],
            "coefficientFeatures": own["coefficient_1.weight"].shape[1],
        }
        if args.onnx:
            Path(args.onnx).mkdir(parents=True, exist_ok=True)
            graph = build(own, f"dct-photo {kind}").SerializeToString(deterministic=True)
            (Path(args.onnx) / f"{kind}.onnx").write_bytes(graph)
        print(f"{kind}: largest sum {max(proofs[kind].values())}, {sum(np.size(v) for v in own.values())} numbers")
    text = json.dumps(manifest(weights, proofs, shapes, self_test_hash(tensors), json.loads(args.provenance)), indent=2)
    (weights.parent / "model.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
