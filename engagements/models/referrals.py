"""QuickLeads: handing a customer to partners that help with adoption for a fee (983, R4 to R8)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from engagements.models.contacts import Contact
from engagements.models.engagements import Engagement

PERSON = {"null": True, "blank": True, "on_delete": models.SET_NULL, "related_name": "+"}


class Referral(models.Model):
    """One referral of a customer. Prepared, then sent; open until every partner has an outcome."""

    class ServiceType(models.TextChoices):
        ADVISORY = "advisory", "Advisory and Planning"
        TRAINING = "training", "Training and Enablement"
        BOTH = "both", "Advisory and Planning, Training and Enablement"

    class Approval(models.TextChoices):
        VERBAL = "verbal", "Verbal"
        WRITTEN = "written", "Written"

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="referrals")
    service_type = models.CharField(max_length=10, choices=ServiceType.choices, blank=True)
    contact = models.ForeignKey(
        Contact, **PERSON, verbose_name="whom the partners contact", help_text="Gets the mail, and then the calls."
    )
    approval = models.CharField("approval to share personal data", max_length=8, choices=Approval.choices, blank=True)
    approved_by = models.ForeignKey(Contact, **PERSON)
    approved_on = models.DateField(null=True, blank=True)
    location = models.CharField(max_length=200, blank=True)
    specialties = models.CharField(max_length=300, blank=True)
    mail_subject = models.CharField(max_length=200, blank=True)
    mail_body = models.TextField(blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    sent_on = models.DateField(null=True, blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    sent_from_here = models.BooleanField(default=False, help_text="The desk sent the mail; otherwise a person did.")
    contact_due_on = models.DateField(
        null=True, blank=True, help_text="Three business days of the tenant's country after it was sent (R8)."
    )
    closed_on = models.DateField(null=True, blank=True)
    withdrawn_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["contact_due_on"], condition=Q(closed_on=None), name="open_referrals_by_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(closed_on__isnull=True), name="one_open_referral_per_engagement"
            ),
            models.CheckConstraint(
                condition=Q(sent_on__isnull=True)
                | (
                    Q(approved_on__isnull=False, contact_due_on__isnull=False)
                    & ~Q(approval="")
                    & ~Q(service_type="")
                    & ~Q(location="")
                    & ~Q(specialties="")
                ),
                name="sent_only_with_approval_and_match",
            ),
        ]

    def __str__(self) -> str:
        return f"Referral {self.pk}"


class ReferralPartner(models.Model):
    """A partner proposed to the customer, and what came of it."""

    class Outcome(models.TextChoices):
        WAITING = "", "Waiting"
        CHOSEN = "chosen", "Chosen by the customer"
        DECLINED = "declined", "Declined by the customer"
        UNABLE = "unable", "The partner cannot help"
        NO_CONTACT = "no-contact", "Never contacted the customer"

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="partners")
    name = models.CharField(max_length=200)
    mpn_id = models.CharField("MPN ID", max_length=20, blank=True)
    contacted_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default="")
    outcome_on = models.DateField(null=True, blank=True)
    outcome_text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["referral", "name"], name="a_partner_once_per_referral"),
            models.CheckConstraint(
                condition=Q(outcome="", outcome_on__isnull=True) | (~Q(outcome="") & Q(outcome_on__isnull=False)),
                name="an_outcome_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReferralTemplate(models.Model):
    """The mail that a referral begins with; admins word it. The one of the service type goes before the general one."""

    service_type = models.CharField(
        max_length=10,
        unique=True,
        blank=True,
        choices=[("", "Any"), *Referral.ServiceType.choices],
        help_text="Which referrals it is for.",
    )
    subject = models.CharField(max_length=200)
    body = models.TextField()
    history = HistoricalRecords()

    class Meta:
        ordering = ["service_type"]

    def __str__(self) -> str:
        return f"Referral mail, {self.get_service_type_display().lower()}"
