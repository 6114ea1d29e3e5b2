"""A PBX that rings nobody: it takes calls as a bridge to a PBX does, and tells how they go, as told.

    python -m evenhand.adapters.pbx_calls.sandbox --port 8092 --secret … [--mode plain|busy|no-answer|nobody-here|twice|
    forged|late|refuses|full|hangs|silent] [--seconds 2]

`plain` answers and talks; `busy` and `no-answer` are what she does; `nobody-here` finds the extension not taken up;
`twice` tells everything two times; `forged` signs with another secret first, `late` with a moment of an hour ago;
`refuses` takes nothing, `full` neither, for now; `hangs` takes the request and breaks the line before it answers;
`silent` never tells. Times are told by the asker's clock. GET / shows what it took.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from evenhand.adapters.sandboxes import Answering, Telling, options_of
from evenhand.adapters.signed import SIGNATURE, TIMESTAMP, is_signed

MODES = (
    "plain", "busy", "no-answer", "nobody-here", "twice", "forged", "late", "refuses", "full", "hangs", "silent",
)  # fmt: skip
BODY_MAX_BYTES = 16_384
TALK_SECONDS = 42


class Sandbox(Telling):
    """What it took and what it was answered, in memory."""

    def __init__(self, port: int, secret: str, mode: str, seconds: float = 0.0) -> None:
        super().__init__(port, Handler)
        self.secret, self.mode, self.seconds = secret, mode, seconds
        self.taken: list[dict[str, Any]] = []
        self.answers: list[int] = []

    def tell(self, call: dict[str, Any]) -> None:
        """Tell how a call goes, event by event, each until it is understood."""
        for said in _events(call, self.mode):
            self.pause(self.seconds)
            now = datetime.now(UTC)
            if self.mode == "forged":
                self.post(call["tell"], said, "another secret of 16", now)
            if self.mode == "late":
                self.post(call["tell"], said, self.secret, now - timedelta(hours=1))
            for _ in range(2 if self.mode == "twice" else 1):
                self.until_understood(call["tell"], said)


def _events(call: dict[str, Any], mode: str) -> Iterator[dict[str, Any]]:
    start = datetime.fromisoformat(call["permitted_at"]) + timedelta(seconds=1)
    named = {"call": call["call"]}

    def after(seconds: int) -> str:
        return (start + timedelta(seconds=seconds)).isoformat()

    if mode == "silent":
        return
    if mode == "nobody-here":
        yield named | {"event": "ended", "not_dialled": "EXTENSION_NOT_TAKEN_UP"}
        return
    yield named | {"event": "ringing", "at": after(0)}
    if mode in ("busy", "no-answer"):
        outcome = "BUSY" if mode == "busy" else "UNANSWERED"
        yield named | {
            "event": "ended",
            "outcome": outcome,
            "started_at": after(0),
            "ended_at": after(9),
        }
        return
    yield named | {"event": "answered", "at": after(5)}
    yield named | {
        "event": "ended", "outcome": "ANSWERED", "started_at": after(0), "answered_at": after(5),
        "ended_at": after(5 + TALK_SECONDS), "talk_seconds": TALK_SECONDS, "recording": f"sandbox-{call['call']}",
        "recording_sha256": hashlib.sha256(call["call"].encode()).hexdigest(),
    }  # fmt: skip


class Handler(Answering):
    """Takes calls from who signs, and shows them."""

    server: Sandbox

    def do_POST(self) -> None:
        """POST /calls takes a call."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), BODY_MAX_BYTES))
        given = self.headers.get(TIMESTAMP, ""), self.headers.get(SIGNATURE, "")
        if self.path != "/calls":
            self.answer(404)
        elif not is_signed(self.server.secret, *given, body, now=datetime.now(UTC)):
            self.answer(403)
        elif self.server.mode in ("refuses", "full"):
            self.answer(409 if self.server.mode == "refuses" else 503)
        else:
            call = json.loads(body)
            self.server.taken.append(call)
            if self.server.mode == "hangs":
                self.connection.close()
                return
            self.answer(202, json.dumps({"reference": f"sandbox-{len(self.server.taken)}"}))
            self.server.aside(self.server.tell, call)

    def do_GET(self) -> None:
        """GET / shows what was taken."""
        rows = "".join(
            f"<li><b>{escape(one['extension'])}</b> → {escape(one['number'])}"
            for one in self.server.taken
        )
        self.answer(200, f"<!doctype html><meta charset=utf-8><ol>{rows}</ol>", "text/html")


def main() -> None:
    """Listen until it is ended."""
    options = options_of(__doc__, MODES)
    options.add_argument("--seconds", type=float, default=2.0, help="between what it tells")
    chosen = options.parse_args()
    sandbox = Sandbox(chosen.port, chosen.secret, chosen.mode, chosen.seconds)
    sandbox.listen()


if __name__ == "__main__":
    main()
