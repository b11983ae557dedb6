#!/usr/bin/env python3
"""What the documentation says is held against what is there: links, names, SQL examples, the example configuration."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from database import Cluster
from harness import BIN, REPO, Skip, expect, main, scratch_folder, test
from programs import Program
from sealing import new_key

PAGES = [REPO / "README.md", *sorted((REPO / "docs").rglob("*.md"))]
FIXTURE = pathlib.Path(__file__).with_name("docs_fixture.sql")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def text(*parts):
    return REPO.joinpath(*parts).read_text(encoding="utf-8")


def sources(*folders):
    return "\n".join(file.read_text(encoding="utf-8") for folder in folders
                     for file in sorted((REPO / folder).rglob("*.[ch]pp")))


def sql_text():
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((REPO / "sql").rglob("*.sql")))


def anchors(page):
    """As the forge makes them of headings."""
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", prose, re.M)}


@test
def every_link_leads_somewhere():
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"", page.read_text(encoding="utf-8")):
            target = target[0] or target[1]
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            leads_to = (page.parent / path).resolve() if path else page
            if not leads_to.exists() or (anchor and leads_to.suffix == ".md" and anchor not in anchors(leads_to)):
                broken.append(f"{page.relative_to(REPO)}: {target}")
    expect("broken links", broken, [])


@test
def nothing_speaks_of_the_machine_it_was_written_on():
    expect("pages with such paths", [page.name for page in PAGES if re.search(r"(?<!\w)/(work|tmp|root|home)/", page.read_text())], [])


@test
def every_sql_name_exists():
    sql = sql_text()
    known = set(re.findall(r"create (?:or replace )?(?:function|view|table|type|sequence)(?: if not exists)? reclaim\.(\w+)", sql))
    named = {name for page in PAGES for name in re.findall(r"\breclaim\.([a-z_]+)\b(?!\.)", page.read_text(encoding="utf-8"))}
    named -= {"toml", "example", "service", "py"}  # files
    expect("names that no file of sql/ makes", sorted(named - known), [])


@test
def operations_md_lists_every_metric_and_no_other():
    made = set(re.findall(r'"(reclaim_[a-z_]+)"', sources("worker", "receiver")))
    made = {name for name in made if name.startswith(("reclaim_worker_", "reclaim_receiver_"))}
    named = set(re.findall(r"\breclaim_(?:worker|receiver)_[a-z_]+\b", text("docs", "OPERATIONS.md")))
    named = {re.sub(r"_(bucket|count|sum)$", "", name) for name in named}
    expect("metrics that differ", sorted(made ^ named), [])


@test
def every_log_event_named_is_logged():
    logged = set(re.findall(r'log::(?:debug|info|warn|error|write)\([^"]*"(\w+)"', sources("common", "worker", "receiver")))
    logged |= {"seat_" + outcome for outcome in ("removed", "already_absent", "scheduled", "restored", "partly_restored", "already_held")}
    section = text("docs", "OPERATIONS.md").split("## Log events")[1].split("\n## ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", section, re.M) for name in re.findall(r"`(\w+)`", row)}
    expect("events nobody logs", sorted(named - logged), [])
    expect("the table is there", len(named) > 10, True)


@test
def state_machine_md_explains_every_audit_event():
    listed = re.search(r"audit_event_known check \(event_type in \((.*?)\)\)", sql_text(), re.S).group(1)
    events = re.findall(r"'(\w+)'", listed)
    page = text("docs", "STATE_MACHINE.md")
    expect("events without a row", [event for event in events if f"| `{event}`" not in page], [])


@test
def decisions_are_numbered_and_say_what_they_cost():
    files = sorted((REPO / "docs" / "decisions").glob("*.md"))
    expect("numbers", [int(file.name[:4]) for file in files], list(range(1, len(files) + 1)))
    page = text("docs", "ARCHITECTURE.md")
    for file in files:
        headings = re.findall(r"^## (.*)$", file.read_text(encoding="utf-8"), re.M)
        expect(f"headings of {file.name}", headings, ["Context", "Choice", "What it costs"])
        expect(f"ARCHITECTURE.md links {file.name}", f"decisions/{file.name}" in page, True)


def examples(page):
    """(kind, role, statements, what the page shows for them) of each block marked run=ROLE or refused=ROLE."""
    found = re.findall(r"^```sql (run|refused)=(\w+)\n(.*?)^```\n(?:\n?```text\n(.*?)^```)?", page.read_text(encoding="utf-8"),
                       re.S | re.M)
    return [(kind, "reclaim_" + role, statements, shown) for kind, role, statements, shown in found]


def shape(output):
    """The names of the columns, whichever way psql shows them."""
    wide = [[name.strip() for name in line.split("|")] for line, rule in zip(output.splitlines(), output.splitlines()[1:])
            if re.fullmatch(r"-+(\+-+)*", rule)]
    tall = re.findall(r"^(\w+) +\|", output.split("RECORD 1 ]")[-1].split("RECORD 2 ]")[0], re.M) if "RECORD 1" in output else []
    return wide, tall


def psql(database, role, statements):
    return subprocess.run(["psql", "-X", "-v", "SHOW_CONTEXT=never", "-P", "pager=off", database.url], text=True, capture_output=True,
                          input=f"\\set QUIET 1\nset role {role};\n{statements}", check=False)


@test
def sql_examples_do_what_the_pages_show():
    cluster = Cluster.shared()
    ran = 0
    try:
        for page in PAGES:
            database = None
            for kind, role, statements, shown in examples(page):
                if not database:
                    database = cluster.fresh_database()
                    subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", database.url, "-f", FIXTURE], check=True,
                                   stdout=subprocess.DEVNULL)
                done = psql(database, role, statements)
                ran += 1
                if kind == "refused":
                    said = re.sub(r"^psql:.*?: ", "", done.stderr, flags=re.M)
                    expect(f"{page.name}: the answer to\n{statements}", said.strip(), shown.strip())
                    continue
                expect(f"{page.name}: errors of\n{statements}", done.stderr, "")
                if shown:
                    expect(f"{page.name}: columns of\n{statements}", shape(done.stdout), shape(shown))
            if database:
                cluster.drop(database)
    finally:
        cluster.destroy()
    expect("there are examples", ran > 15, True)


CONFIG = "deploy/reclaim.example.toml"


def config_folder(content):
    """A folder in which the configuration finds every file it names."""
    folder = scratch_folder("config")
    for name in re.findall(r'^(?:\w+_)?file = "(?!/)(.*)"', content, re.M):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        # Each its own: two sources may not share a status token.
        file.write_text(SECRET if name.endswith(".secret") else "https://hooks.slack.example/services/x" if name.endswith(".url")
                        else f"a token of its own: {name}")
        if name.endswith("seal.key"):
            file.unlink()
            new_key(file)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                    "-subj", "/CN=test", "-keyout", folder / "test.key", "-out", folder / "test.pem"], check=True, capture_output=True)
    content = re.sub(r'"/etc/reclaim/tls/[\w-]+\.pem"', f'"{folder}/test.pem"', content)
    content = content.replace("/etc/reclaim/tls/receiver.key", f"{folder}/test.key")
    content = content.replace("tls/private-ca.pem", "test.pem").replace('"recipes/', f'"{REPO}/deploy/recipes/')
    content = re.sub(r"^conninfo = .*", 'conninfo = "host=127.0.0.1 port=1"', content, flags=re.M)  # nobody is there
    # Vendors are not asked for.
    content = re.sub(r'"https://(example\.okta\.com|api\.linear\.app|graph\.microsoft\.com|login\.microsoftonline\.com)\b', '"https://127.0.0.1:1', content)
    content = content.replace("proxy.example.com:3128", "127.0.0.1:1")
    # No port of the example may be in use here.
    (folder / "reclaim.toml").write_text(re.sub(r"^port = \d+", "port = 0", content, flags=re.M))
    return folder


def loads_in_both(content):
    if not (BIN / "reclaim-worker").exists() or not (BIN / "reclaim-receiver").exists():
        raise Skip(f"no programs in {BIN}")
    if not re.search(r"^port = ", content, re.M):
        content = content.replace("[receiver]\n", "[receiver]\nport = 0\n").replace("[receiver.ops]\n", "[receiver.ops]\nport = 0\n")
    folder = config_folder(content)
    receiver = sealer = None
    try:
        check = Program([BIN / "reclaim-worker", "check", "--config", folder / "reclaim.toml"], "check")
        check.wait(60)
        expect("the worker reads it: " + check.tail(), check.lines[0].startswith("ok       configuration"), True)
        receiver = Program([BIN / "reclaim-receiver", "--config", folder / "reclaim.toml"], "receiver")
        receiver.wait_line('"receiver_started"')
        expect("the receiver's end", receiver.terminate(), 0)
        sealer = Program([BIN / "reclaim-worker", "seal", "--config", folder / "reclaim.toml"], "sealer")
        sealer.wait_line('"sealer_started"')
        expect("the sealer's end", sealer.terminate(), 0)
    finally:
        for program in (receiver, sealer):
            if program:
                program.kill9()
        shutil.rmtree(folder)


@test
def the_example_configuration_loads_as_it_is():
    loads_in_both(text(CONFIG))


@test
def the_example_configuration_loads_with_every_key_given():
    loads_in_both(re.sub(r"^#(?=\S|$)", "", text(CONFIG), flags=re.M))


@test
def the_example_configuration_shows_every_key():
    readers = text("worker/config.cpp") + text("worker/credential_config.cpp") + text("worker/policy_config.cpp") + text("worker/seal_config.cpp") + text("receiver/config.cpp") + text("common/queue/database.cpp")
    keys = set(re.findall(r'(?:\.(?:text|optional_text|integer|flag|duration|texts|sub|subs|items)\(|_path\(\w+, |read_origin\(\w+, )'
                          r'"(\w+)"', readers))
    secrets = set(re.findall(r'\.(?:secrets|required_secret|optional_secret)\("(\w+)"', readers))
    shown = text(CONFIG)
    expect("keys it does not show", sorted(key for key in keys | {key + "_file" for key in secrets}
                                           if not re.search(rf"\b{key}\b", shown)), [])


@test
def the_units_are_what_systemd_understands():
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze is not here")
    folder = scratch_folder("units")
    try:
        for unit in sorted((REPO / "deploy" / "systemd").glob("*.service")):
            # The programs are installed elsewhere later; verify wants to see them.
            (folder / unit.name.replace("@", "@1")).write_text(re.sub(r"/usr/local/bin/\S+", "/bin/true", unit.read_text()))
        done = subprocess.run(["systemd-analyze", "verify", *sorted(folder.iterdir())], capture_output=True, text=True, check=False,
                              env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"})
        # It ends well even where it met a key it does not know: what it says counts.
        ours = [line for line in done.stderr.splitlines() if "reclaim" in line]
        expect("complaints", ours, [])
    finally:
        shutil.rmtree(folder)


main()
