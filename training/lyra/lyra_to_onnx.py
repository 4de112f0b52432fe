"""Makes the codec package rvq-lyra of Lyra v2's three TFLite networks.

    python lyra_to_onnx.py --lyra FOLDER --out ../../codecs/rvq-lyra

FOLDER holds soundstream_encoder.tflite, quantizer.tflite and lyragan.tflite of https://github.com/google/lyra (Apache-2.0).
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto

from convert_graph import Converter
from tflite_graph import read_graph

DEPTH, ENTRIES, FEATURES, FRAME = 46, 16, 64, 320
DESCRIPTION = "Lyra v2 (SoundStream): speech at 16 kHz, 46 layers of 16 entries, 50 frames a second"


def codebooks(quantizer: Path) -> np.ndarray:
    """Entries of every layer, [46, 16, 64]."""
    layers = [operator for operator in read_graph(quantizer, 1).operators if operator.name == "SQUARED_DIFFERENCE"]
    books = np.stack([operator.inputs[1].data[0] for operator in layers])
    assert books.shape == (DEPTH, ENTRIES, FEATURES)
    return books


def encoder(path: Path, books: np.ndarray) -> ModelProto:
    """samples [1, 320 frames] -> indices [46, frames]."""
    graph, converter = read_graph(path), Converter()
    samples = converter.input("samples", TensorProto.FLOAT, [1, "samples"])
    signal = converter.node("Reshape", [samples, converter.integers([1, 1, -1])])
    converter.convert(graph, {graph.inputs[0].index: signal})
    features = converter.name(graph.outputs[0])
    rest = converter.node("Transpose", [features], perm=[2, 0, 1])  # [frames, 1, features]
    chosen = []
    for book in books:
        entries = converter.constant(book)
        difference = converter.node("Sub", [rest, entries])
        squares = converter.node("Mul", [difference, difference])
        distances = converter.node("ReduceSum", [squares, converter.integers([2])], keepdims=0)
        index = converter.node("ArgMin", [distances], axis=1)  # [frames, 1]
        chosen.append(converter.node("Transpose", [index], perm=[1, 0]))
        entry = converter.node("Gather", [entries, index], axis=0)
        # The straight-through form of the training graph: it rounds differently from a plain subtraction.
        quantized = converter.node("Add", [rest, converter.node("Sub", [entry, rest])])
        rest = converter.node("Sub", [rest, quantized])
    indices = converter.node("Concat", chosen, axis=0)
    converter.output(indices, "indices", TensorProto.INT64, [DEPTH, "frames"])
    return converter.model(f"{DESCRIPTION}: encoder")


def decoder(path: Path, books: np.ndarray) -> ModelProto:
    """indices [1 to 46 layers, frames] -> samples [1, 320 frames]."""
    graph, converter = read_graph(path), Converter()
    indices = converter.input("indices", TensorProto.INT64, ["layers", "frames"])
    layers = converter.node("Slice", [converter.node("Shape", [indices]), converter.integers([0]), converter.integers([1])])
    firsts = converter.constant(ENTRIES * np.arange(DEPTH, dtype=np.int64)[:, None])
    offsets = converter.node("Slice", [firsts, converter.integers([0]), layers, converter.integers([0])])
    entries = converter.node("Gather", [converter.constant(books.reshape(-1, FEATURES)), converter.node("Add", [indices, offsets])])
    sums = converter.node("ReduceSum", [entries, converter.integers([0])], keepdims=1)  # [1, frames, features]
    features = converter.node("Transpose", [sums], perm=[0, 2, 1])
    converter.convert(graph, {graph.inputs[0].index: features})
    samples = converter.node("Reshape", [converter.name(graph.outputs[0]), converter.integers([1, -1])])
    converter.output(samples, "samples", TensorProto.FLOAT, [1, "samples"])
    return converter.model(f"{DESCRIPTION}: decoder")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lyra", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    books = codebooks(arguments.lyra / "quantizer.tflite")
    networks = {
        "encoder.onnx": encoder(arguments.lyra / "soundstream_encoder.tflite", books),
        "decoder.onnx": decoder(arguments.lyra / "lyragan.tflite", books),
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, network in networks.items():
        content = network.SerializeToString(deterministic=True)
        (arguments.out / name).write_bytes(content)
        files[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {
        "name": "rvq-lyra",
        "version": 1,
        "codec": "rvq",
        "description": DESCRIPTION,
        "license": "Apache-2.0",
        "source": "https://github.com/google/lyra, converted by training/lyra/lyra_to_onnx.py",
        "codebooks": [ENTRIES] * DEPTH,
        "sampleRate": 16000,
        "frameSamples": FRAME,
        "framesPerCall": {"encoder": 50, "decoder": 1},
        "files": files,
    }
    (arguments.out / "codec.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
