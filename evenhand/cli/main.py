"""The `evenhand` command. Each group is a module of its own and loads Django only if it must."""

import typer

from evenhand.cli import (
    audit,
    balance,
    calls,
    client,
    cycle,
    demo,
    dispatch,
    feed,
    instructions,
    journal,
    judge,
    keys,
    letters,
    pack,
    pack_acts,
    pack_check,
    payments,
    sample,
    serve,
    staff,
    store,
    strategy,
    strategy_acts,
    why,
)
from evenhand.journal.place import acting_from

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(audit.app, name="audit")
app.add_typer(calls.app, name="calls")
app.add_typer(client.app, name="client")
app.add_typer(cycle.app, name="cycle")
app.add_typer(dispatch.app, name="dispatch")
app.add_typer(feed.app, name="feed")
app.add_typer(instructions.app, name="instructions")
app.add_typer(journal.app, name="journal")
app.add_typer(keys.app, name="keys")
app.add_typer(letters.app, name="letters")
for beside in (pack_check, pack_acts):
    pack.app.registered_commands += beside.app.registered_commands
app.add_typer(pack.app, name="pack")
app.add_typer(payments.app, name="payments")
app.add_typer(sample.app, name="sample")
app.add_typer(staff.app, name="staff")
strategy.app.registered_commands += strategy_acts.app.registered_commands
app.add_typer(strategy.app, name="strategy")
for module in (balance, demo, judge, serve, store, why):
    app.registered_commands += module.app.registered_commands
    app.registered_groups += module.app.registered_groups


def main() -> None:
    """Entry point of the console script."""
    with acting_from("command line"):
        app()
