"""gates.toml: what it may say, and a clear word where it says something else."""

import pytest

from playbook.gates_file import ConditionEntry, LineEntry, TaskEntry, read_gates
from playbook.pages import PageError

GOOD = """
[conditions.csm-takes-over]
scope = "service"
question = "Is a CSM assigned and the service enabled?"
computed = ["csm", "enabled", "motion:rfa"]
services = ["Teams"]
yes = "a CSM is assigned"
no = "no CSM is assigned"

[conditions.wanted]
question = "Is it wanted?"

["some-process/some-step"]
when = "not csm-takes-over and wanted"
per_service = true
inputs = [
  { text = "A \\"line\\"", checks = ["note:migration", "dibs"], optional = true, rule = "one of", when = "wanted" },
  { text = "Another", checks = ["step:a/b", "task:983", "ssat", "csm", "note:environment|migration"] },
]
tasks = [{ number = 3731, mandatory_when = "csm-takes-over" }]

["some-process"]
key_outputs = [{ text = "Out", checks = ["attest"] }]
gated = false
"""


def read(text):
    return read_gates("gates.toml", text.encode())


def test_everything_the_file_may_say_is_read_with_its_lines():
    gates = read(GOOD)
    assert gates.conditions[0] == ConditionEntry(
        key="csm-takes-over",
        question="Is a CSM assigned and the service enabled?",
        scope="service",
        computed=("csm", "enabled", "motion:rfa"),
        services=("Teams",),
        yes="a CSM is assigned",
        no="no CSM is assigned",
        line=2,
    )
    [step] = gates.steps
    assert (step.key, step.line, step.when, step.per_service) == (
        "some-process/some-step",
        13,
        "not csm-takes-over and wanted",
        True,
    )
    assert step.inputs[0] == LineEntry('A "line"', 17, ("note:migration", "dibs"), "one of", "wanted", True)
    assert step.tasks == (TaskEntry(3731, 20, None, "csm-takes-over"),)
    assert gates.processes[0].key_outputs[0].checks == ("attest",)
    assert gates.processes[0].gated is False


@pytest.mark.parametrize("check", ["review:governance", "review:what-an-admin-made-2"])
def test_any_kind_of_review_may_be_asked_for(check):
    gates = read(f'["p/s"]\ninputs = [{{ text = "x", checks = ["{check}"] }}]\n')
    assert gates.steps[0].inputs[0].checks == (check,)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('["p/s"]\nwhen = \n', 2, "TOML"),
        ('["p/s"]\nwhom = "x"\n', 2, "`whom` is not known"),
        ('["p/s"]\ninputs = [{ text = "x", optinal = true }]\n', 2, "`optinal` is not known"),
        ('["p/s"]\ninputs = [{ text = "x", checks = ["note:love"] }]\n', 2, "`note:love` is no check"),
        ('["p/s"]\ninputs = [{ text = "x", checks = ["step:only-one"] }]\n', 2, "is no check"),
        ('["p/s"]\ninputs = [{ text = "x", checks = ["review"] }]\n', 2, "`review` is no check"),
        ('["p/s"]\ninputs = [{ text = "x", checks = ["review:No Kind"] }]\n', 2, "review:<kind>"),
        ('["p/s"]\ninputs = [{ text = "x", checks = "dibs" }]\n', 2, "must be a list"),
        ('["p/s"]\ninputs = [{ checks = ["dibs"] }]\n', 1, "must give the `text`"),
        ('["p/s"]\ninputs = [{ text = "x", rule = "some" }]\n', 2, "`rule`"),
        ('["p/s"]\nper_service = "yes"\n', 1, "must be true or false"),
        ('["p/s"]\ntasks = [{ number = "983" }]\n', 2, "must name its FTOP `number`"),
        ('["p/s"]\nwhen = "not maybe"\n', 2, "condition `maybe`"),
        ('["p/s"]\nwhen = "a or b!"\n', 2, "cannot be read"),
        ("[conditions.a]\n", 1, "asks nothing"),
        ('[conditions.a]\nquestion = "?"\ncomputed = ["moon"]\n', 1, "no fact"),
        ('[conditions.a]\nquestion = "?"\nscope = "world"\n', 1, "`scope`"),
        ("nonsense = 3\n", 1, "`nonsense` is not known"),
    ],
)
def test_what_the_file_may_not_say_is_refused_with_its_line(text, line, words):
    with pytest.raises(PageError) as caught:
        read(text)
    assert (caught.value.source, caught.value.line) == ("gates.toml", line)
    assert words in caught.value.message
