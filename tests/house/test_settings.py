"""Every setting is documented, has a stated default, and refuses nonsense with a sentence."""

import ast
import re
from pathlib import Path

import pytest

from evenhand.runtime.config import READERS, SettingError, read_config
from tests.house.tree import ROOT, code, files, tree

PAGE = ROOT / "docs/reference/settings.md"

# One piece of nonsense for each setting that can be nonsense; a path may be anything.
NONSENSE = {
    "database_url": "mysql://somewhere/evenhand",
    "database_owner_url": "postgresql://host",
    "mode": "test",
    "banking_date": "30/09/2026",
    "time_zone": "Mars/Olympus",
    "country": "China",
    "partitions": "0",
    "processes": "many",
    "listen": "8000",
    "allowed_hosts": " , ",
    "raw_feed_days": "-1",
    "paygate_url": "pay.example.com",
    "paygate_secret": "whsec_c2hvcnQ=",
    "public_url": "ftp://example.com",
    "kannel_url": "kannel:13013",
    "kannel_user": "two words",
    "kannel_password": "short",
    "smpp_url": "centre.example.com:2775",
    "smpp_password": "two words",
    "smpp_sender": "a name of more than twenty letters",
    "smpp_window": "0",
    "smtp_url": "mail.example.com",
    "imap_url": "smtp://mail.example.com",
    "mail_from": "card at bank",
    "mail_secret": "short",
    "dkim_selector": "two words",
    "sip_url": "trunk.example.com:5060",
    "sip_lines": "0",
    "sip_person": "two words",
    "push_url": "push.example.com",
    "push_secret": "short",
    "pbx_url": "pbx.example.com:8088",
    "pbx_secret": "short",
}
PATHS = {
    "home",
    "key_file",
    "portfolio_file",
    "strategy_file",
    "dkim_key_file",
    "sip_prompts",
    "seal_image",
}
WITH_DEFAULT = sorted(n for n, (_, default) in READERS.items() if default and n not in PATHS)


def documented() -> dict[str, str]:
    """Settings the page lists, each with the default it states."""
    rows = re.findall(r"^\| `EVENHAND_(\w+)` \| ([^|]+) \| [^|]{20,} \|$", PAGE.read_text(), re.M)
    return {name.lower(): default.strip().strip("`") for name, default in rows}


def test_the_page_lists_every_setting_and_no_other() -> None:
    assert set(documented()) == set(READERS) | {"config"}


@pytest.mark.parametrize("name", sorted(READERS))
def test_the_page_states_the_default(name: str) -> None:
    _, default = READERS[name]
    stated = documented()[name]
    assert stated == default if default is not None else not stated[0].isdigit()


def test_every_setting_that_can_be_nonsense_is_tried_with_some() -> None:
    assert set(NONSENSE) | PATHS == set(READERS)


def test_a_secret_is_not_repeated_by_what_refuses_it() -> None:
    with pytest.raises(SettingError) as refused:
        read_config({"EVENHAND_PAYGATE_SECRET": "whsec_c2hvcnQ="})
    assert "c2hvcnQ" not in str(refused.value)


@pytest.mark.parametrize(("name", "text"), sorted(NONSENSE.items()))
def test_nonsense_is_refused_with_a_sentence(name: str, text: str) -> None:
    variable = f"EVENHAND_{name.upper()}"
    with pytest.raises(SettingError, match=rf"^{variable} is .+; expected \w+"):
        read_config({variable: text})


@pytest.mark.parametrize(("name", "text"), sorted(NONSENSE.items()))
def test_nonsense_in_the_file_is_refused_with_a_sentence(
    tmp_path: Path, name: str, text: str
) -> None:
    file = tmp_path / "evenhand.toml"
    file.write_text(f'{name} = "{text}"\n')
    with pytest.raises(SettingError, match=rf"^{name} in .+ is .+; expected \w+"):
        read_config({"EVENHAND_CONFIG": str(file)})


@pytest.mark.parametrize("name", WITH_DEFAULT)
def test_an_empty_setting_that_has_a_default_is_nonsense(name: str) -> None:
    with pytest.raises(SettingError, match=f"EVENHAND_{name.upper()}"):
        read_config({f"EVENHAND_{name.upper()}": ""})


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(SettingError, match="EVENHAND_PARTITION is not a setting"):
        read_config({"EVENHAND_PARTITION": "4"})


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "evenhand.toml"
    file.write_text("partitions = 8\nprocesses = 2\n")
    config = read_config({"EVENHAND_CONFIG": str(file), "EVENHAND_PARTITIONS": "4"})
    assert (config.partitions, config.processes) == (4, 2)


def test_no_page_or_command_names_a_setting_that_does_not_exist() -> None:
    known = {f"EVENHAND_{name.upper()}" for name in READERS} | {"EVENHAND_CONFIG"}
    pages = [f for f in files() if f.suffix in {".md", ".html"} or f.name in {"dev", "run"}]
    named = {n for f in pages for n in re.findall(r"\bEVENHAND_[A-Z_]+\b", f.read_text("utf-8"))}
    assert named <= known


def test_every_setting_is_read_by_some_code() -> None:
    """A setting that changes nothing would be a promise nobody keeps."""
    outside = (f for f in code() if f.name != "config.py")
    read = {n.attr for f in outside for n in ast.walk(tree(f)) if isinstance(n, ast.Attribute)}
    assert set(READERS) - read == set()
