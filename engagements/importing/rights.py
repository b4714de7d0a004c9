"""Whom an import may assign, and which records it may change: the rules of DOMAIN §2.2, no wider than elsewhere.

Loaded in a constant number of queries for one uploader; decides over thousands of rows without another.
"""

from engagements.assigning import MANAGER as LEADER
from engagements.levels import ASSIGN, READ_ALL, WORK
from engagements.models import Assignment, Customer, Tenant, User


class Rights:
    def __init__(self, by: User):
        self.by = by
        self.assigns_anywhere = by.has_perm(ASSIGN)
        self._sees_all = by.has_perm(READ_ALL)
        tenants = Tenant.objects.order_by()
        seen = list(tenants.assigned_to(by).values_list("pk", "customer_id"))
        changed = list(tenants.editable_by(by).values_list("pk", "customer_id"))
        own = list(Assignment.objects.filter(user=by).select_related("role"))
        at_customers = {row.customer_id for row in own if row.customer_id}
        self._tenants_seen, self._tenants_changed = {pk for pk, _ in seen}, {pk for pk, _ in changed}
        self._customers_seen = {customer for _, customer in seen} | at_customers
        self._customers_used = {customer for _, customer in changed} | at_customers
        led = [row for row in own if row.primary and row.role.name == LEADER and by.has_perm(WORK)]
        self._customers_led = {row.customer_id for row in led if row.customer_id}
        self._tenants_led = {row.tenant_id for row in led if row.tenant_id in self._tenants_changed}

    def may_see(self, record: Customer | Tenant) -> bool:
        seen = self._tenants_seen if isinstance(record, Tenant) else self._customers_seen
        return self._sees_all or record.pk in seen

    def may_change(self, tenant: Tenant) -> bool:
        return tenant.pk in self._tenants_changed

    def may_add_tenant(self, customer: Customer) -> bool:
        """A tenant opens the contacts of its customer, so only those add one who have them open already."""
        return self.assigns_anywhere or customer.pk in self._customers_used

    def leads(self, record: Customer | Tenant) -> bool:
        """Primary FastTrack Manager there, or at the customer."""
        if isinstance(record, Tenant):
            return record.pk in self._tenants_led or record.customer_id in self._customers_led
        return record.pk in self._customers_led
