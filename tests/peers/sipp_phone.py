"""A telephone played by sipp: it answers and keys by RFC 2833, from Debian's recordings, or refuses."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SIPP = shutil.which("sipp")
KEYS = Path("/usr/share/sip-tester")
GAP_MS = 900

SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="phone">
<recv request="INVITE" crlf="true"><action>
<ereg regexp="[0-9a-f-]{{36}}" search_in="hdr" header="X-Evenhand-Message:" assign_to="1"/>
<log message="message [$1]"/></action></recv>
{answer}
</scenario>
"""
SEND = """<send{retrans}><![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]SIPpTag01[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
{body}
]]></send>
"""
SOUND = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=phone 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15"""
EMPTY = "Content-Length: 0\n"
KEY = """<nop><action><exec play_pcap_audio="{file}"/></action></nop><pause milliseconds="{gap}"/>
"""


def scenario(answers: Sequence[str], status: str) -> str:
    """What sipp does: ring and refuse, or ring, answer, press the keys and wait to be hung up on."""
    ringing = SEND.format(retrans="", status="180 Ringing", body=EMPTY)
    if status:
        refused = SEND.format(retrans=' retrans="500"', status=status, body=EMPTY)
        return SCENARIO.format(answer=f'{ringing}{refused}<recv request="ACK"/>')
    keys = "".join(
        KEY.format(
            file=KEYS / f"dtmf_2833_{'star' if key == '*' else key}.pcap",
            gap=GAP_MS if last else 300,
        )
        for answer in answers
        for last, key in ((n == len(answer) - 1, key) for n, key in enumerate(answer))
    )
    answered = SEND.format(retrans=' retrans="500"', status="200 OK", body=SOUND)
    bye = SEND.format(retrans="", status="200 OK", body=EMPTY)
    return SCENARIO.format(
        answer=f'{ringing}{answered}<recv request="ACK"/><pause milliseconds="1500"/>{keys}'
        f'<recv request="BYE"/>{bye}'
    )


@contextmanager
def sipp_phone(folder: Path, *, keys: str = "", status: str = "") -> Iterator[int]:
    """A telephone that takes one call; the port it listens at. `keys` are answers with commas between."""
    assert SIPP is not None
    script = folder / "phone.xml"
    script.write_text(scenario([one for one in keys.split(",") if one], status))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [SIPP, "-sf", script, "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(port), "-m", "1", "-nostdin",
               "-trace_logs", "-log_file", folder / "sipp.log", "-timeout", "60"]  # fmt: skip
    quiet = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    phone = subprocess.Popen(command, env=os.environ | {"TERM": "xterm"}, cwd=folder, **quiet)
    try:
        yield port
    finally:
        phone.kill()
        phone.wait()
