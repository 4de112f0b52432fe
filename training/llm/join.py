"""Joins a delta package to the ONNX graph of its backbone: the result is a package that `llmc models add` takes.

    python join.py --backbone smollm2-text --delta deltas/mine --out mine

The backbone is any package that `backbone.py` made of the model. Needs no PyTorch: requirements-join.txt.
"""

import argparse
import json
from pathlib import Path

import onnx

import delta
from graph import add_bias, refit, save


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", type=Path, required=True, help="folder of a package of the backbone")
    parser.add_argument("--delta", type=Path, required=True, help="folder of the delta package")
    parser.add_argument("--out", type=Path, required=True, help="folder of the fitted package, which must not exist")
    arguments = parser.parse_args()

    manifest, weights = delta.read(arguments.delta)
    found = json.loads((arguments.backbone / "model.json").read_text()).get("backbone", {})
    wanted = manifest["backbone"]
    if found.get("sha256") != wanted["sha256"]:
        raise SystemExit(
            f"{arguments.delta} was fitted to {wanted['name']} with weights of SHA-256 {wanted['sha256']}; "
            f"those of {arguments.backbone} have {found.get('sha256', 'none on record')}"
        )
    model = onnx.load(arguments.backbone / "model.onnx")
    refit(model, weights["embedding"], weights["head"])
    if "bias" in weights:
        add_bias(model.graph, weights["bias"])
    arguments.out.mkdir(parents=True)
    save(model, arguments.out / "model.onnx")
    (arguments.out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
