"""Files of arrays from their indices: side data and canonical files (spec/index-streams.md)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from .codecs import RvqParameters, VqParameters
from .errors import LlmcError
from .fields import Fields
from .side_record import inflate_record

Parameters = VqParameters | RvqParameters
ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


@dataclass(frozen=True)
class ArraySideData:
    """Gap, element and order of each group, and the skeleton."""

    arrays: tuple[tuple[int, int, int], ...]
    skeleton: bytes


def axes(parameters: Parameters) -> list[tuple[int, int, int]]:
    """The sizes of the three axes of each group."""
    if isinstance(parameters, RvqParameters):
        return [(count, frames, parameters.depth) for count, frames in parameters.groups]
    return [(count, height, width) for count, width, height in parameters.groups]


def _order(parameters: Parameters) -> int:
    """The order of canonical files."""
    return 1 if isinstance(parameters, RvqParameters) else 0


def shape(parameters: Parameters, group: int) -> list[int]:
    sizes = axes(parameters)[group]
    ordered = [sizes[axis] for axis in ORDERS[_order(parameters)]]
    return ordered[1:] if ordered[0] == 1 else ordered


# §1


def read_array_side_data(body: bytes, offset: int, parameters: Parameters, original_length: int) -> ArraySideData:
    """Parses the body of a section ARRY, which stands at `offset` in the file."""
    record = inflate_record(body, offset, dictionary(parameters), original_length)
    return _record(Fields(record, code="section-invalid"), offset, parameters, original_length)


def dictionary(parameters: Parameters) -> bytes:
    """The preset dictionary of an item's side data (§3)."""
    first = shape(parameters, 0)
    return safetensors_header([("codes", "I64", 8, first)]) + npy_header("<i8", first)


def _record(fields: Fields, offset: int, parameters: Parameters, original_length: int) -> ArraySideData:
    try:
        arrays = []
        expected = 0
        for sizes in axes(parameters):
            gap, element, order = fields.varint(), fields.u8(), fields.u8()
            if order > 5 or not (element < 8 or 129 <= element <= 160):
                raise fields.fault(f"an array of element {element} and order {order}")
            arrays.append((gap, element, order))
            expected += _bytes_of(element, prod(sizes))
        skeleton = fields.bytes(fields.remaining)
    except LlmcError as error:
        raise LlmcError(error.code, offset, error.message) from None
    if sum(gap for gap, _, _ in arrays) > len(skeleton) or expected + len(skeleton) != original_length:
        raise LlmcError("section-invalid", offset, "the arrays and what is between them make another length")
    return ArraySideData(tuple(arrays), skeleton)


def rebuild_arrays(side_data: ArraySideData, parameters: Parameters, indices: np.ndarray) -> bytes:
    out = bytearray()
    position = start = 0
    for (gap, element, order), sizes in zip(side_data.arrays, axes(parameters), strict=True):
        out += side_data.skeleton[position : position + gap]
        position += gap
        out += _array(indices[start : start + prod(sizes)], sizes, element, order)
        start += prod(sizes)
    return bytes(out + side_data.skeleton[position:])


# §2


def _bytes_of(element: int, count: int) -> int:
    return -(-count * (element - 128) // 8) if element > 128 else count << (element & 3)


def _array(indices: np.ndarray, sizes: tuple[int, int, int], element: int, order: int) -> bytes:
    flat = indices.reshape(sizes).transpose(ORDERS[order]).ravel()
    if element > 128:
        columns = np.arange(element - 128, dtype=np.uint32)
        return np.packbits(flat[:, None] >> columns & 1, bitorder="little").tobytes()
    width = 1 << (element & 3)
    return flat.astype(np.dtype(f"u{width}").newbyteorder(">" if element & 4 else "<")).tobytes()


# §3


def npy_header(type_: str, sizes: list[int]) -> bytes:
    text = f"{{'descr': '{type_}', 'fortran_order': False, 'shape': ({', '.join(map(str, sizes))}), }}"
    text += " " * (21 - len(str(sizes[0])))
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def safetensors_header(tensors: list[tuple[str, str, int, list[int]]]) -> bytes:
    """The header of tensors: name, type, bytes of an element, shape."""
    members = []
    first = 0
    for name, type_, width, sizes in tensors:
        end = first + width * prod(sizes)
        members.append(f'"{name}":{{"dtype":"{type_}","shape":[{",".join(map(str, sizes))}],"data_offsets":[{first},{end}]}}')
        first = end
    text = "{" + ",".join(members) + "}"
    text += " " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text.encode()


# §4


def canonical_arrays(parameters: Parameters, indices: np.ndarray) -> bytes:
    """The output of an item without side data."""
    sizes = parameters.codebook_sizes if isinstance(parameters, RvqParameters) else (parameters.codebook_size,)
    width = 0 if max(sizes) <= 2**8 else 1 if max(sizes) <= 2**16 else 2
    groups = range(len(parameters.groups))
    if len(groups) == 1:
        header = npy_header(("|u1", "<u2", "<u4")[width], shape(parameters, 0))
    else:
        type_ = ("U8", "U16", "U32")[width]
        header = safetensors_header([(f"indices.{g}", type_, 1 << width, shape(parameters, g)) for g in groups])
    arrays = tuple((len(header) if g == 0 else 0, width, _order(parameters)) for g in groups)
    return rebuild_arrays(ArraySideData(arrays, header), parameters, indices)
