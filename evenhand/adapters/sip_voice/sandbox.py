"""A telephone network on this machine that answers the robot, for demos and tests: a SIP stack in a process of its own.

python -m evenhand.adapters.sip_voice.sandbox --mode answers --keys 1,4321,2,1205,1

Each number behaves by its mode: it answers and keys what it was given, a comma being a pause, or is busy, never
answers, is a machine that talks on, or hangs up in the middle. A folder of answers, a file for each number with its
mode and keys, goes before the defaults. The first line printed is the port.
"""

import argparse
import asyncio
import math
import socket
import struct
from pathlib import Path

from baresip import Account, Config, Runtime, UserAgent
from baresip.call import Call
from baresip.errors import BaresipError
from baresip.events import Event, StackEvent

MODES = ("answers", "busy", "silent", "machine", "hangs-up", "no-answer")
GAP_SECONDS = 1.2  # between answers: a person's, shortened
RATE = 8000


class Phones:
    """All telephones at once, by the number that was called."""

    def __init__(self, mode: str, keys: str, folder: Path | None) -> None:
        self.mode, self.keys, self.folder = mode, keys, folder
        self.running: set[asyncio.Task[None]] = set()

    def came(self, call: Call, number: str) -> None:
        """A call came in."""
        mode, keys = self._of(number)
        task = asyncio.get_running_loop().create_task(self._take(call, mode, keys))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    def _of(self, number: str) -> tuple[str, str]:
        name = "".join(filter(str.isdecimal, number))
        place = self.folder / name if self.folder and name else None
        if place is None or not place.exists():
            return self.mode, self.keys
        mode, _, keys = place.read_text("utf-8").strip().partition(" ")
        return mode, keys

    async def _take(self, call: Call, mode: str, keys: str) -> None:
        try:
            await asyncio.sleep(0.2)
            if mode == "busy":
                await call.reject()
            elif mode != "no-answer":
                await call.answer()
                await self._talk(call, mode, keys)
        except BaresipError:
            return  # the other side ended it first

    async def _talk(self, call: Call, mode: str, keys: str) -> None:
        gone = asyncio.Event()

        def listen(event: StackEvent) -> None:
            if event.event is Event.CALL_CLOSED:
                gone.set()

        call.on(listen)
        await asyncio.sleep(GAP_SECONDS)
        if mode == "machine":
            await _speak(call, seconds=8, gone=gone)
        for answer in filter(None, keys.split(",")) if mode != "machine" else ():
            await call.send_dtmf(answer)
            await asyncio.sleep(GAP_SECONDS)
        if mode == "hangs-up":
            await call.hangup()
        await gone.wait()


async def _speak(call: Call, *, seconds: float, gone: asyncio.Event) -> None:
    """A voice that talks on: a tone whose loudness wavers."""
    piece = b"".join(
        struct.pack("<h", int(6_000 * math.sin(2 * math.pi * 300 * n / RATE)))
        for n in range(RATE // 25)
    )
    for _ in range(int(seconds * 25)):
        if gone.is_set():
            return
        call.audio.write(piece)
        await asyncio.sleep(0.04)


async def serve(phones: Phones, port: int) -> None:
    """Listen until it is ended."""
    runtime = Runtime()
    await runtime.start(
        Config(
            net_interface="127.0.0.1", max_concurrent_calls=None, expose_headers=("To",),
            extra_config_text=f"sip_listen 127.0.0.1:{port}",
        )
    )  # fmt: skip
    account = Account(
        user="phones", domain=f"127.0.0.1:{port}", password="", reg_interval=0, transport="udp",
        extra_params=("catchall=yes",),
    )  # fmt: skip
    agent = await UserAgent.create(runtime, account)
    agent.on_incoming(lambda call: phones.came(call, _called(call)))
    print(port, flush=True)
    await asyncio.Event().wait()


def _called(call: Call) -> str:
    """The number of the telephone that rings."""
    return str(call.headers.get("To", "")).partition("sip:")[2].partition("@")[0]


def main() -> None:
    """Listen until it is ended."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--port", type=int, default=0, help="none: one that is free")
    options.add_argument("--mode", choices=MODES, default="answers")
    options.add_argument("--keys", default="", help="answers, with commas between")
    options.add_argument("--folder", type=Path, help="a file for each number: its mode and keys")
    chosen = options.parse_args()
    asyncio.run(serve(Phones(chosen.mode, chosen.keys, chosen.folder), chosen.port or _free_port()))


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
