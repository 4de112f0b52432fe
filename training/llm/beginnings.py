"""What a fitting may begin with instead of rows of the old embedding and a head of zeros. None of it is the paper's."""

import numpy as np
import torch

REACH = 2
"""Neighbours on either side whose counts tell what a token is like."""

DIRECTIONS = 48
"""Directions of the embedding in which tokens differ at first."""


def counts(tokens: np.ndarray, vocabulary: int) -> np.ndarray:
    """How often each token occurs in sequences [rows, context] that are filled up with -1."""
    return np.bincount(tokens[tokens >= 0], minlength=vocabulary)


def neighbours(tokens: np.ndarray, vocabulary: int) -> np.ndarray:
    """For each token the logarithm of how much oftener than by chance each other one stands at each place near it."""
    columns = []
    single = counts(tokens, vocabulary) + 0.5
    for distance in range(1, REACH + 1):
        before, after = tokens[:, :-distance].ravel(), tokens[:, distance:].ravel()
        known = (before >= 0) & (after >= 0)
        pairs = np.zeros((vocabulary, vocabulary))
        np.add.at(pairs, (before[known], after[known]), 1)
        chance = np.outer(single, single) / single.sum()
        # Pairs that chance makes rarely say little: they are drawn to 0.
        surprise = np.log((pairs + 1) / (chance + 1))
        columns += [surprise, surprise.T]
    return np.concatenate(columns, 1)


def places_of_tokens(tokens: np.ndarray, vocabulary: int) -> torch.Tensor:
    """Where each token is among its like: [vocabulary, directions], the first of which part the tokens most."""
    features = neighbours(tokens, vocabulary)
    features -= features.mean(0)
    left, sizes, _ = np.linalg.svd(features, full_matrices=False)
    count = min(DIRECTIONS, (sizes > 1e-6 * sizes[0]).sum())
    places = left[:, :count] * np.sqrt(sizes[:count])
    return torch.from_numpy(places * np.sqrt(count / np.square(places).sum(1).mean())).float()


def rows_of_neighbours(tokens: np.ndarray, old: torch.Tensor, vocabulary: int) -> torch.Tensor:
    """Rows of an embedding: tokens with like neighbours are alike, and all of them are spread as the rows of `old` are.

    The directions in which tokens differ most become those in which the old rows do.
    """
    places = places_of_tokens(tokens, vocabulary)
    count = places.shape[1]
    mean = old.mean(0)
    centred = old - mean
    variances, axes = torch.linalg.eigh(centred.T @ centred)
    variances, axes = variances.flip(0)[:count], axes.flip(1)[:, :count]
    shares = (variances / variances.sum()).sqrt()
    return mean + places * shares * centred.norm(dim=1).mean() @ axes.T


def logarithms_of_shares(found: np.ndarray) -> torch.Tensor:
    """How often tokens occurred, as logits around 0."""
    shares = torch.from_numpy(found + 0.5).float()
    logarithms = (shares / shares.sum()).log()
    return logarithms - logarithms.mean()


def head_of_frequencies(tokens: np.ndarray, mean: torch.Tensor, vocabulary: int) -> torch.Tensor:
    """A head that gives every token about its frequency, along the mean of the states that reach it."""
    return torch.outer(logarithms_of_shares(counts(tokens, vocabulary)), mean / mean.square().sum())


def bias_of_frequencies(tokens: np.ndarray, places: int, vocabulary: int) -> torch.Tensor:
    """A bias [places, vocabulary] that gives every token its frequency at each place of sequences [rows, context]."""
    return torch.stack([logarithms_of_shares(counts(tokens[:, place::places], vocabulary)) for place in range(places)])
