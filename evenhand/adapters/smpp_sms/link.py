"""The line to the message centre: one session a process, on a loop in a thread of its own, bound again when it breaks.

What the line hears is kept in threads of their own, that of one telephone in the order it came; which parts the centre
took, in one more, so that nobody who hands over waits behind receipts.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple
from uuid import UUID

import smpp34
import structlog
from django.db import connections

from evenhand.adapters.smpp_sms import wire
from evenhand.adapters.smpp_sms.session import (
    Answer,
    BindRefused,
    Centre,
    LineBroke,
    Session,
    bound,
)
from evenhand.outreach.channels import NotHanded, Unsure
from evenhand.outreach.parts_kept import Part

log = structlog.get_logger()
BIND_WAIT_SECONDS = 6.0
ROOM_SECONDS = 5.0  # for a place in the window
ANSWER_SECONDS = 5.0  # for the answer to a part
AGAIN_SECONDS = (
    0.2,
    0.5,
    1.0,
)  # before a later part is tried again that the centre took no more of
REST_SECONDS, REST_SECONDS_MAX = 1.0, 60.0
STEADY_SECONDS = 10.0  # a session that lasts as long was a good one
TIDY_SECONDS = 60.0
KEEPERS = 4  # threads that keep what is heard
CLOSE_SECONDS = 5.0
LATER = frozenset({wire.SYSTEM_ERROR, wire.QUEUE_FULL, wire.THROTTLED, wire.LATER})

Taken = Callable[[Sequence[Part]], None]
Heard = Callable[[smpp34.DeliverSm], None]


class Leaving(NamedTuple):
    """One part on its way out: of which message, which of how many, and its octets."""

    message_id: UUID
    number: int
    of: int
    pdu: bytes

    def taken(self, answer: Answer) -> Part:
        """The part as the centre took it."""
        return Part(self.message_id, self.number, self.of, answer.reference)


class Link:
    """Opens with `listen`, or the first message, and ends with `close`.

    `taken` keeps parts the centre took, `heard` what it delivers, and `tidy` is called once a minute.
    """

    def __init__(
        self, centre: Centre, *, taken: Taken, heard: Heard, tidy: Callable[[], None]
    ) -> None:
        self._centre, self._taken, self._heard, self._tidy = centre, taken, heard, tidy
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._keepers: list[ThreadPoolExecutor] = []
        self._part_keeper: ThreadPoolExecutor | None = None
        self._ended: asyncio.Event
        self._tried: asyncio.Event  # unset while a session is being bound
        self._session: Session | None = None
        self._first = threading.Event()  # the first try to bind is over
        self._why = "NOT_BOUND"
        self._unkept: list[tuple[Part, asyncio.Future[None]]] = []
        self._running: set[asyncio.Task[None]] = set()

    @property
    def trouble(self) -> str:
        """Why nothing can be handed over now; empty where it can."""
        session = self._session
        return self._why if session is None or session.ended else ""

    def listen(self) -> None:
        """Open the line and keep it open; returns when it is bound, or could not be."""
        self._open()
        self._first.wait(BIND_WAIT_SECONDS)

    def _open(self) -> None:
        with self._lock:
            if self._loop is not None:
                return
            self._loop = asyncio.new_event_loop()
            self._keepers = [
                ThreadPoolExecutor(1, thread_name_prefix="smpp-keeper") for _ in range(KEEPERS)
            ]
            self._part_keeper = ThreadPoolExecutor(1, thread_name_prefix="smpp-part-keeper")
            self._ended, self._tried = asyncio.Event(), asyncio.Event()
            self._thread = threading.Thread(target=self._turn, name="smpp", daemon=True)
            self._thread.start()

    def send(self, message_id: UUID, parts: Sequence[bytes]) -> list[str]:
        """Let the parts of a message leave, one after the other; returns the centre's references of them.

        Raises NotHanded where the centre took none, and Unsure where it may have taken one but not all of them.
        """
        self._open()
        assert self._loop is not None
        sending = self._send(message_id, parts)
        return asyncio.run_coroutine_threadsafe(sending, self._loop).result()

    def close(self) -> None:
        """Keep what is being heard, unbind and hang up."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is None:
            return
        assert self._thread is not None
        assert self._part_keeper is not None
        loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        for keeper in (*self._keepers, self._part_keeper):
            keeper.submit(connections.close_all)  # of that thread, not of this
            keeper.shutdown()

    # In the thread of the loop

    def _turn(self) -> None:
        assert self._loop is not None
        with asyncio.Runner(loop_factory=partial(_given, self._loop)) as runner:
            runner.run(self._keep_bound())

    async def _keep_bound(self) -> None:
        """Bind, hear until the session ends, rest, and bind again."""
        tidying, rest = asyncio.ensure_future(self._keep_tidy()), 0.0
        while not self._ended.is_set():
            began = time.monotonic()
            await self._one_session()
            steady = time.monotonic() - began > STEADY_SECONDS
            rest = REST_SECONDS if steady or not rest else min(rest * 2, REST_SECONDS_MAX)
            try:
                await asyncio.wait_for(self._ended.wait(), rest * random.uniform(0.5, 1.0))
            except TimeoutError:
                self._tried.clear()
        tidying.cancel()

    async def _one_session(self) -> None:
        try:
            session = await bound(self._centre, self._keep_heard)
        except BindRefused as refused:
            self._why = str(refused)
            log.error("smpp_bind_refused", why=self._why)
        except (OSError, TimeoutError) as fault:
            self._why = "NO_CONNECTION"
            log.warning("smpp_no_connection", fault=type(fault).__name__)
        except Exception as fault:  # whatever is wrong, the line is tried again
            self._why = "LINE_FAULT"
            log.error("smpp_line_fault", fault=type(fault).__name__)
        else:
            log.info("smpp_bound")
            self._session, self._why = session, "LINE_BROKE"
            self._tried.set()
            self._first.set()
            await self._until_over(session)
            self._session = None
        finally:
            self._tried.set()
            self._first.set()

    async def _until_over(self, session: Session) -> None:
        running = asyncio.ensure_future(session.run())
        over = asyncio.ensure_future(self._ended.wait())
        await asyncio.wait({running, over}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await session.close(CLOSE_SECONDS)
            await asyncio.wait({running}, timeout=CLOSE_SECONDS)
            if self._running:
                await asyncio.wait(set(self._running), timeout=CLOSE_SECONDS)
        else:
            log.warning("smpp_line_broke")
        over.cancel()
        running.cancel()

    async def _send(self, message_id: UUID, parts: Sequence[bytes]) -> list[str]:
        """One part after the other: when the centre does not want the first, nobody has read half a message."""
        session = await self._bound_session()
        references: list[str] = []
        keeping: list[asyncio.Task[None]] = []
        for number, pdu in enumerate(parts, 1):
            leaving = Leaving(message_id, number, len(parts), pdu)
            try:
                answer = await self._part(session, leaving)
            except NotHanded as refusal:
                if references:
                    raise Unsure(f"PART_{number}_{refusal}") from None
                raise
            references.append(answer.reference)
            keeping.append(self._start(self._keep_taken(leaving.taken(answer))))
        await asyncio.gather(*keeping)
        return references

    async def _bound_session(self) -> Session:
        try:
            await asyncio.wait_for(self._tried.wait(), BIND_WAIT_SECONDS)
        except TimeoutError:
            raise NotHanded("NO_CONNECTION", again=True) from None
        if self._session is None or self._session.ended:
            raise NotHanded(self._why, again=True)
        return self._session

    async def _part(self, session: Session, leaving: Leaving) -> Answer:
        """Let one part leave. A later one that the centre has no room for is tried again: she has read the first."""
        for again in (*(() if leaving.number == 1 else AGAIN_SECONDS), None):
            answer = await self._asked(session, leaving)
            if not answer.status:
                return answer
            if again is None or answer.status not in LATER:
                break
            await asyncio.sleep(again)
        raise NotHanded(f"SMPP_{answer.status:08X}", again=answer.status in LATER)

    async def _asked(self, session: Session, leaving: Leaving) -> Answer:
        if not await session.room(ROOM_SECONDS):
            raise NotHanded("WINDOW_FULL", again=True)
        if session.ended:
            session.leave()
            raise NotHanded(self._why, again=True)
        waiting = session.submit(leaving.pdu)
        try:
            return await asyncio.wait_for(asyncio.shield(waiting), ANSWER_SECONDS)
        except LineBroke:
            raise Unsure("LINE_BROKE") from None
        except TimeoutError:
            waiting.add_done_callback(partial(self._late, leaving))
            raise Unsure("NO_ANSWER") from None

    def _late(self, leaving: Leaving, waited: "asyncio.Future[Answer]") -> None:
        """Nobody waits for this answer any more, but the receipt of the part is known by it."""
        if waited.cancelled() or waited.exception() or waited.result().status:
            return
        self._start(self._keep_taken(leaving.taken(waited.result())))

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _keep_taken(self, part: Part) -> None:
        """Have a part kept, together with others that wait; a fault is logged, for the part has gone."""
        if not part.reference:
            return
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unkept.append((part, kept))
        if len(self._unkept) == 1:
            self._start(self._write_taken())
        await kept

    async def _write_taken(self) -> None:
        await _in_thread(
            self._part_keeper, lambda: None
        )  # those that come while another is written go together
        some, self._unkept = self._unkept, []
        for last in (False, True):
            try:
                await _in_thread(self._part_keeper, self._taken, [part for part, _ in some])
            except Exception as fault:  # of the connection, perhaps: the next has another
                if last:
                    log.error("smpp_parts_not_kept", fault=type(fault).__name__, parts=len(some))
            else:
                break
        for _, kept in some:
            kept.set_result(None)

    async def _keep_heard(self, came: smpp34.DeliverSm) -> None:
        keeper = self._keepers[hash(came.source_addr) % KEEPERS]
        await _in_thread(keeper, self._heard, came)

    async def _keep_tidy(self) -> None:
        while True:
            try:
                await _in_thread(self._keepers[0], self._tidy)
            except Exception as fault:
                log.error("smpp_not_tidied", fault=type(fault).__name__)
            await asyncio.sleep(TIDY_SECONDS)


async def _in_thread(
    keeper: ThreadPoolExecutor | None, work: Callable[..., None], *arguments: object
) -> None:
    assert keeper is not None
    await asyncio.get_running_loop().run_in_executor(keeper, work, *arguments)


def _given(loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
    return loop
