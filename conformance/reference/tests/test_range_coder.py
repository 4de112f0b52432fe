"""The range decoder against an encoder written from the same page."""

from __future__ import annotations

import random
import unittest

from llmc_reference.errors import CorruptPayload
from llmc_reference.range_coder import RangeDecoder

from .range_encoder import RangeEncoder


def coded(decisions: list[tuple]) -> bytes:
    encoder = RangeEncoder()
    for kind, *arguments in decisions:
        {"bit": encoder.encode_bit, "symbol": encoder.encode_symbol, "raw": encoder.encode_raw}[kind](*arguments)
    return encoder.finish()


def some_decisions(source: random.Random) -> list[tuple]:
    """Bits, symbols and raw numbers, likely and unlikely ones."""
    decisions: list[tuple] = []
    for _ in range(source.randrange(200)):
        kind = source.choice(("bit", "symbol", "raw"))
        if kind == "bit":
            decisions.append((kind, source.randrange(2), source.choice((1, 32, 65504, 65535, source.randrange(1, 65536)))))
        elif kind == "symbol":
            start, end = sorted(source.sample([0, 1, 65535, 65536, source.randrange(2, 65535)], 2))
            decisions.append((kind, start, end))
        else:
            n = source.randrange(1, 17)
            decisions.append((kind, source.choice((0, 2**n - 1, source.randrange(2**n))), n))
    return decisions


class RangeCoder(unittest.TestCase):
    def decode(self, payload: bytes, decisions: list[tuple]) -> None:
        decoder = RangeDecoder(payload)
        for kind, *arguments in decisions:
            if kind == "bit":
                self.assertEqual(decoder.decode_bit(arguments[1]), arguments[0])
            elif kind == "symbol":
                self.assertTrue(arguments[0] <= decoder.peek() < arguments[1])
                decoder.take(*arguments)
            else:
                self.assertEqual(decoder.decode_raw(arguments[1]), arguments[0])
        decoder.finish()

    def test_what_was_encoded_comes_back(self):
        source = random.Random(1)
        for _ in range(300):
            decisions = some_decisions(source)
            self.decode(coded(decisions), decisions)

    def test_a_carry_runs_through_bytes_of_255(self):
        decisions = [("bit", 0, 65535)] + [("symbol", 65535, 65536)] * 40 + [("raw", 65535, 16)] * 3
        payload = coded(decisions)
        self.assertIn(b"\xff\xff", payload)
        self.decode(payload, decisions)

    def test_no_other_payload_is_accepted(self):
        source = random.Random(2)
        for _ in range(100):
            decisions = some_decisions(source)
            payload = coded(decisions)
            for other in (payload + b"\0", payload + b"\x01", payload[:-1], payload + b"\0\0\0\0\x01"):
                if other != payload:
                    with self.assertRaises((CorruptPayload, AssertionError)):
                        self.decode(other, decisions)

    def test_it_stops_four_bytes_past_the_end(self):
        for payload in (b"", b"\x12", b"\x12\x34\x56\x78\x9a", b"\0" * 9):
            decoder = RangeDecoder(payload)
            bits = 0
            with self.assertRaises(CorruptPayload):
                while True:
                    decoder.decode_raw(1)
                    bits += 1
            self.assertLess(bits, 8 * len(payload) + 10)

    def test_leading_zero_bytes_are_kept(self):
        decisions = [("bit", 1, 32768)] * 40
        self.assertEqual(coded(decisions), b"\0" * 5)
        self.decode(coded(decisions), decisions)

    def test_out_of_range(self):
        for payload in (b"\x7f\xff\xff\xff", b"\x80", b"\xff" * 9):
            with self.assertRaises(CorruptPayload):
                RangeDecoder(payload)


if __name__ == "__main__":
    unittest.main()
