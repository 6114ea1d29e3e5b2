"""One bound session with a message centre: submits that wait for their answers, deliveries that are answered when kept.

It ends when the line breaks, the centre unbinds, or does not answer a sign of life; whatever waits then stays open.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

import smpp34
import structlog

from evenhand.adapters.smpp_sms import wire

log = structlog.get_logger()
CONNECT_SECONDS = 5.0
LIFE_SECONDS = 30.0  # between signs of life
ANSWER_SECONDS = 10.0  # for a sign of life
GIVEN_UP_SECONDS = 60.0  # until a submit without an answer frees its place in the window
SEQUENCE_MAX = 0x7FFFFFFF
DELIVERIES_MAX = 500  # being kept at a time; beyond it the centre is asked to come again

REFUSALS = {
    0x05: "ALREADY_BOUND",
    0x0D: "BIND_FAILED",
    0x0E: "WRONG_PASSWORD",
    0x0F: "WRONG_USER",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Where the message centre is, and as whom the session is bound."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: ssl.SSLContext | None
    window: int


class BindRefused(ConnectionError):
    """The centre does not want this session; the message is why."""


class LineBroke(ConnectionError):
    """The session ended before the answer came: it may have been taken."""


class Answer(NamedTuple):
    """What the centre answered to a part."""

    status: int
    reference: str


Heard = Callable[[smpp34.DeliverSm], Awaitable[None]]


class Session:
    """A session from its bind to its end; `run` ends with it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        window: int,
        heard: Heard,
    ) -> None:
        self._reader, self._writer, self._heard = reader, writer, heard
        self._sequence = count(1)  # the bind was the first, 1
        self._window = asyncio.Semaphore(window)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._alive: asyncio.Future[None] | None = None
        self._kept: set[asyncio.Task[None]] = set()
        self.ended = False

    async def room(self, seconds: float) -> bool:
        """Wait for a place in the window; returns whether there is one, which is then taken."""
        try:
            await asyncio.wait_for(self._window.acquire(), seconds)
        except TimeoutError:
            return False
        return True

    def submit(self, pdu: bytes) -> "asyncio.Future[Answer]":
        """Let a message leave, in a place of the window that was taken; the answer comes later, or LineBroke."""
        assert not self.ended
        number = self._next()
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        given_up = asyncio.get_running_loop().call_later(GIVEN_UP_SECONDS, self._give_up, number)

        def done(_: object) -> None:
            given_up.cancel()
            self._window.release()

        answer.add_done_callback(done)
        self._writer.write(wire.numbered(pdu, number))
        return answer

    def leave(self) -> None:
        """Give a place in the window back that was not used."""
        self._window.release()

    async def run(self) -> None:
        """Hear what comes until the session ends."""
        life = asyncio.ensure_future(self._live())
        try:
            while True:
                if not self._take(await wire.read_frame(self._reader)):
                    return
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            self.ended = True
            life.cancel()
            for answer in list(self._waiting.values()):
                if not answer.done():
                    answer.set_exception(LineBroke())
                    answer.exception()  # somebody may have stopped waiting
            await self._hang_up()

    async def close(self, seconds: float) -> None:
        """Hear the answers that are late, answer what is being kept, and unbind."""
        open_yet: list[asyncio.Future[Any]] = [*self._waiting.values(), *self._kept]
        if open_yet:
            await asyncio.wait(open_yet, timeout=seconds)
        if not self.ended:
            self._writer.write(wire.command(wire.UNBIND, self._next()))

    async def _hang_up(self) -> None:
        self._writer.close()
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), 1)

    def _next(self) -> int:
        return next(self._sequence) % SEQUENCE_MAX + 1

    def _give_up(self, number: int) -> None:
        answer = self._waiting.pop(number, None)
        if answer is not None and not answer.done():
            answer.set_exception(LineBroke())
            answer.exception()

    def _take(self, frame: wire.Frame) -> bool:
        """Do what a command says; returns whether the session goes on."""
        name, status, number, whole = frame
        if name == wire.SUBMIT_SM | wire.RESPONSE or (name == wire.GENERIC_NACK and number):
            answer = self._waiting.pop(number, None)
            if answer is not None and not answer.done():
                answer.set_result(Answer(status or _nacked(name), wire.reference_in(whole)))
        elif name == wire.DELIVER_SM:
            self._deliver(number, whole)
        elif name == wire.ENQUIRE_LINK:
            self._answer(wire.ENQUIRE_LINK, number)
        elif name == wire.ENQUIRE_LINK | wire.RESPONSE:
            if self._alive is not None and not self._alive.done():
                self._alive.set_result(None)
        elif name == wire.UNBIND:
            self._answer(wire.UNBIND, number)
            return False
        elif name == wire.UNBIND | wire.RESPONSE:
            return False
        elif not name & wire.RESPONSE:
            self._writer.write(wire.command(wire.GENERIC_NACK, number, status=wire.UNKNOWN_COMMAND))
        return True

    def _answer(self, name: int, number: int, status: int = wire.OK, body: bytes = b"") -> None:
        self._writer.write(wire.command(name | wire.RESPONSE, number, status=status, body=body))

    def _deliver(self, number: int, whole: bytes) -> None:
        if len(self._kept) >= DELIVERIES_MAX:
            self._answer(wire.DELIVER_SM, number, wire.LATER, b"\0")
            return
        task = asyncio.ensure_future(self._keep(number, whole))
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    async def _keep(self, number: int, whole: bytes) -> None:
        """Have a delivery kept, and answer only then: what was not kept comes again."""
        status = wire.OK
        try:
            came = smpp34.decode(whole)
            if isinstance(came, smpp34.DeliverSm):
                await self._heard(came)
        except smpp34.SmppError as fault:
            log.warning("smpp_delivery_not_read", fault=str(fault))
            status = wire.NEVER
        except Exception as fault:
            log.error("smpp_delivery_not_kept", fault=type(fault).__name__)
            status = wire.LATER
        if not self.ended:
            self._answer(wire.DELIVER_SM, number, status, b"\0")

    async def _live(self) -> None:
        """Ask for a sign of life now and then; a centre that gives none has gone."""
        while True:
            await asyncio.sleep(LIFE_SECONDS)
            self._alive = asyncio.get_running_loop().create_future()
            self._writer.write(wire.command(wire.ENQUIRE_LINK, self._next()))
            try:
                await asyncio.wait_for(self._alive, ANSWER_SECONDS)
            except TimeoutError:
                log.warning("smpp_no_sign_of_life")
                self._writer.transport.abort()
                return


def _nacked(name: int) -> int:
    return wire.SYSTEM_ERROR if name == wire.GENERIC_NACK else wire.OK


async def bound(centre: Centre, heard: Heard) -> Session:
    """Connect and bind. Raises OSError, TimeoutError and BindRefused."""
    opening = asyncio.open_connection(centre.host, centre.port, ssl=centre.tls)
    reader, writer = await asyncio.wait_for(opening, CONNECT_SECONDS)
    try:
        writer.write(wire.bind(centre.user, centre.password, 1))
        name, status, _, _ = await asyncio.wait_for(wire.read_frame(reader), CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        writer.close()
        raise ConnectionError("no answer to the bind") from None
    if name != wire.BIND_TRANSCEIVER | wire.RESPONSE or status:
        writer.close()
        raise BindRefused(REFUSALS.get(status, f"BIND_{status:#010x}"))
    return Session(reader, writer, window=centre.window, heard=heard)
