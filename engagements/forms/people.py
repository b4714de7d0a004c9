"""Finding a person by what somebody types, see templates/components/find_person.html."""

from django import forms

from engagements.models import User


class FindPersonForm(forms.Form):
    """``q`` finds the person; where it names one alone, that one is meant."""

    q = forms.CharField(label="Who", required=False, max_length=200)
    user = forms.ModelChoiceField(queryset=User.objects.filter(is_active=True), required=False)

    def clean(self) -> dict:
        given = super().clean()
        if given.get("user") is None and "user" not in self.errors:
            typed = given.get("q", "").strip()
            found = list(User.objects.filter(is_active=True).matching(typed)[:2]) if typed else []
            if len(found) == 1:
                given["user"] = found[0]
            elif found:
                self.add_error("q", "Choose the person from those found.")
            else:
                nobody = f"Nobody who signs in is called “{typed}”. Type a part of the name."
                self.add_error("q", nobody if typed else "Say who it is.")
        return given
