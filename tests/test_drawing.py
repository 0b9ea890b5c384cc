"""A flow as a picture: the Mermaid text of every kind of step.

That it is Mermaid was seen once with mermaid 11.17 (`mermaid.parse`): a remark has its own line, labels are quoted, and
the bare word `end` would close a block that was never opened.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.conversation import flows
from bot.conversation.drawing import mermaid
from tests.sketches import write

ROOT = Path(__file__).parent.parent

FLOW = """
flow: todo
about: every kind of step
steps:
  decir: {say: [uno, dos], then: preguntar}
  preguntar: {ask: 'El "tres" | cuatro', expect: text, save: b, then: elegir}
  elegir:
    choose: cinco
    options:
      - {label: "Runasimi (quechua)", then: lista}
      - {label: "No", then: end}
  lista: {pick: seis, items: c, save: d, then: rama}
  rama: {branch: d, cases: {e: llamar, f: abrir}, else: volver}
  llamar: {call: todo, then: "flow:todo"}
  abrir: {open: d}
  volver: {back: ""}
  hacer: {do: a.b, outcomes: {done: decir, none: end}}
"""

DRAWN = """\
flowchart TD
    %% todo: every kind of step
    todo_decir["uno"]
    todo_decir --> todo_preguntar
    todo_preguntar[/"El 'tres' / cuatro"/]
    todo_preguntar --> todo_elegir
    todo_elegir{{"cinco"}}
    todo_elegir -->|"Runasimi (quechua)"| todo_lista
    todo_elegir -->|"No"| todo_end(("end"))
    todo_lista{{"seis (c)"}}
    todo_lista --> todo_rama
    todo_rama{"d"}
    todo_rama -->|"e"| todo_llamar
    todo_rama -->|"f"| todo_abrir
    todo_rama --> todo_volver
    todo_llamar[["todo"]]
    todo_llamar --> flow_todo[["todo"]]
    todo_abrir[["d"]]
    todo_volver["(back)"]
    todo_hacer("a.b")
    todo_hacer -->|"done"| todo_decir
    todo_hacer -->|"none"| todo_end(("end"))
"""


def test_every_kind_of_step_has_its_shape_and_its_arrows(tmp_path: Path) -> None:
    book = flows.load(write(tmp_path, FLOW))
    assert {type(step) for step in book.flows["todo"].steps.values()} == set(flows.KINDS.values())
    assert mermaid(book.flows["todo"]) == DRAWN


NODE = r'\w+(?:\[{1,2}/?"[^"|]*"/?\]{1,2}|\{{1,2}"[^"|]*"\}{1,2}|\({1,2}"[^"|]*"\){1,2})?'
LINE = re.compile(rf'flowchart TD|    %% .*|    {NODE}(?: -->(?:\|"[^"|]*"\|)? {NODE})?')


@pytest.mark.parametrize("flow", flows.load(ROOT / "flows").flows.values(), ids=lambda flow: flow.flow)
def test_every_flow_that_ships_can_be_drawn(flow: flows.Flow) -> None:
    drawn = mermaid(flow).splitlines()
    assert [line for line in drawn if not LINE.fullmatch(line)] == []
    assert all(any(line.startswith(f"    {flow.flow}_{step}") for line in drawn) for step in flow.steps)
