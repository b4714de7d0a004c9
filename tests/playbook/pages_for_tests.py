"""Small pages for the tests of the reader, written the way the playbook's pages are."""

from playbook.pages import Page
from playbook.reader import read_page

HEAD = "---  \n# required metadata  \ntitle: FastTrack Playbook - Sample  \nft.audience: internal  \n---  \n"
HEADER = (
    "| Task ID | Task Name | (M)andatory / (O)ptional | FastTrack Role | Services |\n"
    "| --- | --- | :---: | :---: | --- |\n"
)
ATTRIBUTES = (
    "Primary Role: **FastTrack Manager**  \n"
    "Motions: **RFA / Targeting / Customer Health**  \n"
    "Applies To: **All Services**\n"
)
INPUTS = "**Step Inputs (the checklist of items you should collect to be successful with this step)**\n"
OUTPUTS = "**Step Outputs (the set of items you should make sure are documented to successfully exit this step)**\n"


def read(body: str, source: str = "assess-sample.md", head: str = HEAD) -> Page:
    return read_page(source, f"{head}{body}".encode())


def read_step(body: str, attributes: str = ATTRIBUTES):
    """The only step of a page with this body below its attribute lines."""
    page = read(f"# Sample\n\nPhase: **Assess**  \n\n## Approach\n\n### Do the Work\n\n{attributes}\n{body}")
    [process] = page.processes
    [step] = process.steps
    return step


def read_rows(rows: str, header: str = HEADER):
    """The task rows of a page whose only step lists these, and the codes of what was reported."""
    page = read(f"# Sample\n\n## Approach\n\n### Do the Work\n\n{ATTRIBUTES}\n#### FTOP Tasks\n\n{header}{rows}")
    return page.processes[0].steps[0].tasks, [warning.code for warning in page.warnings]


def texts(lines) -> list:
    """A checklist as nested lists: [text, [children]] or just the text of a leaf."""
    return [[line.text, texts(line.children)] if line.children else line.text for line in lines]
