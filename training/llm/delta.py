"""Delta packages: what fitting changed of a language model, without the backbone.

A folder with
  delta.safetensors  `embedding` and `head`, each float16 [vocabulary, width]
  delta.json         the manifest of the fitted model (spec/float-profile.md, 6) without its files; `backbone` names the
                     model that belongs between the two by the SHA-256 of its weights (`language_model.fingerprint`)
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file


def write(folder: Path, manifest: dict, embedding: np.ndarray, head: np.ndarray) -> None:
    folder.mkdir(parents=True)
    weights = {"embedding": embedding.astype(np.float16), "head": head.astype(np.float16)}
    save_file(weights, folder / "delta.safetensors")
    (folder / "delta.json").write_text(json.dumps(manifest, indent=2) + "\n")


def read(folder: Path) -> tuple[dict, np.ndarray, np.ndarray]:
    """Manifest, embedding and head, the latter two in float32."""
    weights = load_file(folder / "delta.safetensors")
    manifest = json.loads((folder / "delta.json").read_text())
    return manifest, weights["embedding"].astype(np.float32), weights["head"].astype(np.float32)
