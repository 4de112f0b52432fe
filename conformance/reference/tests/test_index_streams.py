"""Index streams: the examples of their pages, and canonical files."""

from __future__ import annotations

import unittest
import zlib

import numpy as np

from llmc_reference.adaptive_index import Run, decode_chunk, hashed, mix, runs
from llmc_reference.codecs import RvqParameters, VqParameters
from llmc_reference.decode import decode
from llmc_reference.errors import CorruptPayload
from llmc_reference.index_streams import canonical_arrays, npy_header

from .build import chunk, file, item, model, section, varint

# index-streams.md, 6
PARAMETERS = bytes.fromhex("02 04 01 01 03 32 01 80 7D 00")
INDICES = [3, 0, 1, 3, 2, 3]
PACKED = bytes.fromhex("D3 0E")


class Packed(unittest.TestCase):
    def test_example(self):
        run = Run((8, 32), True, 2, 1, 0, 2)
        self.assertEqual(decode_chunk([[run]], b"\x8d")[0].tolist(), [5, 17])
        run = Run((4, 4), True, 2, 3, 0, 6)
        self.assertEqual(decode_chunk([[run]], PACKED)[0].tolist(), INDICES)

    def test_what_is_refused(self):
        run = Run((5,), False, 1, 1, 0, 1)
        for payload in (b"\x05", b"\x0c", b"\x01\x00"):
            with self.assertRaises(CorruptPayload):
                decode_chunk([[run]], payload)

    def test_mix(self):
        self.assertEqual([mix(0, 0), mix(1, 5), mix(2, 2**32 - 1)], [0, 0x78DD177F, 0x2559D85E])
        self.assertEqual(hashed(3, 7, 1023), 0x770B4297)


class Runs(unittest.TestCase):
    def test_a_chunk_across_groups(self):
        parameters = VqParameters(9, ((2, 3, 2), (0, 5, 5), (1, 2, 2)), (b"", ""))
        self.assertEqual(runs(parameters, 7, 14), [Run((9,), False, 3, 2, 7, 12), Run((9,), False, 2, 2, 0, 2)])


class Files(unittest.TestCase):
    def test_example(self):
        header = npy_header("<i4", [2, 3])
        array = np.array([[3, 1, 2], [0, 3, 3]], "<i4").tobytes()
        record = bytes.fromhex("80 01 02 01") + header
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = varint(len(record)) + deflater.compress(record) + deflater.flush()
        canonical = np.array(INDICES, "<u4").tobytes()
        data = file(
            models=[model(1, 6, b"\x02")],
            items=[item(4, 1, 152, PARAMETERS)],
            sections=[section(b"ARRY", body, 1)],
            chunks=[chunk(PACKED, zlib.crc32(canonical))],
        )
        self.assertEqual(len(header), 128)
        self.assertEqual(decode(data).items[0].output, header + array)

    def test_canonical_files(self):
        indices = np.arange(6, dtype=np.uint32)
        parameters = RvqParameters((300, 300), ((1, 3),), (50, 1), 0, (b"", ""))
        expected = npy_header("<u2", [2, 3]) + np.array([0, 2, 4, 1, 3, 5], "<u2").tobytes()
        self.assertEqual(canonical_arrays(parameters, indices), expected)
        groups = VqParameters(7, ((1, 2, 2), (2, 1, 1)), (b"", ""))
        text = b'{"indices.0":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},'
        text += b'"indices.1":{"dtype":"U8","shape":[2,1,1],"data_offsets":[4,6]}}'
        text += b" " * (-len(text) % 8)
        expected = len(text).to_bytes(8, "little") + text + bytes(range(6))
        self.assertEqual(canonical_arrays(groups, indices), expected)


if __name__ == "__main__":
    unittest.main()
