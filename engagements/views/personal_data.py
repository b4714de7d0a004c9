"""What the desk keeps about a contact: to read, to hand out as a file, to erase (DESIGN §5, R60)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from engagements import access
from engagements.forms.erasure import EraseForm
from engagements.mentions import notes_that_may_name
from engagements.models import Contact
from engagements.selectors.personal_data import data_page, what_erasing_touches, what_is_kept
from engagements.services import erasure
from engagements.services.refusals import Refused


@require_safe
def contact_data(request: HttpRequest, pk: int, contact: int) -> HttpResponse:
    """Everything the desk keeps about one person."""
    found = _contact(request, pk, contact)
    page = {"nav": "portfolio", "crumbs": _crumbs(pk, found), **data_page(found, pk, timezone.localdate())}
    return render(request, "engagements/contact_data.html", page)


@require_safe
def contact_export(request: HttpRequest, pk: int, contact: int) -> HttpResponse:
    """The same as a file."""
    found = _contact(request, pk, contact)
    answer = JsonResponse(what_is_kept(found), json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="contact-{found.pk}.json"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def contact_erase(request: HttpRequest, pk: int, contact: int) -> HttpResponse:
    """Shows what would go, lets every note be looked at, and erases when that is confirmed."""
    found = _contact(request, pk, contact)
    person = erasure.person_of(found)
    notes = notes_that_may_name(found.customer_id, person)
    form = EraseForm(request.POST if request.method == "POST" else None, notes=notes, person=person)
    if form.is_valid():
        try:
            erasure.erase_contact(
                contact_id=found.pk, by=request.user, basis=form.cleaned_data["basis"], texts=form.texts()
            )
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, "The contact is erased.")
            return redirect("engagement_contacts", pk)
    page = {
        "nav": "portfolio",
        "crumbs": [*_crumbs(pk, found), {"label": "Personal data", "url": _data(pk, found)}],
        "contact": found,
        "form": form,
        "touches": what_erasing_touches(found),
        "data_url": _data(pk, found),
    }
    return render(request, "engagements/contact_erase.html", page, status=422 if form.errors else 200)


def _contact(request: HttpRequest, pk: int, contact: int) -> Contact:
    """A contact of the engagement's customer, for those who may handle personal data."""
    engagement = access.get_engagement(request, pk)
    found = engagement.tenant.customer.contacts.known().select_related("customer").filter(pk=contact).first()
    if found is None:
        raise Http404("This customer has no such contact, or the person was erased.")
    if not access.may_handle_personal_data(request.user):
        raise PermissionDenied("Requests about personal data are answered by team managers.")
    return found


def _crumbs(pk: int, contact: Contact) -> list[dict[str, str]]:
    return [
        {"label": "Portfolio", "url": reverse("engagement_list")},
        {"label": contact.customer.name, "url": reverse("engagement_detail", args=[pk])},
        {"label": "Contacts", "url": f"{reverse('engagement_contacts', args=[pk])}#contact-{contact.pk}"},
    ]


def _data(pk: int, contact: Contact) -> str:
    return reverse("contact_data", args=[pk, contact.pk])
