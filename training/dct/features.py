"""The integer input features of the model, computed for any set of blocks at once.

Everything here is exact integer arithmetic on values the decoder already has; spec/exact-dct.md, "Features", gives the formulas.
All features lie in -255..255. Shapes: B blocks, P (block, group) pairs, C coefficients.
Divisions by a positive number round to nearest, halves up: floor((2 a + b) / (2 b)).
"""

from dataclasses import dataclass

import torch

import layout

LOG = torch.from_numpy(layout.log_table())
ZIGZAG = torch.from_numpy(layout.ZIGZAG)
POSITION = torch.from_numpy(layout.POSITION).int()
DIAGONAL = torch.from_numpy(layout.DIAGONAL).int()
BORDER = torch.from_numpy(layout.BORDER).int()
COSINES = torch.from_numpy(layout.COSINES)
ALTERNATING = torch.tensor([1, -1] * 4, dtype=torch.int32)
BAND_MASKS = torch.tensor([[low <= d <= high for d in layout.DIAGONAL] for low, high in layout.BANDS]).int()
LIMIT = 8192


def _ring() -> torch.Tensor:
    """Float [64, 64]: 1 where two different AC frequencies differ by at most 1 in u and in v."""
    u, v = torch.from_numpy(layout.U), torch.from_numpy(layout.V)
    near = ((u[:, None] - u[None]).abs() <= 1) & ((v[:, None] - v[None]).abs() <= 1)
    near &= ~torch.eye(64, dtype=torch.bool)
    near[0, :] = near[:, 0] = False
    return near.float()


RING = _ring()
# Offsets (v, u) of the coefficients beside one in its own block.
BESIDE = ((0, 1), (1, 0), (0, 2), (2, 0), (1, 1))


def rounded(a: torch.Tensor, b: torch.Tensor | int) -> torch.Tensor:
    """a / b to the nearest integer, halves up; b > 0."""
    return torch.div(2 * a + b, 2 * b, rounding_mode="floor")


def log(n: torch.Tensor) -> torch.Tensor:
    """L(n) for n >= 0 (n above 65535 counts as 65535)."""
    return LOG[n.clamp(max=65535).long()]


def signed_log(n: torch.Tensor) -> torch.Tensor:
    return torch.sign(n) * log(n.abs())


def small(x: torch.Tensor) -> torch.Tensor:
    """A coefficient's signed value, linear near zero: 4 clamp(x, -24, 24)."""
    return 4 * x.clamp(-24, 24)


def linear(n: torch.Tensor) -> torch.Tensor:
    return n.clamp(-127, 127)


def last_of(x: torch.Tensor) -> torch.Tensor:
    """Zigzag position of the last non-zero AC coefficient, 0 if none; x [..., 64]."""
    return torch.where((x != 0) & (POSITION > 0), POSITION, 0).amax(-1)


@dataclass
class Blocks:
    """B blocks and all that is known around them. Blocks outside the plane are all zero.

    own [B, 64], near [B, 6, 64], far [B, 8, 64]: quantised, int32. inside [B, 6 + 8]: which neighbours exist.
    steps [B, 64]. For chroma: co [B, 64] and co_around [B, 8, 64] dequantised luma; cb, cb_around likewise of Cb
    (quantised; zeros when coding Cb); around [B, 8]: which of those exist; is_cr [B].
    """

    own: torch.Tensor
    near: torch.Tensor
    far: torch.Tensor
    inside: torch.Tensor
    steps: torch.Tensor
    co: torch.Tensor | None = None
    co_around: torch.Tensor | None = None
    cb: torch.Tensor | None = None
    cb_around: torch.Tensor | None = None
    around: torch.Tensor | None = None
    is_cr: torch.Tensor | None = None


class BlockFeatures:
    """What is known of B blocks before any of their coefficients, and what later features share."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.near_values = self._dequantised(blocks.near)
        self.last = last_of(blocks.own)
        self.own_values = self._dequantised(blocks.own)
        self.has_left, self.has_above = blocks.inside[:, 0].int(), blocks.inside[:, 1].int()
        # Border spectra [B, 8] in units of 2^-8: of the block above at its lower edge, of the left one at its right.
        above = self.near_values[:, 1].reshape(-1, 8, 8)
        left = self.near_values[:, 0].reshape(-1, 8, 8)
        self.lower_edge = (above * (BORDER * ALTERNATING)[:, None]).sum(1).int()
        self.right_edge = (left * (BORDER * ALTERNATING)[None, :]).sum(2).int()
        magnitude = blocks.near.abs()
        weights = torch.tensor([4, 4, 2, 2, 1, 1], dtype=torch.int32)
        self.weighted = (magnitude * weights[:, None]).sum(1)
        self.ring = ((magnitude[:, 0] + magnitude[:, 1]).float() @ RING).int()
        self.dc_prediction, self.dc_deviations = self._predict_dc()
        if blocks.co is not None:
            self._relate_components()

    def _dequantised(self, x: torch.Tensor) -> torch.Tensor:
        steps = self.blocks.steps if x.dim() == 2 else self.blocks.steps[:, None]
        return (x * steps).clamp(-LIMIT, LIMIT)

    def _predict_dc(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Predicted DC [B] (quantised), the mean of the middle half of 16 edge estimates; and the estimates minus
        that mean [B, 16], in 1/16 step."""
        ac = self.own_values.clone()
        ac[:, 0] = 0
        top, left = self.edge_gaps(torch.arange(len(ac)), ac)
        estimates = torch.cat([top, left], 1).reshape(-1, 2, 8).double() @ COSINES.double()
        step = self.blocks.steps[:, :1].double()
        estimates = torch.floor((estimates.reshape(-1, 16) + 1024 * step) / (2048 * step)).long()
        exists = torch.stack([self.has_above, self.has_left], 1).long().repeat_interleave(8, 1)
        # The middle half: absent estimates sort to the end, so that the 8 or 16 present ones come first.
        ordered = torch.where(exists > 0, estimates, 2**40).sort(1).values
        count = exists.sum(1)
        place = torch.arange(16)
        middle = (place >= count[:, None] // 4) & (place < 3 * count[:, None] // 4)
        mean = rounded(torch.where(middle, ordered, 0).sum(1), (count // 2).clamp(min=1))
        prediction = rounded(mean, 16).clamp(-32768, 32767).int()
        deviations = ((estimates - mean[:, None]) * exists).clamp(-65535, 65535).int()
        return prediction, deviations

    def edge_gaps(self, block: torch.Tensor, known: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the still unknown coefficients must add at the upper [P, 8] and left [P, 8] edge for the picture to
        go on smoothly, per frequency along the edge, in units of 2^-8; 0 where there is no neighbour.
        known [P, 64]: dequantised coefficients decoded so far, 0 elsewhere; block [P]."""
        grid = known.reshape(-1, 8, 8)
        top = self.lower_edge[block] - (grid * BORDER[:, None]).sum(1).int()
        left = self.right_edge[block] - (grid * BORDER[None, :]).sum(2).int()
        return top * self.has_above[block, None], left * self.has_left[block, None]

    def _relate_components(self) -> None:
        """Coefficients predicted from luma and from Cb by the local slope between components, [B, 64] each, in 1/8 step."""
        blocks = self.blocks
        self.cb_values = self._dequantised(blocks.cb)
        self.cb_around_values = self._dequantised(blocks.cb_around)
        self.from_luma = self._slope_prediction(blocks.co, blocks.co_around)
        self.from_cb = self._slope_prediction(self.cb_values, self.cb_around_values)

    def _slope_prediction(self, reference: torch.Tensor, around: torch.Tensor) -> torch.Tensor:
        blocks = self.blocks
        low = ZIGZAG[1:10]
        own, other = self.near_values[:, :4].long(), around[:, :4].long()
        both = blocks.inside[:, :4].long()
        # DC differences: above - above-left, left - above-left, above-right - above.
        pairs = ((1, 2), (0, 2), (3, 1))
        a = [own[..., low].flatten(1)]
        b = [other[..., low].flatten(1)]
        for i, j in pairs:
            exists = (both[:, i] * both[:, j])[:, None]
            a.append((own[:, i, :1] - own[:, j, :1]) * exists)
            b.append((other[:, i, :1] - other[:, j, :1]) * exists)
        a, b = torch.cat(a, 1), torch.cat(b, 1)
        slope_above = (a * b).sum(1)
        slope_below = (b * b).sum(1) + 8 * blocks.steps[:, 1].long() ** 2
        steps = blocks.steps.long()
        prediction = rounded(8 * slope_above[:, None] * reference.long(), slope_below[:, None] * steps)
        # DC: mean of left and above, moved by the slope times the reference's own difference.
        exists = both[:, 0] * both[:, 1]
        moved = 2 * reference[:, 0].long() - other[:, 0, 0] - other[:, 1, 0]
        base = own[:, 0, 0] + own[:, 1, 0] - 2 * self.dc_prediction.long() * steps[:, 0]
        dc = rounded(4 * slope_above * moved, slope_below * steps[:, 0]) + rounded(4 * base, steps[:, 0])
        prediction[:, 0] = dc * exists
        return prediction.clamp(-65535, 65535).int()

    def context(self) -> torch.Tensor:
        """Inputs of the context net, int32 [B, CONTEXT]."""
        blocks = self.blocks
        size = len(blocks.own)
        dc = self.near_values[:, :, 0]
        count = self.has_left + self.has_above
        reference = rounded(dc[:, 0] * self.has_left + dc[:, 1] * self.has_above, count.clamp(min=1))
        near_inside = blocks.inside[:, :6].int()
        far_magnitude = blocks.far.abs()
        bands = (far_magnitude.float() @ BAND_MASKS.T.float()).int()
        far_dc = (blocks.far[:, :, 0] * blocks.steps[:, :1]).clamp(-LIMIT, LIMIT)
        far_difference = (far_dc - reference[:, None]) * blocks.inside[:, 6:].int()
        step_row, step_column = blocks.steps[:, 1:8], blocks.steps[:, 8::8]
        parts = [
            log(blocks.near[:, :, 1:].abs()).reshape(size, -1),
            small(blocks.near[:, :4][:, :, ZIGZAG[1:15]]).reshape(size, -1),
            signed_log(torch.div((dc - reference[:, None]) * near_inside, 2, rounding_mode="floor")),
            torch.div(reference, 8, rounding_mode="floor").clamp(-255, 255)[:, None],
            last_of(blocks.near),
            (blocks.near[:, :, 1:] != 0).sum(2).int(),
            16 * near_inside[:, [0, 1, 3]],
            log(blocks.steps),
            log(bands).reshape(size, -1),
            signed_log(torch.div(far_difference, 2, rounding_mode="floor")),
            signed_log(rounded(self.lower_edge[:, 1:], 32 * step_row)),
            signed_log(rounded(self.right_edge[:, 1:], 32 * step_column)),
        ]
        if blocks.co is not None:
            parts += self._component_context(blocks.co, blocks.co_around)
            parts += self._component_context(self.cb_values, self.cb_around_values)
            parts.append(16 * blocks.is_cr.int()[:, None])
        return torch.cat([part.int() for part in parts], 1)

    def _component_context(self, reference: torch.Tensor, around: torch.Tensor) -> list[torch.Tensor]:
        """reference [B, 64], around [B, 8, 64]: another component, dequantised, at and around the block."""
        blocks = self.blocks
        own = rounded(reference.int(), blocks.steps)[:, 1:]
        low = ZIGZAG[1:10]
        beside = rounded(around[:, :2][..., low].int(), blocks.steps[:, None, low])
        difference = (around[..., 0].int() - reference[:, :1].int()) * blocks.around.int()
        return [
            log(own.abs()),
            small(own),
            small(beside).reshape(len(own), -1),
            signed_log(torch.div(difference, 2, rounding_mode="floor")),
        ]


class PairFeatures:
    """What is known at P (block, group) pairs. AC groups run from 1 up to `last`'s diagonal, then DC (group 0)."""

    def __init__(self, of_blocks: BlockFeatures, block: torch.Tensor, group: torch.Tensor) -> None:
        self.of_blocks, self.block, self.group = of_blocks, block, group
        is_dc = group == 0
        known = ((DIAGONAL > 0) & ((DIAGONAL[None] < group[:, None]) | is_dc[:, None])).int()
        self.known = of_blocks.blocks.own[block] * known
        top, left = of_blocks.edge_gaps(block, of_blocks.own_values[block] * known)
        # Along frequency 0 the DC is missing. While coding AC it is taken from the other edge; while coding DC the
        # gap is given relative to the predicted DC.
        both = of_blocks.has_left[block] * of_blocks.has_above[block]
        predicted = 181 * (of_blocks.dc_prediction[block] * of_blocks.blocks.steps[block, 0]).clamp(-LIMIT, LIMIT)
        top_dc, left_dc = top[:, 0].clone(), left[:, 0].clone()
        top[:, 0] = torch.where(is_dc, top_dc - predicted, top_dc - left_dc) * both
        left[:, 0] = torch.where(is_dc, left_dc - predicted, left_dc - top_dc) * both
        self.top, self.left = top, left

    def inputs(self) -> torch.Tensor:
        """Inputs of the group net, int32 [P, PAIR]."""
        steps = self.of_blocks.blocks.steps[self.block]
        deviations = self.of_blocks.dc_deviations[self.block] * (self.group == 0).int()[:, None]
        ac = self.known[:, 1:]
        parts = [
            log(ac.abs()),
            small(ac),
            signed_log(rounded(self.top, 32 * steps[:, :8])),
            signed_log(rounded(self.left, 32 * steps[:, ::8])),
            linear(rounded(deviations, 4)),
            signed_log(deviations),
        ]
        return torch.cat([part.int() for part in parts], 1)


def coefficient_features(pairs: PairFeatures, pair: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Inputs of the coefficient net, int32 [C, LOCAL]; pair [C] into the pairs, index [C] natural frequency index."""
    of_blocks = pairs.of_blocks
    blocks = of_blocks.blocks
    block = pairs.block[pair]
    u, v = index % 8, index // 8
    step = blocks.steps[block, index]
    is_dc = index == 0
    from_top = rounded(8 * pairs.top[pair, u], BORDER[v] * step)
    from_left = rounded(8 * pairs.left[pair, v], BORDER[u] * step)
    near = blocks.near[block, :, index]
    prediction = of_blocks.dc_prediction[block] * is_dc.int()
    near = (near - prediction[:, None]) * torch.where(is_dc[:, None], blocks.inside[block, :6], True).int()

    # Own coefficients beside this one: of lower frequency, but of higher frequency for the DC.
    padded = torch.nn.functional.pad(pairs.known.reshape(-1, 8, 8), (2, 2, 2, 2))
    side = torch.where(is_dc, 1, -1)
    own = {(i, j): padded[pair, v + 2 + i * side, u + 2 + j * side] for i, j in BESIDE}
    parts = [
        linear(from_top), signed_log(from_top), linear(from_left), signed_log(from_left),
        *small(near).T, *log(near.abs()).T,
        log(of_blocks.weighted[block, index]) * ~is_dc,
        log(of_blocks.ring[block, index]),
        log(step),
        16 * (POSITION[index] == of_blocks.last[block]).int(),
        *(log(value.abs()) for value in own.values()),
        small(own[0, 2]), small(own[2, 0]),
    ]
    if blocks.co is not None:
        co = rounded(8 * blocks.co[block, index].int(), step) * ~is_dc
        luma, cb = of_blocks.from_luma[block, index], of_blocks.from_cb[block, index]
        own_cb = blocks.cb[block, index] * ~is_dc
        parts += [linear(co), signed_log(co), linear(luma), signed_log(luma)]
        parts += [small(own_cb), log(own_cb.abs()), linear(cb), signed_log(cb)]
    return torch.stack([part.int() for part in parts], 1)


def coded_pairs(last: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The (block, group) pairs to code for blocks of the given last positions [B]: block [P], group [P]."""
    deepest = DIAGONAL[ZIGZAG[last.long()]]
    groups = torch.arange(layout.GROUPS)
    return torch.nonzero(groups[None] <= deepest[:, None], as_tuple=True)


def coded_coefficients(last: torch.Tensor, group: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The coefficients of pairs; last [P] of the pair's block, group [P]: pair [C], natural index [C]."""
    coded = (DIAGONAL[None] == group[:, None]) & (POSITION[None] <= last[:, None])
    return torch.nonzero(coded, as_tuple=True)
