"""A number for each living process, and as many numbers as there are processes at once."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

from app.adapters.slots import Slots


def in_a_child(slots: Slots) -> tuple[int, Any, Any]:
    """The number of a child that was forked; the child lives until its pipe is written to."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()

    def child() -> None:
        there.send(slots.own())
        there.recv()

    process = fork.Process(target=child, daemon=True)
    process.start()
    return here.recv(), process, here


def end(process: Any, pipe: Any) -> None:
    pipe.send("end")
    process.join(10)
    assert process.exitcode == 0


def test_a_number_is_kept_while_the_process_lives_and_taken_up_after_it(tmp_path: Path) -> None:
    slots = Slots(tmp_path)
    assert [slots.own(), slots.own()] == [0, 0]
    first, second = in_a_child(slots), in_a_child(slots)
    assert (first[0], second[0]) == (1, 2)
    assert slots.own() == 0
    end(*first[1:])
    third = in_a_child(slots)
    assert third[0] == 1
    for _, process, pipe in (second, third):
        end(process, pipe)
    assert sorted(path.name for path in tmp_path.glob("slot-*")) == ["slot-0", "slot-1", "slot-2"]
