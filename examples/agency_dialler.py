"""How an agency's dialler asks the gate: a permit before every call, and afterwards what the line said.

It knows Evenhand by its HTTP interface only and needs nothing but Python and `cryptography`. Calls are simulated. What
it has done is written down before it does more, so that it may be killed at any moment and started again with its log:

    asking     nobody was called; ask again under the same key, and the first answer comes back
    sending    nobody was called, but the permit may have been used: give it back, with signed proof
    dialling   somebody was called and the record of the line is lost: tell so without a record
    hung-up    the record is in the log: tell it, once more if need be

    AGENCY_TOKEN=evh_… python agency_dialler.py --url http://127.0.0.1:8000 --key private.pem --log calls.log N-1 N-2
"""

import argparse
import base64
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PATIENCE_SECONDS = 30


class Gate:
    """The interface of the bank, as documented."""

    def __init__(self, url: str, token: str, key: Ed25519PrivateKey) -> None:
        self.url, self.token, self.key = url.rstrip("/"), token, key

    def call(self, method: str, path: str, body: object = None, key: str = "") -> tuple[int, dict]:
        """One request; the status and what was answered, be it a refusal."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.url}/api/v1/{path}"
        request = urllib.request.Request(address, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def sign(self, record: dict) -> str:
        """Ed25519 over canonical JSON: keys in order, no blanks, UTF-8; texts, whole numbers, true, false, null."""
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return base64.b64encode(self.key.sign(text.encode())).decode()


class Log:
    """What was done, one line a step, on the disk before the next step is made."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def write(self, step: str, key: str, **more: object) -> None:
        """Write a step down, and say it."""
        line = json.dumps({"step": step, "key": key, **more})
        with self.file.open("a") as out:
            out.write(line + "\n")
            out.flush()
            os.fsync(out.fileno())
        print(line, flush=True)

    def unfinished(self) -> dict[str, dict]:
        """The last step of each call that was not brought to an end."""
        last: dict[str, dict] = {}
        if self.file.exists():
            for line in self.file.read_text().splitlines():
                found = json.loads(line)
                last[found["key"]] = last.get(found["key"], {}) | found
        return {key: said for key, said in last.items() if said["step"] != "done"}


def contact(gate: Gate, log: Log, reference: str, key: str, talk_seconds: int) -> None:
    """Ask, send, dial, tell."""
    status, case = gate.call("GET", f"cases/{reference}")
    if status != 200:
        log.write("done", key, refused=case["code"])
        return
    point = next(p for p in case["points"] if p["kind"] == "MOBILE")["point"]
    log.write("asking", key, reference=reference)
    asked = {"reference": reference, "act": "CALL", "point": point, "place": "MOBILE"}
    status, permit = gate.call("POST", "permits", asked, key=key)
    if status not in {200, 201} or permit["state"] != "RESERVED":
        reasons = [reason["sentence"] for reason in permit.get("reasons") or []]
        log.write("done", key, refused=permit.get("code") or permit["decision"], reasons=reasons)
        return
    log.write("sending", key, permit=permit["id"])
    status, sent = gate.call("POST", f"permits/{permit['id']}/sent")
    if status != 200:
        log.write("done", key, refused=sent["code"])
        return
    log.write("dialling", key)
    started = now()
    time.sleep(talk_seconds)  # here a real one would talk
    record = {
        "permit": permit["id"],
        "outcome": "ANSWERED" if talk_seconds else "UNANSWERED",
        "talk_seconds": talk_seconds,
        "started_at": started,
        "recording": f"rec-{key}",
    }
    if talk_seconds:
        record |= {"answered_at": started, "ended_at": now()}
    log.write("hung-up", key, record=record)
    tell(gate, log, key, record)


def tell(gate: Gate, log: Log, key: str, record: dict) -> None:
    """Tell what the line said, signed."""
    body = {"record": record, "signature": gate.sign(record)}
    if record["outcome"] == "ANSWERED":
        body["verified"] = True  # the caller made sure that it is her
    status, told = gate.call("POST", f"permits/{record['permit']}/result", body)
    log.write("done", key, status=status, outcome=told.get("outcome"))


def resume(gate: Gate, log: Log, key: str, said: dict, talk_seconds: int) -> None:
    """Bring a call to its end that was under way when the dialler died."""
    if said["step"] == "asking":
        contact(gate, log, said["reference"], key, talk_seconds)
    elif said["step"] == "sending":
        proof = {"permit": said["permit"], "proof": "NEVER_DIALLED"}
        evidence = proof | {"at": now(), "said": "ended before it dialled"}
        body = {"proof": "NEVER_DIALLED", "evidence": evidence, "signature": gate.sign(evidence)}
        status, given = gate.call("POST", f"permits/{said['permit']}/release", body)
        log.write("done", key, status=status, state=given.get("state") or given["code"])
    elif said["step"] == "dialling":
        body = {"record": {"permit": said["permit"], "outcome": "ANSWERED"}}
        status, told = gate.call("POST", f"permits/{said['permit']}/result", body)
        log.write("done", key, status=status, outcome=told.get("outcome"))
    else:
        tell(gate, log, key, said["record"])


def now() -> str:
    """This moment as a text."""
    return datetime.now(UTC).isoformat()


def main() -> int:
    """Bring what is unfinished to its end, then call each case once."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("references", nargs="*")
    given.add_argument("--url", required=True)
    given.add_argument("--key", type=Path, required=True)
    given.add_argument("--log", type=Path, required=True)
    given.add_argument("--talk-seconds", type=int, default=0)
    chosen = given.parse_args()
    key = load_pem_private_key(chosen.key.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    gate, log = Gate(chosen.url, os.environ["AGENCY_TOKEN"], key), Log(chosen.log)
    for call, said in log.unfinished().items():
        resume(gate, log, call, said, chosen.talk_seconds)
    for reference in chosen.references:
        contact(gate, log, reference, uuid.uuid4().hex, chosen.talk_seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
