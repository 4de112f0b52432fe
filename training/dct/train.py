"""Trains the luma and the chroma model from the cache; resumes from the checkpoint if there is one."""

import argparse
import csv
import math
import os
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch

import bounds
from coding import losses, prepare, raw_bits
from dataset import Cache
from model import BlockModel, grown
from rounding import rounded_weights

KINDS = ("luma", "chroma")


def learning_rate(progress: float, peak: float) -> float:
    """Linear warm-up, then cosine down to 2 % of the peak; progress in 0..1."""
    warm = min(1.0, progress / 0.04)
    return peak * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0))))


class Trainer:
    def __init__(self, kind: str, args: argparse.Namespace) -> None:
        self.kind, self.size = kind, {"luma": args.luma_blocks, "chroma": args.chroma_blocks}[kind]
        self.cache = Cache(args.cache, kind, args.tilt, args.own)
        self.model = BlockModel(kind)
        self.optimizer = torch.optim.AdamW(self._groups(args.feature_rate), lr=args.rate, betas=(0.9, 0.99), weight_decay=0.01)
        self.rounded, self.drift = args.rounded, args.drift
        self.totals = np.zeros(4)

    def _groups(self, feature_rate: float) -> list[dict]:
        """Parameters with their share of the rate: weights of features, which are up to 16 and hundreds at once, must
        move less than others, or every step shakes all that is built on them, and units die."""
        of_features = {f"{layer}.weight" for layer, source in bounds.INPUTS.items() if source == "features"}
        groups = {True: [], False: []}
        for name, parameter in self.model.named_parameters():
            groups[name in of_features].append(parameter)
        return [{"params": groups[True], "share": feature_rate}, {"params": groups[False], "share": 1.0}]

    def step(self, rate: float, rng: np.random.Generator) -> None:
        """One update on freshly drawn blocks; the loss is bits a block."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["share"]
        task = prepare(self.cache.sample(self.size, rng))
        self.optimizer.zero_grad(set_to_none=True)
        with rounded_weights(self.model) if self.rounded else nullcontext():
            last, symbols, drift = losses(self.model, task)
            loss = (last.sum() + symbols.sum() + self.drift * drift) / self.size
            (loss / 8).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5)
        self.optimizer.step()
        bits = 1 / math.log(2)
        dc = task.index == 0
        self.totals += [
            last.sum().item() * bits, symbols[dc].sum().item() * bits,
            symbols[~dc].sum().item() * bits + raw_bits(task), self.size,
        ]

    def report(self) -> list[str]:
        """Mean bits a block since the last report: last, DC, AC, all."""
        last, dc, ac, count = self.totals
        self.totals[:] = 0
        return [f"{part / max(count, 1):.4f}" for part in (last, dc, ac, last + dc + ac)]


def save(path: Path, trainers: list[Trainer], progress: dict) -> None:
    state = {t.kind: {"model": t.model.state_dict(), "optimizer": t.optimizer.state_dict()} for t in trainers}
    partial = path.with_suffix(".partial")
    torch.save(state | progress, partial)
    os.replace(partial, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", required=True, help="folder written by extract.py")
    parser.add_argument("--out", required=True, help="folder of checkpoint.pt and log.csv")
    parser.add_argument("--minutes", type=float, required=True, help="length of the schedule, in minutes of training")
    parser.add_argument("--start", help="checkpoint to start from, of nets that may be narrower, if --out has none yet")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--feature-rate", type=float, default=0.2, help="the rate of weights of features, as a share")
    parser.add_argument("--luma-blocks", type=int, default=512)
    parser.add_argument("--chroma-blocks", type=int, default=384)
    parser.add_argument("--tilt", type=float, default=0.5, help="0..1: how much less to draw blocks of many bits")
    parser.add_argument("--own", type=float, help="0..1: share of blocks of photos as they are (default: as in the cache)")
    parser.add_argument("--rounded", action="store_true", help="compute with weights rounded as quantize.py rounds them")
    parser.add_argument("--drift", type=float, default=1e-4, help="weight of the penalty that holds the logits near zero")
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=2, help="of the drawing of blocks; another one for a stage that goes on")
    parser.add_argument("--save-minutes", type=float, default=4)
    parser.add_argument("--pid-file", help="file to write the process id to")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    if args.pid_file:
        Path(args.pid_file).write_text(f"{os.getpid()}\n")
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    trainers = [Trainer(kind, args) for kind in args.kinds]
    progress = {"steps": 0, "seconds": 0.0}
    resumed = (out / "checkpoint.pt").exists()
    source = out / "checkpoint.pt" if resumed else args.start
    if source:
        state = torch.load(source, weights_only=True)
        for trainer in trainers:
            trainer.model.load_state_dict(grown(state[trainer.kind]["model"], trainer.kind))
            if resumed:
                trainer.optimizer.load_state_dict(state[trainer.kind]["optimizer"])
        if resumed:
            progress = {key: state[key] for key in progress}
    rng = np.random.default_rng([args.seed, progress["steps"]])
    log_path = out / "log.csv"
    if not log_path.exists():
        columns = [f"{kind}_{part}" for kind in args.kinds for part in ("last", "dc", "ac", "all")]
        log_path.write_text(",".join(["steps", "seconds", "rate", *columns]) + "\n")
    saved = progress["seconds"]
    while progress["seconds"] < args.minutes * 60:
        begun = time.monotonic()
        rate = learning_rate(progress["seconds"] / (args.minutes * 60), args.rate)
        for trainer in trainers:
            trainer.step(rate, rng)
        # A pause of the process must not eat the schedule.
        progress["seconds"] += min(time.monotonic() - begun, 2)
        progress["steps"] += 1
        if progress["steps"] % 200 == 0:
            row = [progress["steps"], round(progress["seconds"]), f"{rate:.2e}"]
            for trainer in trainers:
                row += trainer.report()
            with log_path.open("a", newline="") as log:
                csv.writer(log, lineterminator="\n").writerow(row)
        if progress["seconds"] - saved > args.save_minutes * 60:
            save(out / "checkpoint.pt", trainers, progress)
            saved = progress["seconds"]
    save(out / "checkpoint.pt", trainers, progress)


if __name__ == "__main__":
    main()
