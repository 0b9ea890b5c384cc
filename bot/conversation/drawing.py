"""A flow as a picture: Mermaid text, which documentation and code hosts draw."""

from __future__ import annotations

from bot.conversation.flows import END, Ask, Branch, Call, Choose, Do, Flow, Open, Pick, Say, Step, Text, parts


def mermaid(flow: Flow) -> str:
    """The flow's steps as boxes, and arrows with what leads along them."""
    lines = ["flowchart TD", f"    %% {flow.flow}: {flow.about}"]
    for name, step in flow.steps.items():
        lines.append(f"    {flow.flow}_{name}{_box(step)}")
        for label, target in _arrows(step):
            arrow = f'-->|"{_plain(label)}"|' if label else "-->"
            lines.append(f"    {flow.flow}_{name} {arrow} {_node(flow, target)}")
    return "\n".join(lines) + "\n"


def _box(step: Step) -> str:
    match step:
        case Say():
            return f'["{_first(step.say)}"]'
        case Ask():
            return f'[/"{_first(step.ask)}"/]'
        case Choose():
            return f'{{{{"{_first(step.choose)}"}}}}'
        case Pick():
            return f'{{{{"{_first(step.pick)} ({step.items})"}}}}'
        case Branch():
            return f'{{"{step.branch}"}}'
        case Call():
            return f'[["{step.call}"]]'
        case Open():
            return f'[["{step.open}"]]'
        case Do():
            return f'("{step.do}")'
        case _:
            return '["(back)"]'


def _arrows(step: Step) -> list[tuple[str, str]]:
    match step:
        case Choose():
            return [(option.label, option.then) for option in step.options]
        case Branch():
            return [*step.cases.items(), ("", step.otherwise)]
        case Do():
            return list(step.outcomes.items())
        case Say() | Ask() | Pick() | Call():
            return [("", step.then)]
        case _:
            return []


def _node(flow: Flow, target: str) -> str:
    if target == END:
        return f'{flow.flow}_end(("end"))'
    if target.startswith("flow:"):
        return f'flow_{target.removeprefix("flow:")}[["{target.removeprefix("flow:")}"]]'
    return f"{flow.flow}_{target}"


def _first(text: Text) -> str:
    sentences = parts(text)
    return _plain(sentences[0].text) if sentences else ""


def _plain(text: str) -> str:
    return text.replace('"', "'").replace("|", "/")[:60]
