"""What is fuzzed: every reader of bytes, alone and with small inputs, since the decoder is slow."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from llmc_reference import adaptive_dct, adaptive_index, decode, exact_dct, exact_index, index_streams, jpeg
from llmc_reference.codecs import DctParameters
from llmc_reference.container import Container, read_container
from llmc_reference.errors import CorruptPayload, LlmcError
from llmc_reference.fields import Fields
from llmc_reference.metadata import read_metadata
from llmc_reference.package import Package, read_package
from llmc_reference.raw import decode_raw
from llmc_reference.side_record import inflate_record

KIT = Path(__file__).resolve().parents[2]
LARGEST = 2048  # bytes of an input
MOST_TOKENS = 128  # of a whole file: time is linear in them
MOST_BYTES = 65536  # of its items


@dataclass(frozen=True)
class Target:
    """`run` raises anything where the outcome for an input is not a right one. `share` is its part of 1,000 runs."""

    name: str
    share: int
    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    # Whether inputs are whole files, whose checksums are made right again.
    files: bool = False


def check(condition: bool, finding: str) -> None:
    if not condition:
        raise AssertionError(finding)


@cache
def vector(name: str) -> bytes:
    return (KIT / "vectors" / f"{name}.llmc").read_bytes()


def vectors(largest: int) -> list[bytes]:
    paths = sorted((KIT / "vectors").rglob("*.llmc"))
    return [path.read_bytes() for path in paths if path.stat().st_size <= largest]


# Whole files


def run_container(data: bytes) -> None:
    """The header; its faults lie in the file."""
    try:
        container = read_container(data)
    except LlmcError as fault:
        _check_offset(fault, data)
        return
    check(len(data) == container.length or len(container.faults) == 1, "a file of another length without a fault")
    for fault in container.faults:
        _check_offset(fault, data)
    for chunk in container.chunks:
        check(sum(part.stop - part.start for part in container.coverage(chunk)) == chunk.tokens, "a chunk covers other tokens")


def run_decode(data: bytes) -> None:
    """Decoding strictly and around damage: both agree on what is whole."""
    try:
        items = read_container(data).items
    except LlmcError:
        return
    if sum(item.tokens for item in items if item.codec) > MOST_TOKENS or sum(item.original_length for item in items) > MOST_BYTES:
        return
    strict = around = None
    try:
        strict = decode.decode(data)
    except LlmcError as error:
        fault = error
        _check_offset(fault, data)
    try:
        around = decode.decode(data, keep_going=True)
    except LlmcError as error:
        check(strict is None and error.code == fault.code, f"{error.code}, but only with keep_going")
        return
    for found in around.faults:
        _check_offset(found, data)
    if strict is None:
        check(fault.code in {found.code for found in around.faults}, f"{fault.code}, but not with keep_going")
        return
    check(not around.lost, "it decodes, but not with keep_going")
    check([item.output for item in strict.items] == [item.output for item in around.items], "other bytes with keep_going")


def _check_offset(fault: LlmcError, data: bytes) -> None:
    check(fault.offset is None or 0 <= fault.offset <= len(data), f"{fault.code} at {fault.offset}, behind the file")


def with_right_crcs(data: bytes) -> bytes:
    """The file with the CRCs of its header, sections and payloads made right, as far as it can be parsed."""
    repaired = bytearray(data)
    try:
        fields = Fields(data, 10, code="")
        length = fields.varint()
        end = fields.position + length
        if end + 4 > len(data):
            return data
        repaired[end : end + 4] = zlib.crc32(repaired[:end]).to_bytes(4, "little")
        container = read_container(bytes(repaired))
    except LlmcError:
        return bytes(repaired)
    for part in [*container.sections, *container.chunks]:
        old = (part.crc if hasattr(part, "crc") else part.payload_crc).to_bytes(4, "little")
        place = repaired.find(old, fields.position, end)
        if place >= 0:
            body = repaired[part.offset : part.offset + part.length]
            repaired[place : place + 4] = zlib.crc32(body).to_bytes(4, "little")
    repaired[end : end + 4] = zlib.crc32(repaired[:end]).to_bytes(4, "little")
    return bytes(repaired)


# Payloads: the first byte of an input says of which vector's first chunk the rest is the payload


@cache
def chunk_of(name: str) -> tuple[Container, list]:
    container = read_container(vector(name))
    return container, container.coverage(container.chunks[0])


def payload_seeds(names: tuple[str, ...]) -> list[bytes]:
    return [bytes([i]) + container.body(container.chunks[0]) for i, (container, _) in enumerate(map(chunk_of, names))]


def chosen(names: tuple[str, ...], data: bytes) -> tuple[Container, list]:
    return chunk_of(names[data[0] % len(names)])


def run_dct(decode_chunk: Callable, names: tuple[str, ...], data: bytes) -> None:
    if not data:
        return
    container, parts = chosen(names, data)
    bands = []
    for part in parts:
        frame = container.items[part.item].parameters
        bands.append((frame, (part.stop - part.start) // frame.tokens_per_row))
    try:
        decoded = decode_chunk(bands, data[1:])
    except CorruptPayload:
        return
    check(len(decoded) == len(bands), "another number of bands")


def run_indices(decode_chunk: Callable, names: tuple[str, ...], data: bytes) -> None:
    if not data:
        return
    container, parts = chosen(names, data)
    runs = [adaptive_index.runs(container.items[part.item].parameters, part.start, part.stop) for part in parts]
    try:
        decoded = decode_chunk(runs, data[1:])
    except CorruptPayload:
        return
    for part, indices in zip(runs, decoded, strict=True):
        sizes = [run.size(n) for run in part for n in range(run.first, run.stop)]
        check(bool((indices < np.array(sizes)).all()), "an index beyond its codebook")


IMAGES = ("valid/jpeg/size-1x1", "valid/jpeg/quantization-255")
GRIDS = ("valid/vq/codebook-3", "valid/rvq/depth-1", "valid/rvq/packed", "valid/vq/packed-padding", "valid/adaptive/payload-empty")
EXACT_IMAGES = ("valid/exact/size-1x1",)
EXACT_GRIDS = ("valid/exact-index/depth-1", "valid/exact-index/streams")


@cache
def package(name: str) -> Package:
    folder = KIT / "models" / name
    return read_package((folder / "model.json").read_bytes(), (folder / "weights.safetensors").read_bytes())


def run_raw(data: bytes) -> None:
    """The first two bytes are the number of tokens."""
    tokens = int.from_bytes(data[:2], "little") + 1
    try:
        check(len(decode_raw(data[2:], tokens)) == tokens, "another number of bytes")
    except CorruptPayload:
        pass


# Side data: the first byte says of which vector, the rest is the record before it is deflated

JPEGS = (
    "valid/jpeg/size-1x1", "valid/jpeg/quantization-255", "valid/jpeg/zero-runs", "valid/jpeg/progressive-unfinished",
    "valid/jpeg/restarts-misnumbered", "valid/jpeg/padding-mixed", "valid/jpeg/progressive-short-runs",
    "valid/jpeg/thumbnails",
)  # fmt: skip
FILES = ("valid/vq/file", "valid/vq/sizes", "valid/rvq/order-3", "valid/rvq/element-129", "valid/rvq/encodec")


@dataclass(frozen=True)
class Recorded:
    """An item whose side data is replaced."""

    parameters: object
    latents: object
    dictionary: bytes
    record: bytes
    length: int


@cache
def recorded(name: str) -> Recorded:
    decoder = decode._Decoder(vector(name), [], False)
    decoder.run()
    item = decoder.container.items[0]
    of_jpeg = isinstance(item.parameters, DctParameters)
    dictionary = (jpeg if of_jpeg else index_streams).dictionary(item.parameters)
    latents = decode._grids(item.parameters, decoder.tokens[0]) if of_jpeg else decode._indices(item, decoder.tokens[0])
    body = decoder.container.body(decoder.container.sections[0])
    record = inflate_record(body, 0, dictionary, item.original_length)
    return Recorded(item.parameters, latents, dictionary, record, item.original_length)


def run_jpeg(data: bytes) -> None:
    """Side data that say anything make a file no longer than declared, or are refused."""
    if not data:
        return
    item = recorded(JPEGS[data[0] % len(JPEGS)])
    try:
        side_data = jpeg.read_side_data(packed(data[1:], item), 0, item.parameters, item.length)
        output = jpeg.rebuild(side_data, item.parameters, item.latents, item.length)
    except (LlmcError, jpeg.JpegError):
        return
    check(len(output) <= item.length, "more bytes than declared")


def run_arrays(data: bytes) -> None:
    if not data:
        return
    item = recorded(FILES[data[0] % len(FILES)])
    try:
        side_data = index_streams.read_array_side_data(packed(data[1:], item), 0, item.parameters, item.length)
    except LlmcError:
        return
    output = index_streams.rebuild_arrays(side_data, item.parameters, item.latents)
    check(len(output) == item.length, "another length than declared")


def packed(record: bytes, item: Recorded) -> bytes:
    deflater = zlib.compressobj(1, zlib.DEFLATED, -15, zdict=item.dictionary)
    length = len(record)
    varint = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
    return varint + deflater.compress(record) + deflater.flush()


def record_seeds(names: tuple[str, ...]) -> list[bytes]:
    return [bytes([i]) + recorded(name).record for i, name in enumerate(names)]


# Packages and metadata


def run_package(data: bytes) -> None:
    """The first byte says which file of a package the rest is; the hash in the manifest is right."""
    if not data:
        return
    folder = KIT / "models" / ("tiny-2", "tiny-grids-1")[data[0] >> 1 & 1]
    manifest, weights = (folder / "model.json").read_bytes(), (folder / "weights.safetensors").read_bytes()
    if data[0] & 1:
        manifest = data[1:]
    else:
        weights = data[1:]
        described = json.loads(manifest)
        described["files"]["weights.safetensors"] = {"bytes": len(weights), "sha256": hashlib.sha256(weights).hexdigest()}
        manifest = json.dumps(described).encode()
    try:
        read_package(manifest, weights)
    except LlmcError as fault:
        check(fault.code in ("model-invalid", "limit"), f"a package gives {fault.code}")


def package_seeds() -> list[bytes]:
    seeds = []
    for i, name in enumerate(("tiny-2", "tiny-grids-1")):
        folder = KIT / "models" / name
        header = (folder / "weights.safetensors").read_bytes()
        seeds.append(bytes([2 * i]) + header)
        seeds.append(bytes([2 * i + 1]) + (folder / "model.json").read_bytes())
    return seeds


def run_metadata(data: bytes) -> None:
    try:
        read_metadata(data, 0)
    except LlmcError as fault:
        check(fault.code == "section-invalid" and 0 <= fault.offset <= len(data), "a fault of metadata elsewhere")


def metadata_seeds() -> list[bytes]:
    container = read_container(vector("valid/container/metadata"))
    return [container.body(section) for section in container.sections]


def raw_seeds() -> list[bytes]:
    container = read_container(vector("valid/raw/chunks"))
    return [(chunk.tokens - 1).to_bytes(2, "little") + container.body(chunk) for chunk in container.chunks]


TARGETS = (
    Target("container", 500, run_container, lambda: vectors(LARGEST), files=True),
    Target("decode", 20, run_decode, lambda: vectors(512), files=True),
    Target("metadata", 100, run_metadata, metadata_seeds),
    Target("raw", 100, run_raw, raw_seeds),
    Target("adaptive-dct", 10, lambda data: run_dct(adaptive_dct.decode_chunk, IMAGES, data), lambda: payload_seeds(IMAGES)),
    Target("adaptive-index", 60, lambda data: run_indices(adaptive_index.decode_chunk, GRIDS, data), lambda: payload_seeds(GRIDS)),
    Target(
        "exact-dct",
        5,
        lambda data: run_dct(lambda *chunk: exact_dct.decode_chunk(package("tiny-2").nets, *chunk), EXACT_IMAGES, data),
        lambda: payload_seeds(EXACT_IMAGES),
    ),
    Target(
        "exact-index",
        5,
        lambda data: run_indices(lambda *chunk: exact_index.decode_chunk(package("tiny-streams-1").nets, *chunk), EXACT_GRIDS, data),
        lambda: payload_seeds(EXACT_GRIDS),
    ),
    Target("jpeg", 60, run_jpeg, lambda: record_seeds(JPEGS)),
    Target("arrays", 100, run_arrays, lambda: record_seeds(FILES)),
    Target("package", 40, run_package, package_seeds),
)
