"""Writes codec packages (spec/codec-package.md) of PyTorch modules."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn


def write_package(out: str, encoder: nn.Module, decoder: nn.Module, manifest: dict, halved: bool = False) -> None:
    """Exports the networks of a codec, checks them against PyTorch on random input, and writes them with their manifest.

    encoder: the medium, as spec/codec-package.md has it, to int64 indices; decoder: back. Neither keeps state.
    manifest: `codec.json` without its member `files`.
    halved: stores the weights in float16; the modules should hold no others.
    """
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    if manifest["codec"] == "vq":
        side = manifest["cellPixels"]
        medium, examples = "pixels", [torch.rand(1, 3, rows * side, columns * side) for rows, columns in ((4, 5), (9, 7))]
        medium_axes, index_axes = {2: "height", 3: "width"}, {0: "rows", 1: "columns"}
    else:
        samples = manifest["frameSamples"]
        most = manifest["framesPerCall"]["encoder"]
        medium, examples = "samples", [torch.rand(1, frames * samples) * 0.2 - 0.1 for frames in {most, max(1, most // 2)}]
        medium_axes, index_axes = {1: "samples"}, {0: "layers", 1: "frames"}
    with torch.no_grad():
        indices = [encoder.eval()(example) for example in examples]
        media = [decoder.eval()(grid) for grid in indices]
    _export(folder / "encoder.onnx", encoder, examples[0], (medium, medium_axes), ("indices", index_axes), halved)
    _export(folder / "decoder.onnx", decoder, indices[0], ("indices", index_axes), (medium, medium_axes), halved)
    agreement = [
        (found == expected.numpy()).mean()
        for found, expected in zip(_run(folder / "encoder.onnx", medium, examples), indices, strict=True)
    ]
    difference = [
        np.abs(found - expected.numpy()).max()
        for found, expected in zip(_run(folder / "decoder.onnx", "indices", indices), media, strict=True)
    ]
    print(f"indices as PyTorch's: {100 * min(agreement):.2f} %, greatest difference of a sample: {max(difference):.1e}")
    if min(agreement) < 0.99 or max(difference) > 1e-3:
        raise SystemExit("the ONNX networks are not those of PyTorch")
    files = {}
    for name in ("encoder.onnx", "decoder.onnx"):
        data = (folder / name).read_bytes()
        files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "codec.json").write_text(json.dumps(manifest | {"files": files}, indent=2) + "\n")


def _export(path: Path, network: nn.Module, example: torch.Tensor, source: tuple, result: tuple, halved: bool) -> None:
    torch.onnx.export(
        network, (example,), str(path), input_names=[source[0]], output_names=[result[0]], opset_version=17,
        dynamic_axes={source[0]: source[1], result[0]: result[1]}, dynamo=False,
    )  # fmt: skip
    if halved:
        _halve(path)


def _run(path: Path, name: str, inputs: list[torch.Tensor]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(path)
    return [session.run(None, {name: tensor.numpy()})[0] for tensor in inputs]


def _halve(path: Path) -> None:
    """Stores the weights in float16, which runtimes cast once, when they load the network."""
    graph = onnx.load(path)
    casts = []
    for tensor in graph.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < 256:
            continue
        name = tensor.name
        half = onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor).astype(np.float16), f"{name}.half")
        tensor.CopyFrom(half)
        casts.append(onnx.helper.make_node("Cast", [half.name], [name], to=onnx.TensorProto.FLOAT))
    for node in reversed(casts):
        graph.graph.node.insert(0, node)
    onnx.checker.check_model(graph)
    onnx.save(graph, path)
