"""django-allauth's forms in the Desk's words; each names the one that it stands for in ``ACCOUNT_FORMS``."""

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.http import HttpRequest

from engagements.jobs import send_password_reset
from fasttrack.throttling import forget_failures

NEW, AGAIN = "New password", "New password again"


class PlainLabels:
    """Labels above the fields, as everywhere in the Desk, and nothing in the fields that looks filled in."""

    labels: dict[str, str] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class SignInForm(PlainLabels, allauth.LoginForm):
    labels = {"login": "Username", "password": "Password"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""  # the page has the link to a new one
        self.fields["login"].widget.attrs |= {"autofocus": True, "autocapitalize": "none"}


class ReauthenticateForm(PlainLabels, allauth.ReauthenticateForm):
    labels = {"password": "Password"}


class ChangePasswordForm(PlainLabels, allauth.ChangePasswordForm):
    """The current password is asked as at the door, so that guessing it is counted as there."""

    labels = {"oldpassword": "Current password", "password1": NEW, "password2": AGAIN}

    def clean_oldpassword(self) -> str:
        password = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password


class ResetPasswordForm(PlainLabels, forms.Form):
    """Asks for the address, and answers everybody alike: a worker looks whose it is, and sends the mail."""

    email = forms.EmailField(label="Email address", widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def save(self, request: HttpRequest, **more) -> str:
        address = self.cleaned_data["email"]
        send_password_reset.delay(address)
        return address


class NewPasswordForm(PlainLabels, allauth.ResetPasswordKeyForm):
    labels = {"password1": NEW, "password2": AGAIN}

    def save(self) -> None:
        super().save()
        forget_failures(context.request, self.user)
