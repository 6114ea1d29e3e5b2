"""The night as a row."""

from django.db import models

from evenhand.runtime.fields import KeyField


class Run(models.Model):
    """One row is the night of one banking day: what went in, what came out, and that the two agree."""

    class State(models.TextChoices):
        STARTED = "STARTED"
        TREATED = "TREATED"
        PUBLISHED = "PUBLISHED"

    id = KeyField()
    banking_day = models.DateField(unique=True)
    state = models.CharField(max_length=10, choices=State)
    cut_off_at = models.DateTimeField(null=True)  # none until all desk facts are written
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    content_digest = models.CharField(max_length=64, blank=True)
    strategy_digest = models.CharField(max_length=64, blank=True)
    experiment = models.JSONField(
        default=dict
    )  # settled with the strategy: strategy.arms.Experiment; empty when none runs
    code_version = models.CharField(max_length=40)
    totals = models.JSONField(default=dict)
    difference = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class RunPartition(models.Model):
    """One row is one partition of a night, published once."""

    id = KeyField()
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="partitions")
    number = models.SmallIntegerField()
    digest = models.CharField(max_length=64)
    counts = models.JSONField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="run_partition_once")]
