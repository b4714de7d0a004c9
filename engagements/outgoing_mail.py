"""The one place where a mail of the desk is made, so that every one of them says that nobody need answer it."""

from collections.abc import Iterable

from django.core.mail import EmailMultiAlternatives

# RFC 3834 for all mail systems, and what Outlook and Exchange look at before they send an out-of-office reply.
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def desk_mail(
    subject: str, body: str, to: Iterable[str], *, reply_to: str = "", message_id: str = "", html: str = ""
) -> EmailMultiAlternatives:
    """A mail that is ready to be sent; with ``html``, a second version of the same text."""
    headers = HEADERS | ({"Message-ID": message_id} if message_id else {})
    mail = EmailMultiAlternatives(
        subject, body, to=list(to), reply_to=[reply_to] if reply_to else None, headers=headers
    )
    if html:
        mail.attach_alternative(html, "text/html")
    return mail
