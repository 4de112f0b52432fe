"""ONNX graphs of language models: another embedding and head, and running them step by step."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

LARGEST_FILE = 2**31 - 2**20
"""Bytes of weights that fit into one ONNX file; more go into a second one beside it."""

FLOATS = {onnx.TensorProto.FLOAT: np.float32, onnx.TensorProto.FLOAT16: np.float16}
BETWEEN_HEAD_AND_LOGITS = {"Cast", "Identity", "Mul", "Div", "Tanh"}
HEADS = {"MatMul", "Gemm", "MatMulNBits"}


def refit(model: onnx.ModelProto, embedding: np.ndarray, head: np.ndarray) -> None:
    """Replaces a graph's embedding and head by others [vocabulary, width], in place and in the graph's own type."""
    graph = model.graph
    gather = next((node for node in graph.node if len(node.input) > 1 and node.input[1] == "input_ids"), None)
    if gather is None or gather.op_type not in ("Gather", "GatherBlockQuantized"):
        raise SystemExit("the graph has no embedding: no Gather by input_ids")
    # A quantised embedding has the type of its scales.
    source = gather.input[0] if gather.op_type == "Gather" else gather.input[2]
    kind = next((tensor.data_type for tensor in graph.initializer if tensor.name == source), None)
    if kind not in FLOATS:
        raise SystemExit(f"the graph's embedding {source} is neither float32 nor float16")
    last = head_of(graph)
    for node, name, value in ((gather, "fitted_embedding", embedding), (last, "fitted_head", head.T)):
        array = np.ascontiguousarray(value.astype(FLOATS[kind]))
        graph.initializer.append(numpy_helper.from_array(array, name))
        rest = [name, node.input[1]] if node is gather else [node.input[0], name]
        replacement = helper.make_node("Gather" if node is gather else "MatMul", rest, [node.output[0]], name=name)
        node.CopyFrom(replacement)
    sizes = next(output for output in graph.output if output.name == "logits").type.tensor_type.shape.dim
    sizes[-1].Clear()
    sizes[-1].dim_value = len(embedding)
    del graph.value_info[:]
    drop_unused(graph)


def add_bias(graph: onnx.GraphProto, bias: np.ndarray) -> None:
    """Adds a bias [places, vocabulary] to a graph's logits: at position p its row p modulo places."""
    inputs = {entry.name: entry.type.tensor_type.elem_type for entry in graph.input}
    logits = next(output for output in graph.output if output.name == "logits")
    maker = next(node for node in graph.node if "logits" in node.output)
    maker.output[list(maker.output).index("logits")] = "fitted_logits"
    nodes, constants = [], {}
    number, kind = "position_ids", inputs.get("position_ids", onnx.TensorProto.INT64)
    if number not in inputs:
        if "attention_mask" not in inputs:
            raise SystemExit("the graph is given neither position_ids nor attention_mask, so no bias can follow positions")
        # The mask is as long as there are tokens so far, one more than the position.
        number, bias = "fitted_bias_length", np.roll(bias, 1, 0)
        constants["fitted_bias_one"] = np.array([1], np.int64)
        nodes.append(helper.make_node("Shape", ["attention_mask"], ["fitted_mask_shape"], name="fitted_mask_shape"))
        nodes.append(helper.make_node("Gather", ["fitted_mask_shape", "fitted_bias_one"], [number], name=number))
    constants |= {
        "fitted_bias": bias.astype(FLOATS[logits.type.tensor_type.elem_type]),
        "fitted_bias_places": np.array(len(bias), helper.tensor_dtype_to_np_dtype(kind)),
    }
    nodes += [
        helper.make_node("Mod", [number, "fitted_bias_places"], ["fitted_bias_place"], name="fitted_bias_place"),
        helper.make_node("Gather", ["fitted_bias", "fitted_bias_place"], ["fitted_bias_row"], name="fitted_bias_row"),
        helper.make_node("Add", ["fitted_logits", "fitted_bias_row"], ["logits"], name="fitted_bias"),
    ]
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items())


def head_of(graph: onnx.GraphProto) -> onnx.NodeProto:
    """The product that makes the logits."""
    makers = {output: node for node in graph.node for output in node.output}
    node = makers.get("logits")
    while node is not None and node.op_type in BETWEEN_HEAD_AND_LOGITS:
        node = makers.get(node.input[0])
    if node is None or node.op_type not in HEADS:
        raise SystemExit("the graph has no head: no matrix product makes its logits")
    return node


def drop_unused(graph: onnx.GraphProto) -> None:
    """Removes nodes and weights that nothing depends on any more."""
    while True:
        used = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
        used |= {name for node in graph.node for name in names_in_subgraphs(node)}
        unused = [node for node in graph.node if used.isdisjoint(node.output)]
        if not unused:
            break
        for node in unused:
            graph.node.remove(node)
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)


def names_in_subgraphs(node: onnx.NodeProto) -> set[str]:
    """Values of the outer graph that the bodies of an If or a Loop may use."""
    names = set()
    for attribute in node.attribute:
        for inner in attribute.g.node if attribute.HasField("g") else []:
            names |= set(inner.input) | names_in_subgraphs(inner)
    return names


def save(model: onnx.ModelProto, path: Path) -> None:
    """Writes a graph, its weights into a second file where one would be too large."""
    if model.ByteSize() < LARGEST_FILE:
        onnx.save(model, path)
    else:
        onnx.save(model, path, save_as_external_data=True, location=f"{path.name}_data")


def run_step_by_step(path: Path, tokens: np.ndarray) -> np.ndarray:
    """Logits [rows, steps, vocabulary] of a graph that is given one token a row after the other."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    wanted = {entry.name: entry for entry in session.get_inputs()}
    outputs = [entry.name for entry in session.get_outputs()]
    rows, steps = tokens.shape
    states = {}
    for name, entry in wanted.items():
        if name.startswith("past_key_values."):
            shape = [size if isinstance(size, int) else 0 for size in entry.shape]
            kind = np.float16 if "float16" in entry.type else np.float32
            states[name] = np.zeros([rows, *shape[1:]], kind)
    logits = []
    for t in range(steps):
        feeds = {
            "input_ids": tokens[:, t : t + 1].astype(np.int64),
            "attention_mask": np.ones([rows, t + 1], np.int64),
            "position_ids": np.full([rows, 1], t, np.int64),
        }
        feeds = {name: value for name, value in feeds.items() if name in wanted} | states
        results = dict(zip(outputs, session.run(None, feeds)))
        logits.append(results["logits"][:, 0].astype(np.float32))
        states = {name: results[name.replace("past_key_values", "present")] for name in states}
    return np.stack(logits, 1)
