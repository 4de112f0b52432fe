"""The range encoder (spec/range-coder.md, 1), with which the tests make payloads."""

from __future__ import annotations

from llmc_reference.range_coder import final


class RangeEncoder:
    def __init__(self) -> None:
        self.low, self.range = 0, 0x7FFFFFFF
        self.bytes = bytearray()

    def encode_bit(self, bit: int, p: int) -> None:
        bound = self.range * p >> 16
        if bit:
            self.range = bound
        else:
            self._advance(bound)
            self.range -= bound
        self._normalize()

    def encode_symbol(self, start: int, end: int) -> None:
        lower = self.range * start >> 16
        self.range = (self.range * end >> 16) - lower
        self._advance(lower)
        self._normalize()

    def encode_raw(self, value: int, n: int) -> None:
        self.encode_symbol(value << 16 - n, value + 1 << 16 - n)

    def finish(self) -> bytes:
        value = final(self.low, self.range)
        if value >= 2**32:
            self._carry()
        self.low = value % 2**32
        for _ in range(4):
            self._shift_byte()
        return bytes(self.bytes[:-4] + self.bytes[-4:].rstrip(b"\0"))

    def _advance(self, amount: int) -> None:
        self.low += amount
        if self.low >= 2**32:
            self.low -= 2**32
            self._carry()

    def _carry(self) -> None:
        i = len(self.bytes) - 1
        while self.bytes[i] == 255:
            self.bytes[i] = 0
            i -= 1
        self.bytes[i] += 1

    def _normalize(self) -> None:
        while self.range < 1 << 23:
            self._shift_byte()
            self.range <<= 8

    def _shift_byte(self) -> None:
        self.bytes.append(self.low >> 24)
        self.low = (self.low << 8) % 2**32
