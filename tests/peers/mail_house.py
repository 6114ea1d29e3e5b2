"""A mail house of Debian's: Postfix takes mail, Dovecot keeps it; from folders of their own, on loopback alone."""

import datetime
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

PROGRAMS = ("postfix", "dovecot", "opendkim")
PATIENCE_SECONDS = 30
PASSWORD = "the word of the house"
BANK, ANNA = "card@bank.test", "anna@mx.test"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

SERVICES = """\
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
virtual   unix - n n - - virtual
lmtp      unix - - n - - lmtp
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""  # as Debian ships them, outside any chroot


@dataclass(frozen=True, slots=True)
class House:
    """Where it listens, and its folder."""

    folder: Path
    smtp_port: int
    imaps_port: int

    @property
    def smtp_url(self) -> str:
        """For our own submission, with the log-in of the bank."""
        return f"smtp://{_quoted(BANK)}:{_quoted(PASSWORD)}@127.0.0.1:{self.smtp_port}"

    @property
    def imap_url(self) -> str:
        """For the mailbox of the bank, where notices and answers come."""
        return f"imaps://{_quoted(BANK)}:{_quoted(PASSWORD)}@127.0.0.1:{self.imaps_port}"

    def mails(self, user: str, *, at_least: int) -> list[bytes]:
        """What lies in a mailbox once so many do; an AssertionError with the log when they do not come."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with IMAPClient("127.0.0.1", self.imaps_port, ssl_context=context) as box:
                box.login(user, PASSWORD)
                box.select_folder("INBOX", readonly=True)
                numbers = box.search()
                if len(numbers) >= at_least:
                    return [box.fetch([n], ["BODY.PEEK[]"])[n][b"BODY[]"] for n in numbers]
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)

    def log(self) -> str:
        """What both programs said, its end."""
        return "\n".join(path.read_text()[-3_000:] for path in self.folder.glob("*.log"))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _quoted(text: str) -> str:
    return text.replace("@", "%40").replace(" ", "%20")


@contextmanager
def mail_house() -> Iterator[House]:
    """Both programs, started and ended with their children."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-mail-", dir="/tmp"))  # short, for sockets
    folder.chmod(0o711)
    smtp, imaps, lmtp, auth = (_free_port() for _ in range(4))
    _certificate(folder)
    _write_dovecot(folder, imaps, lmtp, auth)
    _write_postfix(folder, smtp, lmtp, auth)
    house = House(folder, smtp, imaps)
    dovecot = subprocess.Popen(
        ["dovecot", "-F", "-c", f"{folder}/dovecot.conf"], env={"PATH": PATH}
    )
    try:
        _postfix(folder, "start")
        _wait_for(house, dovecot)
        yield house
    finally:
        with suppress(subprocess.CalledProcessError):
            _postfix(folder, "stop")
        dovecot.terminate()
        dovecot.wait(PATIENCE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(house: House, dovecot: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert dovecot.poll() is None, house.log()
        with suppress(OSError):
            house.mails(BANK, at_least=0)
            return
        assert time.monotonic() < deadline, house.log()
        time.sleep(0.1)


def _postfix(folder: Path, command: str) -> None:
    said = subprocess.run(
        ["postfix", "-c", f"{folder}/postfix", command], env={"PATH": PATH}, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr


def _certificate(folder: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.bank.test")])
    since = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    )
    made = made.serial_number(x509.random_serial_number()).not_valid_before(since)
    made = made.not_valid_after(since + datetime.timedelta(days=36_500))
    (folder / "cert.pem").write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    (folder / "key.pem").write_bytes(pem)
    (folder / "key.pem").chmod(0o600)


def _write_dovecot(folder: Path, imaps: int, lmtp: int, auth: int) -> None:
    (folder / "mail").mkdir()
    shutil.chown(folder / "mail", "nobody", "nogroup")
    users = folder / "users"
    users.write_text(
        "".join(
            f"{user}:{{PLAIN}}{PASSWORD}:65534:65534::{folder}/mail/{user}::\n"
            for user in (BANK, ANNA)
        )
    )
    users.chmod(0o644)
    (folder / "dovecot.conf").write_text(f"""
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
recipient_delimiter = +
auth_mechanisms = plain login
passdb {{
  driver = passwd-file
  args = {users}
}}
userdb {{
  driver = passwd-file
  args = {users}
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth}
  }}
}}
""")


def _write_postfix(folder: Path, smtp: int, lmtp: int, auth: int) -> None:
    """Every user is taken at the door, so that one who does not exist gets a real notice later, from Dovecot's word."""
    place = folder / "postfix"
    place.mkdir()
    (folder / "queue").mkdir()
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "postfix")
    (place / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = /tmp
myhostname = mail.bank.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = bank.test, mx.test
virtual_alias_maps = regexp:{place}/ways
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
""")
    (place / "ways").write_text(r"/^bounces(\+.*)@bank\.test$/ card$1@bank.test" + "\n")
    (place / "master.cf").write_text(f"127.0.0.1:{smtp} inet n - n - - smtpd\n{SERVICES}")
