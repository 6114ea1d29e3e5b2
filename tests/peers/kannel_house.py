"""Debian's Kannel from a folder of its own, on loopback: bearerbox towards a message centre, smsbox towards us."""

import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.smsc import Centre, free_port

PATH = "/usr/sbin:/usr/bin"
PROGRAMS = ("bearerbox", "smsbox")
PATIENCE_SECONDS = 30

KANNEL = """
group = core
admin-port = {admin}
admin-password = {password}
admin-interface = 127.0.0.1
smsbox-port = {box}
smsbox-interface = 127.0.0.1
log-file = {folder}/bearerbox.log
log-level = 1
dlr-storage = internal
sms-resend-freq = 2
box-allow-ip = 127.0.0.1

group = smsc
smsc = smpp
smsc-id = centre
host = 127.0.0.1
port = {centre}
smsc-username = evenhand
smsc-password = secret
system-type = VMA
transceiver-mode = true
msg-id-type = 0
reconnect-delay = 1
alt-charset = UTF-8

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {send}
sendsms-interface = 127.0.0.1
global-sender = 95500
log-file = {folder}/smsbox.log

group = sendsms-user
username = evenhand
password = "{password}"
concatenation = true
max-messages = 10

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "{public}/channels/kannel/reply?s={password}&from=%p&id=%I&charset=%C&text=%b"
"""


@dataclass
class House:
    """A Kannel that runs."""

    url: str
    folder: Path
    admin: str

    def log(self) -> str:
        """What both boxes said."""
        return "\n".join(one.read_text("utf-8", "replace") for one in self.folder.glob("*.log"))


@contextmanager
def kannel_house(folder: Path, centre: Centre, *, public: str, password: str) -> Iterator[House]:
    """Both boxes, bound to the centre."""
    said = {
        "admin": free_port(), "box": free_port(), "send": free_port(), "centre": centre.port,
        "folder": folder, "password": password, "public": public,
    }  # fmt: skip
    place = folder / "kannel.conf"
    place.write_text(KANNEL.format(**said))
    started = []
    for program in PROGRAMS:
        command = [shutil.which(program, path=PATH), place]
        out = (folder / f"{program}.out").open("w")
        started.append(subprocess.Popen(command, stdout=out, stderr=out, cwd=folder))
        out.close()
        time.sleep(1)
    house = House(f"http://127.0.0.1:{said['send']}", folder, f"http://127.0.0.1:{said['admin']}")
    try:
        _until_bound(house, centre)
        yield house
    finally:
        for one in reversed(started):
            one.terminate()
            try:
                one.wait(5)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


def _until_bound(house: House, centre: Centre) -> None:
    assert centre.bound.wait(PATIENCE_SECONDS), house.log()
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{house.admin}/status.txt", timeout=2) as answer:
                said = answer.read().decode()
            if "online" in said and "smsbox" in said:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(house.log())
