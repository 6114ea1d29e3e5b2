"""A conversation carried over one answered call: prompts are played, keys cut them short, both sides are recorded."""

import asyncio
import io
import time
import wave
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from baresip.call import Call, DigitEvent
from baresip.errors import AudioNotActive, AudioRestarted, BaresipError
from baresip.events import Event, StackEvent

from evenhand.adapters.sip_voice.dialogue import Dialogue, Turn
from evenhand.adapters.sip_voice.hearing import Ear
from evenhand.adapters.sip_voice.prompts import RATE, Prompts

TICK_SECONDS = 0.04
AHEAD_SECONDS = 0.12  # of a prompt that lie in the stack's buffer: what a key can cut no more
READ_BYTES = RATE * 2  # a second
SAMPLE_BYTES = 2


class HungUp(Exception):
    """The other side ended the call, or its time is over."""


class MachineHeard(Exception):
    """A machine answered."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds: for the first key, for each key after it, and of a whole call."""

    first_key: float
    next_key: float
    call: float


@dataclass(slots=True)
class Talk:
    """One call while it is talked; sound is 16-bit mono at `RATE`."""

    call: Call
    prompts: Prompts
    waits: Waits
    said: bytearray = field(default_factory=bytearray)
    heard: bytearray = field(default_factory=bytearray)
    _pressed: deque[str] = field(default_factory=deque)
    _any_key: bool = False
    _closed: bool = False
    _began: float = 0.0
    _ear: Ear = field(default_factory=lambda: Ear(RATE))

    async def through(self, dialogue: Dialogue) -> Turn:
        """Hold the conversation until its last turn was said, and return that; raises HungUp."""
        self.call.on(self._event)
        self.call.on_dtmf(self._key)
        self._began = time.monotonic()
        try:
            await self._sound()
            turn = dialogue.begin()
            while True:
                try:
                    keys = await self._perform(turn)
                except MachineHeard:
                    turn = dialogue.machine()
                    continue
                if not turn.keys:
                    return turn
                turn = dialogue.keyed(keys) if keys else dialogue.silent()
        finally:
            self.call.off_dtmf(self._key)
            self.call.off(self._event)

    @property
    def seconds(self) -> float:
        """How long it has been talked."""
        return time.monotonic() - self._began if self._began else 0.0

    def _event(self, event: StackEvent) -> None:
        if event.event is Event.CALL_CLOSED:
            self._closed = True

    def _key(self, event: DigitEvent) -> None:
        self._any_key = True
        self._pressed.append(event.digit)

    async def _sound(self) -> None:
        """Wait until sound flows both ways; raises HungUp."""
        while True:
            try:
                info = self.call.audio.info()
            except AudioNotActive:
                info = None
            if info is not None and info.tx_ready and info.rx_ready:
                assert info.tx_sample_rate == info.rx_sample_rate == RATE, "G.711 alone is offered"
                return
            if self._closed or self.seconds > self.waits.call:
                raise HungUp
            await asyncio.sleep(TICK_SECONDS)

    async def _perform(self, turn: Turn) -> str:
        """Play a turn and return the keys pressed, cut short by them; none after the last turn or a silence."""
        audio, place, pressed = self.prompts.audio(turn.parts), 0, ""
        until: float | None = None
        while True:
            while turn.keys and self._pressed and len(pressed) < turn.keys:
                pressed += self._pressed.popleft()
                place = self._cut(audio, place)
                until = time.monotonic() + self.waits.next_key
            if turn.keys and len(pressed) == turn.keys:
                return pressed
            place = self._feed(audio, place)
            if place >= len(audio):
                if not turn.keys and not self._buffered():
                    return ""
                until = until or time.monotonic() + self.waits.first_key
                if turn.keys and time.monotonic() >= until:
                    return pressed
            await self._tick()

    def _feed(self, audio: bytes, place: int) -> int:
        """Give the stack the next piece, a little ahead of what is being heard; returns how far it has come."""
        room = int(AHEAD_SECONDS * RATE) * SAMPLE_BYTES - self._buffered()
        piece = audio[place : place + max(room, 0)]
        if not piece:
            return place
        try:
            taken = self.call.audio.write(piece)
        except AudioRestarted:
            return place
        except AudioNotActive:
            raise HungUp from None
        _lay(self.said, piece[:taken], self.seconds)
        return place + taken

    def _cut(self, audio: bytes, place: int) -> int:
        if place < len(audio) or self._buffered():
            with suppress(AudioNotActive, AudioRestarted):
                self.call.audio.flush_tx()
        return len(audio)

    def _buffered(self) -> int:
        try:
            return self.call.audio.info().tx_buffered
        except AudioNotActive:
            raise HungUp from None

    async def _tick(self) -> None:
        """Let a tick pass and take what was heard meanwhile; raises HungUp and MachineHeard."""
        await asyncio.sleep(TICK_SECONDS)
        try:
            came = self.call.audio.read(READ_BYTES)
        except AudioRestarted:
            came = b""
        except AudioNotActive:
            raise HungUp from None
        _lay(self.heard, came, self.seconds - len(came) / (RATE * SAMPLE_BYTES))
        if self._closed or self.seconds > self.waits.call:
            raise HungUp
        if not self._any_key and self._ear.hears_machine(came):
            self._any_key = True  # asked once
            raise MachineHeard

    def recording(self) -> bytes:
        """Both sides as a WAV file: we on the left, she on the right."""
        sides = [np.frombuffer(bytes(side), dtype="<i2") for side in (self.said, self.heard)]
        both = np.zeros((max(len(side) for side in sides), 2), dtype="<i2")
        for column, side in enumerate(sides):
            both[: len(side), column] = side
        file = io.BytesIO()
        with wave.open(file, "wb") as sound:
            sound.setnchannels(2)
            sound.setsampwidth(SAMPLE_BYTES)
            sound.setframerate(RATE)
            sound.writeframes(both.tobytes())
        return file.getvalue()


def _lay(track: bytearray, piece: bytes, at_seconds: float) -> None:
    """Put a piece into a track at its time; what lies there already is not written over."""
    begins = int(at_seconds * RATE) * SAMPLE_BYTES
    if piece and len(track) < begins:
        track.extend(bytes(begins - len(track)))
    track.extend(piece)


async def hang_up(call: Call) -> None:
    """End a call that may have ended already."""
    try:
        await call.hangup()
    except BaresipError:
        return
