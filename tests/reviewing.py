"""A Customer Health engagement whose playbook asks for reviews, with the bundled rules of how often they are held."""

from django.core.management import call_command
from django.utils import timezone

from engagements.models import Engagement, User
from engagements.services.engagements import start_engagement
from playbook.importer import import_folder
from playbook.models import Edition
from tasks.models import EngagementModel, Motion
from tests import factories as make
from tests.processes import ROOT

CADENCE = "setup-governance-review-meeting-cadence"
FOUR = ("governance", "customer-facing", "internal", "cxo")
SCHEDULE = {
    "schedule-fasttrack-program-governance-reviews": "governance",
    "schedule-customer-facing-health-reviews": "customer-facing",
    "schedule-microsoft-internal-health-reviews": "internal",
}


def health_engagement(owner: User) -> Engagement:
    """On the bundled playbook; ``owner`` looks after its customer."""
    import_folder(ROOT / "fixtures" / "playbook", name="FastTrack playbook", publish=True)
    call_command("load_catalogue", verbosity=0)
    tenant = make.TenantFactory(customer=make.CustomerFactory(name="Contoso"))
    make.TenantServiceFactory(tenant=tenant, service=make.ServiceFactory(name="Teams"))
    make.AssignmentFactory(user=owner, tenant=tenant, primary=True)
    make.AssignmentFactory(user=owner, tenant=None, customer=tenant.customer, role=make.RoleFactory(name="Any Role"))
    return start_engagement(
        tenant=tenant,
        edition=Edition.objects.get(name="FastTrack playbook"),
        model=EngagementModel.objects.get(slug="reactive"),
        motions=[Motion.objects.get(slug="customer-health")],
        services=[row.service for row in tenant.services.all()],
        by=owner,
        started_on=timezone.localdate(),
    )
