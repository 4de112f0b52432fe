"""Streaming convolutional TFLite graphs to ONNX, with their state as explicit inputs and outputs.

Tensors [1, time, 1, channels] become [1, channels, time], of any number of frames of time. Quantised tensors hold their
integers as float32: sums of at most 2^24 are exact, so that quantised layers give what integer kernels give. They round
as XNNPACK does, which is what the TFLite runtime uses for them.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tflite_graph import Graph, Operator, Tensor

OPSET = 17


class Converter:
    """Collects the nodes of an ONNX graph."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[tuple, onnx.TensorProto] = {}
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.names: dict[int, str] = {}
        self.variables: dict[int, str] = {}

    # The pieces of an ONNX graph

    def node(self, operator: str, inputs: list[str], **attributes: object) -> str:
        """Adds a node; answers the name of its output."""
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, value: np.ndarray | list | float) -> str:
        array = np.asarray(value) if isinstance(value, np.ndarray) else np.asarray(value, np.float32)
        tensor = numpy_helper.from_array(array)
        key = (tensor.data_type, tuple(tensor.dims), tensor.raw_data)
        if key not in self.constants:
            tensor.name = f"k{len(self.constants)}"
            self.constants[key] = tensor
        return self.constants[key].name

    def integers(self, values: list[int]) -> str:
        return self.constant(np.array(values, np.int64))

    def input(self, name: str, kind: int, shape: list) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, value: str, name: str, kind: int, shape: list) -> None:
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def model(self, description: str) -> onnx.ModelProto:
        graph = helper.make_graph(self.nodes, "codec", self.inputs, self.outputs, list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        model.producer_name, model.doc_string = "llmc", description
        onnx.checker.check_model(model, full_check=True)
        return model

    # TFLite operators

    def convert(self, graph: Graph, names: dict[int, str]) -> None:
        """Adds a graph, given the names of its inputs as [1, channels, time]."""
        self.names = dict(names)
        for operator in graph.operators:
            handler = getattr(self, f"_{operator.name.lower()}", None)
            if handler is None:
                raise NotImplementedError(operator.name)
            result = handler(operator)
            if isinstance(result, str):
                self.names[operator.outputs[0].index] = result

    def name(self, tensor: Tensor) -> str:
        """Name of a tensor's value, constants as [1, channels, time]."""
        if tensor.data is None:
            return self.names[tensor.index]
        data = tensor.data
        if data.ndim == 4:
            return self.constant(np.ascontiguousarray(data[:, :, 0, :].transpose(0, 2, 1)))
        return self.constant(data.reshape(1, -1, 1))

    def _call_once(self, operator: Operator) -> None:
        """Initialises state, which begins as zeros here."""

    def _var_handle(self, operator: Operator) -> None:
        self.variables[operator.outputs[0].index] = str(operator.options["SharedName"]).removesuffix("/states")

    def _read_variable(self, operator: Operator) -> str:
        _, time, _, channels = operator.outputs[0].shape
        name = self.variables[operator.inputs[0].index]
        return self.input(f"state.{name}", TensorProto.FLOAT, [1, channels, time])

    def _assign_variable(self, operator: Operator) -> None:
        _, time, _, channels = operator.inputs[1].shape
        name = self.variables[operator.inputs[0].index]
        self.output(self.name(operator.inputs[1]), f"next.{name}", TensorProto.FLOAT, [1, channels, time])

    def _reshape(self, operator: Operator) -> str:
        return self.name(operator.inputs[0])

    def _concatenation(self, operator: Operator) -> str:
        first, *rest = operator.inputs
        if operator.options["Axis"] == -1:
            return self.node("Concat", [self.name(tensor) for tensor in operator.inputs], axis=1)
        if rest[0].data is not None:
            # Zeros after the overlap of a transposed convolution: `_add` lengthens it instead.
            if rest[0].data.any():
                raise NotImplementedError("CONCATENATION with a constant")
            return self.name(first)
        return self.node("Concat", [self.name(tensor) for tensor in operator.inputs], axis=2)

    def _split(self, operator: Operator) -> None:
        count = len(operator.outputs)
        outputs = [f"t{len(self.nodes)}_{i}" for i in range(count)]
        sizes = self.integers([operator.inputs[1].shape[3] // count] * count)
        self.nodes.append(helper.make_node("Split", [self.name(operator.inputs[1]), sizes], outputs, axis=1))
        for tensor, output in zip(operator.outputs, outputs, strict=True):
            self.names[tensor.index] = output

    def _strided_slice(self, operator: Operator) -> str:
        """The last steps of time, or all but the last."""
        source, begin, end, _ = operator.inputs
        first, last = int(begin.data[1]), int(end.data[1])
        if operator.options["EndMask"] & 2:
            bounds = (first, np.iinfo(np.int64).max)
        else:
            bounds = (0, last - source.shape[1])
        starts, ends, axes = (self.integers([value]) for value in (*bounds, 2))
        return self.node("Slice", [self.name(source), starts, ends, axes])

    def _quantize(self, operator: Operator) -> str:
        (target,) = operator.outputs
        scaled = self.node("Mul", [self.name(operator.inputs[0]), self.constant(np.float32(1) / target.scale[0])])
        return self.clip(self.node("Round", [scaled]), target.zero)

    def _dequantize(self, operator: Operator) -> str:
        return self.real(operator.inputs[0])

    def real(self, tensor: Tensor) -> str:
        offset = self.node("Sub", [self.name(tensor), self.constant(float(tensor.zero))])
        return self.node("Mul", [offset, self.constant(tensor.scale[0])])

    def clip(self, value: str, zero: int) -> str:
        """Integers with a zero point added, as 8 bits hold them."""
        return self.node("Clip", [self.node("Add", [value, self.constant(float(zero))]), self.constant(-128.0), self.constant(127.0)])

    def _leaky_relu(self, operator: Operator) -> str:
        (source,), (target,) = operator.inputs, operator.outputs
        alpha = np.float32(operator.options["Alpha"])
        if not source.quantized:
            return self.node("LeakyRelu", [self.name(source)], alpha=float(alpha))
        # XNNPACK: factors of 8 fractional bits, then rounding half up.
        ratio = source.scale[0] / target.scale[0]
        positive, negative = (float(np.rint(np.float32(256) * value)) for value in (ratio, ratio * alpha))
        centred = self.node("Sub", [self.name(source), self.constant(float(source.zero))])
        rising = self.node("Mul", [self.node("Relu", [centred]), self.constant(positive)])
        falling = self.node("Mul", [self.node("Min", [centred, self.constant(0.0)]), self.constant(negative)])
        return self.clip(self.shift(self.node("Add", [rising, falling]), 8), target.zero)

    def shift(self, value: str, bits: int) -> str:
        """value / 2^bits, rounded half up."""
        kind = np.float64 if bits > 8 else np.float32
        scaled = self.node("Mul", [value, self.constant(np.array(2.0**-bits, kind))])
        return self.node("Floor", [self.node("Add", [scaled, self.constant(np.array(0.5, kind))])])

    def _add(self, operator: Operator) -> str:
        one, other = operator.inputs
        (target,) = operator.outputs
        if target.quantized:
            return self._add_integers(one, other, target)
        names = [self.name(one), self.name(other)]
        if self.is_overlap(other):
            length = self.node("Slice", [self.node("Shape", [names[0]]), self.integers([2]), self.integers([3])])
            missing = self.node("Sub", [length, self.integers([self.overlap(other)])])
            pads = self.node("Concat", [self.integers([0, 0, 0, 0, 0]), missing], axis=0)
            names[1] = self.node("Pad", [names[1], pads])
        return self.node("Add", names)

    def is_overlap(self, tensor: Tensor) -> bool:
        return self.name(tensor).startswith("state.")

    def overlap(self, tensor: Tensor) -> int:
        value = next(value for value in self.inputs if value.name == self.name(tensor))
        return value.type.tensor_type.shape.dim[2].dim_value

    def _add_integers(self, one: Tensor, other: Tensor, target: Tensor) -> str:
        # XNNPACK: factors with 20 fractional bits of the larger, the sum rounded half up. Binary64 holds all of it.
        ratios = [tensor.scale[0] / target.scale[0] for tensor in (one, other)]
        bits = 20 - (int(np.floor(np.log2(max(ratios)))))
        total = None
        for tensor, ratio in zip((one, other), ratios, strict=True):
            centred = self.node("Sub", [self.name(tensor), self.constant(float(tensor.zero))])
            factor = self.constant(np.array(np.rint(np.ldexp(np.float64(ratio), bits))))
            part = self.node("Mul", [self.node("Cast", [centred], to=TensorProto.DOUBLE), factor])
            total = part if total is None else self.node("Add", [total, part])
        return self.clip(self.node("Cast", [self.shift(total, bits)], to=TensorProto.FLOAT), target.zero)

    def _sub(self, operator: Operator) -> str:
        return self.node("Sub", [self.name(tensor) for tensor in operator.inputs])

    def _conv_2d(self, operator: Operator) -> str:
        weights = operator.inputs[1].data[:, :, 0, :].transpose(0, 2, 1)
        return self._convolve("Conv", operator, operator.inputs[0], weights, operator.inputs[0].shape[3] // weights.shape[1])

    def _depthwise_conv_2d(self, operator: Operator) -> str:
        weights = operator.inputs[1].data[0, :, 0, :].transpose(1, 0)[:, None, :]
        return self._convolve("Conv", operator, operator.inputs[0], weights, len(weights))

    def _transpose_conv(self, operator: Operator) -> str:
        weights = operator.inputs[1].data[:, :, 0, :].transpose(2, 0, 1)
        return self._convolve("ConvTranspose", operator, operator.inputs[2], weights, 1)

    def _convolve(self, kind: str, operator: Operator, source: Tensor, weights: np.ndarray, groups: int) -> str:
        bias, (target,) = operator.inputs[-1], operator.outputs
        attributes = {"strides": [operator.options["StrideH"]], "group": groups}
        if kind == "Conv":
            attributes["dilations"] = [operator.options["DilationHFactor"]]
        value = self.name(source)
        constants = [np.ascontiguousarray(weights), bias.data]
        if not target.quantized:
            return self.node(kind, [value, *(self.constant(data) for data in constants)], **attributes)
        centred = self.node("Sub", [value, self.constant(float(source.zero))])
        small = self.node("Cast", [self.constant(constants[0])], to=TensorProto.FLOAT)
        largest = 255 * np.abs(weights.astype(np.int64)).sum() // len(bias.data) + np.abs(bias.data).max()
        if np.abs(bias.data).max() >= 1 << 23 or largest >= 1 << 40:
            raise NotImplementedError("a bias that float32 does not hold")
        total = self.node(kind, [centred, small, self.constant(bias.data.astype(np.float32))], **attributes)
        scale = (source.scale[0] * operator.inputs[1].scale / target.scale[0]).astype(np.float32)
        scaled = self.node("Mul", [total, self.constant(scale.reshape(1, -1, 1))])
        return self.clip(self.node("Round", [scaled]), target.zero)
