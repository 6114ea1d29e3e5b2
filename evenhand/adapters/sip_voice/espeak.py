"""A test voice: espeak-ng reads the clips, robotically. It is for demos and tests and speaks to no customer.

python -m evenhand.adapters.sip_voice.espeak FOLDER

It is a program of its own, since its licence is another (GPL-3); the library comes with the extra `voice`.
"""

import ctypes
import sys
from pathlib import Path

import espeakng_loader
import numpy as np
import numpy.typing as npt

from evenhand.adapters.sip_voice.prompts import LANGUAGES, RATE, catalogue, write_clip

RETRIEVAL, UTF8, PINYIN = 1, 1, "cmn-latn-pinyin"
RATE_PARAMETER, WORDS_A_MINUTE = 1, 165
QUIET = 300  # of 16-bit samples: silence at the ends is cut
CUT_OFF_HERTZ = 3_500  # what a telephone does not carry would fold back into what it does
TAPS = 129
LEVEL = (
    2_900  # root mean square of what is louder than QUIET: 21 dB below the loudest sample there is
)
LOUDEST = 30_000
WINDOW_SECONDS = 0.02
FADE_SECONDS = 0.005  # at both ends, that clips do not click where they meet
Samples = npt.NDArray[np.float64]
CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Voice:
    """The library, once a process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(Path(espeakng_loader.get_data_path()).parent).encode()
        self._rate = self._library.espeak_Initialize(RETRIEVAL, 0, data, 0)
        if self._rate <= 0:
            raise OSError("espeak-ng did not start")
        self._heard: list[npt.NDArray[np.int16]] = []
        self._callback = CALLBACK(self._take)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_SetParameter(RATE_PARAMETER, WORDS_A_MINUTE, 0)

    def _take(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: int) -> int:
        if count > 0:
            self._heard.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def says(self, text: str, voice: str) -> bytes:
        """A text as 16-bit mono at `RATE`, without silence at its ends, as loud as the others."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise OSError(f"espeak-ng has no voice {voice}")
        self._heard.clear()
        plain = text.encode() + b"\0"
        self._library.espeak_Synth(plain, len(plain), 0, 1, 0, UTF8, None, None)
        self._library.espeak_Synchronize()
        if not self._heard:
            raise OSError("espeak-ng said nothing")
        samples = np.concatenate(self._heard).astype(np.float64)
        return levelled(thinned(samples, self._rate)).astype("<i2").tobytes()


def thinned(samples: Samples, rate: int) -> Samples:
    """Samples at `rate` as samples at `RATE`, rid of what lies above `CUT_OFF_HERTZ`."""
    taps = np.arange(TAPS) - TAPS // 2
    kernel = np.sinc(2 * CUT_OFF_HERTZ / rate * taps) * np.blackman(TAPS)
    smooth = np.convolve(samples, kernel / kernel.sum(), mode="same")
    wanted = np.arange(len(samples) * RATE // rate) * rate / RATE
    return np.interp(wanted, np.arange(len(smooth)), smooth)


def levelled(samples: Samples) -> Samples:
    """Samples at `RATE` without silence at their ends, as loud as the others, faded in and out."""
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    if not len(loud):
        raise OSError("espeak-ng said nothing that can be heard")
    samples = samples[loud[0] : loud[-1] + 1]
    window = int(WINDOW_SECONDS * RATE)
    powers = np.mean(samples[: len(samples) // window * window].reshape(-1, window) ** 2, axis=1)
    level = np.sqrt(np.mean(powers[powers > QUIET**2]))
    samples = samples * min(LEVEL / level, LOUDEST / np.abs(samples).max())
    fade = np.linspace(0, 1, int(FADE_SECONDS * RATE))
    samples[: len(fade)] *= fade
    samples[-len(fade) :] *= fade[::-1]
    return samples


def main() -> None:
    """Write every clip beneath the folder named."""
    folder, voice = Path(sys.argv[1]), Voice()
    for language in LANGUAGES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        for clip in catalogue():
            if not (words := clip.words(language)):
                continue
            if language == "en":
                said = voice.says(words, "en")
            else:
                said = voice.says(clip.say, PINYIN) if clip.say else voice.says(words, "cmn")
            write_clip(folder / language / f"{clip.name}.wav", said)


if __name__ == "__main__":
    main()
