"""Make a past night again from its manifest alone, and see that it is the same."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evenhand.cycle.manifest import Manifest, Part
from evenhand.cycle.partition import Task, mapped, run_partition


@dataclass(frozen=True, slots=True)
class Replayed:
    """Both digests of one night, and the outputs that differ as (partition, output)."""

    then: str
    now: str
    differing: tuple[tuple[int, str], ...]


def task_of(manifest: Manifest, part: Part, lake: Path, out: Path) -> Task:
    """The task a manifest describes for one of its partitions, writing below `out`."""
    return Task(
        lake=lake,
        desk=lake,
        out=out,
        day=manifest.banking_day,
        previous_day=manifest.previous_day,
        number=part.number,
        facts=part.facts,
        history=part.history,
        strategy=manifest.strategy,
        portfolio=manifest.portfolio,
        experiment=manifest.experiment,
    )


def replay(
    manifest: Manifest, lake: Path, processes: int, progress: Callable[[str, int, int], None]
) -> Replayed:
    """Run every partition again in a folder that is thrown away; an input that changed raises InputChanged."""
    with tempfile.TemporaryDirectory(prefix="replay-", dir=lake) as out:
        tasks = [task_of(manifest, part, lake, Path(out)) for part in manifest.parts]
        parts: list[Part] = []
        for part in mapped(
            run_partition, tasks, [part.inputs for part in manifest.parts], processes=processes
        ):
            parts.append(part)
            progress("replay", len(parts), len(tasks))
    differing = tuple(
        (then.number, name)
        for then, now in zip(manifest.parts, parts, strict=True)
        for name in then.outputs
        if then.outputs[name] != now.outputs[name]
    )
    again = Manifest(
        **{name: getattr(manifest, name) for name in Manifest.__slots__} | {"parts": tuple(parts)}
    )
    return Replayed(manifest.content_digest, again.content_digest, differing)
