"""Who works here and what they may see."""

from django.contrib.auth.models import AbstractUser
from django.db import models

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
        ]
