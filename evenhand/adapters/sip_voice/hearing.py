"""Whether a machine answered: people say a word or two and wait, a machine speaks on.

A rule of thumb, and wrong at times; its error is harmless: who is taken for a machine hears the limited message, and a
machine that is taken for a person hears an opening that says nothing of a debt.
"""

from dataclasses import dataclass

import numpy as np

MACHINE_SECONDS = 3.5  # of speech with no pause in it
PAUSE_SECONDS = 0.4
LOUD = 700  # root mean square of 16-bit samples; a quiet line is below 100
WINDOW_SECONDS = 0.02


@dataclass(slots=True)
class Ear:
    """Listens to 16-bit mono samples as they come."""

    rate: int
    speech_seconds: float = 0.0
    pause_seconds: float = PAUSE_SECONDS
    _rest: bytes = b""

    def hears_machine(self, pcm: bytes) -> bool:
        """Take what was heard next; returns whether what speaks is a machine."""
        window = int(self.rate * WINDOW_SECONDS) * 2
        heard = self._rest + pcm
        whole = len(heard) // window * window
        self._rest = heard[whole:]
        samples = np.frombuffer(heard[:whole], dtype="<i2").astype(np.float64)
        for part in samples.reshape(-1, window // 2):
            if float(np.sqrt(np.mean(part**2))) >= LOUD:
                self.speech_seconds += WINDOW_SECONDS
                self.pause_seconds = 0.0
            else:
                self.pause_seconds += WINDOW_SECONDS
                if self.pause_seconds >= PAUSE_SECONDS:
                    self.speech_seconds = 0.0
        return self.speech_seconds >= MACHINE_SECONDS
