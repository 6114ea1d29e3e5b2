"""A push gateway that leads nowhere: it takes messages as one does, and tells that they arrived, as told.

    python -m evenhand.adapters.push_messages.sandbox --secret … [--mode plain|twice|fails|no-app|full|hangs|silent]

`twice` tells everything two times; `fails` tells that it did not arrive; `no-app` knows nobody, `full` takes nothing
for now; `hangs` takes the request and breaks the line before it answers; `silent` never tells. The clock of who
asks may be a demo's, so a signature of any moment is taken. GET / shows what it took.
"""

import hmac
import json
from html import escape
from typing import Any

from evenhand.adapters.sandboxes import Answering, Telling, options_of
from evenhand.adapters.signed import BODY_MAX_BYTES, SIGNATURE, TIMESTAMP, signature

MODES = ("plain", "twice", "fails", "no-app", "full", "hangs", "silent")
REFUSED = {"no-app": 404, "full": 503}


class Sandbox(Telling):
    """What it took and what it was answered, in memory."""

    def __init__(self, port: int, secret: str, mode: str) -> None:
        super().__init__(port, Handler)
        self.secret, self.mode = secret, mode
        self.taken: list[dict[str, Any]] = []
        self.answers: list[int] = []

    def tell(self, message: dict[str, Any]) -> None:
        """Tell what became of a message, until it is understood."""
        if self.mode == "silent":
            return
        said = {
            "message": message["message"],
            "event": "failed" if self.mode == "fails" else "delivered",
        }
        for _ in range(2 if self.mode == "twice" else 1):
            self.until_understood(message["tell"], said)


class Handler(Answering):
    """Takes messages from who signs, and shows them."""

    server: Sandbox

    def do_POST(self) -> None:
        """POST /messages takes a message."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), BODY_MAX_BYTES))
        asked_at = self.headers.get(TIMESTAMP, "")
        right = signature(self.server.secret, asked_at, body)
        if self.path != "/messages":
            self.answer(404)
        elif not hmac.compare_digest(right, self.headers.get(SIGNATURE, "")):
            self.answer(403)
        elif self.server.mode in REFUSED:
            self.answer(REFUSED[self.server.mode])
        else:
            message = json.loads(body)
            self.server.taken.append(message)
            if self.server.mode == "hangs":
                self.connection.close()
                return
            self.answer(202, json.dumps({"reference": f"push-{len(self.server.taken)}"}))
            self.server.aside(self.server.tell, message)

    def do_GET(self) -> None:
        """GET / shows what was taken."""
        rows = "".join(
            f"<li><b>{escape(one['to'])}</b> {escape(one['text'])}" for one in self.server.taken
        )
        self.answer(200, f"<!doctype html><meta charset=utf-8><ol>{rows}</ol>", "text/html")


def main() -> None:
    """Listen until it is ended."""
    options = options_of(__doc__, MODES)
    chosen = options.parse_args()
    sandbox = Sandbox(chosen.port, chosen.secret, chosen.mode)
    sandbox.listen()


if __name__ == "__main__":
    main()
