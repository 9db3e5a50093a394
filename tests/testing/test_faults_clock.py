"""The time that the threads of a trial share: it passes when all of them rest, and not before."""

from __future__ import annotations

import math
import threading

import trio

from codex_runtime.testing.faults.joint_clock import JointClock, MemberClock, Seat


def test_an_hour_passes_when_nobody_has_anything_to_do() -> None:
    async def main() -> float:
        await trio.sleep(3600)
        return trio.current_time()

    assert trio.run(main, clock=JointClock()) == 3600


def test_time_waits_for_whoever_works() -> None:
    clock = JointClock()
    seen: list[float] = []

    def work(seat: Seat) -> None:
        for _ in range(20):
            seen.append(clock.work(seat))
            sum(range(100_000))
        clock.rest(seat, math.inf)

    async def main() -> None:
        with clock.seated(Seat(clock)) as seat:
            worker = threading.Thread(target=work, args=(seat,))
            worker.start()
            await trio.sleep(10)
            worker.join()

    trio.run(main, clock=clock)
    assert seen == [0] * 20
    assert clock.current_time() == 10


def test_another_run_of_trio_goes_on_at_its_own_deadlines() -> None:
    clock = JointClock()
    seen: list[tuple[str, float]] = []

    async def tick(name: str, every_s: float) -> None:
        for _ in range(3):
            await trio.sleep(every_s)
            seen.append((name, trio.current_time()))

    def run_beside(member: MemberClock) -> None:
        trio.run(tick, "beside", 100, clock=member)

    async def main() -> None:
        with clock.member() as member:
            beside = threading.Thread(target=run_beside, args=(member,))
            beside.start()
            await tick("here", 130)
            await trio.to_thread.run_sync(beside.join)

    trio.run(main, clock=clock)
    beside = [("beside", 100.0), ("beside", 200.0), ("beside", 300.0)]
    assert [one for one in seen if one[0] == "beside"] == beside
    assert [at_s for _, at_s in seen] == [100, 130, 200, 260, 300, 390]
