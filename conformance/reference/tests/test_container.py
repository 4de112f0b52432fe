"""Headers, sound and unsound (spec/container.md, spec/conventions.md)."""

from __future__ import annotations

import re
import unittest
import zlib

from llmc_reference.container import SIGNATURE, read_container
from llmc_reference.decode import decode
from llmc_reference.errors import LlmcError
from llmc_reference.fields import Fields

from .build import chunk, file, item, model, raw_chunk, section, string, varint
from .pages import page

HELLO = item(0, 0, 5)
GRAY = bytes([0, 8, 8, 0, 100])


def fault(data: bytes) -> tuple[str, int | None]:
    try:
        decode(data)
    except LlmcError as error:
        return error.code, error.offset
    return "none", None


class FieldsTest(unittest.TestCase):
    def test_varints_of_the_page(self):
        rows = re.findall(r"^\| `([0-9A-F ]+)` \| (2\^53 - 1|\d+)", page("conventions.md"), re.M)
        self.assertEqual(len(rows), 5)
        for encoded, value in rows:
            self.assertEqual(Fields(bytes.fromhex(encoded), code="x").varint(), 2**53 - 1 if "^" in value else int(value))

    def test_malformed_varints(self):
        for encoded in ("", "80", "80 00", "FF FF FF FF FF FF FF 10", "80 80 80 80 80 80 80 80 01"):
            with self.assertRaises(LlmcError):
                Fields(bytes.fromhex(encoded), code="x").varint()

    def test_malformed_strings(self):
        for content in (b"\xef\xbb\xbfa", b"\xc0\x80", b"\xed\xa0\x80", b"\xff"):
            with self.assertRaises(LlmcError):
                Fields(varint(len(content)) + content, code="x").string()


class Preamble(unittest.TestCase):
    good = file(items=[HELLO], chunks=[raw_chunk(b"hello")])

    def test_signature(self):
        self.assertEqual(fault(b"\x89PNG\r\n\x1a\n"), ("signature", 0))
        self.assertEqual(fault(b""), ("truncated", 0))
        self.assertEqual(fault(self.good[:7]), ("truncated", 7))
        for first in (b"\x8c", b"\x0c", b"\xc2\x8c", b"\xc5\x92", b"\xef\xbf\xbd"):
            for line_end in (b"\r\n", b"\n", b"\r", b"\r\r\n"):
                mangled = first + b"LLMC" + line_end + b"\x1a" + self.good[8:]
                code, offset = fault(mangled)
                if mangled == self.good:
                    self.assertEqual(code, "none")
                else:
                    self.assertEqual(code, "signature-mangled")
                    self.assertTrue(mangled.startswith(SIGNATURE[:offset]) and mangled[offset] != SIGNATURE[offset])

    def test_every_cut(self):
        for length in range(len(self.good)):
            self.assertEqual(fault(self.good[:length]), ("truncated", length))
        self.assertEqual(fault(self.good), ("none", None))
        self.assertEqual(fault(self.good + b"x"), ("trailing-data", len(self.good)))

    def test_every_bit(self):
        for position in range(8, len(self.good)):
            for bit in range(8):
                damaged = bytearray(self.good)
                damaged[position] ^= 1 << bit
                code, _ = fault(bytes(damaged))
                if position == 8:
                    self.assertEqual(code, "version")
                elif position >= len(self.good) - 5:
                    self.assertEqual(code, "chunk-crc")
                else:
                    self.assertIn(code, ("header-crc", "truncated", "limit", "header-invalid"))


class Body(unittest.TestCase):
    def test_faults(self):
        hello, tail = raw_chunk(b"hello"), raw_chunk(b"hello")
        gray, payload = item(2, 1, 9, GRAY), chunk(b"abc", 0)
        cases = {
            "no items": (dict(items=[]), "header-invalid"),
            "too many models": (dict(items=[HELLO], models=[model()] * 256, chunks=[hello]), "limit"),
            "a model out of range": (dict(items=[item(0, 1, 5)], chunks=[hello]), "header-invalid"),
            "raw with a model": (dict(models=[model()], items=[item(0, 1, 5)], chunks=[hello]), "header-invalid"),
            "dct without a model": (dict(items=[item(2, 0, 9, GRAY)], chunks=[payload]), "header-invalid"),
            "an arrangement of another codec type": (dict(models=[model(1, 5)], items=[gray], chunks=[payload]), "header-invalid"),
            "an unknown arrangement": (dict(models=[model(1, 9)], items=[gray], chunks=[payload]), "arrangement-unknown"),
            "another arrangement": (dict(models=[model(1, 2)], items=[gray], chunks=[payload]), "arrangement-unknown"),
            "an unknown profile": (dict(models=[model(9, 1)], items=[gray], chunks=[payload]), "profile-unknown"),
            "an unknown adaptive model": (dict(models=[model(1, 1, b"\x70")], items=[gray], chunks=[payload]), "model-unknown"),
            "no package": (dict(models=[model(2, 2, b"\x08abcdefgh\x00")], items=[gray], chunks=[payload]), "model-missing"),
            "an unknown codec type": (dict(items=[item(0x70, 0, 9, varint(3))], chunks=[payload]), "codec-unknown"),
            "parameters left over": (dict(items=[item(0, 0, 5, b"x")], chunks=[hello]), "header-invalid"),
            "too many coefficients": (dict(models=[model()], items=[item(2, 1, 9, b"\0\xff\xff\x03\xff\xff\x03\0\x64")], chunks=[payload]), "limit"),
            "a section type with a digit": (dict(items=[HELLO], sections=[section(b"mET1", b"")], chunks=[hello]), "header-invalid"),
            "a section twice": (dict(items=[HELLO], sections=[section(b"mETA", b"\0\0\0")] * 2, chunks=[hello]), "header-invalid"),
            "a section JPEG of a raw item": (dict(items=[HELLO], sections=[section(b"JPEG", b"", 1)], chunks=[hello]), "header-invalid"),
            "no section JPEG": (dict(models=[model()], items=[item(1, 1, 9, GRAY)], chunks=[payload]), "header-invalid"),
            "an unknown critical section": (dict(items=[HELLO], sections=[section(b"XxXX", b"")], chunks=[hello]), "section-unknown"),
            "an unknown ancillary section": (dict(items=[HELLO], sections=[section(b"xxXX", b"", crc=1)], chunks=[hello]), "none"),
            "unsound metadata": (dict(items=[HELLO], sections=[section(b"mETA", b"\xff", 1)], chunks=[hello]), "none"),
            "a chunk too few": (dict(items=[HELLO]), "header-invalid"),
            "a chunk too many": (dict(items=[HELLO], chunks=[raw_chunk(b"hello", last=False), tail]), "header-invalid"),
            "a chunk across raw items": (dict(items=[item(0, 0, 2), item(0, 0, 3)], chunks=[hello]), "header-invalid"),
            "a cut within an MCU row": (dict(models=[model()], items=[gray], chunks=[chunk(b"a", 0, 8), payload]), "header-invalid"),
            "a raw chunk too long": (dict(items=[item(0, 0, 2**26 + 1)], chunks=[hello]), "limit"),
            "bytes left over": (dict(items=[HELLO], chunks=[hello], rest=b"x"), "header-invalid"),
            "bytes of a later version": (dict(items=[HELLO], chunks=[hello], rest=b"x", minor=1), "none"),
            "a wrong payload CRC": (dict(items=[HELLO], chunks=[chunk(b"hello", 0, payload_crc=1)]), "chunk-crc"),
            "a wrong tokens CRC": (dict(items=[HELLO], chunks=[chunk(b"hello", 1)]), "chunk-tokens-crc"),
            "a payload too long": (dict(items=[HELLO], chunks=[chunk(b"hello!", 0)]), "chunk-corrupt"),
            "a payload that does not inflate": (dict(items=[HELLO], chunks=[chunk(b"hell", 0)]), "chunk-corrupt"),
            "another digest": (dict(items=[item(0, 0, 5, digest=b"\1" + bytes(32))], chunks=[hello]), "digest-mismatch"),
            "an unknown digest type": (dict(items=[item(0, 0, 5, digest=b"\5\2ab")], chunks=[hello]), "none"),
        }  # fmt: skip
        for name, (parts, code) in cases.items():
            with self.subTest(name):
                self.assertEqual(fault(file(**parts))[0], code)

    def test_counts_are_checked_before_they_are_used(self):
        for count in (2**20, 2**40):
            body = varint(0) + varint(count)
            head = SIGNATURE + b"\1\0" + varint(len(body)) + body
            code, offset = fault(head + zlib.crc32(head).to_bytes(4, "little"))
            self.assertEqual((code, offset), ("header-invalid" if count == 2**20 else "limit", 12))

    def test_coverage(self):
        items = [item(0, 0, 0), item(0x70, 0, 1, varint(5)), item(0, 0, 0), item(0x70, 0, 1, varint(4)), item(0, 0, 0)]
        container = read_container(file(items=items, chunks=[chunk(b"a", 0, 3), chunk(b"b", 0, 4), chunk(b"c", 0)]))
        covered = [[(p.item, p.start, p.stop) for p in container.coverage(c)] for c in container.chunks]
        self.assertEqual(covered, [[(1, 0, 3)], [(1, 3, 5), (3, 0, 2)], [(3, 2, 4)]])


class Damage(unittest.TestCase):
    def test_one_chunk_costs_itself(self):
        parts = [raw_chunk(b"one.", False), chunk(b"two.", 0, 4, payload_crc=1), raw_chunk(b"three.")]
        data = file(items=[item(0, 0, 14), item(0, 0, 0)], chunks=parts)
        decoded = decode(data, keep_going=True)
        self.assertEqual([item.output for item in decoded.items], [b"one.\0\0\0\0three.", b""])
        self.assertEqual([f.code for f in decoded.faults], ["chunk-crc"])
        self.assertEqual([len(item.faults) for item in decoded.items], [1, 0])

    def test_what_lies_beyond_the_end(self):
        data = file(items=[item(0, 0, 8)], chunks=[raw_chunk(b"one.", False), raw_chunk(b"two.")])[:-1]
        decoded = decode(data, keep_going=True)
        self.assertEqual(decoded.items[0].output, b"one.\0\0\0\0")
        self.assertEqual({f.code for f in decoded.faults}, {"truncated"})

    def test_an_undecodable_item_costs_itself(self):
        items = [item(0x70, 0, 5, varint(3)), HELLO]
        sections = [section(b"mETA", string("a.txt") + string("text/plain") + varint(0), 2)]
        decoded = decode(file(items=items, sections=sections, chunks=[chunk(b"x", 0, 3), raw_chunk(b"hello")]), keep_going=True)
        self.assertEqual([item.output for item in decoded.items], [None, b"hello"])
        self.assertEqual(decoded.items[1].metadata.name, "a.txt")


if __name__ == "__main__":
    unittest.main()
