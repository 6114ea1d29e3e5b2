"""evenhand keys new | rotate | check"""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from evenhand.cli.edge import clock, refuse, settings

app = typer.Typer(no_args_is_help=True, help="The keys that seal people's data. 密钥。")


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    from evenhand.runtime.keys import KeyFileError

    try:
        yield
    except KeyFileError as error:
        refuse(str(error))


@app.command()
def new() -> None:
    """Make the key file. Keep a copy of it apart from every backup. 新建密钥文件。"""
    from evenhand.runtime.keys import new_keys

    path = settings().key_file
    with _in_a_sentence():
        path.parent.mkdir(parents=True, exist_ok=True)
        new_keys(path, made_at=clock())
    typer.echo(f"{path} made; keep a copy apart from every backup")


@app.command()
def rotate() -> None:
    """Add a data key, which seals from now on; what older keys sealed still opens. 轮换密钥。"""
    from evenhand.runtime.keys import rotate_keys

    with _in_a_sentence():
        newest = rotate_keys(settings().key_file, made_at=clock()).newest
    typer.echo(f"{newest.name} seals from now on")


@app.command()
def check() -> None:
    """Seal and open a sample, and say which keys there are and which seals. 检查密钥文件。"""
    from evenhand.runtime.keys import read_keys

    with _in_a_sentence():
        held = read_keys(settings().key_file)
        sealed = held.seal(b"sample", about=b"check")
        assert held.unseal(sealed, about=b"check") == b"sample"
    for key in held.data_keys:
        does = "seals and opens" if key.name == held.key_name(sealed) else "opens"
        typer.echo(f"{key.name} of {key.made_at:%Y-%m-%d} {does}")
