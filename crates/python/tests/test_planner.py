"""The planner alone."""

import _thread

import pytest

from bantam_tflite import planner
from bantam_tflite.planner import Buffer, Gap, Overlap


def test_offsets_do_not_collide():
    buffers = [(30, 0, 2), (20, 1, 3), (50, 2, 4), (10, 4, 5)]
    plan = planner.solve(buffers, alignment=8)
    assert plan.is_optimal
    for at, (size, first, last) in enumerate(buffers):
        begin = plan.offsets[at]
        assert begin % 8 == 0 and begin + size <= plan.bytes
        for other in range(at):
            size_2, first_2, last_2 = buffers[other]
            begin_2 = plan.offsets[other]
            apart = begin + size <= begin_2 or begin_2 + size_2 <= begin
            assert apart or last < first_2 or last_2 < first


def test_limits_of_single_buffers():
    aligned = planner.solve([Buffer(40, 0, 1, offset=0), Buffer(40, 1, 2, alignment=64)])
    assert (aligned.offsets, aligned.bytes) == ([0, 64], 104)
    fixed = planner.solve([Buffer(40, 0, 1, offset=100)])
    assert (fixed.offsets, fixed.bytes) == ([100], 140)
    gap = [Buffer(64, 0, 3, gaps=[Gap(1, 2)]), Buffer(64, 1, 2)]
    assert planner.solve(gap).bytes == 64
    over = [Buffer(96, 0, 1), Buffer(64, 1, 2, over=[Overlap(0, below=0, above=None)])]
    assert planner.solve(over).bytes == 96


def test_what_is_no_problem_is_refused():
    for buffers in [
        [(8, 3, 1)],
        [Buffer(8, 0, 1, alignment=3)],
        [Buffer(8, 0, 1, gaps=[Gap(5, 6)])],
    ]:
        with pytest.raises(ValueError):
            planner.solve(buffers)
    with pytest.raises(ValueError):
        planner.solve([(8, 0, 1)], alignment=0)


def test_ctrl_c_interrupts_a_search():
    def interrupt(*_):
        _thread.interrupt_main()

    with pytest.raises(KeyboardInterrupt):
        planner.solve([(48, 0, 1), (32, 1, 2)], progress=interrupt)
