"""fusion trust: export the nation's bundle, import a partner's, show, set policy."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from exchange.cli import options
from exchange.cli.frame import Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Why
from exchange.input_file import read_file
from exchange.limits import POLICY_MAX
from exchange.words import say

with lazy_imports():
    from exchange import config
    from exchange.home import partner_bundles, policies
    from exchange.home.enrolment import refresh
    from exchange.home.nation import unlock_roots
    from exchange.home.nation_renewal import UnlockedNation
    from exchange.home.online_authority import declare_online
    from exchange.home.partner_bundles import Comparison
    from exchange.home.policies import Placed
    from exchange.home.trust_files import held_bundles, own_bundle
    from exchange.trust import bundle as bundles
    from exchange.trust import policies as policy_texts
    from exchange.trust.bundle import Bundle
    from exchange.trust.safety_number import nation_number, safety_number
    from tui.text.safe_text import safe

app = typer.Typer(help="Exchange trust bundles with a partner nation.")

File = Annotated[Path, argument("FILE", "The partner's bundle.")]


@subcommand(app, "export")
def export_(
    home: options.Home = options.HOME_DEFAULT,
    out: options.Out = None,
    json: options.Json = False,
) -> Reply:
    """Write your nation's bundle, to carry to a partner."""
    own = own_bundle(home)
    if out is not None:
        out.write_bytes(own.data)
    elif not json:
        options.write_bytes(own.data)
        return Reply({})
    found = {**summary(own), "nation_number": nation_number(own)}
    line = say(
        "{nation}, edition {serial}, written to {file}",
        nation=own.domain,
        serial=own.serial,
        file=out,
    )
    return Reply({**found, "out": str(out) if out else ""}, [line])


@subcommand(app, "import")
def import_(
    file: File, home: options.Home = options.HOME_DEFAULT, yes: options.Yes = False
) -> Reply:
    """Import a partner's bundle, after two officers compared the safety number.

    A later edition with the same roots needs no comparison. For one with new roots,
    each of the two officers types the number that the partner reads; --yes is not
    enough.
    """
    own, new = own_bundle(home), _bundle_in(file)
    ours = new.domain == own.domain
    number = "" if ours else safety_number(own, new)
    needed = partner_bundles.check_partner(home, new)
    if needed == Comparison.TYPED:
        _ask_number(new.domain, nation_number(new) if ours else number)
    elif needed == Comparison.CONFIRMED:
        if number:
            _show_number(own, new, number)
        asked = say("Does the partner read the same number? Type yes:")
        options.confirm(asked, yes=yes)
    typed = needed == Comparison.TYPED
    partner_bundles.install_partner(home, new.data, compared=typed)
    line = say(
        "{nation}, edition {serial}, imported", nation=new.domain, serial=new.serial
    )
    return Reply({**summary(new), "safety_number": number}, [line])


@subcommand(app, "show")
def show(home: options.Home = options.HOME_DEFAULT) -> Reply:
    """Show the bundles here, and the safety number with each partner."""
    own = own_bundle(home)
    bundles = []
    for bundle in held_bundles(home).values():
        ours = bundle.domain == own.domain
        number = None if ours else safety_number(own, bundle)
        bundles.append({**summary(bundle), "own": ours, "safety_number": number})
    lines = [line for one in bundles for line in _lines(one, own.domain)]
    return Reply({"bundles": bundles}, lines)


@subcommand(app, "online")
def online(
    out: options.Out0600,
    home: options.Home = options.HOME_DEFAULT,
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """At the nation: declare an online TLS authority, and write its key to FILE.

    It renews certificates for 45 days, for the same name and key: put FILE as
    online.key into the home of a node, and schedule `keys renew --unattended`. Protect
    it: a thief of this key can issue certificates of this nation.
    """
    home = home.expanduser()
    place = config.nation_home(home)
    options.check_free(out, force=False)
    with config.hold_lock(place.folder):
        asked = say("Let a machine in the network issue certificates? Type yes:")
        options.confirm(asked, yes=yes)
        secret = options.passphrase(passphrase_fd, say("the nation"))
        nation = UnlockedNation.open(home, secret, options.now())
        edition = declare_online(nation, out)
        refresh(home)
    lines = [
        say("written to {file}", file=out),
        say("Next: fusion trust export, and have every partner import it."),
    ]
    return Reply({**summary(edition), "out": str(out)}, lines)


PolicyFile = Annotated[
    Path | None,
    argument("FILE", "Policy: a C2SP tlog-policy, of release, or of rules."),
]
Retention = Annotated[
    int | None,
    option("--retention", "State instead how long sealed text is kept.", "DAYS"),
]


@subcommand(app, "policy")
def policy(
    file: PolicyFile = None,
    home: options.Home = options.HOME_DEFAULT,
    retention: Retention = None,
    out: options.OutFolder = None,
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """Set required cosigners and releasers, the retention of texts, or the rules.

    On the nation's machine: its roots sign it for the log of each of its nodes. On
    another node's machine: give the nation's --out file as FILE. A running node records
    it within a second.
    """
    home = home.expanduser()
    if (home / "nation").is_dir():
        text = _policy_text(file, retention)
        domain, nodes = _state(home, text, out, yes=yes, passphrase_fd=passphrase_fd)
    elif file is not None and retention is None:
        domain, nodes = policies.take(home, read_file(file))
    else:
        raise Refusal(Reason.HOME, "nation")
    lines = (f"{node['name']}: {say(node['at'])}" for node in nodes)
    return Reply({"domain": domain, "nodes": nodes}, lines)


def _policy_text(file: Path | None, retention: int | None) -> bytes:
    """Raise Refusal(FIELD_MISSING | INPUT | POLICY)."""
    if (file is None) == (retention is None):
        where = say("FILE or --retention DAYS")
        raise Refusal(Reason.FIELD_MISSING, where, ONE_OF_THEM)
    if file is None:
        return policy_texts.retention(retention or 0)
    text = read_file(file, POLICY_MAX)
    policy_texts.read(text)
    return text


def _state(
    home: Path, said: bytes, out: Path | None, *, yes: bool, passphrase_fd: int | None
) -> "tuple[str, list[Placed]]":
    """Sign it after the operator read it; return domain and places."""
    nation = config.nation_home(home)
    with config.hold_lock(nation.folder):
        proposal = policies.propose(home, said, out)
        nodes, text = proposal.bundle.nodes, proposal.text.decode(errors="replace")
        shown = [say("For the logs of {nodes}:", nodes=", ".join(nodes))]
        shown += [f"    {safe(line)}" for line in text.splitlines()]
        print("\n".join(shown), file=sys.stderr)
        options.confirm(say("Sign this? Type yes:"), yes=yes)
        secret = options.passphrase(passphrase_fd, say("the nation"))
        roots = unlock_roots(nation.root_key, secret)
        return proposal.bundle.domain, policies.state(proposal, roots, options.now())


def _bundle_in(file: Path) -> "Bundle":
    data = read_file(file)
    try:
        return bundles.read(data)
    except Refusal as refusal:
        where = f"{file.name}: {refusal.where}"
        raise Refusal(refusal.reason, where) from None


def summary(bundle: "Bundle") -> dict[str, Any]:
    nodes = [
        {"name": node.name, "addresses": list(node.addresses)}
        for node in bundle.nodes.values()
    ]
    return {
        "domain": bundle.domain,
        "serial": bundle.serial,
        "issued": bundle.issued,
        "nodes": nodes,
    }


def _show_number(own: "Bundle", new: "Bundle", number: str) -> None:
    """Print the number to stderr: stdout may be for a program."""
    groups = number.split(" ")
    told = say(
        "Safety number of {ours} and {theirs}:", ours=own.domain, theirs=new.domain
    )
    print(told, file=sys.stderr)
    for start in range(0, len(groups), 4):
        print("   ", " ".join(groups[start : start + 4]), file=sys.stderr)


def _ask_number(domain: str, number: str) -> None:
    """Ask for the safety number of new roots; raise Refusal(INPUT).

    Ours is not shown: officers must type the one that the nation reads to them.
    """
    if not sys.stdin.isatty():
        why = Why("there is no terminal for two officers to type the number at")
        raise Refusal(Reason.INPUT, say("safety number"), why)
    asked = say("{nation} has new roots.", nation=domain)
    print(asked, file=sys.stderr)
    for question in (
        say("First officer, type the number that is read to you:"),
        say("Second officer, have it read again, and type it:"),
    ):
        print(question, end=" ", file=sys.stderr, flush=True)
        if "".join(sys.stdin.readline().split()) != number.replace(" ", ""):
            why = Why(
                "not the number of this file; no changes made. Have it read again; if"
                " it still differs, do not trust the file"
            )
            raise Refusal(Reason.INPUT, say("safety number"), why)


def _lines(nation: dict[str, Any], own: str) -> Iterator[str]:
    line = say(
        "{nation}, edition {serial}", nation=nation["domain"], serial=nation["serial"]
    )
    yield say("{bundle}, own", bundle=line) if nation["own"] else line
    for node in nation["nodes"]:
        yield f"    {node['name']}  {' '.join(node['addresses'])}"
    if not nation["own"]:
        line = say(
            "safety number of {ours} and {theirs}:", ours=own, theirs=nation["domain"]
        )
        yield f"    {line}"
        yield f"    {nation['safety_number']}"
