"""Spreadsheets that were uploaded and wait for somebody to look at the preview and apply them."""

import uuid

from django.conf import settings
from django.db import models


class ImportBatch(models.Model):
    """The rows of one upload as they were read; applied once, and then whole or without those that are refused."""

    class Kind(models.TextChoices):
        RECORDS = "records", "Customers and tenants"
        USAGE = "usage", "Active users"

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.RECORDS)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    file_name = models.CharField(max_length=200)
    rows = models.JSONField(help_text="A list of {line, values}; values by column name.")
    applied_at = models.DateTimeField(null=True, blank=True)
    applied = models.JSONField(default=dict, blank=True, help_text="How many of what it made and changed.")

    class Meta:
        ordering = ["-uploaded_at"]
        verbose_name_plural = "import batches"
        permissions = [("import_records", "Can import customers, tenants and assignments from a spreadsheet")]

    def __str__(self) -> str:
        return f"{self.file_name}, {len(self.rows)} rows"
