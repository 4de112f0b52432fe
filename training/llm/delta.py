"""Delta packages: what fitting changed of a language model, without the backbone.

A folder with
  delta.safetensors  `embedding` and `head`, each float16 [vocabulary, width]; where the head has biases, `bias`, float16
                     [places, vocabulary]: that of position p is added to the logits in row p modulo places
  delta.json         the manifest of the fitted model (spec/float-profile.md, 6) without its files; `backbone` names the
                     model that belongs between the two by the SHA-256 of its weights (`language_model.fingerprint`)
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file


def write(folder: Path, manifest: dict, weights: dict[str, np.ndarray]) -> None:
    folder.mkdir(parents=True)
    save_file({name: array.astype(np.float16) for name, array in weights.items()}, folder / "delta.safetensors")
    (folder / "delta.json").write_text(json.dumps(manifest, indent=2) + "\n")


def read(folder: Path) -> tuple[dict, dict[str, np.ndarray]]:
    """The manifest, and the weights in float32."""
    weights = load_file(folder / "delta.safetensors")
    manifest = json.loads((folder / "delta.json").read_text())
    return manifest, {name: array.astype(np.float32) for name, array in weights.items()}
