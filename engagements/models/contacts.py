"""People at a customer, a partner or Microsoft who are not users of this tool (DOMAIN §3.7)."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from engagements.models.customers import Customer
from engagements.models.users import validate_time_zone
from tasks.models import Service

ERASED = "Erased contact"
PERSONAL = ("title", "email", "phone", "country", "time_zone", "ms_role", "skill", "do_not_call_why", "survey_language")

validate_country = RegexValidator(r"^[A-Z]{2}$", "Give the country as two letters, such as US or DE.")


class ContactQuerySet(models.QuerySet):
    def known(self) -> "ContactQuerySet":
        """Without those who were erased."""
        return self.filter(erased_at=None)


class Contact(models.Model):
    """A person. Receipts, events and reminders name a contact by id only, so that erasing one erases the name.

    The row of an erased contact stays, so that ids keep leading somewhere; it says nothing about anybody.
    """

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        PARTNER = "partner", "Partner"
        MICROSOFT = "microsoft", "Microsoft"

    class MsRole(models.TextChoices):
        """Who looks after the account comes first: the account team and its specialists (DOMAIN §1)."""

        ATU = "atu", "Account Team Unit (ATU)"
        AE = "ae", "Account Executive (AE)"
        ATS = "ats", "Account Technology Strategist (ATS)"
        SSP = "ssp", "Solution Sales Professional (SSP)"
        TSP = "tsp", "Technical sales (TSP)"
        CSM = "csm", "Customer Success Manager (CSM)"
        CSA = "csa", "Customer Success Architect (CSA)"
        TAM = "tam", "Technical Account Manager (TAM)"
        PFE = "pfe", "Premier Field Engineer (PFE)"
        MCS = "mcs", "Consulting (MCS)"
        PG = "pg", "Product group"
        OTHER = "other", "Other"

    ACCOUNT_TEAM = (MsRole.ATU, MsRole.AE, MsRole.ATS, MsRole.SSP, MsRole.TSP, MsRole.CSM, MsRole.CSA)

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CUSTOMER)
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    country = models.CharField(
        max_length=2, blank=True, validators=[validate_country], help_text="Two letters: US, DE …"
    )
    time_zone = models.CharField(max_length=60, blank=True, validators=[validate_time_zone])
    ms_role = models.CharField("role at Microsoft", max_length=10, choices=MsRole.choices, blank=True)
    skill = models.CharField("skill of a partner's contact", max_length=60, blank=True)
    do_not_call = models.BooleanField("Do Not Call", default=False)
    do_not_call_why = models.CharField("why not to call", max_length=200, blank=True)
    survey_eligible = models.BooleanField(default=False)
    survey_language = models.CharField(max_length=10, blank=True)
    survey_services = models.ManyToManyField(
        Service, blank=True, related_name="+", help_text="Services deployed or migrated that a survey asks about."
    )
    unsubscribed_on = models.DateField(null=True, blank=True, help_text="From surveys and mailings (R58).")
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        permissions = [("erase_contact", "Can erase the personal data of a contact")]
        constraints = [
            models.CheckConstraint(
                condition=Q(do_not_call=False) | ~Q(do_not_call_why=""), name="do_not_call_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(survey_eligible=False) | (~Q(country="") & ~Q(survey_language="")),
                name="a_survey_knows_country_and_language",
            ),
            models.CheckConstraint(
                condition=Q(ms_role="") | Q(kind="microsoft"), name="a_role_at_microsoft_is_of_its_people"
            ),
            models.CheckConstraint(condition=Q(skill="") | Q(kind="partner"), name="a_skill_is_of_a_partner"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(name=ERASED, do_not_call=False, survey_eligible=False, unsubscribed_on__isnull=True)
                & Q(**dict.fromkeys(PERSONAL, "")),
                name="an_erased_contact_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_of_account_team(self) -> bool:
        return self.ms_role in self.ACCOUNT_TEAM


class ContactRevision(models.Model):
    """What some fields of a contact were before a change: their only history, deleted when the person is erased.

    Events say which fields changed and keep no values; the event and the revision of a change share their time.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="revisions")
    at = models.DateTimeField()
    before = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["contact", "at"], name="one_revision_of_a_contact_at_a_time")]

    def __str__(self) -> str:
        return f"Contact {self.contact_id} before {self.at:%Y-%m-%d %H:%M}"
