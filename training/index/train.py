"""Trains an index model on token dumps; resumes from the checkpoint if there is one."""

import argparse
import csv
import math
import os
import time
from pathlib import Path

import numpy as np
import torch

import dumps
import layout
from model import IndexModel, evaluating, make_batch


def learning_rate(progress: float, peak: float) -> float:
    """Short linear warm-up, then cosine down to 2 % of the peak; progress in 0..1."""
    warm = min(1.0, progress / 0.01)
    return peak * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0))))


def drawn_depth(layers: int, rng: np.random.Generator) -> int:
    """All layers in half of the steps, in the others few: users keep the first layers of a stream."""
    if rng.random() < 0.5:
        return layers
    return min(layers, int(2 ** rng.uniform(0, math.log2(layers + 1))))


def drawn_layers(depth: int, most: int, rng: np.random.Generator) -> tuple[list[int], np.ndarray]:
    """At most so many layers of `depth`: the first half of them always, others at random; and how many each stands for."""
    if depth <= most:
        return list(range(depth)), np.ones(depth)
    always = most // 2
    others = np.sort(rng.choice(np.arange(always, depth), most - always, replace=False))
    weight = (depth - always) / (most - always)
    return [*range(always), *others.tolist()], np.repeat([1.0, weight], [always, most - always])


def drawn_items(items: list[np.ndarray], cells: int, rows: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Random runs of at most so many rows, of about so many cells altogether."""
    chosen, total = [], 0
    while total < cells:
        item = items[rng.integers(len(items))]
        start = int(rng.integers(max(1, len(item) - rows + 1)))
        chosen.append(item[start : start + rows])
        total += chosen[-1].shape[0] * chosen[-1].shape[1]
    return chosen


def watched_bits(model: IndexModel, items: list[np.ndarray], depth: int, cells: int = 20000) -> list[float]:
    """Mean bits of an index of each layer over items, up to so many cells."""
    sums, count = np.zeros(depth), 0
    with evaluating(model):
        for item in items:
            size = item.shape[0] * item.shape[1]
            sums += size * model.bits(make_batch([item], model.shape, depth), list(range(depth))).numpy()
            count += size
            if count >= cells:
                break
    return list(sums / count)


def save(path: Path, model: IndexModel, optimizer: torch.optim.Optimizer, progress: dict) -> None:
    state = {
        "model": model.state_dict(), "optimizer": optimizer.state_dict(), "widths": model.widths,
        "shape": vars(model.shape) | {"codebooks": list(model.shape.codebooks)},
    }  # fmt: skip
    partial = path.with_suffix(".partial")
    torch.save(state | progress, partial)
    os.replace(partial, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dumps", type=Path, nargs="+", help=".npy files, or folders of them")
    parser.add_argument("--codec", choices=["vq", "rvq"], required=True)
    parser.add_argument("--codebook", type=int, nargs="+", required=True, help="entries of the codebook, or of each layer's")
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoint.pt and log.csv")
    parser.add_argument("--minutes", type=float, required=True, help="length of the schedule, in minutes of training")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--neighbours", type=int, default=6, help="frames before, or neighbours in a grid (at most 12)")
    parser.add_argument("--cell", type=int, default=64, help="features of a cell")
    parser.add_argument("--own", type=int, default=64, help="features of the layers of a cell that are decoded")
    parser.add_argument("--context", type=int, nargs=2, default=(384, 256))
    parser.add_argument("--token", type=int, nargs=2, default=(256, 192))
    parser.add_argument("--cells", type=int, default=1536, help="cells of a step")
    parser.add_argument("--rows", type=int, default=192, help="most rows of an item in a step")
    parser.add_argument("--layers", type=int, default=14, help="most layers of a step")
    parser.add_argument("--watch", type=int, default=20, help="every n-th item is not trained on, but watched")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pid-file", help="file to write the process id to")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    if args.pid_file:
        Path(args.pid_file).write_text(f"{os.getpid()}\n")
    items, watched = dumps.split(dumps.read_items(args.dumps, args.codec == "rvq"), args.watch)
    layers = items[0].shape[2]
    codebooks = args.codebook * layers if len(args.codebook) == 1 else args.codebook
    if len(codebooks) != layers or any(item.shape[2] != layers for item in items):
        raise SystemExit(f"{len(codebooks)} codebooks, but items of {sorted({item.shape[2] for item in items})} layers")
    shape = layout.Shape(tuple(codebooks), args.codec == "rvq", args.neighbours, args.cell)
    model = IndexModel(shape, tuple(args.context), tuple(args.token), args.own)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.02)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint, log_path = args.out / "checkpoint.pt", args.out / "log.csv"
    progress = {"steps": 0, "seconds": 0.0}
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        progress = {key: state[key] for key in progress}
    else:
        log_path.write_text("steps,seconds,rate,trained,watched,watched_first_layer,watched_layer_1_alone\n")
    rng = np.random.default_rng([2, progress["steps"]])
    totals = np.zeros(2)
    while progress["seconds"] < args.minutes * 60:
        begun = time.monotonic()
        rate = learning_rate(progress["seconds"] / (args.minutes * 60), args.rate)
        for group in optimizer.param_groups:
            group["lr"] = rate
        depth = drawn_depth(layers, rng)
        taken, weights = drawn_layers(depth, args.layers, rng)
        batch = make_batch(drawn_items(items, args.cells, args.rows, rng), shape, depth)
        optimizer.zero_grad(set_to_none=True)
        bits = model.bits(batch, taken)
        # Not the mean: the first layers of a deep stream would hardly count.
        (bits * torch.from_numpy(weights).float()).sum().div(math.sqrt(depth)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 3)
        optimizer.step()
        if depth == layers:
            totals += [float(np.average(bits.detach().numpy(), weights=weights)), 1]
        # A pause of the process must not eat the schedule.
        progress["seconds"] += min(time.monotonic() - begun, 5)
        progress["steps"] += 1
        if progress["steps"] % 200 == 0:
            row = [progress["steps"], round(progress["seconds"]), f"{rate:.2e}", f"{totals[0] / max(totals[1], 1):.4f}"]
            if progress["steps"] % 600 == 0:
                found = watched_bits(model, watched, layers)
                alone = watched_bits(model, watched, 1)
                row += [f"{np.mean(found):.4f}", f"{found[0]:.4f}", f"{alone[0]:.4f}"]
                save(checkpoint, model, optimizer, progress)
            totals[:] = 0
            with log_path.open("a", newline="") as log:
                csv.writer(log, lineterminator="\n").writerow(row)
    save(checkpoint, model, optimizer, progress)


if __name__ == "__main__":
    main()
