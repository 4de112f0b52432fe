"""Fits the head of a model alone, by many passes over what reaches it, which is computed once."""

import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import linear

from beginnings import head_of_frequencies, places_of_tokens

PASSES, PATIENCE, BATCH, RATE = 30, 6, 2048, 3e-3
"""Passes, and so many that do not help are the last; tokens of a step; learning rate."""

WATCH, CACHE_EVERY = 8, 16
"""Every eighth part is not learned from but watched; states are kept in a file every so many parts."""

Parts = list[tuple[torch.Tensor, torch.Tensor]]
"""What reaches the head for each part of the sequences, and its tokens."""


def replace(path: Path, state) -> None:
    """Writes a file that is never seen unfinished."""
    temporary = path.with_suffix(".part")
    torch.save(state, temporary)
    temporary.replace(path)


def states_of(fitting, parts: list[np.ndarray], cache: Path, end: float) -> Parts:
    """What reaches the head for parts of the sequences; kept in a file as it is computed.

    What the time does not allow for is left out.
    """
    found = torch.load(cache, weights_only=False) if cache.exists() else []
    for part in parts[len(found) :]:
        if found and time.monotonic() > end:
            break
        found.append(fitting.inputs_of_head(part))
        if len(found) % CACHE_EVERY == 0:
            replace(cache, found)
    replace(cache, found)
    return found


def fit_head(fitting, parts: Parts, tokens: np.ndarray) -> None:
    """Fits the head to parts of the sequences [rows, context].

    A head of zeros without a bias begins with the frequencies of all tokens. At first tokens with like neighbours move
    together, then each by itself, as long as that serves the parts that are watched; a bias learns with both.
    """
    watched = parts[::WATCH] if len(parts) >= WATCH else parts
    learned = [part for i, part in enumerate(parts) if i % WATCH] or parts
    head, vocabulary = fitting.weights["head"], fitting.layout.vocabulary
    bias = [fitting.weights["bias"]] if "bias" in fitting.weights else []
    if not head.any() and not bias:
        with torch.no_grad():
            means = torch.stack([states.float().mean(0) for states, _ in parts])
            head.copy_(head_of_frequencies(tokens, means.mean(0), vocabulary))
    places = places_of_tokens(tokens, vocabulary).to(head.device)
    together = torch.zeros(places.shape[1], head.shape[1], device=head.device, requires_grad=True)
    learn(fitting, lambda: head.detach() + places @ together, [together, *bias], learned, watched)
    with torch.no_grad():
        head += places @ together
    learn(fitting, lambda: head, [head, *bias], learned, watched)


def learn(fitting, weights, learning: list[torch.Tensor], learned: Parts, watched: Parts) -> None:
    """Passes over parts, in which tensors that the head is made of learn; what did best on the watched is kept."""
    optimizer = torch.optim.AdamW(learning, lr=RATE, betas=(0.9, 0.99), weight_decay=0.01)
    states, targets = map(torch.cat, zip(*learned))
    count = math.ceil(len(states) / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, PASSES * count)
    random = torch.Generator().manual_seed(1)
    before = least = nats(fitting, weights(), watched)
    best, at = copies(learning), -1
    for number in range(PASSES):
        for part in torch.randperm(len(states), generator=random).to(states.device).chunk(count):
            logits = fitting.biased(linear(states[part].float(), weights()), part)
            optimizer.zero_grad(set_to_none=True)
            (fitting.cross_entropy(logits, targets[part]) / len(part)).backward()
            optimizer.step()
            schedule.step()
        found = nats(fitting, weights(), watched)
        if found < least:
            least, best, at = found, copies(learning), number
        elif number - at >= PATIENCE:
            break
    optimizer.zero_grad(set_to_none=True)
    with torch.no_grad():
        for tensor, kept in zip(learning, best):
            tensor.copy_(kept)
    bit = sum(len(targets) for _, targets in watched) * math.log(2)
    print(f"head: {before / bit:.4f} -> {least / bit:.4f} bits a watched token", flush=True)


def copies(tensors: list[torch.Tensor]) -> list[torch.Tensor]:
    return [tensor.detach().clone() for tensor in tensors]


@torch.no_grad()
def nats(fitting, weights: torch.Tensor, parts: Parts) -> float:
    """Sum of the cross-entropies of parts."""
    total = 0.0
    for states, targets in parts:
        logits = fitting.biased(linear(states.float(), weights), torch.arange(len(targets), device=states.device))
        total += fitting.cross_entropy(logits, targets).item()
    return total
