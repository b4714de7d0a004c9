"""The health colours of a customer, each as it was judged; none is ever overwritten (DOMAIN §3.1)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from engagements.models.customers import Customer


class HealthRating(models.Model):
    """One judgement: of a group of services, or overall. The newest of each group holds.

    Blue says that every group is predicted to be Green.
    """

    class Group(models.IntegerChoices):
        OVERALL = 0, "Overall"
        ONE = 1, "Group 1: Exchange, OneDrive and SharePoint"
        TWO = 2, "Group 2: Windows 10, Office ProPlus"
        THREE = 3, "Group 3: AADP, Intune"

    class Colour(models.TextChoices):
        RED = "red", "Red"
        YELLOW = "yellow", "Yellow"
        GREEN = "green", "Green"
        BLUE = "blue", "Blue"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="health_ratings")
    group = models.PositiveSmallIntegerField(choices=Group.choices, default=Group.OVERALL)
    colour = models.CharField(max_length=6, choices=Colour.choices)
    before = models.CharField(max_length=6, choices=Colour.choices, blank=True)
    why = models.CharField("reason", max_length=500)
    on = models.DateField(help_text="The day as the person saw it who rated.")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["customer", "group", "-at"])]
        constraints = [models.CheckConstraint(condition=~Q(why=""), name="a_rating_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.get_group_display()}: {self.get_colour_display()}"
