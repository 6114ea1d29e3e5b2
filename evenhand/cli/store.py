"""evenhand migrate, maintain, backup, restore, db …"""

from datetime import UTC, datetime

import typer

from evenhand.runtime import database
from evenhand.runtime.config import config

app = typer.Typer(no_args_is_help=True)


@app.command()
def migrate() -> None:
    """Bring the database up to date, as its owner. 更新数据库结构。"""
    database.set_up_django(config())
    database.migrate(config(), now=datetime.now(UTC))  # noqa: TID251
