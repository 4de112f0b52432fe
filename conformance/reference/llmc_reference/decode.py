"""A file from its first byte to its outputs, around damage where asked (spec/container.md, 7)."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from . import adaptive_dct, adaptive_index, exact_dct, exact_index, index_streams, jpeg
from .codecs import DCT, JPEG, RAW, RVQ, VQ, DctParameters
from .container import (
    ADAPTIVE, ARRANGEMENTS, DEFLATE_RATIO, EXACT, MAX_CHUNK_TOKENS, MAX_ITEM_TOKENS, MAX_RAW_ITEM, MAX_SECTION_BODY,
    Chunk, Container, Item, Part, Section, read_container,
)  # fmt: skip
from .errors import CorruptPayload, LlmcError
from .metadata import Metadata, read_metadata
from .package import Package, embedded_package, packages_in
from .raw import decode_raw

# The tokens of a part of a chunk: bytes, indices, or for DCT latents of each band the blocks of each component,
# (rows, columns, 64).
Tokens = bytes | np.ndarray | list[list[np.ndarray]]

# The arrangements of each adaptive model (registries.md).
ADAPTIVE_MODELS = {1: (1,), 2: (5, 6)}
# Those of profile exact.
EXACT_ARRANGEMENTS = {2: "dct-wavefront", 5: "vq-raster", 6: "rvq-frames"}


@dataclass
class DecodedItem:
    """What came of an item. `output` is None where nothing can be given, and whole if there are no `faults`."""

    output: bytes | None = None
    metadata: Metadata | None = None
    faults: list[LlmcError] = field(default_factory=list)


@dataclass
class Decoded:
    """What came of a file: its items, and every fault found in it, in the order of the checks."""

    items: list[DecodedItem]
    faults: list[LlmcError]

    @property
    def lost(self) -> bool:
        """Whether anything could not be decoded whole; bytes after the end of a file cost nothing."""
        return any(fault.code != "trailing-data" for fault in self.faults)


def decode(data: bytes, *, folders: Sequence[Path] = (), keep_going: bool = False) -> Decoded:
    """Decodes all items of a file, with model packages in `folders` or in the file.

    Raises the first fault; with `keep_going` only one that costs the whole file.
    """
    return _Decoder(data, folders, keep_going).run()


class _Decoder:
    def __init__(self, data: bytes, folders: Sequence[Path], keep_going: bool):
        self.folders = folders
        self.keep_going = keep_going
        self.container = read_container(data)
        self.result = Decoded([DecodedItem() for _ in self.container.items], [])
        self.undecodable: set[int] = set()
        self.packages: dict[int, Package] = {}
        self.unknown_sections: dict[int | None, Section] = {}
        for section in self.container.sections:
            if section.critical and section.type not in ("JPEG", "ARRY"):
                self.unknown_sections.setdefault(section.item, section)
        self.too_long_chunks: dict[int, Chunk] = {}
        for chunk in self.container.chunks:
            if chunk.tokens > MAX_CHUNK_TOKENS:
                for part in self.container.coverage(chunk):
                    self.too_long_chunks.setdefault(part.item, chunk)
        self.side_data: dict[int, jpeg.SideData | index_streams.ArraySideData] = {}
        self.tokens: list[list[tuple[Part, Tokens]]] = [[] for _ in self.container.items]

    def run(self) -> Decoded:
        for fault in self.container.faults:
            self._report(fault, [])
        for index in range(len(self.container.items)):
            try:
                self._check_item(index)
            except LlmcError as fault:
                self._report(fault, [index])
                self.undecodable.add(index)
        for section in self.container.sections:
            self._read_section(section)
        for number, chunk in enumerate(self.container.chunks):
            self._decode_chunk(number, chunk)
        for index in range(len(self.container.items)):
            if index in self.undecodable:
                continue
            try:
                self._rebuild(index)
            except LlmcError as fault:
                self._report(fault, [index])
        return self.result

    def _report(self, fault: LlmcError, items: list[int]) -> None:
        if not self.keep_going:
            raise fault
        self.result.faults.append(fault)
        for index in items:
            self.result.items[index].faults.append(fault)

    # Items, before anything is decoded

    def _check_item(self, index: int) -> None:
        item = self.container.items[index]
        if item.codec not in (RAW, JPEG, DCT, VQ, RVQ):
            raise LlmcError("codec-unknown", None, f"item {index} is of codec type {item.codec}")
        if item.model is not None:
            self._check_model(item.model)
        for concerned in (None, index):
            if concerned in self.unknown_sections:
                section = self.unknown_sections[concerned]
                raise LlmcError("section-unknown", self.container.offset(section), f"a critical section {section.type}")
        most = min(MAX_RAW_ITEM, DEFLATE_RATIO * len(self.container.data)) if item.codec == RAW else MAX_ITEM_TOKENS
        if item.tokens > most:
            raise LlmcError("limit", None, f"item {index} has {item.tokens} tokens")
        if index in self.too_long_chunks:
            chunk = self.too_long_chunks[index]
            raise LlmcError("limit", self.container.offset(chunk), f"a chunk of {chunk.tokens} tokens")

    def _check_model(self, index: int) -> None:
        model = self.container.models[index]
        if model.profile not in (ADAPTIVE, EXACT):
            raise LlmcError("profile-unknown", None, f"numeric profile {model.profile}")
        if model.arrangement not in ARRANGEMENTS:
            raise LlmcError("arrangement-unknown", None, f"arrangement {model.arrangement}")
        if model.profile == ADAPTIVE and model.adaptive_model not in ADAPTIVE_MODELS:
            raise LlmcError("model-unknown", None, f"adaptive model {model.adaptive_model}")
        if model.arrangement not in (ADAPTIVE_MODELS[model.adaptive_model] if model.profile == ADAPTIVE else EXACT_ARRANGEMENTS):
            raise LlmcError("arrangement-unknown", None, f"arrangement {model.arrangement} for this profile")
        if model.profile == EXACT and index not in self.packages:
            self.packages[index] = self._package(index)

    def _package(self, index: int) -> Package:
        """The package of a model of profile exact, from the folders or the file."""
        fingerprint = self.container.models[index].fingerprint
        arrangement = EXACT_ARRANGEMENTS[self.container.models[index].arrangement]
        for package in chain(packages_in(self.folders), self._embedded(index)):
            if package.arrangement == arrangement and package.fingerprint.startswith(fingerprint):
                return package
        places = ", ".join(["the file", *map(str, self.folders)])
        name = self.container.models[index].name
        raise LlmcError("model-missing", None, f"model {name!r} {fingerprint.hex()} is not in {places}")

    def _embedded(self, index: int) -> Iterator[Package]:
        for section in self.container.sections:
            if section.type == "mODL":
                try:
                    model, package = embedded_package(self._section_body(section), section.offset)
                except LlmcError:
                    continue
                if model == index:
                    yield package

    # Sections

    def _read_section(self, section: Section) -> None:
        """Reads a section of an item. An ancillary one costs nothing, whatever is wrong with it."""
        index = section.item
        if index is None or index in self.undecodable or section.type not in ("JPEG", "ARRY", "mETA"):
            return
        item = self.container.items[index]
        try:
            body = self._section_body(section)
            if section.type == "mETA":
                self.result.items[index].metadata = read_metadata(body, section.offset)
            else:
                read = jpeg.read_side_data if section.type == "JPEG" else index_streams.read_array_side_data
                self.side_data[index] = read(body, section.offset, item.parameters, item.original_length)
        except LlmcError as fault:
            if section.critical:
                self._report(fault, [index])

    def _section_body(self, section: Section) -> bytes:
        if section.length > MAX_SECTION_BODY:
            raise LlmcError("limit", self.container.offset(section), f"a section of {section.length} bytes")
        body = self.container.body(section)
        if zlib.crc32(body) != section.crc:
            raise LlmcError("section-crc", section.offset, f"section {section.type} is damaged")
        return body

    # Chunks

    def _decode_chunk(self, number: int, chunk: Chunk) -> None:
        parts = self.container.coverage(chunk)
        if all(part.item in self.undecodable for part in parts):
            return
        try:
            decoded = self._tokens(number, chunk, parts)
        except LlmcError as fault:
            self._report(fault, [part.item for part in parts])
            return
        for part, tokens in zip(parts, decoded, strict=True):
            self.tokens[part.item].append((part, tokens))

    def _tokens(self, number: int, chunk: Chunk, parts: list[Part]) -> list[Tokens]:
        """The tokens of each part of a chunk, checked."""
        payload = self.container.body(chunk)
        if zlib.crc32(payload) != chunk.payload_crc:
            raise LlmcError("chunk-crc", chunk.offset, f"chunk {number} is damaged")
        item = self.container.items[parts[0].item]
        try:
            if item.codec == RAW:
                decoded: list[Tokens] = [decode_raw(payload, chunk.tokens)]
            elif item.codec in (VQ, RVQ):
                runs = [adaptive_index.runs(self.container.items[p.item].parameters, p.start, p.stop) for p in parts]
                decoded = list(self._index_tokens(item.model, runs, payload))
            else:
                decoded = self._dct_tokens(item.model, parts, payload)
        except CorruptPayload as error:
            raise LlmcError("chunk-corrupt", chunk.offset, f"chunk {number}: {error}") from None
        crc = 0
        for tokens in decoded:
            for piece in chain(*tokens) if isinstance(tokens, list) else [tokens]:
                crc = zlib.crc32(_canonical(piece), crc)
        if crc != chunk.tokens_crc:
            raise LlmcError("chunk-tokens-crc", chunk.offset, f"chunk {number} decodes to other tokens")
        return decoded

    def _index_tokens(self, model: int, parts: list[list[adaptive_index.Run]], payload: bytes) -> list[np.ndarray]:
        if model in self.packages:
            return exact_index.decode_chunk(self.packages[model].nets, parts, payload)
        return adaptive_index.decode_chunk(parts, payload)

    def _dct_tokens(self, model: int, parts: list[Part], payload: bytes) -> list[Tokens]:
        held = [self.container.items[part.item].parameters.bands(part.start, part.stop) for part in parts]
        bands = [(band.frame, band.mcu_rows) for band in chain(*held)]
        if model in self.packages:
            decoded = iter(exact_dct.decode_chunk(self.packages[model].nets, bands, payload))
        else:
            decoded = iter(adaptive_dct.decode_chunk(bands, payload))
        return [[next(decoded) for _ in bands] for bands in held]

    # Outputs

    def _rebuild(self, index: int) -> None:
        item, result = self.container.items[index], self.result.items[index]
        whole = not result.faults
        if not whole and not self.tokens[index]:
            return
        if item.codec == RAW:
            output = _bytes(item, self.tokens[index])
        elif item.codec in (VQ, RVQ):
            output = self._arrays(index, _indices(item, self.tokens[index]))
        else:
            grids = _grids(item.parameters, self.tokens[index])
            output = self._jpeg(index, grids) if whole else self._recovered_jpeg(index, grids)
        result.output = output
        if whole and len(output) != item.original_length:
            raise LlmcError("digest-mismatch", None, f"item {index} is rebuilt to {len(output)} bytes")
        if whole and item.digest_type == 1 and hashlib.sha256(output).digest() != item.digest:
            raise LlmcError("digest-mismatch", None, f"item {index} is rebuilt to other bytes")

    def _arrays(self, index: int, indices: np.ndarray) -> bytes:
        parameters = self.container.items[index].parameters
        if index in self.side_data:
            return index_streams.rebuild_arrays(self.side_data[index], parameters, indices)
        return index_streams.canonical_arrays(parameters, indices)

    def _jpeg(self, index: int, grids: list[jpeg.Latents]) -> bytes:
        item = self.container.items[index]
        if item.codec == DCT:
            try:
                return jpeg.canonical_file(item.parameters, grids[0], item.original_length)
            except jpeg.JpegError as error:
                raise LlmcError("digest-mismatch", None, f"item {index} has no canonical file: {error}") from None
        try:
            return jpeg.rebuild(self.side_data[index], item.parameters, grids, item.original_length)
        except jpeg.JpegError as error:
            raise LlmcError("section-invalid", self.side_data[index].offset, f"item {index}: {error}") from None

    def _recovered_jpeg(self, index: int, grids: list[jpeg.Latents]) -> bytes | None:
        """A JPEG file of what is left of an item: with its own segments if that can be, else the canonical one."""
        item = self.container.items[index]
        try:
            if index in self.side_data:
                return jpeg.rebuild(self.side_data[index], item.parameters, grids, item.original_length)
        except jpeg.JpegError:
            pass
        try:
            return jpeg.canonical_file(item.parameters, grids[0])
        except jpeg.JpegError:
            return None


def _bytes(item: Item, tokens: list[tuple[Part, Tokens]]) -> bytes:
    """The bytes of a raw item, 0 where chunks are lost."""
    out = bytearray()
    for part, content in tokens:
        out += bytes(part.start - len(out)) + content
    return bytes(out + bytes(item.original_length - len(out)))


def _grids(parameters: DctParameters, tokens: list[tuple[Part, Tokens]]) -> list[jpeg.Latents]:
    """The blocks of each component of the frame and of the nested ones, 0 where chunks are lost."""
    frames = (parameters, *parameters.nested)
    grids = [[np.zeros((c.blocks_high, c.blocks_wide, 64), np.int16) for c in frame.components] for frame in frames]
    for part, decoded in tokens:
        for band, blocks in zip(parameters.bands(part.start, part.stop), decoded, strict=True):
            for component, grid, rows in zip(band.frame.components, grids[band.index], blocks, strict=True):
                grid[band.first * component.v : band.first * component.v + len(rows)] = rows
    return grids


def _indices(item: Item, tokens: list[tuple[Part, Tokens]]) -> np.ndarray:
    """The indices of an item, 0 where chunks are lost."""
    indices = np.zeros(item.tokens, np.uint32)
    for part, run in tokens:
        indices[part.start : part.stop] = run
    return indices


def _canonical(tokens: bytes | np.ndarray) -> bytes:
    return tokens if isinstance(tokens, bytes) else tokens.astype(tokens.dtype.newbyteorder("<")).tobytes()
