"""The nets of one component class (luma or chroma), in float: what is trained."""

import torch
from torch import nn

import bounds
import layout

CONTEXT = {"luma": 574, "chroma": 574 + 2 * 152 + 1}
PAIR = 174
LOCAL = {"luma": 27, "chroma": 35}
WIDTHS = {
    "luma": {"context": (224, 256), "last": 96, "group": (448, 224), "coefficient": (192, 128)},
    "chroma": {"context": (384, 256), "last": 64, "group": (448, 256), "coefficient": (192, 128)},
}
INPUT_UNIT = 1 / 16


class BlockModel(nn.Module):
    """Three nets: context (once a block), group (once a group of coefficients), coefficient (once each).

    Inputs are the integer features of features.py; they count in sixteenths.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        width = WIDTHS[kind]
        c1, c2 = width["context"]
        g1, g2 = width["group"]
        k1, k2 = width["coefficient"]
        self.context_1 = nn.Linear(CONTEXT[kind], c1)
        self.context_2 = nn.Linear(c1, c2)
        self.last_1 = nn.Linear(c2, width["last"])
        self.last_2 = nn.Linear(width["last"], 64)
        self.context_to_group = nn.Linear(c2, g1)
        self.group_1 = nn.Linear(PAIR, g1, bias=False)
        self.group_index = nn.Parameter(torch.zeros(layout.GROUPS, g1))
        self.group_last = nn.Parameter(torch.zeros(64, g1))
        self.group_2 = nn.Linear(g1, g2)
        self.group_to_coefficient = nn.Linear(g2, k1)
        self.coefficient_1 = nn.Linear(LOCAL[kind], k1, bias=False)
        self.coefficient_index = nn.Parameter(torch.zeros(64, k1))
        self.coefficient_2 = nn.Linear(k1, k2)
        self.coefficient_3 = nn.Linear(k2, layout.SYMBOLS)

    def context(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features [B, CONTEXT] to the logits of `last` [B, 64] and the context vector [B, g1] of the group net."""
        hidden = torch.relu(self.context_1(features.float() * INPUT_UNIT))
        hidden = torch.relu(self.context_2(hidden))
        return self.last_2(torch.relu(self.last_1(hidden))), self.context_to_group(hidden)

    def group(self, context, features, group, last):
        """Context [P, g1], features [P, PAIR], group and last [P] to the vector [P, k1] of the coefficient net."""
        hidden = context + self.group_1(features.float() * INPUT_UNIT)
        hidden = hidden + nn.functional.embedding(group, self.group_index) + nn.functional.embedding(last, self.group_last)
        hidden = torch.relu(hidden)
        return self.group_to_coefficient(torch.relu(self.group_2(hidden)))

    def coefficient(self, vector, features, index):
        """Vector [C, k1], features [C, LOCAL], natural index [C] to logits [C, SYMBOLS]."""
        hidden = vector + self.coefficient_1(features.float() * INPUT_UNIT)
        hidden = torch.relu(hidden + nn.functional.embedding(index, self.coefficient_index))
        return self.coefficient_3(torch.relu(self.coefficient_2(hidden)))


def grown(state: dict[str, torch.Tensor], kind: str) -> dict[str, torch.Tensor]:
    """The tensors of narrower nets, widened to WIDTHS without a change of what they say: each unit more is a mixture of
    two that are there, and nothing reads it yet."""
    state = {name: value.float() for name, value in state.items()}
    wanted = BlockModel(kind).state_dict()
    for layer in bounds.HIDDEN:
        units = len(state[f"{layer}.weight"])
        more = len(wanted[f"{layer}.weight"]) - units
        first, second = torch.randint(units, (2, more))
        share = torch.rand(more, 1)
        sources = [layer, bounds.CARRIED_BY[layer]] if layer in bounds.CARRIED_BY else [layer]
        for name in (f"{source}.{part}" for source in sources for part in ("weight", "bias")):
            if name in state:
                state[name] = torch.cat([state[name], _mixed(state[name], first, second, share)])
        for table in bounds.TABLES.get(layer, ()):
            columns = state[table].T
            state[table] = torch.cat([columns, _mixed(columns, first, second, share)]).T.contiguous()
        for reader, source in bounds.INPUTS.items():
            if source == layer:
                state[f"{reader}.weight"] = nn.functional.pad(state[f"{reader}.weight"], (0, more))
    return state


def _mixed(rows: torch.Tensor, first: torch.Tensor, second: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    share = share if rows.dim() == 2 else share[:, 0]
    return share * rows[first] + (1 - share) * rows[second]
