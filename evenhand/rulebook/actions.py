"""Everything that may be done to strategies; each is one transaction. The modules are by noun, the door is here."""

from evenhand.rulebook.activations import activate, cancel_activation
from evenhand.rulebook.drafts import (
    describe,
    discard,
    draft,
    import_draft,
    install_first,
    restore,
)
from evenhand.rulebook.editing import edit, redo, save, undo
from evenhand.rulebook.lifecycle import ask_approval, check, decide_approval, withdraw_approval
from evenhand.rulebook.trials import (
    ask_trial,
    fail_trial,
    finish_trial,
    set_capacities,
    set_capacity,
    start_trial,
)
from evenhand.rulebook.versions import Outdated, Saved, StrategyRefused, lock_rulebook

__all__ = [
    "Outdated",
    "Saved",
    "StrategyRefused",
    "activate",
    "ask_approval",
    "ask_trial",
    "cancel_activation",
    "check",
    "decide_approval",
    "describe",
    "discard",
    "draft",
    "edit",
    "fail_trial",
    "finish_trial",
    "import_draft",
    "install_first",
    "lock_rulebook",
    "redo",
    "restore",
    "save",
    "set_capacities",
    "set_capacity",
    "start_trial",
    "undo",
    "withdraw_approval",
]
