"""A trunk and its lines: calls run side by side on one loop in a thread of its own, and each tells how it ended.

One process holds one SIP stack. A call is begun at once or refused; its end is told from the thread that keeps ends.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from baresip import Account, Config, Runtime, UserAgent
from baresip.call import Call
from baresip.errors import BaresipError, CallBusy, CallDeclined, CallFailed, CallTimeout

from evenhand.adapters.loopback import on_this_machine
from evenhand.adapters.sip_voice.dialogue import CallPlan, Dialogue
from evenhand.adapters.sip_voice.prompts import Prompts, transcript
from evenhand.adapters.sip_voice.talking import HungUp, Talk, Waits, hang_up
from evenhand.outreach.calls import CallEnd

log = structlog.get_logger()
START_SECONDS = 10.0
END_TRIES = 5

NO_SUCH_NUMBER = frozenset({404, 410, 484, 604})
NOT_REACHED = frozenset({480, 408, 487, 600})
REFUSED = frozenset({603, 607})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """Where calls go out, and as whom."""

    user: str
    password: str = field(repr=False)
    host: str
    port: int
    person: str  # the extension she is put through to; empty: somebody calls back
    lines: int
    ring_seconds: float
    waits: Waits


class Dialler:
    """Begins calls on free lines. It starts with the first call and ends with `close`."""

    def __init__(
        self,
        trunk: Trunk,
        prompts: Callable[[str], Prompts],
        ended: Callable[[UUID, CallEnd, bytes], None],
    ) -> None:
        self._trunk, self._prompts, self._ended = trunk, prompts, ended
        self._lock = threading.Lock()
        self._busy = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runtime: Runtime | None = None
        self._agent: UserAgent | None = None
        self._ends = ThreadPoolExecutor(1, thread_name_prefix="call-ends")

    def free(self) -> int:
        """How many lines are free."""
        with self._lock:
            return self._trunk.lines - self._busy

    def begin(self, message_id: UUID, number: str, plan: CallPlan, at: datetime) -> bool:
        """Begin a call; returns whether a line was free. Raises BaresipError where the stack cannot start."""
        self._prompts(plan.language)  # missing clips are found before anybody is rung
        with self._lock:
            if self._busy >= self._trunk.lines:
                return False
            self._start()
            self._busy += 1
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._line(message_id, number, plan, at), self._loop)
        return True

    def close(self) -> None:
        """Let the calls that are running come to their end, and stop."""
        while self._loop is not None and self.free() < self._trunk.lines:
            time.sleep(0.05)
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            assert self._runtime is not None
            asyncio.run_coroutine_threadsafe(self._runtime.close(), loop).result(START_SECONDS)
            loop.call_soon_threadsafe(loop.stop)
            assert self._thread is not None
            self._thread.join()
        self._ends.shutdown()

    def _start(self) -> None:
        if self._loop is not None:
            return
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_turn, args=(loop,), name="dialler", daemon=True)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._up(), loop).result(START_SECONDS)
        except BaseException:
            loop.call_soon_threadsafe(loop.stop)
            raise
        self._loop, self._thread = loop, thread

    async def _up(self) -> None:
        trunk = self._trunk
        here = on_this_machine(trunk.host)
        self._runtime = Runtime()
        await self._runtime.start(
            Config(
                net_interface="127.0.0.1" if here else None,
                max_concurrent_calls=None,
                rtp_timeout=20,
            )
        )
        account = Account(
            user=trunk.user, domain=f"{trunk.host}:{trunk.port}", password=trunk.password, reg_interval=0,
            audio_codecs=("pcma", "pcmu"), transport="udp",
        )  # fmt: skip
        self._agent = await UserAgent.create(self._runtime, account, transfer_policy="reject")

    async def _line(self, message_id: UUID, number: str, plan: CallPlan, at: datetime) -> None:
        """One call from its first ring to its end, told once."""
        began = time.monotonic()
        dialogue = Dialogue(plan)
        recording = b""
        try:
            end, recording = await self._call(message_id, number, dialogue, at, began)
        except Exception as fault:  # the call may have been heard: it counts as it stands
            log.error("call_fault", message=str(message_id), fault=type(fault).__name__)
            end = CallEnd(outcome="DROPPED_AFTER_ANSWER", started_at=at, ended_at=_since(at, began))
        with self._lock:
            self._busy -= 1
        self._ends.submit(self._tell, message_id, end, recording)

    async def _call(
        self, message_id: UUID, number: str, dialogue: Dialogue, at: datetime, began: float
    ) -> tuple[CallEnd, bytes]:
        assert self._agent is not None
        trunk = self._trunk
        where = f"sip:{number}@{trunk.host}:{trunk.port}"
        try:
            call = await self._agent.dial(where, {"X-Evenhand-Message": str(message_id)})
        except BaresipError as fault:
            return CallEnd(not_dialled=type(fault).__name__.upper(), started_at=at), b""
        try:
            await call.wait_established(trunk.ring_seconds)
        except CallFailed as failed:
            return _not_answered(failed, at, _since(at, began)), b""
        answered = _since(at, began)
        talk = Talk(call, self._prompts(dialogue.plan.language), trunk.waits)
        hung_up = put_through = False
        try:
            last = await talk.through(dialogue)
            if last.person and trunk.person:
                put_through = await self._put_through(call)
        except HungUp:
            hung_up = True
        finally:
            await hang_up(call)
        end = replace(
            _ended(dialogue, at, answered, _since(at, began), int(talk.seconds)),
            hung_up=hung_up, put_through=put_through,
        )  # fmt: skip
        return end, await asyncio.to_thread(talk.recording)

    async def _put_through(self, call: Call) -> bool:
        """Hand the call to somebody of the bank; returns whether that was taken, else she is called back."""
        try:
            await call.transfer(f"sip:{self._trunk.person}@{self._trunk.host}:{self._trunk.port}")
        except BaresipError as fault:
            log.warning("call_not_put_through", fault=type(fault).__name__)
            return False
        return True

    def _tell(self, message_id: UUID, end: CallEnd, recording: bytes) -> None:
        """Tell how a call ended, and again where that could not be kept."""
        for tried in range(END_TRIES):
            try:
                self._ended(message_id, end, recording)
            except Exception as fault:
                log.error("call_end_not_kept", message=str(message_id), fault=type(fault).__name__)
                time.sleep(0.2 * 2**tried)
            else:
                return


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


def _since(at: datetime, began: float) -> datetime:
    return at + timedelta(seconds=time.monotonic() - began)


def _not_answered(failed: CallFailed, at: datetime, ended_at: datetime) -> CallEnd:
    """What a call that nobody answered came to; what the trunk itself did not take was never dialled."""
    status = failed.status
    if isinstance(failed, CallBusy):
        outcome = "BUSY"
    elif isinstance(failed, CallDeclined) or status in REFUSED:
        outcome = "REJECTED"
    elif status in NO_SUCH_NUMBER:
        outcome = "EMPTY_NUMBER"
    elif isinstance(failed, CallTimeout) or status is None or status in NOT_REACHED:
        outcome = "UNANSWERED"
    elif status == 502:
        outcome = "OUT_OF_SERVICE"
    else:
        return CallEnd(not_dialled=f"SIP_{status}", started_at=at, ended_at=ended_at)
    return CallEnd(outcome=outcome, started_at=at, ended_at=ended_at)


def _ended(
    dialogue: Dialogue,
    at: datetime,
    answered: datetime,
    ended_at: datetime,
    talked: int,
) -> CallEnd:
    found = dialogue.found
    return CallEnd(
        outcome="VOICEMAIL" if found.machine else "ANSWERED",
        identified=found.identified, wish=found.wish, promised_on=found.promised_on,
        started_at=at, answered_at=answered, ended_at=ended_at, talk_seconds=talked,
        said=transcript(found.heard, dialogue.plan.language),
    )  # fmt: skip
