"""Codec types: their parameters, and the geometry of their latents (spec/codecs.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd

from .fields import VARINT_MAX, Fields

RAW, JPEG, DCT, VQ, RVQ, TEXT = range(6)
MAX_NESTED = 7

ZIGZAG = (
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
)  # fmt: skip

# Tables K.1 and K.2 of ISO/IEC 10918-1, in natural order.
IJG_LUMA = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
IJG_CHROMA = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
) + (99,) * 32  # fmt: skip


@dataclass(frozen=True)
class Component:
    """A colour component: its sampling factors as they count, and H << 4 | V as they were declared (they differ in a frame
    of one component); the index of its table; its grid of blocks, padded to whole MCUs."""

    h: int
    v: int
    declared: int
    table: int
    blocks_wide: int
    blocks_high: int


@dataclass(frozen=True)
class DctParameters:
    """Parameters of `jpeg` and `dct`. tables[i] has 64 steps in zigzag order; kinds[i] is the form it was given in."""

    process: int
    wide: int
    width: int
    height: int
    components: tuple[Component, ...]
    tables: tuple[tuple[int, ...], ...]
    mcus_wide: int
    mcus_high: int
    nested: tuple[DctParameters, ...] = ()

    def blocks_without_padding(self, index: int) -> tuple[int, int]:
        """Blocks across and down of a component, without those that only pad its grid to whole MCUs."""
        component = self.components[index]
        h_max, v_max = max(c.h for c in self.components), max(c.v for c in self.components)
        across = -(-self.width * component.h // h_max)
        down = -(-self.height * component.v // v_max)
        return -(-across // 8), -(-down // 8)

    @property
    def tokens_per_row(self) -> int:
        """Tokens of one MCU row of all components."""
        return 64 * self.mcus_wide * sum(c.h * c.v for c in self.components)

    @property
    def frame_tokens(self) -> int:
        """Tokens without those of nested frames."""
        return self.tokens_per_row * self.mcus_high

    @property
    def tokens(self) -> int:
        return self.frame_tokens + sum(frame.frame_tokens for frame in self.nested)

    def bands(self, start: int, stop: int) -> list[Band]:
        """What the tokens from start to stop are: MCU rows of the frame, and behind its last one all nested frames."""
        first, end = start // self.tokens_per_row, min(stop, self.frame_tokens) // self.tokens_per_row
        bands = [Band(0, self, first, end - first)] if end > first else []
        if stop > self.frame_tokens:
            bands += [Band(i, frame, 0, frame.mcus_high) for i, frame in enumerate(self.nested, start=1)]
        return bands


@dataclass(frozen=True)
class Band:
    """MCU rows of frame number `index` of an item: its own frame is 0, the nested ones follow."""

    index: int
    frame: DctParameters
    first: int
    mcu_rows: int


@dataclass(frozen=True)
class VqParameters:
    """Parameters of `vq`; each group is count, width and height of grids of one size."""

    codebook_size: int
    groups: tuple[tuple[int, int, int], ...]
    package: tuple[bytes, str]

    @property
    def tokens(self) -> int:
        return sum(count * width * height for count, width, height in self.groups)


@dataclass(frozen=True)
class RvqParameters:
    """Parameters of `rvq`; each group is count and frames of streams of one length."""

    codebook_sizes: tuple[int, ...]
    groups: tuple[tuple[int, int], ...]
    rate: tuple[int, int]
    sample_rate: int
    package: tuple[bytes, str]

    @property
    def depth(self) -> int:
        return len(self.codebook_sizes)

    @property
    def tokens(self) -> int:
        return self.depth * sum(count * frames for count, frames in self.groups)


@dataclass(frozen=True)
class PlainParameters:
    """Parameters of `raw`, `text` and of codec types that are not known: a token count."""

    tokens: int


Parameters = DctParameters | VqParameters | RvqParameters | PlainParameters


def read_parameters(codec: int, original_length: int, fields: Fields) -> Parameters:
    """Reads the parameters of an item; `fields` spans exactly them."""
    start = fields.offset
    match codec:
        case 0:
            parameters = PlainParameters(original_length)
        case 1 | 2:
            parameters = _dct(fields)
            nested: list[DctParameters] = []
            while codec == JPEG and fields.remaining and len(nested) < MAX_NESTED:
                nested.append(_dct(fields))
            parameters = replace(parameters, nested=tuple(nested))
        case 3:
            parameters = _vq(fields)
        case 4:
            parameters = _rvq(fields)
        case _:
            parameters = PlainParameters(fields.varint())
    if codec <= TEXT and fields.remaining:
        raise fields.fault("bytes are left over in the parameters of an item")
    if parameters.tokens > VARINT_MAX:
        raise fields.fault("the token count of an item exceeds 2^53 - 1", start)
    return parameters


def may_end_at(codec: int, parameters: Parameters, tokens: int) -> bool:
    """Whether a chunk may end that many tokens into an item, before the item's end."""
    if codec in (JPEG, DCT):
        return tokens % parameters.tokens_per_row == 0 and tokens <= parameters.frame_tokens
    return codec != RVQ or tokens % parameters.depth == 0


def _within(fields: Fields, low: int, high: int, what: str) -> int:
    start = fields.offset
    value = fields.varint()
    if not low <= value <= high:
        raise fields.fault(f"{what} is {value}, not {low} to {high}", start)
    return value


def _dct(fields: Fields) -> DctParameters:
    start = fields.offset
    frame = fields.u8()
    process, wide = frame & 3, frame >> 2 & 1
    component_count, table_count = (frame >> 3 & 3) + 1, (frame >> 5 & 3) + 1
    if process == 3 or frame & 0x80:
        raise fields.fault(f"the frame byte is {frame:02x}", start)
    width = _within(fields, 1, 65535, "the width")
    height = _within(fields, 1, 65535, "the height")
    layouts = []
    for _ in range(component_count):
        start = fields.offset
        layout = fields.u8()
        if layout & 0xC0 or (layout >> 4) >= table_count:
            raise fields.fault(f"the layout byte of a component is {layout:02x}", start)
        h, v = (layout >> 2 & 3) + 1, (layout & 3) + 1
        counted = (h, v) if component_count > 1 else (1, 1)
        layouts.append((*counted, h << 4 | v, layout >> 4))
    tables = tuple(_quantization_table(fields) for _ in range(table_count))
    mcus_wide = -(-width // (8 * max(h for h, *_ in layouts)))
    mcus_high = -(-height // (8 * max(v for _, v, *_ in layouts)))
    components = tuple(Component(h, v, d, t, mcus_wide * h, mcus_high * v) for h, v, d, t in layouts)
    return DctParameters(process, wide, width, height, components, tables, mcus_wide, mcus_high)


def _quantization_table(fields: Fields) -> tuple[int, ...]:
    start = fields.offset
    kind = fields.u8()
    if kind in (0, 128):
        read = fields.u8 if kind == 0 else fields.u16
        steps = []
        for _ in range(64):
            at = fields.offset
            steps.append(read())
            if steps[-1] == 0:
                raise fields.fault("a quantisation step is 0", at)
        return tuple(steps)
    quality = kind & 127
    if not 1 <= quality <= 100:
        raise fields.fault(f"the kind of a quantisation table is {kind}", start)
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    base = IJG_LUMA if kind < 128 else IJG_CHROMA
    return tuple(min(max((base[n] * scale + 50) // 100, 1), 255) for n in ZIGZAG)


def _vq(fields: Fields) -> VqParameters:
    codebook_size = _within(fields, 1, 2**32, "the codebook size")
    groups = tuple((fields.varint(), fields.varint(), fields.varint()) for _ in range(_group_count(fields, 3)))
    return VqParameters(codebook_size, groups, _package(fields))


def _rvq(fields: Fields) -> RvqParameters:
    depth = _within(fields, 1, 256, "the depth")
    start = fields.offset
    size = _within(fields, 0, 2**32, "the codebook size")
    sizes = [size] * depth
    if size == 0:
        sizes = [_within(fields, 1, 2**32, "the codebook size") for _ in range(depth)]
        if len(set(sizes)) == 1:
            raise fields.fault("the layers' codebook sizes are listed, but equal", start)
    groups = tuple((fields.varint(), fields.varint()) for _ in range(_group_count(fields, 2)))
    start = fields.offset
    numerator, denominator = fields.varint(), fields.varint()
    if numerator < 1 or denominator < 1 or gcd(numerator, denominator) != 1:
        raise fields.fault(f"the frame rate {numerator}/{denominator} is not a fraction in lowest terms", start)
    return RvqParameters(tuple(sizes), groups, (numerator, denominator), fields.varint(), _package(fields))


def _group_count(fields: Fields, least_group: int) -> int:
    start = fields.offset
    count = fields.varint()
    if count < 1 or count * least_group > fields.remaining:
        raise fields.fault(f"{count} groups", start)
    return count


def _package(fields: Fields) -> tuple[bytes, str]:
    start = fields.offset
    length = fields.u8()
    if length == 0:
        return b"", ""
    if not 8 <= length <= 32:
        raise fields.fault(f"a package fingerprint of {length} bytes", start)
    return fields.bytes(length), fields.string()
