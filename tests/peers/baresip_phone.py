"""A telephone played by Debian's baresip: it answers by itself, makes a sound and keeps what it hears."""

import shutil
import socket
import subprocess
import threading
import wave
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from math import pi, sin
from pathlib import Path

BARESIP = shutil.which("baresip")
RATE = 8_000
CONFIG = """
sip_listen 127.0.0.1:{sip}
net_interface 127.0.0.1
audio_player aubridge,heard
audio_source aufile,{tone}
audio_alert aubridge,bell
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
snd_path {folder}
"""
ACCOUNT = "<sip:{number}@127.0.0.1>;regint=0;answermode=auto;audio_codecs=pcma,pcmu\n"


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def a_tone(folder: Path) -> Path:
    """A short sound, as of somebody who says her name, and a minute of silence: who sounds on and on is a machine."""
    place = folder / "tone.wav"
    with wave.open(str(place), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        second = array("h", (int(12_000 * sin(2 * pi * 440 * n / RATE)) for n in range(RATE)))
        sound.writeframes(second.tobytes() + bytes(2 * RATE * 60))
    return place


@contextmanager
def baresip_phone(folder: Path, *, number: str) -> Iterator[int]:
    """A telephone of this number that answers; the port it listens at."""
    assert BARESIP is not None
    place = folder / "baresip"
    place.mkdir()
    sip = free_port()
    (place / "config").write_text(CONFIG.format(sip=sip, folder=place, tone=a_tone(place)))
    (place / "accounts").write_text(ACCOUNT.format(number=number))
    process = subprocess.Popen(
        [BARESIP, "-f", str(place)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said: list[str] = []
    ready = threading.Event()

    def listen() -> None:
        for line in process.stdout or ():
            said.append(line)
            if "baresip is ready" in line:
                ready.set()

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    try:
        assert ready.wait(20), "".join(said)
        yield sip
    finally:
        process.terminate()
        process.wait(10)
        listening.join()
        process.stdout.close()
        (folder / "baresip.log").write_text("".join(said))
