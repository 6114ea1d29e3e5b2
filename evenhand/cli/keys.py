"""evenhand keys new | rotate | check"""

from datetime import UTC, datetime

import typer

from evenhand.runtime import keys
from evenhand.runtime.config import config

app = typer.Typer(no_args_is_help=True, help="The keys that seal people's data. 密钥。")


@app.command()
def new() -> None:
    """Make the key file. Keep a copy of it apart from every backup."""
    keys.new_keys(config().key_file, made_at=datetime.now(UTC))  # noqa: TID251
    typer.echo(f"{config().key_file} made; keep a copy apart from every backup")


@app.command()
def rotate() -> None:
    """Add a data key, which seals from now on; what older keys sealed still opens."""
    held = keys.rotate_keys(config().key_file, made_at=datetime.now(UTC))  # noqa: TID251
    typer.echo(f"{held.newest.name} seals from now on")


@app.command()
def check() -> None:
    """Seal and open a sample under the key file, and say which keys there are."""
    held = keys.read_keys(config().key_file)
    sample = held.seal(b"sample", about=b"check")
    assert held.unseal(sample, about=b"check") == b"sample"
    for key in held.data_keys:
        typer.echo(f"{key.name}: {'seals and opens' if key == held.newest else 'opens'}")
