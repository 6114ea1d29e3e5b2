"""A gateway that is none: a pay page and signed notifications on this machine, well-behaved or not, as asked.

    python -m evenhand.adapters.paygate.sandbox --port 8090 --secret whsec_… [--mode plain|twice|late|forged|lost]

`plain` notifies once; `twice` the same notification two times at once; `late` first with a timestamp of an hour ago;
`forged` first with a signature of another secret; `lost` gives up the connection of the first try before it reads the
answer. After each of these the true notification comes, and one that is not answered 200 comes again, as gateways do.
No money moves. It prints the port it listens on and keeps nothing.
"""

import json
import secrets
import socket
import threading
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from evenhand.adapters.sandboxes import Answering, Loopback, options_of

MODES = ("plain", "twice", "late", "forged", "lost")
TRIES, PATIENCE_SECONDS = 5, 0.3
BODY_MAX_BYTES = 16_384
WORDS = {
    "zh": {
        "title": "支付沙箱", "note": "仅供演示，不发生真实扣款。", "pay": "确认付款", "fail": "付款失败",
        "paid": "已付款，可以关闭本页。", "failed": "付款未成功，可以关闭本页。", "gone": "没有这笔付款。",
    },
    "en": {
        "title": "Payment sandbox", "note": "For trying out: no money moves.", "pay": "Pay", "fail": "Let it fail",
        "paid": "Paid. You may close this page.", "failed": "Not paid. You may close this page.",
        "gone": "There is no such payment.",
    },
}  # fmt: skip
PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body{{font:18px/1.5 system-ui,sans-serif;max-width:24rem;margin:12vh auto;padding:0 1.25rem;color:#0f172a}}
.sum{{font-size:2.5rem;font-weight:600;margin:.5rem 0 1.5rem}}
button{{width:100%;font:inherit;padding:.8rem;border-radius:.6rem;border:1px solid #0369a1;margin-bottom:.6rem;
background:#0369a1;color:#fff}}button.no{{background:#fff;color:#0369a1}}
p{{color:#475569}}</style><h1>{title}</h1>{body}<p>{note}</p></html>"""


class Sandbox(Loopback):
    """The gateway: payments by intent, in memory."""

    def __init__(self, port: int, secret: str, mode: str) -> None:
        super().__init__(port, Handler)
        self.secret, self.mode = secret, mode
        self.payments: dict[str, dict[str, Any]] = {}
        self.lock = threading.Lock()

    def settle(self, intent: str, state: str) -> None:
        """Let a payment be paid or fail, once, and notify of it."""
        with self.lock:
            payment = self.payments[intent]
            if payment["state"]:
                return
            payment["state"] = state
            payment["reference"] = f"SBX{secrets.token_hex(8).upper()}"
        self.aside(self.notify, payment)

    def notify(self, payment: dict[str, Any]) -> None:
        """Notify as the mode says, and then truly until it is answered 200."""
        at = datetime.now(UTC)
        name = f"ntc_{secrets.token_hex(12)}"
        body = json.dumps({
            "intent": payment["intent"], "state": payment["state"], "amount": payment["amount"],
            "currency": payment["currency"], "reference": payment["reference"], "at": at.isoformat(),
        })  # fmt: skip
        said = _Said(payment["notify"], name, body)
        if self.mode == "late":
            said.post(self.secret, at - timedelta(hours=1))
        elif self.mode == "forged":
            said.post("whsec_" + "AAAA" * 8, at)
        elif self.mode == "lost":
            said.post_and_hang_up(self.secret, at)
        elif self.mode == "twice":
            self.aside(said.post, self.secret, at)
        for _ in range(TRIES):
            if said.post(self.secret, datetime.now(UTC)) == 200:
                return
            if self.pause(PATIENCE_SECONDS):
                return


class _Said:
    """One notification on its way."""

    def __init__(self, url: str, name: str, body: str) -> None:
        self.url, self.name, self.body = url, name, body

    def headers(self, secret: str, at: datetime) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "webhook-id": self.name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(self.name, at, self.body),
        }

    def post(self, secret: str, at: datetime) -> int:
        request = Request(self.url, data=self.body.encode(), headers=self.headers(secret, at))  # noqa: S310
        try:
            with urlopen(request, timeout=10) as answer:  # noqa: S310
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except (URLError, OSError):
            return 0

    def post_and_hang_up(self, secret: str, at: datetime) -> None:
        where = urlsplit(self.url)
        lines = [f"POST {where.path} HTTP/1.1", f"Host: {where.netloc}", "Connection: close",
                 f"Content-Length: {len(self.body.encode())}"]  # fmt: skip
        lines += [f"{name}: {value}" for name, value in self.headers(secret, at).items()]
        with socket.create_connection((where.hostname or "", where.port or 80), timeout=10) as line:
            line.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + self.body.encode())


class Handler(Answering):
    """Begins payments for whoever signs, and shows the page on which a person pays."""

    server: Sandbox

    def do_POST(self) -> None:
        """POST /payments begins one; POST /pay/INTENT settles it."""
        length = min(int(self.headers.get("Content-Length") or 0), BODY_MAX_BYTES)
        body = self.rfile.read(length)
        if self.path == "/payments":
            self._begin(body)
        elif self.path.startswith("/pay/"):
            intent, outcome = self._intent(), parse_qs(body.decode()).get("outcome", ["failed"])[0]
            if intent in self.server.payments:
                self.server.settle(intent, "paid" if outcome == "paid" else "failed")
            self._show(intent)
        else:
            self.answer(404)

    def do_GET(self) -> None:
        """GET /pay/INTENT is the pay page."""
        self._show(self._intent()) if self.path.startswith("/pay/") else self.answer(404)

    def _begin(self, body: bytes) -> None:
        headers = {name: self.headers.get(name, "") for name in
                   ("webhook-id", "webhook-timestamp", "webhook-signature")}  # fmt: skip
        try:
            said = Webhook(self.server.secret).verify(body, headers)
        except (WebhookVerificationError, ValueError):
            self.answer(401)
            return
        intent = said["intent"]
        self.server.payments.setdefault(intent, {**said, "state": "", "reference": ""})
        page = f"{self.server.url}/pay/{intent}"
        self.answer(200, json.dumps({"page": page}))

    def _show(self, intent: str) -> None:
        payment = self.server.payments.get(intent)
        wanted = payment["language"] if payment else self.headers.get("Accept-Language", "")
        lang = "zh" if wanted.lower().startswith("zh") else "en"
        words = WORDS[lang]
        if payment is None:
            body = f"<p>{words['gone']}</p>"
        elif payment["state"]:
            body = f"<p role='status'>{words[payment['state']]}</p>"
        else:
            body = (
                f"<p class='sum'>{escape(payment['amount'])} {escape(payment['currency'])}</p><form method='post'>"
                f"<button name='outcome' value='paid'>{words['pay']}</button>"
                f"<button class='no' name='outcome' value='failed'>{words['fail']}</button></form>"
            )
        text = PAGE.format(lang=lang, title=words["title"], body=body, note=words["note"])
        self.answer(404 if payment is None else 200, text, "text/html")

    def _intent(self) -> str:
        return self.path.removeprefix("/pay/").partition("?")[0]


def main() -> None:
    """Listen until it is ended."""
    options = options_of(__doc__, MODES)
    chosen = options.parse_args()
    sandbox = Sandbox(chosen.port, chosen.secret, chosen.mode)
    sandbox.listen()


if __name__ == "__main__":
    main()
