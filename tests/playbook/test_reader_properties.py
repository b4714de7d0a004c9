"""Whatever page is written from a model of steps, checklists and tasks, reading it gives the model back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from playbook.pages import Page, PageError
from playbook.reader import read_page

from .pages_for_tests import HEAD, texts

LANGUAGES = {
    "en": (
        ("Primary Role", "Motions", "Applies To"),
        ("Step Inputs (the checklist of items you should collect)", "Step Outputs (the set of items, not inputs)"),
        "Task ID|Task Name|(M)andatory / (O)ptional|FastTrack Role|Services",
        ("Key Inputs", "Key Outputs"),
    ),
    "de": (
        ("Hauptrolle", "Aktionen", "Gilt für"),
        ("Schritteingaben (die Checkliste der Elemente)", "Schrittausgaben (die Gruppe der Elemente)"),
        "Aufgaben-ID|Name der Aufgabe|(E)rforderlich/(O)ptional|FastTrack-Rolle|Dienste",
        ("Wichtige Eingaben", "Wichtige Ausgaben"),
    ),
    "es": (
        ("Rol principal", "Mociones", "Se aplica a"),
        ("Entradas del paso (la lista de elementos)", "Salidas del paso (el conjunto de elementos)"),
        "Id. de tarea|Nombre de tarea|(M)andatorio / (O)pcional|Rol de FastTrack|Servicios",
        ("Entradas clave", "Salidas clave"),
    ),
    "pt": (
        ("Função Primária", "Moções", "Aplica-se a"),
        ("Entradas da etapa (a lista de itens)", "Saídas da etapa (o conjunto de itens)"),
        "ID da Tarefa|Nome da Tarefa|O(b)rigatório / (O)pcional|Função do Microsoft FastTrack|Serviços",
        ("Principais entradas", "Principais saídas"),
    ),
    "ja": (
        ("主要な役割", "モーション", "適用対象"),
        ("ステップの入力 (収集する必要がある項目のチェックリスト)", "ステップの出力 (文書化する必要がある項目)"),
        "タスク ID|タスク名|(M) (必須) / (O) (任意)|FastTrack 役割|サービス",
        ("主な入力", "主な出力"),
    ),
    "zh": (
        ("主要角色", "动作", "适用于"),
        ("步骤输入（应收集的项目清单）", "步骤输出（应记录的一组项目）"),
        "任务 ID|任务名称|(M)强制性/(O)可选|FastTrack 角色|服务",
        ("关键输入", "关键输出"),
    ),
}
WORDS = {
    "en": ["customer", "notes", "deck", "agreed", "DIBS", "captured", "plan", "of", "M365", "a"],
    "de": ["Kunde", "Notiz", "Präsentation", "größer", "vereinbart", "Plan", "über"],
    "es": ["cliente", "nota", "presentación", "acordado", "según", "plan"],
    "pt": ["cliente", "anotação", "apresentação", "não", "plano", "você"],
    "ja": ["顧客", "ノート", "資料", "計画", "同意した"],
    "zh": ["客户", "笔记", "资料", "计划", "同意"],
}
ROLES = ["FastTrack Manager", "FastTrack Engineer", "FastTrack Architect v2", "Targeting Manager", "Rôle 新"]
SERVICES = ["All Services", "Core Onboarding", "Exchange", "OneDrive for Business", "Classroom/SDS", "Teams", "Edge"]
SERVICES += ["Skype for Business - Cloud PBX", "Project Online Professional/Premium", "Dienst X"]
MOTIONS = ["Customer Health", "RFA", "Targeting"]


def words(language):
    return st.lists(st.sampled_from(WORDS[language]), min_size=1, max_size=6).map(" ".join)


def lines(language):
    text = words(language).map(lambda text: f"{text} x")
    leaf = st.tuples(text, st.just(()))
    tree = st.recursive(leaf, lambda inner: st.tuples(text, st.lists(inner, max_size=3)), max_leaves=6)
    return st.lists(tree, max_size=4)


def some(names):
    return st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)


@st.composite
def tasks(draw, language, with_services):
    return [
        (
            number,
            draw(words(language)) + " – {Wizard}",
            draw(st.sampled_from("MOE")),
            draw(some(ROLES)),
            draw(some(SERVICES)) if with_services else [],
        )
        for number in draw(st.lists(st.integers(10, 99_999), min_size=1, max_size=4, unique=True))
    ]


@st.composite
def models(draw):
    language = draw(st.sampled_from(list(LANGUAGES)))
    steps = []
    for number in range(draw(st.integers(1, 3))):
        with_services = draw(st.booleans())
        steps.append(
            {
                "title": f"{draw(words(language))} {number}",
                "roles": draw(some(ROLES)),
                "motions": draw(some(MOTIONS)),
                "applies_to": draw(some(SERVICES)),
                "inputs": draw(lines(language)),
                "outputs": draw(lines(language)),
                "tasks": draw(tasks(language, with_services)) if draw(st.booleans()) else [],
                "with_services": with_services,
            }
        )
    return {"language": language, "steps": steps, "keys": (draw(lines(language)), draw(lines(language)))}


@st.composite
def pages(draw):
    """A model and a page that says it, with irregularities of DOMAIN §5.4 strewn in."""
    model = draw(models())
    labels, checklists, header, keys = LANGUAGES[model["language"]]
    maybe = st.booleans()
    between_roles = st.sampled_from([" / ", ", ", "; ", "** and/or **"])
    between_services = st.sampled_from([" / ", ", ", "; ", " & ", " /\n"])
    out = []

    def blank():
        out.extend([""] * draw(st.integers(1, 3)))
        if draw(maybe):
            out.extend([draw(st.sampled_from(["  ", "\u200b", "\u00a0", "Some text.", "> [!NOTE]\n>Mind it."])), ""])

    def bullets(tree, depth=0):
        for text, children in tree:
            mark = draw(st.sampled_from(["- ", "- ", "-\t" if depth == 0 else "- "]))
            dressed = draw(st.sampled_from(["{}", "{}", "**{}**", "[{}](a.md)", "{} \\", "{}\u200b", "\u200b{}  "]))
            out.append("    " * depth + mark + dressed.format(text))
            bullets(children, depth + 1)

    out.append("# A page")
    blank()
    out.append("## Approach")
    for step in model["steps"]:
        blank()
        out.append(f"### {step['title']}" + draw(st.sampled_from(["", "  ", " \u200b"])))
        if draw(maybe):
            out.append("")
        ends = draw(st.sampled_from(["", "  ", "\\", " \\"]))
        dash = draw(st.sampled_from(["", "- "]))
        out.append(f"{dash}{labels[0]}: **{draw(between_roles).join(step['roles'])}**{ends}")
        out.append(f"{dash}{labels[1]}: **{draw(st.sampled_from([' / ', ', ', '/'])).join(step['motions'])}**{ends}")
        out.append(f"{dash}{labels[2]}: **{draw(between_services).join(step['applies_to'])}**{ends}")
        blank()
        for heading, section in zip(checklists, ("inputs", "outputs"), strict=True):
            if step[section]:
                out.append(f"**{heading}**" + draw(st.sampled_from(["", "  ", ":"])))
                if draw(maybe):
                    out.append("")
                bullets(step[section])
                if draw(maybe):
                    out.append("")
        if step["tasks"]:
            kind = draw(st.sampled_from(["", "#### FTOP Tasks", "## FTOP Tasks"]))
            out.extend([kind, ""] if kind else [""])
            columns = header.split("|")[: 5 if step["with_services"] else 4]
            if draw(maybe):
                columns = [f"**{column}**" for column in columns]
            out.append(f"| {' | '.join(columns)} |")
            out.append("|" + draw(st.sampled_from(["---|", " :---: |", "-|"])) * len(columns))
            for number, name, letter, roles, services in step["tasks"]:
                cells = [
                    draw(st.sampled_from(["{}", "[{}](https://x.y/1)", "**{}**", "\\#{}"])).format(number),
                    draw(st.sampled_from(["{}", "[{}](a.md)", "{}\u00a0"])).format(name),
                    draw(st.sampled_from(["{}", "*{}*", "  {}\t", "**{}**"])).format(letter),
                    " / ".join(roles),
                    *([" / ".join(services)] if services else []),
                ]
                out.append(f"| {' | '.join(cells)}" + draw(st.sampled_from([" |", "|", " |  "])))
    for title, tree in zip(keys, model["keys"], strict=True):
        out.extend(["", f"## {title}", ""])
        bullets(tree)
    text = HEAD + "\n".join(out) + "\n"
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return model, draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", end)


def tidy(tree):
    return [[" ".join(text.split()), tidy(children)] if children else " ".join(text.split()) for text, children in tree]


@settings(max_examples=150, deadline=None)
@given(pages())
def test_a_page_comes_back_whole(case):
    model, text = case
    [process] = read_page("assess-sample.md", text.encode()).processes
    got = [
        {
            "title": step.title,
            "roles": list(step.roles),
            "motions": list(step.motions),
            "applies_to": list(step.applies_to),
            "inputs": texts(step.inputs),
            "outputs": texts(step.outputs),
            "tasks": [(t.number, t.name, t.letter, list(t.roles), list(t.services)) for t in step.tasks],
        }
        for step in process.steps
    ]
    assert got == [
        {
            "title": step["title"],
            "roles": step["roles"],
            "motions": sorted(step["motions"]),
            "applies_to": step["applies_to"],
            "inputs": tidy(step["inputs"]),
            "outputs": tidy(step["outputs"]),
            "tasks": step["tasks"],
        }
        for step in model["steps"]
    ]
    assert (texts(process.key_inputs), texts(process.key_outputs)) == tuple(map(tidy, model["keys"]))


@settings(max_examples=150, deadline=None)
@given(pages(), st.data())
def test_a_page_cut_off_anywhere_is_read_or_refused_with_a_sentence(case, data):
    raw = case[1].encode()
    cut = raw[: data.draw(st.integers(0, len(raw)))]
    try:
        assert isinstance(read_page("cut.md", cut), Page)
    except PageError as error:
        refused = str(error)
        assert refused.startswith("cut.md")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(alphabet="#*|-:`~<!>[]() \n\tab1234", max_size=400).map(str.encode))
def test_any_bytes_below_a_front_matter_are_read_or_refused(raw):
    try:
        assert isinstance(read_page("any.md", HEAD.encode() + raw), Page)
    except PageError as error:
        refused = str(error)
        assert refused.startswith("any.md")
