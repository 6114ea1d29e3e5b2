"""A gateway for text messages that sends none: it takes them as Kannel does, shows them, and gives receipts as told.

    python -m evenhand.adapters.kannel_sms.sandbox --port 8091 --password … [--mode
    plain|twice|fails|refuses|hangs|silent]

`plain` gives a receipt of delivery; `twice` gives it two times; `fails` says it did not arrive; `refuses` takes
nothing;
`hangs` takes the request and breaks the line before it answers; `silent` gives no receipt. GET / shows what it took.
"""

import threading
from html import escape
from urllib.error import HTTPError
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from urllib.request import urlopen

from evenhand.adapters.sandboxes import Answering, Loopback, options_of

TRIES, TRY_SECONDS = 90, 2.0
REPLY_EVERY = 9
REPLIES = ("收到，周五发工资就还", "TD", "这笔不是我刷的，请核实", "已经还了", "退订")
MODES = ("plain", "twice", "fails", "refuses", "hangs", "silent")


class Sandbox(Loopback):
    """What it took, in memory."""

    request_queue_size = 128  # more than are handed over side by side

    def __init__(self, port: int, password: str, mode: str, replies_to: str = "") -> None:
        super().__init__(port, Handler)
        self.password, self.mode, self.replies_to = password, mode, replies_to
        self.taken: list[dict[str, str]] = []
        self.lock = threading.Lock()

    def receipts(self, message: dict[str, str]) -> None:
        """Give the receipts the mode says: accepted by the centre first, and then the end."""
        ends = {"plain": ["1"], "twice": ["1", "1"], "fails": ["2"], "hangs": ["1"]}.get(
            self.mode, []
        )
        for kind in [] if self.mode == "silent" else ["8", *ends]:
            self.pause(0.05)
            self._call(message["dlr-url"].replace("%d", kind).replace("%A", quote("ACK/")))

        number = self.taken.index(message)
        if self.replies_to and number % REPLY_EVERY == 0:
            text = REPLIES[number // REPLY_EVERY % len(REPLIES)]
            said = {"from": message["to"], "text": text, "id": f"reply-{number}"}
            self._call(f"{self.replies_to}&{urlencode(said)}")

    def _call(self, url: str) -> None:
        """Call an address, and again for as long as nobody listens there, as Kannel does."""
        for _ in range(TRIES):
            try:
                urlopen(url, timeout=30).read()  # noqa: S310
            except HTTPError:
                return  # somebody listens, and did not want it
            except OSError:
                if self.pause(TRY_SECONDS):
                    return
            else:
                return


class Handler(Answering):
    """Takes messages from who knows the password, and shows them."""

    server: Sandbox
    wbufsize = 1 << 14  # an answer leaves in one piece: a second one would wait for the first

    def do_GET(self) -> None:
        """GET /cgi-bin/sendsms takes a message; GET / shows all."""
        where = urlsplit(self.path)
        if where.path != "/cgi-bin/sendsms":
            rows = "".join(
                f"<li><b>{escape(m['to'])}</b> {escape(m['text'])}" for m in self.server.taken
            )
            self.answer(200, f"<!doctype html><meta charset=utf-8><ol>{rows}</ol>", "text/html")
            return
        said = {name: values[0] for name, values in parse_qs(where.query).items()}
        if said.get("password") != self.server.password:
            self.answer(403, "Authorization failed for sendsms", "text/plain")
        elif self.server.mode == "refuses":
            self.answer(503, "Temporal failure, try again later.", "text/plain")
        else:
            with self.server.lock:
                self.server.taken.append(said)
            self.server.aside(self.server.receipts, said)
            if self.server.mode == "hangs":
                self.connection.close()
                return
            self.answer(202, "0: Accepted for delivery", "text/plain")


def main() -> None:
    """Listen until it is ended."""
    options = options_of(__doc__, MODES, shared="--password")
    options.add_argument(
        "--replies-to", default="", help="address for some answers; none: nobody answers"
    )
    chosen = options.parse_args()
    sandbox = Sandbox(chosen.port, chosen.password, chosen.mode, chosen.replies_to)
    sandbox.listen()


if __name__ == "__main__":
    main()
