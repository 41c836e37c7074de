"""The worked example of docs/draw-spec.md is real: its inputs give its outputs, and its command
gives its ticket."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from app.sampling.openlot1.target import draw_target

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "draw-spec.md").read_text(encoding="utf-8")
DESIGN = Path(os.environ.get("OPENLOT_VECTORS", ROOT.parent / "shared" / "vectors")).parent
SPECIFICATION = DESIGN / "design" / "draw-spec.md"


def block(name: str) -> bytes:
    found = re.search(rf"^```{re.escape(name)}\n(.*?)\n```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert found, name
    text = found[1].replace("→", "\t")
    return (text if name.endswith(".json") else text + "\n").encode()


def test_the_inputs_give_the_outputs() -> None:
    drawn = draw_target(block("frame.tsv"), block("commitment.json"), block("seed.txt"))
    assert drawn.selected_tsv == block("selected.tsv")
    assert drawn.reserves_tsv == block("reserves.tsv")
    assert drawn.result_json == block("result.json")


def test_the_command_gives_the_ticket() -> None:
    command = block("bash").decode()
    told = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    ticket = block("selected.tsv").decode().splitlines()[0].split("\t")[3]
    assert told.stdout.split()[0] == ticket


@pytest.mark.skipif(not SPECIFICATION.is_file(), reason="the design folder is not here")
def test_the_text_before_it_is_the_specification() -> None:
    assert DOCUMENT.encode().startswith(SPECIFICATION.read_bytes())
