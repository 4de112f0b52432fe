"""Model packages: manifest, weights, fingerprint (spec/model-package.md; embedded ones: spec/container.md, 5.2)."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import LlmcError
from .exact import invalid
from .exact_dct import Net, read_nets, self_test
from .exact_index import IndexNets, read_index_nets
from .exact_index import self_test as index_self_test
from .fields import Fields

MAX_MANIFEST, MAX_WEIGHTS = 2**20, 2**26
LIMITS = {"feature": 255, "activation": 1023, "carry": 131072, "logit": 2047}
# The codec that packages of each arrangement name.
CODECS = {"dct-wavefront": "dct", "vq-raster": "vq", "rvq-frames": "rvq"}
TYPES = {"I8": np.dtype("i1"), "I32": np.dtype("<i4")}


@dataclass(frozen=True)
class Package:
    name: str
    arrangement: str
    fingerprint: bytes
    nets: tuple[Net, Net] | IndexNets


def read_package(manifest: bytes, weights: bytes) -> Package:
    """A package from its two files; raises `limit` or `model-invalid`."""
    if len(manifest) > MAX_MANIFEST or len(weights) > MAX_WEIGHTS:
        raise LlmcError("limit", None, "a file of the model package is too large")
    described = _manifest(manifest)
    files = described["files"]["weights.safetensors"]
    if len(weights) != files["bytes"] or hashlib.sha256(weights).hexdigest() != files["sha256"]:
        raise invalid("weights.safetensors is not the file that the manifest names")
    tensors = _tensors(weights)
    arrangement = described["arrangement"]
    if arrangement == "dct-wavefront":
        nets = read_nets(tensors)
        tested = self_test
    else:
        nets = read_index_nets(tensors, arrangement == "rvq-frames")
        tested = index_self_test
    if "selfTest" in described and described["selfTest"] != tested(nets):
        raise invalid("the self-test's hash is not that of the weights")
    name = f"{described['name']}-{described['version']}"
    return Package(name, arrangement, _fingerprint(described, tensors), nets)


# §2


def _members(pairs: list[tuple[str, object]]) -> dict:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("two members of one name")
    return dict(pairs)


def _object(data: bytes, what: str) -> dict:
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_members)
    except (ValueError, RecursionError) as error:
        raise invalid(f"{what} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise invalid(f"{what} is no JSON object")
    return value


def _is_integer(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _manifest(data: bytes) -> dict:
    described = _object(data, "model.json")
    name = described.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"(?!-)[a-z0-9-]{1,64}(?<!-)", name):
        raise invalid("model.json: name")
    if not _is_integer(described.get("version"), 1, 10**6):
        raise invalid("model.json: version")
    arrangement = described.get("arrangement")
    if not isinstance(arrangement, str) or arrangement not in CODECS:
        raise invalid("model.json: arrangement")
    expected = {"profile": "exact", "codec": CODECS[arrangement], "logitsABit": 32}
    for member, value in expected.items():
        if described.get(member) != value:
            raise invalid(f"model.json: {member} is not {value}")
    limits = described.get("limits")
    if not isinstance(limits, dict) or any(limits.get(member) != value for member, value in LIMITS.items()):
        raise invalid("model.json: limits")
    files = described.get("files")
    weights = files.get("weights.safetensors") if isinstance(files, dict) else None
    if not isinstance(weights, dict) or not _is_integer(weights.get("bytes"), 0, MAX_WEIGHTS):
        raise invalid("model.json: files")
    return described


# §3


def _fingerprint(described: dict, tensors: dict[str, np.ndarray]) -> bytes:
    digest = hashlib.sha256(f"llmc exact {described['arrangement']} {described['logitsABit']}\n".encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        type_ = next(key for key, value in TYPES.items() if value == tensor.dtype)
        digest.update(f"{name} {type_} {'x'.join(map(str, tensor.shape))}\n".encode())
        digest.update(tensor.tobytes())
    return digest.digest()


# §4


def _tensors(data: bytes) -> dict[str, np.ndarray]:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(2**20 - 8, len(data) - 8):
        raise invalid("weights.safetensors: the header's length")
    header = _object(data[8 : 8 + length], "the header of weights.safetensors")
    header.pop("__metadata__", None)
    return {name: _tensor(name, entry, data[8 + length :]) for name, entry in header.items()}


def _is_shape(shape: list) -> bool:
    return len(shape) in (1, 2) and all(_is_integer(n, 1, limit) for n, limit in zip(shape, (2**18, 4096)))


def _tensor(name: str, entry: object, data: bytes) -> np.ndarray:
    if not isinstance(entry, dict) or entry.get("dtype") not in TYPES:
        raise invalid(f"weights.safetensors: {name}")
    shape, offsets = entry.get("shape"), entry.get("data_offsets")
    if not isinstance(shape, list) or not _is_shape(shape):
        raise invalid(f"weights.safetensors: the shape of {name}")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(_is_integer(n, 0, len(data)) for n in offsets):
        raise invalid(f"weights.safetensors: the offsets of {name}")
    type_ = TYPES[entry["dtype"]]
    start, stop = offsets
    if stop - start != type_.itemsize * int(np.prod(shape)):
        raise invalid(f"weights.safetensors: the offsets of {name}")
    return np.frombuffer(data[start:stop], type_).reshape(shape)


# §7


def packages_in(folders: Iterable[Path]) -> Iterator[Package]:
    """The valid packages of folders, each a package or a folder of packages."""
    for folder in folders:
        for place in (folder, *sorted(folder.glob("*/"))):
            manifest, weights = place / "model.json", place / "weights.safetensors"
            if manifest.is_file() and weights.is_file():
                if manifest.stat().st_size > MAX_MANIFEST or weights.stat().st_size > MAX_WEIGHTS:
                    continue
                try:
                    yield read_package(manifest.read_bytes(), weights.read_bytes())
                except LlmcError:
                    continue


def embedded_package(body: bytes, offset: int) -> tuple[int, Package]:
    """The index of the model, and the package, of a section mODL whose body stands at `offset` in the file."""
    fields = Fields(body, code="section-invalid", origin=offset)
    model = fields.varint()
    manifest = fields.counted()
    length = fields.varint()
    if length > MAX_WEIGHTS:
        raise LlmcError("limit", offset, "the weights of an embedded model are too large")
    weights = fields.bytes(fields.remaining)
    if len(weights) > length:
        raise fields.fault("an embedded model has more bytes than it declares")
    if len(weights) < length:
        inflater = zlib.decompressobj(-15)
        try:
            weights = inflater.decompress(weights, length + 1)
        except zlib.error as error:
            raise fields.fault(f"an embedded model does not inflate: {error}") from None
        if len(weights) != length or not inflater.eof or inflater.unused_data:
            raise fields.fault("an embedded model does not inflate to its length")
    return model, read_package(manifest, weights)
