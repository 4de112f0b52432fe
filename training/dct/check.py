"""Checks that ONNX Runtime gives the integer model's numbers at several batch sizes and thread counts."""

import argparse

import numpy as np
import onnxruntime

from blocks import read_planes
from coding import Task, prepare
from dataset import Photo
from evaluate import KINDS
from graph import build
from integer import IntegerModel


def session_inputs(task: Task, context: np.ndarray) -> dict[str, np.ndarray]:
    """All inputs of a graph to code a whole task at once, given the carries of its blocks."""
    def real(tensor):
        return tensor.numpy().astype(np.float32)

    def whole(tensor):
        return tensor.numpy().astype(np.int32)

    return {
        "context_features": real(task.context), "context": context.astype(np.float32),
        "block": whole(task.block), "group": whole(task.group), "last": whole(task.last[task.block]),
        "group_features": real(task.pair_features), "pair": whole(task.pair), "index": whole(task.index),
        "coefficient_features": real(task.local),
    }


def without_coefficients(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: value if name in ("context_features", "context") else value[:0] for name, value in inputs.items()}


def session(model: IntegerModel, title: str, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    graph = build(model.tensors, title).SerializeToString()
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", required=True)
    parser.add_argument("--photo", required=True, help="a colour JPEG to take blocks from")
    args = parser.parse_args()
    photo = Photo(read_planes(args.photo))
    for component, kind in enumerate(KINDS):
        plain = IntegerModel.load(args.package, kind, np.int64)
        fast = IntegerModel.load(args.package, kind)
        for threads in (1, 2):
            runtime = session(plain, kind, threads)
            for count in (1, 7, 64, 500):
                task = prepare(photo.slice(component, 40, 40 + count))
                last_logits, logits = plain.run(task)
                assert all(np.array_equal(a, b) for a, b in zip(fast.run(task), (last_logits, logits)))
                context = plain.context(task.context.numpy())[1]
                inputs = session_inputs(task, context)
                found_last, found_context, found = runtime.run(None, inputs)
                assert np.array_equal(found_last, last_logits) and np.array_equal(found, logits)
                assert np.array_equal(found_context, context)
                first = runtime.run(None, without_coefficients(inputs))
                assert np.array_equal(first[1], context) and first[2].shape[0] == 0
        print(f"{kind}: numpy int64, numpy float32 and ONNX Runtime {onnxruntime.__version__} agree")


if __name__ == "__main__":
    main()
