"""A TFLite subgraph as plain Python: tensors, constants, quantisation, operators."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tflite

OPERATORS = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
TYPES = {tflite.TensorType.FLOAT32: "<f4", tflite.TensorType.INT32: "<i4", tflite.TensorType.INT8: "i1", tflite.TensorType.BOOL: "?"}
OPTIONS = {
    "CONV_2D": tflite.Conv2DOptions,
    "DEPTHWISE_CONV_2D": tflite.DepthwiseConv2DOptions,
    "TRANSPOSE_CONV": tflite.TransposeConvOptions,
    "CONCATENATION": tflite.ConcatenationOptions,
    "LEAKY_RELU": tflite.LeakyReluOptions,
    "ADD": tflite.AddOptions,
    "SUB": tflite.SubOptions,
    "STRIDED_SLICE": tflite.StridedSliceOptions,
    "VAR_HANDLE": tflite.VarHandleOptions,
}


@dataclass
class Tensor:
    """A tensor; `data` of a constant, `scale` and `zero` of a quantised one (scales of a weight: one a channel)."""

    index: int
    shape: tuple[int, ...]
    quantized: bool
    data: np.ndarray | None
    scale: np.ndarray
    zero: int


@dataclass
class Operator:
    name: str
    inputs: list[Tensor]
    outputs: list[Tensor]
    options: dict[str, int | float | str] = field(default_factory=dict)


@dataclass
class Graph:
    inputs: list[Tensor]
    outputs: list[Tensor]
    operators: list[Operator]


def read_graph(path: Path, subgraph: int = 0) -> Graph:
    """A subgraph of a .tflite file."""
    model = tflite.Model.GetRootAs(path.read_bytes(), 0)
    source = model.Subgraphs(subgraph)
    tensors = [_tensor(model, source.Tensors(i), i) for i in range(source.TensorsLength())]
    operators = [_operator(model, source.Operators(i), tensors) for i in range(source.OperatorsLength())]
    ends = [[tensors[i] for i in indices] for indices in (source.InputsAsNumpy(), source.OutputsAsNumpy())]
    return Graph(ends[0], ends[1], operators)


def _tensor(model: tflite.Model, source: tflite.Tensor, index: int) -> Tensor:
    shape = tuple(int(size) for size in source.ShapeAsNumpy()) if source.ShapeLength() else ()
    stored = model.Buffers(source.Buffer())
    data = None
    if stored.DataLength():
        data = np.frombuffer(stored.DataAsNumpy().tobytes(), TYPES[source.Type()]).reshape(shape)
    quantization = source.Quantization()
    known = quantization is not None and quantization.ScaleLength() > 0
    scale = quantization.ScaleAsNumpy().astype(np.float32) if known else np.ones(1, np.float32)
    zero = int(quantization.ZeroPoint(0)) if known else 0
    return Tensor(index, shape, source.Type() == tflite.TensorType.INT8, data, scale, zero)


def _operator(model: tflite.Model, source: tflite.Operator, tensors: list[Tensor]) -> Operator:
    code = model.OperatorCodes(source.OpcodeIndex())
    name = OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
    inputs = [tensors[i] for i in source.InputsAsNumpy()] if source.InputsLength() else []
    outputs = [tensors[i] for i in source.OutputsAsNumpy()] if source.OutputsLength() else []
    options: dict[str, int | float | str] = {}
    if name in OPTIONS:
        table = OPTIONS[name]()
        table.Init(source.BuiltinOptions().Bytes, source.BuiltinOptions().Pos)
        for member in dir(table):
            if member[0].isupper() and member != "Init" and "GetRootAs" not in member and "Identifier" not in member:
                value = getattr(table, member)()
                options[member] = value.decode() if isinstance(value, bytes) else value
    if options.get("FusedActivationFunction", 0) != 0:
        raise NotImplementedError(f"{name} with a fused activation")
    return Operator(name, inputs, outputs, options)
