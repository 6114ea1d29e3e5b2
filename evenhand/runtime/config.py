"""Settings of an installation: `EVENHAND_*` variables, or the same names in lower case in a TOML file.

A variable wins over the file. Each setting refuses nonsense with a sentence that names it.
"""

import base64
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class SettingError(ValueError):
    """A setting that cannot be used; the message says which, what it holds and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One installation. Field names are the setting names without `EVENHAND_`."""

    home: Path
    database_url: str | None
    database_owner_url: str | None
    key_file: Path
    portfolio_file: Path | None
    strategy_file: Path | None
    seal_image: Path | None
    mode: str
    banking_date: date | None
    time_zone: str
    country: str
    partitions: int
    processes: int
    listen: str
    allowed_hosts: tuple[str, ...]
    raw_feed_days: int
    paygate_url: str | None
    paygate_secret: str | None
    public_url: str
    kannel_url: str | None
    kannel_user: str
    kannel_password: str | None
    smpp_url: str | None
    smpp_password: str | None
    smpp_sender: str | None
    smpp_window: int
    smtp_url: str | None
    imap_url: str | None
    mail_from: str | None
    mail_secret: str | None
    dkim_key_file: Path | None
    dkim_selector: str
    sip_url: str | None
    sip_prompts: Path | None
    sip_lines: int
    sip_person: str | None
    push_url: str | None
    push_secret: str | None
    pbx_url: str | None
    pbx_secret: str | None

    @property
    def lake(self) -> Path:
        """Where the columnar files lie."""
        return self.home / "lake"


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ValueError("an address such as postgresql://user:password@host:5432/database")
    return text


def _web(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an address such as https://pay.example.com")
    return text.rstrip("/")


def _server(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"an address such as {schemes[-1]}://user:password@mail.example.com")
        return text

    return read


def _address(text: str) -> str:
    name, at, domain = text.partition("@")
    if not name or not at or "." not in domain.strip(".") or not text.isascii() or " " in text:
        raise ValueError("an address such as card@bank.example")
    return text


def _secret(text: str) -> str:
    try:
        found = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        found = b""
    if len(found) < 24:
        raise ValueError("whsec_ and at least 24 bytes in base64")
    return text


def _user(text: str) -> str:
    if not 1 <= len(text) <= 64 or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("1 to 64 printable characters without blanks")
    return text


def _sender(text: str) -> str:
    if not 1 <= len(text) <= 20 or not text.isascii() or not text.isprintable():
        raise ValueError("1 to 20 printable characters, such as 95500")
    return text


def _password(text: str) -> str:
    if not 16 <= len(text) <= 200 or not text.isascii() or not text.isprintable():
        raise ValueError("16 to 200 printable characters")
    return text


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return text

    return read


def _between(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a date such as 2026-09-30") from None


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("a time zone such as Asia/Shanghai") from None
    return text


def _country(text: str) -> str:
    if len(text) != 2 or not text.isascii() or not text.isalpha() or not text.isupper():
        raise ValueError("a country of ISO 3166 such as CN")
    return text


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("an address and port such as 127.0.0.1:8000")
    return text


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(h.strip() for h in text.split(",") if h.strip())
    if not hosts:
        raise ValueError("host names separated by commas")
    return hosts


READERS: Mapping[str, tuple[Callable[[str], object], str | None]] = {
    "home": (_path, "~/.local/share/evenhand"),
    "database_url": (_url, None),
    "database_owner_url": (_url, None),
    "key_file": (_path, None),
    "portfolio_file": (_path, None),
    "strategy_file": (_path, None),
    "seal_image": (_path, None),
    "mode": (_one_of("demo", "live"), "live"),
    "banking_date": (_day, None),
    "time_zone": (_zone, "Asia/Shanghai"),
    "country": (_country, "CN"),
    "partitions": (_between(1, 512), "16"),
    "processes": (_between(1, 256), None),
    "listen": (_listen, "127.0.0.1:8000"),
    "allowed_hosts": (_hosts, "127.0.0.1,localhost"),
    "raw_feed_days": (_between(1, 3650), "180"),
    "paygate_url": (_web, None),
    "paygate_secret": (_secret, None),
    "public_url": (_web, "http://127.0.0.1:8000"),
    "kannel_url": (_web, None),
    "kannel_user": (_user, "evenhand"),
    "kannel_password": (_password, None),
    "smpp_url": (_server("smpp", "ssmpp"), None),
    "smpp_password": (_user, None),
    "smpp_sender": (_sender, None),
    "smpp_window": (_between(1, 1000), "10"),
    "smtp_url": (_server("smtp", "smtps"), None),
    "imap_url": (_server("imap", "imaps"), None),
    "mail_from": (_address, None),
    "mail_secret": (_password, None),
    "dkim_key_file": (_path, None),
    "dkim_selector": (_user, "evenhand"),
    "sip_url": (_server("sip"), None),
    "sip_prompts": (_path, None),
    "sip_lines": (_between(1, 200), "10"),
    "sip_person": (_user, None),
    "push_url": (_web, None),
    "push_secret": (_password, None),
    "pbx_url": (_web, None),
    "pbx_secret": (_password, None),
}


def read_config(environment: Mapping[str, str]) -> Config:
    """Read the settings from the variables and the file named by `EVENHAND_CONFIG`."""
    stated = _from_file(environment.get("EVENHAND_CONFIG"))
    for key, text in environment.items():
        name = key.removeprefix("EVENHAND_").lower()
        if key.startswith("EVENHAND_") and name != "config":
            stated[name] = (key, text)
    if unknown := sorted(source for name, (source, _) in stated.items() if name not in READERS):
        raise SettingError(
            f"{unknown[0]} is not a setting of Evenhand; see docs/reference/settings.md"
        )
    values = {name: _value(name, stated) for name in READERS}
    if (values["database_url"] is None) != (values["database_owner_url"] is None):
        raise SettingError(
            "EVENHAND_DATABASE_URL and EVENHAND_DATABASE_OWNER_URL are stated together or not at all"
        )
    if values["key_file"] is None:
        values["key_file"] = values["home"] / "keys.json"  # type: ignore[operator]
    if values["processes"] is None:
        values["processes"] = len(os.sched_getaffinity(0))
    return Config(**values)  # type: ignore[arg-type]


def _from_file(path: str | None) -> dict[str, tuple[str, str]]:
    if path is None:
        return {}
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingError(f"EVENHAND_CONFIG names {path}, which does not exist") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{path} is not TOML: {error}") from None
    return {name: (f"{name} in {path}", str(value)) for name, value in content.items()}


def _value(name: str, stated: Mapping[str, tuple[str, str]]) -> object:
    reader, default = READERS[name]
    source, text = stated.get(name, (f"EVENHAND_{name.upper()}", default))
    if text is None:
        return None
    try:
        return reader(text)
    except ValueError as error:
        hidden = name.endswith(("_secret", "_password")) or "@" in text
        said = "something else" if hidden else repr(text)
        raise SettingError(f"{source} is {said}; expected {error}") from None


assert {f.name for f in fields(Config)} == set(READERS)


@cache
def config() -> Config:
    """The settings of this process, read once."""
    return read_config(os.environ)
