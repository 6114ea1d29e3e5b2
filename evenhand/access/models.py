"""Who works here and what they may see."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from evenhand.runtime.fields import KeyField


class Desk(models.TextChoices):
    """Where a case is worked. A collector sees the cases of her desk, a supervisor those of all desks."""

    EARLY = "EARLY"
    MIDDLE = "MIDDLE"
    LATE = "LATE"
    CARE = "CARE"


class Staff(AbstractUser):
    """One row is one member of the bank's staff who may log in."""

    id = KeyField()
    desk = models.CharField(max_length=10, choices=Desk, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    extension = models.CharField(
        max_length=20, blank=True
    )  # of the PBX, where she calls from; none: she does not
    caseload_max = models.IntegerField(null=True)  # cases she may hold; none: no limit
    speaks = ArrayField(
        models.CharField(max_length=2, choices=[("zh", "zh"), ("en", "en")]), default=list
    )  # with cardholders; nothing said: zh

    class Meta(AbstractUser.Meta):
        permissions = [
            ("see_all_desks", "see the cases of every desk"),
            ("see_runs", "see the nights, their totals and the quarantine"),
            ("see_strategies", "see the strategies, their trials and experiments"),
            ("edit_strategies", "write strategies, try them and plan experiments"),
            ("approve_strategies", "approve or refuse what another wrote"),
            ("see_packs", "see the policy packs and the law behind them"),
            ("edit_packs", "bring policy packs in and ask for them to be put in force"),
            ("approve_packs", "approve or refuse that a policy pack is in force"),
            ("lift_holds", "lift holds and end what protects a person"),
            ("see_contacts", "see every contact that was asked for and what the gate answered"),
            ("export_contacts", "take the contacts out as a file"),
            ("approve_arrangements", "approve plans and waivers within a supervisor's authority"),
            ("approve_all_arrangements", "approve plans and waivers of any size"),
            ("correct_accounts", "take charges back and give back what was paid too much"),
            ("work_instructions", "see and work the instructions to the core"),
            ("edit_texts", "write the texts of messages"),
            ("approve_texts", "approve or refuse the text of a message"),
            ("place_payments", "see money that nobody can place, and place it"),
            ("lead_floor", "see who works on what, and look at what waits for a supervisor"),
            ("assign_cases", "give cases to collectors, and take them back"),
        ]


class Absence(models.Model):
    """One row is some days on which a member of staff is not there, so that she is given no cases."""

    id = KeyField()
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="absences")
    from_on = models.DateField()
    until_on = models.DateField()  # exclusive
    reason = models.CharField(max_length=100)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_it_starts", condition=Q(until_on__gt=F("from_on"))
            ),
        ]


class ApiClient(models.Model):
    """One row is one outside system that may ask the gate: an agency's dialler, or one of the bank's own."""

    class Scope(models.TextChoices):
        ASK = "ASK"  # for permits, and to use them
        REPORT = "REPORT"  # what became of contacts
        CORE = "CORE"  # payments the bank's core has booked by day
        DIAL = "DIAL"  # lists of numbers in clear, and what came of them

    id = KeyField()
    name = models.CharField(max_length=40, unique=True)  # stands in every permit, so it stays
    collector = models.CharField(max_length=40)  # whose acts it makes: an agency's code, or BANK
    actor = models.CharField(max_length=20)  # of compliance.vocabulary.ACTORS
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope))
    token_hash = models.BinaryField()  # sha256; the token was shown once and is kept nowhere
    public_key = models.BinaryField(null=True)  # Ed25519, of what signs the records of its line
    networks = ArrayField(models.CharField(max_length=43))  # it may ask from; none named: from all
    requests_per_minute_max = models.IntegerField()
    minute_at = models.DateTimeField(null=True)  # of its last request
    requests_in_minute = models.IntegerField(default=0)
    active_from_at = models.DateTimeField()
    active_until_at = models.DateTimeField(null=True)  # exclusive
    added_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    suspend_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["token_hash"], name="api_client_has_a_token_of_its_own"
            ),
            models.CheckConstraint(
                name="api_client_suspended_iff_it_says_why",
                condition=Q(suspended_at=None, suspend_reason="")
                | (Q(suspended_at__isnull=False) & ~Q(suspend_reason="")),
            ),
            models.CheckConstraint(
                name="api_client_ends_after_it_starts",
                condition=Q(active_until_at=None) | Q(active_until_at__gt=F("active_from_at")),
            ),
            models.CheckConstraint(
                name="api_client_acts_for_the_bank_iff_it_is_the_banks",
                condition=Q(collector="BANK", actor__in=["FIRST_PARTY", "ROBOT", "FIELD_STAFF"])
                | (~Q(collector="BANK") & Q(actor__in=["AGENCY", "DEBT_BUYER"])),
            ),
        ]
