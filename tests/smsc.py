"""A message centre by smpp34, in a thread: it takes parts, gives receipts, and lets telephones write back.

Its line can be cut at any moment, as when the centre is killed, and can come back.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import smpp34

RECEIPT, WITH_HEADER = 0x04, 0x40
UCS2 = 8
TAG_REFERENCE = 0x001E


@dataclass
class Centre:
    """What it took, part by part, and what it says of each: DELIVRD, UNDELIV, or nothing."""

    port: int
    says: str = "DELIVRD"
    refuses: int = 0  # so many times in a row, once it took `takes_first`: its queue is full
    takes_first: int = 0
    refuses_by: int = smpp34.ESME_RMSGQFUL
    holds: bool = False  # it takes, and answers only when `answers` is called
    names_from: int = 1
    taken: list[smpp34.SubmitSmEvent] = field(default_factory=list)
    held: list[smpp34.SubmitSmEvent] = field(default_factory=list)
    bound: threading.Event = field(default_factory=threading.Event)
    _inside: int = field(default_factory=lambda: free_port())
    _session: smpp34.Esme | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _front: asyncio.Server | None = None
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)
    _running: set[asyncio.Future[Any]] = field(default_factory=set)

    def texts(self) -> list[str]:
        """The parts as they are read, without their headers."""
        return [_read(one) for one in self.taken]

    def writes(self, number: str, text: str, parts: int = 1) -> None:
        """A telephone writes to the bank, in parts where it is long, the last of them first."""
        size = -(-len(text) // parts)
        for part in range(parts, 0, -1):
            head = bytes([5, 0, 3, 77, parts, part]) if parts > 1 else b""
            data = head + text[(part - 1) * size : part * size].encode("utf-16-be")
            assert self.delivers(number, data, header=parts > 1) == 0

    def delivers(
        self, number: str, data: bytes, *, header: bool = False, coding: int = UCS2
    ) -> int:
        """Deliver octets as they are; returns what was answered."""
        return self._now(self._deliver(number, data, WITH_HEADER if header else 0, coding))

    def says_of(self, name: str, number: str, stat: str, *, in_tag: bool = True) -> int:
        """Give a receipt, which names its part in its field or in its text; returns what was answered."""
        return self._now(self._says(name, number, stat, in_tag))

    def answers(self) -> None:
        """Answer what was held, and hold no more."""
        self.holds = False
        self._now(self._answer_held())

    def cut(self) -> None:
        """Die: every line breaks, and nobody listens."""
        self.bound.clear()
        self._now(self._cut())

    def comes_back(self) -> None:
        """Listen again."""
        self._now(self._listen())

    def _now(self, work: Coroutine[Any, Any, Any]) -> Any:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _deliver(
        self, number: str, data: bytes, esm_class: int, coding: int, tags: Sequence[smpp34.Tlv] = ()
    ) -> int:
        assert self._session is not None
        answer = await self._session.deliver_sm(
            "95500",
            data,
            source_addr=number,
            data_coding=coding,
            esm_class=esm_class,
            tlvs=list(tags),
        )
        return answer.command_status

    async def _says(self, name: str, number: str, stat: str, in_tag: bool = True) -> int:
        said = (
            f"id:{'' if in_tag else name} sub:001 dlvrd:001 submit date:2609281000 done date:2609281001"
            f" stat:{stat} err:000 text:"
        )
        tags = [smpp34.Tlv(TAG_REFERENCE, name.encode() + b"\0")] if in_tag else []
        return await self._deliver(number, said.encode(), RECEIPT, 0, tags)

    async def _cut(self) -> None:
        assert self._front is not None
        self._front.close()
        for line in list(self._lines):
            line.transport.abort()

    async def _listen(self) -> None:
        self._front = await asyncio.start_server(self._line, "127.0.0.1", self.port)

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry octets between the outside and the server."""
        inside_reader, inside = await asyncio.open_connection("127.0.0.1", self._inside)
        self._lines |= {writer, inside}
        try:
            await asyncio.gather(_carry(reader, inside), _carry(inside_reader, writer))
        finally:
            self._lines -= {writer, inside}

    async def run(self) -> None:
        """Serve until the thread ends."""
        self._loop = asyncio.get_running_loop()
        server = smpp34.Server("127.0.0.1", self._inside, system_id="centre")
        await server.start()
        await self._listen()
        try:
            while True:
                came = await server.next()
                if isinstance(came, smpp34.Esme):
                    self._session = came
                    self.bound.set()
                elif isinstance(came, smpp34.SubmitSmEvent):
                    self._submitted(came)
        finally:
            for task in self._running:
                task.cancel()
            await self._cut()

    def _submitted(self, came: smpp34.SubmitSmEvent) -> None:
        if self.refuses and len(self.taken) >= self.takes_first:
            self.refuses -= 1
            came.reject(self.refuses_by)
            return
        self.taken.append(came)
        if self.holds:
            self.held.append(came)
        else:
            self._accept(came)

    async def _answer_held(self) -> None:
        held, self.held = self.held, []
        for came in held:
            self._accept(came)

    def _accept(self, came: smpp34.SubmitSmEvent) -> None:
        name = str(self.taken.index(came) + self.names_from)
        came.accept(name)
        if self.says and came.registered_delivery & 1:
            task = asyncio.ensure_future(self._receipt(came, name))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _receipt(self, came: smpp34.SubmitSmEvent, name: str) -> None:
        await asyncio.sleep(0.2)
        await self._says(name, came.destination_addr, self.says)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


def _read(one: smpp34.SubmitSmEvent) -> str:
    data = one.short_message
    if one.esm_class & WITH_HEADER:
        data = data[1 + data[0] :]
    return data.decode("utf-16-be" if one.data_coding == UCS2 else "latin-1")


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def centre() -> Iterator[Centre]:
    """A message centre on this machine."""
    found = Centre(free_port())
    loop = asyncio.new_event_loop()

    def serve() -> None:
        task = loop.create_task(found.run())
        try:
            loop.run_forever()
        finally:
            task.cancel()
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
            loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
