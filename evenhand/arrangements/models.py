"""What is agreed with a person about what she owes: promises, plans, waivers, rests; and what she can afford."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from evenhand.runtime.fields import KeyField


class Promise(models.Model):
    """One row is an amount a person said she will pay by a day. What became of it is worked out, not typed.

    Of a promise in parts each is a row: the next is made when the one before it is kept, and counts what came for all
    of
    them since the first was made.
    """

    class State(models.TextChoices):
        OPEN = "OPEN"
        KEPT = "KEPT"
        BROKEN = "BROKEN"
        WITHDRAWN = "WITHDRAWN"

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="promises"
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    made_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    settled_on = models.DateField(null=True)
    then = models.JSONField(
        default=list
    )  # the parts after it: amount in minor units and day of each
    continues = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="continued_by"
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="promise_is_of_money", condition=Q(amount_minor__gt=0)),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state="OPEN"), name="promise_open_once_per_person"
            ),
        ]


class Assessment(models.Model):
    """One row is one answer to what a person can afford: what she said, and what was left over. It is never changed."""

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="assessments"
    )
    depth = models.CharField(max_length=20)  # of arrangements.affordability.Depth
    said = models.JSONField()  # region, adults, dependants, income, essentials, debts
    documents = models.JSONField(default=list)
    currency = models.CharField(max_length=3)
    essentials_minor = models.BigIntegerField()  # as reckoned with, never below the floor
    floor_minor = models.BigIntegerField()
    surplus_minor = models.BigIntegerField()
    instalment_max_minor = models.BigIntegerField()
    round_figures = models.BooleanField()  # all of it whole thousands
    same_as = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="repeated_by"
    )  # of another person by the same hand, word for word
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    taken_on = models.DateField()
    valid_until_on = models.DateField()  # exclusive
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="assessment_lives_on_no_less_than_the_floor",
                condition=Q(essentials_minor__gte=F("floor_minor")),
            ),
            models.CheckConstraint(
                name="assessment_takes_no_more_than_is_left_over",
                condition=Q(instalment_max_minor=0)
                | Q(instalment_max_minor__lte=F("surplus_minor")),
            ),
        ]
        indexes = [models.Index(fields=["customer", "taken_at"], name="assessment_by_person")]


class Plan(models.Model):
    """One row is one arrangement with a person about what she owes: its terms, where it stands and how it ended."""

    class Kind(models.TextChoices):
        EXTENSION = "EXTENSION"
        INSTALMENTS = "INSTALMENTS"
        ARTICLE_70 = "ARTICLE_70"
        SETTLEMENT = "SETTLEMENT"

    class State(models.TextChoices):
        ASKED = "ASKED"  # a second person is to approve it
        OFFERED = "OFFERED"  # hers to agree to
        ACTIVE = "ACTIVE"
        NOTICE = "NOTICE"  # not kept; she was told and has until a day to mend it
        COMPLETED = "COMPLETED"
        TERMINATED = "TERMINATED"
        REFUSED = "REFUSED"
        WITHDRAWN = "WITHDRAWN"
        LAPSED = "LAPSED"  # not agreed to in time

    id = KeyField()
    customer = models.ForeignKey("portfolio.Person", on_delete=models.PROTECT, related_name="plans")
    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=20, choices=State)
    currency = models.CharField(max_length=3)
    debt_minor = models.BigIntegerField()  # that it spreads or settles, after what is waived
    owed_minor = models.JSONField()  # by part, when it was made
    waives_minor = models.JSONField(default=dict)  # by account and part, from the day it is agreed
    method = models.CharField(max_length=20)
    monthly_rate = models.DecimalField(max_digits=12, decimal_places=8, default=0)
    grace_days = models.SmallIntegerField()
    cure_days = models.SmallIntegerField()
    assessment = models.ForeignKey(
        Assessment, null=True, on_delete=models.PROTECT, related_name="plans"
    )
    states = models.JSONField(default=list)  # what its text states, of arrangements.policy.FIELDS
    digest = models.CharField(max_length=64)  # of its terms: what is approved, shown and agreed
    approval_role = models.CharField(max_length=20, blank=True)  # that has to agree too
    note = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asker = models.CharField(max_length=20)  # of arrangements.offers.ASKERS
    made_on = models.DateField()
    made_at = models.DateTimeField()
    offered_until_on = models.DateField()  # the last day to agree
    agreed_on = models.DateField(null=True)
    agreed_how = models.CharField(max_length=20, blank=True)  # SIGNED, ONLINE or ORAL
    evidence = models.CharField(max_length=200, blank=True)  # the recording, or the signed paper
    notice_on = models.DateField(null=True)  # of the last time it was not kept
    cure_until_on = models.DateField(null=True)  # exclusive
    ended_on = models.DateField(null=True)
    end_reason = models.CharField(max_length=200, blank=True)
    restarts_on = models.JSONField(default=list)  # due days missed past their grace
    watched_until_on = models.DateField(null=True)  # as restructured, at least; exclusive

    class Meta:
        constraints = [
            models.CheckConstraint(name="plan_is_of_money", condition=Q(debt_minor__gt=0)),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state__in=["ASKED", "OFFERED", "ACTIVE", "NOTICE"]),
                name="plan_once_at_a_time_per_person",
            ),
            models.CheckConstraint(
                name="plan_agreed_iff_it_says_how",
                condition=Q(agreed_on=None, agreed_how="")
                | (Q(agreed_on__isnull=False) & ~Q(agreed_how="")),
            ),
            models.CheckConstraint(
                name="plan_in_force_is_agreed",
                condition=~Q(state__in=["ACTIVE", "NOTICE", "COMPLETED", "TERMINATED"])
                | Q(agreed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_under_notice_can_be_mended",
                condition=~Q(state="NOTICE")
                | Q(notice_on__isnull=False, cure_until_on__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_ended_iff_it_stands_no_more",
                condition=Q(state__in=["ASKED", "OFFERED", "ACTIVE", "NOTICE"], ended_on=None)
                | (
                    ~Q(state__in=["ASKED", "OFFERED", "ACTIVE", "NOTICE"])
                    & Q(ended_on__isnull=False)
                ),
            ),
        ]


class PlanAccount(models.Model):
    """One row is one account that a plan is about, with what was owed on it when the plan was made."""

    id = KeyField()
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="accounts")
    account_key = models.BigIntegerField()
    owed_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "account_key"], name="plan_account_once"),
        ]
        indexes = [models.Index(fields=["account_key"], name="plan_account_by_account")]


class PlanInstalment(models.Model):
    """One row is one sum of a plan by a day. Whether it was paid is worked out from the money, not typed."""

    id = KeyField()
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="instalments")
    number = models.SmallIntegerField()
    due_on = models.DateField()
    principal_minor = models.BigIntegerField()
    interest_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], name="plan_instalment_numbered_once"
            ),
            models.CheckConstraint(
                name="plan_instalment_is_not_below_zero",
                condition=Q(principal_minor__gte=0, interest_minor__gte=0, fee_minor__gte=0),
            ),
        ]


class CostTableShown(models.Model):
    """One row is one showing of a plan's table of costs to the person, and her confirmation of it."""

    id = KeyField()
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="cost_tables")
    digest = models.CharField(max_length=64)  # of the table as shown
    table = models.JSONField()
    online = models.BooleanField()
    shown_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    shown_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cost_table_confirmed_after_it_was_shown",
                condition=Q(confirmed_at=None) | Q(confirmed_at__gte=F("shown_at")),
            ),
        ]


class Waiver(models.Model):
    """One row is one part of a debt that is given up: asked for, approved where it has to be, booked here and at the
    core."""

    class State(models.TextChoices):
        ASKED = "ASKED"
        BOOKED = "BOOKED"  # in our books; hers from this moment
        REFUSED = "REFUSED"
        WITHDRAWN = "WITHDRAWN"

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="waivers"
    )
    account_key = models.BigIntegerField()
    part = models.CharField(max_length=20)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=20)  # of arrangements.waiving.REASONS
    note = models.CharField(max_length=500, blank=True)
    plan = models.ForeignKey(Plan, null=True, on_delete=models.PROTECT, related_name="waivers")
    state = models.CharField(max_length=20, choices=State)
    approval_role = models.CharField(max_length=20, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_on = models.DateField()
    made_at = models.DateTimeField()
    booked_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="waiver_is_of_money", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="waiver_booked_iff_it_says_when",
                condition=Q(state="BOOKED", booked_on__isnull=False)
                | (~Q(state="BOOKED") & Q(booked_on=None)),
            ),
        ]
        indexes = [models.Index(fields=["customer", "account_key"], name="waiver_by_person")]


class Relief(models.Model):
    """One row is one rest given to a person with nothing left over, and the day on which somebody looks again."""

    id = KeyField()
    customer = models.ForeignKey(
        "portfolio.Person", on_delete=models.PROTECT, related_name="reliefs"
    )
    assessment = models.ForeignKey(
        Assessment, null=True, on_delete=models.PROTECT, related_name="reliefs"
    )
    review_on = models.DateField()
    token_minor = models.BigIntegerField(default=0)  # a month, of her own accord; never asked for
    currency = models.CharField(max_length=3)
    stops_interest = models.CharField(max_length=10, blank=True)  # ASKED, STOPPED or REFUSED
    approval_role = models.CharField(max_length=20, blank=True)
    specialist = models.BooleanField(default=False)
    advice_given = models.BooleanField(default=False)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    given_on = models.DateField()
    given_at = models.DateTimeField()
    reviewed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="relief_is_looked_at_again", condition=Q(review_on__gt=F("given_on"))
            ),
            models.CheckConstraint(
                name="relief_token_is_not_below_zero", condition=Q(token_minor__gte=0)
            ),
        ]
