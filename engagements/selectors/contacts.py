"""The Contacts tab: the customer's people, what they stand for, and who looks after the account."""

from collections import defaultdict
from typing import Any

from engagements.walk import Walk


def contacts_page(walk: Walk) -> dict[str, Any]:
    """One query, whatever the number of contacts."""
    tenant = walk.engagement.tenant
    contacts = list(tenant.customer.contacts.all())
    stands = _stands_for(walk)
    if tenant.csm_id:
        stands[tenant.csm_id].insert(0, "Customer Success Manager")
    managed = {True: "Yes, an account team looks after it", False: "No", None: "Not known"}
    return {
        "contacts": contacts,
        "people": [
            {
                "pk": one.pk,
                "id": f"contact-{one.pk}",
                "name": one.name,
                "title": "" if one.title in stands.get(one.pk, ()) else one.title,
                "kind": one.get_kind_display(),
                "email": one.email,
                "stands": ", ".join(stands.get(one.pk, ())),
            }
            for one in contacts
        ],
        "managed": managed[tenant.customer.account_managed],
        "csm": next((one for one in contacts if one.pk == tenant.csm_id), None),
    }


def _stands_for(walk: Walk) -> dict[int, list[str]]:
    """contact id → what the person stands for at this tenant: "Success owner of Teams, Exchange"."""
    owned = defaultdict(list)
    for row in walk.engagement.tenant.services.all():
        record = getattr(row, "adoption", None)
        if record and record.success_owner_id:
            owned[record.success_owner_id].append(row.service.label)
    return defaultdict(list, {pk: [f"Success owner of {', '.join(names)}"] for pk, names in owned.items()})
