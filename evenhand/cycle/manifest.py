"""What a night was made from and what it made: enough to make it again, and to prove that it is the same."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from evenhand.portfolio.terms import (
    AgeingTerms,
    Contract,
    InterestOn,
    Leads,
    MinimumDueIs,
    Portfolio,
)
from evenhand.runtime.lake import write_whole
from evenhand.strategy.arms import ARM_CODES, Experiment


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One partition: the inputs by path in the lake with their sha256, the outputs by content digest."""

    number: int
    code_version: str
    facts: tuple[str, ...]  # among the inputs, the facts files in the order they were received
    history: tuple[str, ...]  # facts of earlier days; inputs only where they were read
    inputs: Mapping[str, str]
    outputs: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)
    confirmed: tuple[int, ...] = ()  # references of money known by day that the files now carry
    terms: str = ""  # sha256 of the portfolio's terms and the experiment, `terms_digest`


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One night. `files` names every file of the bank that a line number of this night may point to."""

    banking_day: date
    previous_day: date | None
    cut_off_at: str
    code_version: str
    strategy: str  # path in the lake
    strategy_digest: str
    portfolio: Portfolio
    files: tuple[Mapping[str, Any], ...]
    parts: tuple[Part, ...]
    experiment: Experiment | None = None  # a night from before there were any says nothing of it

    @property
    def digests(self) -> dict[str, str]:
        """The digest of the strategy that decides, by arm; under "" for who is in none."""
        digests = dict.fromkeys(("", *ARM_CODES), self.strategy_digest)
        if self.experiment is not None and self.experiment.challenger:
            digests["CHALLENGER"] = self.experiment.challenger_digest
        return digests

    def decided_as(self, other: "Manifest") -> bool:
        """Whether the same strategies decide for the same people as in another night."""
        return self._deciders() == other._deciders()

    def _deciders(self) -> tuple[object, ...]:
        experiment = self.experiment
        challenged = experiment is not None and experiment.challenger
        return self.digests, experiment if challenged else None

    def strategy_for(self, arm: str | None) -> str:
        """The path in the lake of the strategy that decides for an arm."""
        if arm == "CHALLENGER" and self.experiment is not None:
            return self.experiment.challenger
        return self.strategy

    @property
    def content_digest(self) -> str:
        """sha256 over the outputs of all partitions in order."""
        lines = [
            f"{part.number} {name} {part.outputs[name]}\n"
            for part in self.parts
            for name in sorted(part.outputs)
        ]
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write the manifest whole, keys sorted."""
    data = asdict(manifest) | {"portfolio": portfolio_data(manifest.portfolio)}
    _write_json(path, data)


def write_part(path: Path, part: Part) -> None:
    """Write one finished partition's report whole."""
    _write_json(path, asdict(part))


def read_part(path: Path) -> Part:
    """Read a finished partition's report back."""
    return _part(json.loads(path.read_text(encoding="utf-8")))


def _part(data: Mapping[str, Any]) -> Part:
    return Part(
        **dict(data) | {name: tuple(data[name]) for name in ("confirmed", "facts", "history")}
    )


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    text = json.dumps(data, default=str, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_whole(path, lambda beside: beside.write_bytes(text.encode()))


def read_manifest(path: Path) -> Manifest:
    """Read a manifest back; a missing one raises FileNotFoundError."""
    data = json.loads(path.read_text(encoding="utf-8"))
    previous, experiment = data["previous_day"], data.get("experiment")
    return Manifest(
        **data
        | {
            "banking_day": date.fromisoformat(data["banking_day"]),
            "previous_day": None if previous is None else date.fromisoformat(previous),
            "portfolio": portfolio_from(data["portfolio"]),
            "files": tuple(data["files"]),
            "parts": tuple(_part(part) for part in data["parts"]),
            "experiment": None if experiment is None else Experiment.from_data(experiment),
        }
    )


def terms_digest(portfolio: Portfolio, experiment: Experiment | None) -> str:
    """sha256 of what a night goes by beside its files and its strategies."""
    data = [portfolio_data(portfolio), None if experiment is None else experiment.as_data()]
    return hashlib.sha256(json.dumps(data, default=str, sort_keys=True).encode()).hexdigest()


def portfolio_data(portfolio: Portfolio) -> dict[str, Any]:
    """The portfolio's terms as JSON holds them: rates as text, without the layouts of files."""
    data = asdict(replace(portfolio, feeds={}))
    contract = {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in data["contract"].items()
    }
    rates = {code: str(rate) for code, rate in portfolio.rates.items()}
    return data | {"rates": rates, "contract": contract}


def portfolio_from(data: Mapping[str, Any]) -> Portfolio:
    """The portfolio's terms back from JSON."""
    ageing = data["ageing"]
    return Portfolio(
        **dict(data)
        | {
            "rates": {code: Decimal(rate) for code, rate in data["rates"].items()},
            "synthesised": tuple(data["synthesised"]),
            "ageing": AgeingTerms(
                **ageing
                | {
                    "minimum_due_is": MinimumDueIs(ageing["minimum_due_is"]),
                    "leads": Leads(ageing["leads"]),
                }
            ),
            "contract": _contract(data.get("contract", {})),
        }
    )


def _contract(data: Mapping[str, Any]) -> Contract:
    """The contract's terms back from JSON; a night from before there were any has those of the house."""
    rates = {
        name: Decimal(data[name]) for name in ("daily_rate", "late_charge_rate") if name in data
    }
    kinds = {"interest_on": InterestOn(data["interest_on"])} if "interest_on" in data else {}
    return Contract(**dict(data) | rates | kinds)
