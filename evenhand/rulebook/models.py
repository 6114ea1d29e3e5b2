"""Strategies and policy packs as rows: every version of them, what is in force from when, what was tried."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from evenhand.runtime.fields import KeyField


class StrategyVersion(models.Model):
    """One row is one version of the strategy; once approved its content never changes again."""

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        CHECKED = "CHECKED"  # the findings of this content hold no error
        TRIED = "TRIED"  # a trial of this content is done
        APPROVED = "APPROVED"  # by a second person, with the digest of this content
        DISCARDED = "DISCARDED"

    id = KeyField()
    number = models.IntegerField(unique=True)
    title = models.CharField(max_length=120)
    note = models.TextField(blank=True)  # why this version, in the analysts' own words
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    content = models.BinaryField()  # the DMN document, deflated
    content_sha256 = models.CharField(max_length=64)  # of the document as written
    digest = models.CharField(
        max_length=64, blank=True
    )  # of what its tables say; none while they cannot be read
    revision = models.IntegerField(default=1)  # the latest StrategyRevision
    based_on = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # none: it came with the installation
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list)
    trial = models.ForeignKey("Trial", null=True, on_delete=models.PROTECT, related_name="+")
    approval = models.ForeignKey(
        "approvals.Approval", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="strategy_version_checked_has_digest",
                condition=Q(state__in=["DRAFT", "DISCARDED"])
                | (~Q(digest="") & Q(checked_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="strategy_version_approved_was_tried_or_installed",
                condition=~Q(state="APPROVED")
                | Q(trial__isnull=False, approval__isnull=False)
                | Q(created_by=None),
            ),
        ]


class StrategyRevision(models.Model):
    """One row is one step in the making of a version: who did what, and the content after it."""

    id = KeyField()
    version = models.ForeignKey(StrategyVersion, on_delete=models.PROTECT, related_name="revisions")
    number = models.IntegerField()
    act = models.CharField(
        max_length=20
    )  # CREATED, SET_CELL, ADD_RULE, …, IMPORTED, UNDONE, REDONE
    detail = models.JSONField(default=dict)
    content = models.BinaryField()  # deflated
    undoes = models.IntegerField(null=True)  # the revision this one takes back
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="strategy_revision_once")
        ]


class Activation(models.Model):
    """One row is one approved version put in force from a banking day, until a later row names another."""

    id = KeyField()
    version = models.ForeignKey(
        StrategyVersion, on_delete=models.PROTECT, related_name="activations"
    )
    from_on = models.DateField()
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    activated_at = models.DateTimeField()
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["from_on"],
                condition=Q(cancelled_at=None),
                name="activation_one_strategy_from_a_day",
            )
        ]


class Trial(models.Model):
    """One row is one trial of a version's content over past nights, before anyone is treated by it."""

    class State(models.TextChoices):
        QUEUED = "QUEUED"
        RUNNING = "RUNNING"
        DONE = "DONE"
        FAILED = "FAILED"

    id = KeyField()
    version = models.ForeignKey(StrategyVersion, on_delete=models.PROTECT, related_name="trials")
    digest = models.CharField(max_length=64)  # of the content tried
    content_sha256 = models.CharField(max_length=64)
    nights = models.JSONField()  # banking days
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    report = models.JSONField(default=dict)
    problem = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(
        null=True
    )  # the latest start; a killed worker's trial starts again
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="trial_finished_iff_done_or_failed",
                condition=Q(state__in=["DONE", "FAILED"], finished_at__isnull=False)
                | Q(state__in=["QUEUED", "RUNNING"], finished_at=None),
            )
        ]


class Capacity(models.Model):
    """One row is how many contacts of a channel the house can make in a day; the newest of a channel holds."""

    id = KeyField()
    channel = models.CharField(max_length=20)
    contacts_per_day = models.IntegerField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="capacity_is_not_negative", condition=Q(contacts_per_day__gte=0)
            )
        ]


class Experiment(models.Model):
    """One row is one experiment: a challenger and a hold-out beside the strategy in force, between two days."""

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        APPROVED = "APPROVED"
        STOPPED = "STOPPED"
        DISCARDED = "DISCARDED"

    id = KeyField()
    number = models.IntegerField(unique=True)
    title = models.CharField(max_length=120)
    question = models.TextField()  # what it is to find out
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    salt = models.CharField(max_length=32)  # with the person's key it gives her arm
    challenger = models.ForeignKey(
        StrategyVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    challenger_share = models.IntegerField(default=0)  # of 10,000
    holdout_share = models.IntegerField(default=0)  # of 10,000
    holdout_days_max = models.SmallIntegerField(
        default=30
    )  # days past due after which nobody is held out
    start_on = models.DateField()
    stop_on = models.DateField()  # exclusive
    stopped_on = models.DateField(null=True)  # exclusive; when it was ended before its day
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    stop_reason = models.CharField(max_length=500, blank=True)
    design = models.JSONField(
        default=dict
    )  # measure, baseline, effect, power, people needed and expected
    cost_to_people = models.TextField()  # what the people in it may lose, in words
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    made_by = models.JSONField(default=list)  # ids of all who had a hand in it
    approval = models.ForeignKey(
        "approvals.Approval", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="experiment_stops_after_it_starts", condition=Q(stop_on__gt=F("start_on"))
            ),
            models.CheckConstraint(
                name="experiment_holdout_ends_by_day_30",
                condition=Q(holdout_days_max__gte=1, holdout_days_max__lte=30),
            ),
            models.CheckConstraint(
                name="experiment_shares_leave_a_champion",
                condition=Q(challenger_share__gte=0, holdout_share__gte=0)
                & Q(challenger_share__lt=10_000 - F("holdout_share")),
            ),
            models.CheckConstraint(
                name="experiment_challenges_or_holds_out",
                condition=Q(challenger__isnull=False, challenger_share__gt=0)
                | Q(challenger=None, challenger_share=0, holdout_share__gt=0),
            ),
            models.CheckConstraint(
                name="experiment_approved_by_a_second_person",
                condition=~Q(state__in=["APPROVED", "STOPPED"]) | Q(approval__isnull=False),
            ),
            models.CheckConstraint(
                name="experiment_stopped_iff_day_and_reason",
                condition=(
                    Q(state="STOPPED", stopped_on__isnull=False, stopped_at__isnull=False)
                    & ~Q(stop_reason="")
                )
                | (~Q(state="STOPPED") & Q(stopped_on=None, stopped_at=None, stop_reason="")),
            ),
            models.CheckConstraint(
                name="experiment_stopped_within_its_days",
                condition=Q(stopped_on=None)
                | Q(stopped_on__gte=F("start_on"), stopped_on__lte=F("stop_on")),
            ),
            # and, written in migrations: experiment_runs_alone, an exclusion of days; triggers that keep what was
            # approved, done and put in force, and that want the approval of exactly this
        ]


class PolicyPack(models.Model):
    """One row is the content of one version of a policy pack, kept for ever under its digest."""

    id = KeyField()
    name = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)  # of what its rules and numbers say
    content = models.BinaryField()  # the pack file, deflated
    content_sha256 = models.CharField(max_length=64)  # of the file as written
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # none: it came with the installation
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "version"], name="policy_pack_version_has_one_content"
            )
        ]


class PackActivation(models.Model):
    """One row is one question whether a pack is in force, or no longer, from a day, and the answer; or a pack that came
    with the installation. Of those of one name that count at an instant, the latest `from_at` holds, and of equal ones
    the one decided last."""

    class Act(models.TextChoices):
        ACTIVATE = "ACTIVATE"
        DEACTIVATE = "DEACTIVATE"

    class State(models.TextChoices):
        ASKED = "ASKED"
        APPROVED = "APPROVED"
        REFUSED = "REFUSED"
        WITHDRAWN = "WITHDRAWN"

    id = KeyField()
    pack = models.ForeignKey(PolicyPack, on_delete=models.PROTECT, related_name="activations")
    act = models.CharField(max_length=10, choices=Act)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    from_on = models.DateField()  # as asked for, a day of the pack's zone
    from_at = models.DateTimeField(null=True)  # as it counts, once approved
    statement = models.CharField(
        max_length=500, blank=True
    )  # why a draft goes into a live database
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # none: it came with the installation
    asked_at = models.DateTimeField()
    approval = models.ForeignKey(
        "approvals.Approval", null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="pack_activation_approved_iff_it_counts",
                condition=Q(state="APPROVED", from_at__isnull=False, decided_at__isnull=False)
                | (~Q(state="APPROVED") & Q(from_at=None)),
            ),
            models.CheckConstraint(
                name="pack_activation_asked_or_installed",
                condition=Q(asked_by=None, approval=None, state="APPROVED", act="ACTIVATE")
                | Q(asked_by__isnull=False, approval__isnull=False),
            ),
            models.CheckConstraint(
                name="pack_activation_is_never_backdated",
                condition=Q(from_at=None) | Q(from_at__gte=F("decided_at")),
            ),
            # and, written in migration 0005: triggers that keep every row, and that want the approval of exactly this
        ]
