"""Trains the autoencoder; called again, it goes on from its checkpoint."""

import argparse
import csv
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
from model import VqAutoencoder
from photos import Crops, listed
from torch.nn import functional as F

COMMITMENT = 0.25
"""Weight of the encoder's distance to the codebook."""
WARM_UP = 0.1
"""Part of the schedule in which some crops are not quantised, all of them at its beginning and half of them at its end."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", required=True, help="folder of photos")
    parser.add_argument("--held-out", required=True, help="file of names that are not trained on, a line each")
    parser.add_argument("--out", required=True, help="folder of checkpoint.pt and log.csv")
    parser.add_argument("--minutes", type=float, required=True, help="length of the schedule, in minutes of computing")
    parser.add_argument("--entries", type=int, default=1024, help="of the codebook")
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    model = VqAutoencoder(args.entries).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, betas=(0.9, 0.99), weight_decay=0.01)
    steps, seconds = 0, 0.0
    if (out / "checkpoint.pt").exists():
        state = torch.load(out / "checkpoint.pt", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        steps, seconds = state["steps"], state["seconds"]
    elif not (out / "log.csv").exists():
        (out / "log.csv").write_text("steps,seconds,rate,psnr,entries_used\n")
    held_out = set(Path(args.held_out).read_text().split())
    crops = Crops(listed(args.photos, held_out, False), np.random.default_rng([3, steps]))
    used = torch.zeros(args.entries, dtype=torch.bool)
    squares, saved = [], seconds
    while seconds < args.minutes * 60:
        begun = time.process_time()
        progress = seconds / (args.minutes * 60)
        rate = args.rate * min(1, (steps + 1) / 100) * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)
        for group in optimizer.param_groups:
            group["lr"] = rate
        pixels = crops.draw(args.batch).to(memory_format=torch.channels_last)
        z = model.encoder(pixels)
        entries, indices = model.quantized(z)
        through = z + (entries - z).detach()
        if progress < WARM_UP:
            whole = torch.rand(len(z)) > progress / WARM_UP / 2
            through[whole] = z[whole]
        error = F.mse_loss(model.decoder(through), pixels)
        loss = error * 100 + COMMITMENT * F.mse_loss(z, entries)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        model.codebook.follow(z.detach().permute(0, 2, 3, 1).reshape(-1, z.shape[1]), indices.reshape(-1))
        squares.append(error.item())
        used[indices.unique()] = True
        steps += 1
        seconds += (time.process_time() - begun) / args.threads
        if steps % 50 == 0:
            psnr = -10 * math.log10(sum(squares) / len(squares))
            with (out / "log.csv").open("a", newline="") as log:
                row = [steps, round(seconds), f"{rate:.2e}", f"{psnr:.2f}", int(used.sum())]
                csv.writer(log, lineterminator="\n").writerow(row)
            squares, used = [], torch.zeros_like(used)
        if seconds - saved > 120 or seconds >= args.minutes * 60:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "steps": steps, "seconds": seconds}
            torch.save(state, out / "checkpoint.partial")
            os.replace(out / "checkpoint.partial", out / "checkpoint.pt")
            saved = seconds


if __name__ == "__main__":
    main()
