"""How a turn moves between conversations: opening, calling, coming back, leaving, and going back."""

from __future__ import annotations

from bot.conversation.flows import END, MENU, Flow, Flows
from bot.conversation.session import DEPTH, Frame, Session


class Moves:
    """Changes where a session stands; `was_waiting` says whether a question waited when the turn began."""

    def __init__(self, flows: Flows, session: Session) -> None:
        self._flows, self._session = flows, session
        self._was_waiting = session.top is not None

    def push(self, frame: Frame) -> None:
        """Stand in a new frame; the same conversation, put aside before, is left for it.

        Beyond DEPTH the oldest is given up, with all that it called.
        """
        if not frame.called:
            self._leave_older(frame.flow)
        frames = [*self._session.frames, frame]
        while len(frames) > DEPTH:
            del frames[: next((at for at in range(1, len(frames)) if not frames[at].called), 1)]
        self._session.frames, self._session.page = frames, 0

    def root(self, frame: Frame) -> Frame:
        """The conversation that a called frame belongs to."""
        frames = self._session.frames
        index = frames.index(frame)
        while index and frames[index].called:
            index -= 1
        return frames[index]

    def leave(self, root: Frame) -> None:
        del self._session.frames[self._session.frames.index(root) :]

    def _leave_older(self, flow: str) -> None:
        kept: list[Frame] = []
        is_left = False
        for frame in self._session.frames:
            is_left = is_left if frame.called else frame.flow == flow
            if not is_left:
                kept.append(frame)
        self._session.frames = kept

    def go(self, target: str) -> None:
        top = self._session.frames[-1]
        self._session.page = 0
        if target == END:
            self.end(top)
        elif target.startswith("flow:"):
            self.jump(top, self._flows.flows[target.removeprefix("flow:")])
        else:
            top.step = target

    def end(self, frame: Frame) -> None:
        """A called flow hands what it learnt to its caller, which stands at its next step already."""
        self._session.frames.pop()
        caller = self._session.top
        if frame.called and caller:
            caller.values.update(frame.values)
            self.go(caller.step)

    def jump(self, top: Frame, flow: Flow) -> None:
        if flow.fresh:
            self._session.frames.clear()
        else:
            self._session.frames.pop()
        self.push(Frame(flow.flow, flow.first, top.values, top.called and not flow.fresh))

    def back(self) -> None:
        """Stand at the question before the one that was left for «back»; the menu when there is none."""
        if self._was_waiting:
            self._session.return_to_past()  # the question at which «back» was said
        if not self._session.return_to_past():
            self._session.frames = [Frame(MENU, self._flows.first(MENU))]

    def forget_past(self) -> None:
        """Once nothing waits, only a list may be gone back to: what was asked and settled is not done twice."""
        last = self._session.past[-1:]
        step = self._flows.step(*last[0][-1][:2]) if last and last[0] else None
        self._session.past = last if getattr(step, "lapses", False) else []
