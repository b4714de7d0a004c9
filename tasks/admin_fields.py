"""Form fields that show lists as people write them: one per line, or ticks. Never raw JSON."""

from django import forms


class LinesField(forms.CharField):
    """A list of words, one per line; empty lines and doubles do not count."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 60})

    def __init__(self, *, required=False, help_text="One per line.", encoder=None, decoder=None, **kwargs):
        super().__init__(required=required, help_text=help_text, **kwargs)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value):
        if isinstance(value, list | tuple):
            value = "\n".join(value)
        return list(dict.fromkeys(line.strip() for line in (value or "").splitlines() if line.strip()))

    def validate(self, value):
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value):
        """The validators of a text field do not apply to a list."""

    def has_changed(self, initial, data):
        return self.to_python(initial or []) != self.to_python(data)


class TicksField(forms.MultipleChoiceField):
    """A list chosen from few known words."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, words, *, required=False, encoder=None, decoder=None, **kwargs):
        super().__init__(choices=[(word, word) for word in words], required=required, **kwargs)
