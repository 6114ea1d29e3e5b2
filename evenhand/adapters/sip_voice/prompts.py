"""Clips: what there must be, a folder of them read and checked, and a set made by a test voice.

The catalogue stands in `clips.toml`. Sound is 16-bit mono at 8 kHz, as the telephone carries it.
"""

import math
import tomllib
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

RATE = 8_000
LANGUAGES = ("zh-CN", "en")
GAP_SECONDS = 0.04
SHOWN = 5  # of the clips that are missing
LOWEST_HERTZ, STEP_HERTZ = 300, 10  # of tones: all that a telephone carries
CATALOGUE = Path(__file__).with_name("clips.toml")


class PromptsMissing(ValueError):
    """A folder lacks clips, or holds some in another format; the message names it, them, and what was expected."""


class Clip(NamedTuple):
    """One clip: its words in each language, empty where that language does not need it, and how Mandarin is read."""

    name: str
    zh: str
    en: str
    say: str = ""

    def words(self, language: str) -> str:
        """Its words in a language."""
        return self.en if language == "en" else self.zh


@cache
def catalogue() -> tuple[Clip, ...]:
    """All clips."""
    said = tomllib.loads(CATALOGUE.read_text("utf-8"))
    return tuple(
        Clip(name, one.get("zh", ""), one.get("en", ""), one.get("say", ""))
        for name, one in said.items()
    )


def transcript(heard: Sequence[str], language: str) -> tuple[tuple[str, str], ...]:
    """What was said by whom, in words, from clips and keys in their order; keys are written `[…]`."""
    words = {clip.name: clip.words(language) for clip in catalogue()}
    said: list[tuple[str, str]] = []
    for one in heard:
        if one.startswith("["):
            said.append(("SHE", one.strip("[]")))
        elif said and said[-1][0] == "ROBOT":
            said[-1] = ("ROBOT", said[-1][1] + ("" if language != "en" else " ") + words[one])
        else:
            said.append(("ROBOT", words[one]))
    return tuple(said)


@dataclass(frozen=True, slots=True)
class Prompts:
    """The clips of one language, each as 16-bit mono samples at `RATE`."""

    clips: Mapping[str, bytes]

    def audio(self, parts: Sequence[str]) -> bytes:
        """Clips one after the other, with a short gap."""
        return bytes(int(GAP_SECONDS * RATE) * 2).join(self.clips[part] for part in parts)


def load_prompts(folder: Path, language: str) -> Prompts:
    """The clips of a language; raises PromptsMissing with all that is wrong."""
    found: dict[str, bytes] = {}
    wrong: list[str] = []
    for clip in catalogue():
        if not clip.words(language):
            continue
        place = folder / language / f"{clip.name}.wav"
        try:
            found[clip.name] = _read(place)
        except FileNotFoundError:
            wrong.append(place.name)
        except OSError:
            wrong.append(f"{place.name} (cannot be read)")
        except (wave.Error, EOFError):
            wrong.append(f"{place.name} (format)")
        except PromptsMissing as said:
            wrong.append(f"{place.name} ({said})")
    if wrong:
        shown = ", ".join(wrong[:SHOWN]) + (
            f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        )
        raise PromptsMissing(
            f"{folder / language}: {shown}; expected a WAV of {RATE} Hz, 16 bits, mono for each clip of clips.toml"
        )
    return Prompts(found)


def _read(place: Path) -> bytes:
    with wave.open(str(place)) as sound:
        has = sound.getparams()
        if (has.framerate, has.nchannels, has.sampwidth) != (RATE, 1, 2):
            raise PromptsMissing(
                f"{has.framerate} Hz, {8 * has.sampwidth} bits, channels: {has.nchannels}"
            )
        pcm: bytes = sound.readframes(has.nframes)
        if not pcm or len(pcm) < 2 * has.nframes:
            raise PromptsMissing("cut off" if pcm else "empty")
        return pcm


def write_clip(place: Path, pcm: bytes) -> None:
    """Write a clip; `pcm` is 16-bit mono at `RATE`."""
    with wave.open(str(place), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(pcm)


def make_tones(folder: Path) -> None:
    """A set for machines without a voice: each clip is a short tone of its own, long ones for long words."""
    for language in LANGUAGES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        for number, clip in enumerate(catalogue()):
            if words := clip.words(language):
                pitch = LOWEST_HERTZ + STEP_HERTZ * number
                seconds = min(0.2 + 0.02 * len(words), 1.5)
                write_clip(folder / language / f"{clip.name}.wav", _tone(pitch, seconds))


def _tone(pitch: int, seconds: float) -> bytes:
    moments = np.arange(int(seconds * RATE)) / RATE
    samples: bytes = (6_000 * np.sin(2 * math.pi * pitch * moments)).astype("<i2").tobytes()
    return samples
