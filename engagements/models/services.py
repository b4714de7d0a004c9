"""The services of a tenant: seats, what the customer does with them, and how they are delivered (DOMAIN §3.3, §3.4)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from engagements.entitlements import intent
from engagements.models.customers import Tenant
from tasks.consumption import CHOICES, Consumption
from tasks.models import EngineeringReason, Service, StatusReason, begins_with

PERSON = {"null": True, "blank": True, "on_delete": models.SET_NULL, "related_name": "+"}


class TenantServiceQuerySet(models.QuerySet):
    def with_usage(self) -> "TenantServiceQuerySet":
        """Each with its newest reading: how many people were active, and on which day they were counted."""
        newest = UsageReading.objects.filter(tenant_service=OuterRef("pk")).order_by("-on")
        return self.annotate(
            active_users=Subquery(newest.values("active_users")[:1]), active_on=Subquery(newest.values("on")[:1])
        )


class TenantService(models.Model):
    """One service of a tenant: its seats, and when and by whom it was enabled."""

    class Stage(models.TextChoices):
        """The adoption status of a service, in its preferred order."""

        INITIATE = "initiate", "Initiate"
        ASSESS = "assess", "Assess"
        REMEDIATE = "remediate", "Remediate"
        ENABLE = "enable", "Enable"
        MIGRATE = "migrate", "Migrate"
        ADOPTION = "adoption", "Adoption"
        OPERATE = "operate", "Operate"

    class Scenario(models.TextChoices):
        """Who leads the engagement of a service."""

        CUSTOMER_LED_FTP = "customer-led-ftp", "Customer-Led with FTP Assist"
        FTC_CSS = "ftc-css", "FTC-CSS Led"
        FTC_FTP = "ftc-ftp", "FTC-FTP Led"
        FTC_CXP = "ftc-cxp", "FTC-CXP Led"
        CXP = "cxp", "CXP Led w/CSS Assist"
        PARTNER_LED = "partner-led", "Non-FastTrack Partner-Led"
        CUSTOMER_LED = "customer-led", "Customer-Led / Partner-Led"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="services")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    entitlements = models.PositiveIntegerField(default=0, help_text="What the feed says was bought.")
    entitlements_override = models.PositiveIntegerField(
        null=True, blank=True, help_text="Counts instead of what the feed says, where that is wrong."
    )
    enabled_on = models.DateField(null=True, blank=True)
    enabled_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    starts_on = models.DateField("engagement start date", null=True, blank=True)
    stage = models.CharField("service status", max_length=10, choices=Stage.choices, blank=True)
    scenario = models.CharField(
        "engagement scenario", max_length=20, choices=Scenario.choices, default=Scenario.CUSTOMER_LED_FTP
    )
    migrates_data = models.BooleanField(
        "Microsoft performing migration?", null=True, blank=True, help_text="Empty: not known yet."
    )
    migration_rejected = models.CharField("why Microsoft does not migrate", max_length=300, blank=True)

    objects = TenantServiceQuerySet.as_manager()

    # Of the newest reading; known where the row was read ``with_usage``.
    active_users: int | None = None
    active_on: date | None = None

    class Meta:
        ordering = ["service__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "service"], name="a_tenant_has_a_service_once"),
            models.CheckConstraint(
                condition=~Q(migrates_data=False) | ~Q(migration_rejected=""), name="a_rejected_migration_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} of {self.tenant}"

    @property
    def available(self) -> int:
        """The seats that slices have to total (R42)."""
        return self.entitlements if self.entitlements_override is None else self.entitlements_override

    @property
    def placed(self) -> "list[EntitlementSlice]":
        """Its slices: as the walk has read them, or else asked for."""
        if "slice_rows" not in self.__dict__:
            self.slice_rows = list(self.slices.all()) if self.pk else []
        return self.slice_rows

    @property
    def intent(self) -> str:
        """ "yes", "no" or not known: what the slices say (DIBS)."""
        return intent(one.l1 for one in self.placed)


class EntitlementSlice(models.Model):
    """Some seats of a service that stand at one L1, with the reason and what is aimed at (R42, R44, R45)."""

    tenant_service = models.ForeignKey(TenantService, on_delete=models.CASCADE, related_name="slices")
    l1 = models.CharField("L1", max_length=20, choices=CHOICES)
    reason = models.ForeignKey(
        StatusReason, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="L2"
    )
    detail = models.ForeignKey(
        EngineeringReason, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="L3"
    )
    count = models.PositiveIntegerField()
    target_on = models.DateField("target date", null=True, blank=True)
    inherits_target = models.BooleanField(default=False, help_text="The target date follows the DIBS due date.")
    owner = models.CharField(max_length=120, blank=True, help_text="Who has to clear it, for example the account team.")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(l1=Consumption.IN_PROGRESS.value, target_on__isnull=False)
                | Q(l1=Consumption.BLOCKED.value)
                | Q(
                    l1__in=[Consumption.STATUS_UNKNOWN, Consumption.NO_INTENT, Consumption.DUPLICATE],
                    target_on__isnull=True,
                ),
                name="a_target_date_where_the_status_takes_one",
            ),
            models.CheckConstraint(
                condition=Q(inherits_target=False) | Q(target_on__isnull=False), name="an_inherited_target_is_there"
            ),
            models.CheckConstraint(
                condition=Q(reason__isnull=True)
                | (~Q(l1=Consumption.DUPLICATE.value) & begins_with("reason_id", "l1")),
                name="an_l2_belongs_to_its_l1",
            ),
            models.CheckConstraint(
                condition=Q(detail__isnull=True) | (Q(reason__isnull=False) & begins_with("detail_id", "reason_id")),
                name="an_l3_belongs_to_its_l2",
            ),
            models.CheckConstraint(
                condition=Q(owner="") | ~Q(l1__in=[Consumption.IN_PROGRESS, Consumption.DUPLICATE]),
                name="an_owner_where_something_has_to_be_cleared",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} {Consumption(self.l1).label}"


class MigrationScenario(models.Model):
    """How some of the In Progress seats of a service are migrated; all of them total In Progress (R43)."""

    tenant_service = models.ForeignKey(TenantService, on_delete=models.CASCADE, related_name="migrations")
    name = models.CharField(max_length=120)
    count = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant_service", "name"], name="a_migration_scenario_once_per_service")
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.name}"


class Forecast(models.Model):
    """When a partner expects 10 % and 40 % active users of a service; each save stays (R49)."""

    tenant_service = models.ForeignKey(TenantService, on_delete=models.CASCADE, related_name="forecasts")
    submitted_on = models.DateField(help_text="When the RFA was submitted.")
    ten_percent_on = models.DateField("10 % active users on", null=True, blank=True)
    forty_percent_on = models.DateField("40 % active users on", null=True, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(ten_percent_on__isnull=True) | Q(ten_percent_on__gte=F("submitted_on")))
                & (Q(forty_percent_on__isnull=True) | Q(forty_percent_on__gte=F("submitted_on")))
                & (
                    Q(ten_percent_on__isnull=True)
                    | Q(forty_percent_on__isnull=True)
                    | Q(forty_percent_on__gte=F("ten_percent_on"))
                ),
                name="submitted_then_10_then_40_percent",
            )
        ]

    def __str__(self) -> str:
        return f"Forecast {self.pk} of {self.tenant_service_id}"


class UsageReading(models.Model):
    """How many people used a service of a tenant, as counted on a day (DOMAIN §3.7, Usage)."""

    tenant_service = models.ForeignKey(TenantService, on_delete=models.CASCADE, related_name="usage")
    on = models.DateField()
    active_users = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)

    class Meta:
        ordering = ["on", "pk"]
        constraints = [models.UniqueConstraint(fields=["tenant_service", "on"], name="one_reading_a_day")]

    def __str__(self) -> str:
        return f"{self.active_users} on {self.on}"
