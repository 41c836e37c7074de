"""What is checked in builds the same everywhere: locked, hashed, and tied to no machine."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.reading import ROOT, name_of, project_files

LOCKS = ("requirements.lock", "requirements-dev.lock")
PLACES = {
    "a home or work folder": r"(?<![\w.])/(?:home|root|Users|work|mnt|opt/[a-z]+)/[\w.-]+",
    "a temporary file": r"(?<![\w.])/tmp/[\w.-]+",
    "a package index": r"(?i)\bhttps?://[^\s\"')]*(?:pypi|simple/|artifactory|nexus|devpi|mirror)",
    "an index option": r"--(?:extra-)?index-url|--trusted-host|--find-links",
    "an address of a private network": r"\b(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}\b",
}
MEANT = {
    ("Dockerfile", "/home/openlot"): "the home of the image's own user",
    ("app/core/egress.py", "10.0.0.0"): "a network that callbacks may not reach",
    ("app/core/egress.py", "192.168.0.0"): "a network that callbacks may not reach",
    ("app/core/egress.py", "172.16.0.0"): "a network that callbacks may not reach",
}
SPEAKS_OF_THEM = {"tests/house/test_packaging.py", "tests/core/test_egress.py"}
BINARY = {".gz", ".zip", ".png", ".woff2"}


def test_no_file_names_a_machine_or_a_package_index():
    looked_at = 0
    faults = []
    for path in project_files():
        if path.suffix in BINARY or name_of(path) in SPEAKS_OF_THEM:
            continue
        looked_at += 1
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for what, pattern in PLACES.items():
                found = re.search(pattern, line)
                if found and (name_of(path), found[0]) not in MEANT:
                    faults.append(f"{name_of(path)}:{number} {what}: {found[0]}")
    assert looked_at >= 120
    assert not faults


def test_the_search_sees():
    for what, line in {
        "a home or work folder": 'open("/ho' + 'me/me/data.csv")',
        "a temporary file": "cd /tm" + "p/x1",
        "a package index": "https://py" + "pi.example/simple/",
        "an index option": "--index" + "-url x",
        "an address of a private network": "192.1" + "68.1.20",
    }.items():
        assert re.search(PLACES[what], line), what


def locked(name: str) -> dict[str, tuple[str, int, str]]:
    """Package -> (version, number of hashes, marker)."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        requirement = Requirement(line.partition(" --hash")[0])
        (version,) = requirement.specifier
        assert version.operator == "==", line[:60]
        assert requirement.url is None, line[:60]
        hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line)
        key = canonicalize_name(requirement.name)
        found[key] = (version.version, len(hashes), str(requirement.marker or ""))
    assert len(found) >= 30
    return found


def test_every_locked_package_is_pinned_and_hashed():
    for name in LOCKS:
        assert [package for package, (_, hashes, _) in locked(name).items() if hashes < 1] == []
        assert "://" not in (ROOT / name).read_text(encoding="utf-8"), name


def test_both_locks_agree():
    runtime, development = (locked(name) for name in LOCKS)
    assert set(runtime) <= set(development)
    assert {p: development[p] for p in runtime} == runtime


def wanted(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = list(project["dependencies"])
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


def test_the_locks_hold_what_the_project_asks_for():
    development = wanted("embedded", "build", "dev")
    assert len(development) >= 20
    for lock, requirements in (
        (LOCKS[0], wanted("embedded", "build")),
        (LOCKS[1], development),
    ):
        versions = locked(lock)
        for requirement in requirements:
            version, _, _ = versions[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{lock}: {requirement} {version}"


def test_every_dependency_has_a_word_on_why():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text[text.index("dependencies = [") : text.index("[project.scripts]")]
    lines = [line.strip() for line in block.splitlines() if line.strip().startswith('"')]
    assert len(lines) >= 20
    plain = {"pytest", "pytest-asyncio", "hypothesis", "mypy", "ruff", "import-linter"}
    for line in lines:
        name = Requirement(line.split('"')[1]).name
        assert name in plain or re.search(r"#\s*\w.{8,}", line), f"{name}: why is it here?"
