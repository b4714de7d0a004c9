"""Why a service did nothing, as a sentence that says how to mend it."""

from engagements.models import Receipt


class Refused(Exception):
    """``field`` names the form field it is about, where there is one."""

    def __init__(self, message: str, field: str | None = None):
        self.message, self.field = message, field
        super().__init__(message)


class AlreadyCompleted(Exception):
    """Somebody was faster; their receipt stands."""

    def __init__(self, receipt: Receipt):
        self.receipt = receipt
        super().__init__(f"Completed already, receipt {receipt.pk}.")
