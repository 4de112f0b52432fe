"""The integer model of one class as an ONNX graph of plain float32 operators."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import bounds

OPSET = 17
ALLOWED = {"Add", "Clip", "Floor", "Gather", "MatMul", "Mul"}


class GraphBuilder:
    """Appends nodes; every method returns the name of the tensor it makes."""

    def __init__(self, tensors: dict[str, np.ndarray]) -> None:
        self.tensors = tensors
        self.nodes, self.initializers, self.known = [], [], set()

    def constant(self, name: str, value: np.ndarray) -> str:
        if name not in self.known:
            self.known.add(name)
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=np.float32), name))
        return name

    def node(self, operator: str, inputs: list[str], name: str, **attributes) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def sums(self, layer: str, source: str) -> str:
        weight = self.constant(f"{layer}.weight", self.tensors[f"{layer}.weight"].T)
        bias = self.constant(f"{layer}.bias", self.tensors[f"{layer}.bias"])
        return self.node("Add", [self.node("MatMul", [source, weight], f"{layer}.product"), bias], f"{layer}.sums")

    def add(self, left: str, right: str, name: str) -> str:
        return self.node("Add", [left, right], name)

    def row_of(self, table: str, index: str) -> str:
        return self.node("Gather", [self.constant(table, self.tensors[table]), index], f"{table}.row", axis=0)

    def requantised(self, layer: str, sums: str, low: int, high: int, name: str | None = None) -> str:
        scale = self.constant(f"{layer}.scale", np.ldexp(1.0, -self.tensors[f"{layer}.shift"].astype(int)))
        floored = self.node("Floor", [self.node("Mul", [sums, scale], f"{layer}.scaled")], f"{layer}.floor")
        limits = [self.constant(f"limit.{limit}", np.array(limit)) for limit in (low, high)]
        return self.node("Clip", [floored, *limits], name or f"{layer}.out")

    def hidden(self, layer: str, source: str) -> str:
        return self.requantised(layer, self.sums(layer, source), 0, bounds.ACTIVATION_MAX)

    def output(self, layer: str, source: str, limit: int, name: str) -> str:
        return self.requantised(layer, self.sums(layer, source), -limit, limit, name)


def build(tensors: dict[str, np.ndarray], title: str) -> onnx.ModelProto:
    """The graph of one class. Its three nets share one graph, so that one call serves all lanes of a step."""
    g = GraphBuilder(tensors)
    hidden = g.hidden("context_2", g.hidden("context_1", "context_features"))
    g.output("last_2", g.hidden("last_1", hidden), bounds.LOGIT_MAX, "last_logits")
    g.output("context_to_group", hidden, bounds.CARRY_MAX, "context_out")

    context = g.node("Gather", ["context", "block"], "context.row", axis=0)
    sums = g.add(g.sums("group_1", "group_features"), context, "group_1.with_context")
    sums = g.add(sums, g.row_of("group_index", "group"), "group_1.with_index")
    sums = g.add(sums, g.row_of("group_last", "last"), "group_1.with_last")
    hidden = g.requantised("group_1", sums, 0, bounds.ACTIVATION_MAX)
    carry = g.output("group_to_coefficient", g.hidden("group_2", hidden), bounds.CARRY_MAX, "vector")

    vector = g.node("Gather", [carry, "pair"], "vector.row", axis=0)
    sums = g.add(g.sums("coefficient_1", "coefficient_features"), vector, "coefficient_1.with_vector")
    sums = g.add(sums, g.row_of("coefficient_index", "index"), "coefficient_1.with_index")
    hidden = g.requantised("coefficient_1", sums, 0, bounds.ACTIVATION_MAX)
    g.output("coefficient_3", g.hidden("coefficient_2", hidden), bounds.LOGIT_MAX, "logits")

    def tensor(name: str, kind: int, *shape) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, shape)

    def width(layer: str, axis: int) -> int:
        return tensors[f"{layer}.weight"].shape[axis]

    real, whole = TensorProto.FLOAT, TensorProto.INT32
    inputs = [
        tensor("context_features", real, "B", width("context_1", 1)),
        tensor("context", real, "N", width("context_to_group", 0)),
        tensor("block", whole, "P"),
        tensor("group", whole, "P"),
        tensor("last", whole, "P"),
        tensor("group_features", real, "P", width("group_1", 1)),
        tensor("pair", whole, "C"),
        tensor("index", whole, "C"),
        tensor("coefficient_features", real, "C", width("coefficient_1", 1)),
    ]
    outputs = [
        tensor("last_logits", real, "B", width("last_2", 0)),
        tensor("context_out", real, "B", width("context_to_group", 0)),
        tensor("logits", real, "C", width("coefficient_3", 0)),
    ]
    graph = helper.make_graph(g.nodes, title, inputs, outputs, g.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    used = {node.op_type for node in model.graph.node}
    if not used <= ALLOWED:
        raise ValueError(f"operators outside the exact profile: {sorted(used - ALLOWED)}")
    return model
