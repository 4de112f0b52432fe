"""The range decoder (spec/range-coder.md, 2)."""

from __future__ import annotations

from .errors import CorruptPayload


def final(low: int, range_: int) -> int:
    """The multiple of the highest power of 256 in low .. low + range_ - 1."""
    for shift in (32, 24, 16, 8, 0):
        value = -(-low >> shift) << shift
        if value - low < range_:
            return value
    raise AssertionError("a range of 0")


class RangeDecoder:
    def __init__(self, payload: bytes):
        self.payload = payload
        self.range = 0x7FFFFFFF
        self.code = self.window = int.from_bytes(payload[:4].ljust(4, b"\0"), "big")
        self.read = 4
        if self.code >= self.range:
            raise CorruptPayload("it begins out of range")

    def decode_bit(self, p: int) -> int:
        """A decision that is 1 with probability p / 2^16."""
        bound = self.range * p >> 16
        if self.code < bound:
            self.range = bound
            bit = 1
        else:
            self.code -= bound
            self.range -= bound
            bit = 0
        if self.range < 1 << 23:
            self._normalize()
        return bit

    def peek(self) -> int:
        """The frequency, 0 to 65535, that the next symbol's interval holds."""
        return (self.code * 65536 + 65535) // self.range

    def take(self, start: int, end: int) -> None:
        """Takes the symbol of the frequencies start to end - 1."""
        lower = self.range * start >> 16
        self.range = (self.range * end >> 16) - lower
        self.code -= lower
        self._normalize()

    def decode_raw(self, n: int) -> int:
        """An integer of n bits, 1 to 16, that nothing is known of."""
        value = self.peek() >> 16 - n
        self.take(value << 16 - n, value + 1 << 16 - n)
        return value

    def finish(self) -> None:
        """Checks that the payload is what an encoder writes for what was decoded."""
        if len(self.payload) > self.read:
            raise CorruptPayload("it is longer than its tokens need")
        if len(self.payload) > self.read - 4 and self.payload.endswith(b"\0"):
            raise CorruptPayload("its last byte is 0")
        if final((self.window - self.code) % 2**32, self.range) % 2**32 != self.window:
            raise CorruptPayload("it does not end as an encoder ends it")

    def _normalize(self) -> None:
        while self.range < 1 << 23:
            if self.read == len(self.payload) + 4:
                raise CorruptPayload("it ends too early")
            byte = self.payload[self.read] if self.read < len(self.payload) else 0
            self.read += 1
            self.code = (self.code << 8) + byte
            self.window = (self.window << 8) % 2**32 + byte
            self.range <<= 8
