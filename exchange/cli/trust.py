"""fusion trust: carry a nation's bundle out, take a partner's in, look at both.

And state the nation's policies.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.cli import options
from exchange.errors import Reason, Refusal
from exchange.words import say

if TYPE_CHECKING:
    from exchange.config import Part
    from exchange.trust.bundle import Bundle

app = typer.Typer(help="Exchange trust bundles with a partner nation.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A partner's bundle.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Else to stdout.")
]


@app.command("export")
def export_(
    home: options.Home = options.HOME_DEFAULT,
    out: Out = None,
    json: options.Json = False,
) -> None:
    """Write the nation's own bundle, to be carried to a partner."""
    from exchange.trust.safety_number import nation_number

    own = own_bundle(home)
    if out is None and not json:
        options.write_bytes(own.data)
        return
    if out is not None:
        out.write_bytes(own.data)
    found = {**summary(own), "nation_number": nation_number(own)}
    if json:
        options.emit({**found, "out": str(out) if out else ""})
        return
    print(
        say(
            "{nation}, edition {serial}, written to {file}",
            nation=own.domain,
            serial=own.serial,
            file=out,
        )
    )


@app.command("import")
def import_(
    file: File,
    home: options.Home = options.HOME_DEFAULT,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Take a partner's bundle, after two officers compared the safety number.

    A later edition with the same roots needs no comparing.
    """
    from exchange.trust.safety_number import safety_number

    own, new = own_bundle(home), _bundle_in(file)
    number = safety_number(own, new) if new.domain != own.domain else ""
    if check(home, new):
        if number:
            _show_number(own, new, number)
        asked = say("Does the partner read the same number? Type yes:")
        options.confirm(asked, yes=yes)
    install(home, new.data)
    if json:
        options.emit({**summary(new), "safety_number": number})
    else:
        told = say(
            "{nation}, edition {serial}, imported",
            nation=new.domain,
            serial=new.serial,
        )
        print(told)


@app.command("show")
def show(home: options.Home = options.HOME_DEFAULT, json: options.Json = False) -> None:
    """Show the bundles held, and the safety number with each partner."""
    from exchange.trust.safety_number import safety_number

    own = own_bundle(home)
    found = []
    for bundle in held_bundles(home).values():
        ours = bundle.domain == own.domain
        number = None if ours else safety_number(own, bundle)
        found.append({**summary(bundle), "own": ours, "safety_number": number})
    if json:
        options.emit({"bundles": found})
        return
    for one in found:
        _print(one, own.domain)


@app.command("policy")
def policy(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="In C2SP tlog-policy syntax.")
    ] = None,
    home: options.Home = options.HOME_DEFAULT,
    retention: Annotated[
        int | None,
        typer.Option(metavar="DAYS", help="Instead: how long sealed text is kept."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="For the nodes that are elsewhere."),
    ] = None,
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """State who must cosign the nation's logs, or how long sealed text is kept.

    At the nation: its roots sign it for the log of each of its nodes. At a node that
    is elsewhere: FILE is what the nation wrote for it with --out. Either way it is
    recorded at the node's next start.
    """
    from exchange.cli import policies

    home = home.expanduser()
    if (home / "nation").is_dir():
        asked = policies.Asked(policies.text(file, retention), out, yes)
        found = policies.state(home, asked, passphrase_fd)
    elif file is not None and retention is None:
        found = policies.take(home, options.read_file(file))
    else:
        raise Refusal(Reason.HOME, "nation")
    if json:
        options.emit(found)
    else:
        for node in found["nodes"]:
            print(f"{node['name']}: {say(node['at'])}")


def install(home: Path, data: bytes) -> "Bundle":
    """Put a bundle into the node and the desk of a home, nobody is asked.

    Raise Refusal(BUNDLE | SERIAL), before anything is written; HOME where there is
    neither.
    """
    from exchange.cli import parts
    from exchange.trust import bundle as bundles

    new = bundles.read(data)
    check(home, new)
    for part in parts.parts_of(home.expanduser()):
        parts.install_bundle(part.trust, new)
    return new


def _bundle_in(file: Path) -> "Bundle":
    from exchange.trust import bundle as bundles

    data = options.read_file(file)
    try:
        return bundles.read(data)
    except Refusal as refusal:
        where = f"{file.name}: {refusal.where}"
        raise Refusal(refusal.reason, where) from None


def check(home: Path, new: "Bundle") -> bool:
    """Return whether a bundle is the first of its nation in some part of a home.

    Raise Refusal where it may not take the place of the one that is held.
    """
    from exchange import config
    from exchange.cli import parts
    from exchange.trust import bundle as bundles

    found = parts.parts_of(home.expanduser())
    if not found:
        raise Refusal(Reason.HOME, say("node, desk or auditor"), config.absent(home))
    held = [bundles.load_all(part.trust).get(new.domain) for part in found]
    for part, one in zip(found, held, strict=True):
        bundles.accept(new, one)
        if one is not None:
            _check_continued(part, one, new)
    return None in held


def _check_continued(part: "Part", held: "Bundle", new: "Bundle") -> None:
    """Raise Refusal(MISSING) for a log n + 1 of which no fork of log n is proven here.

    To import such an edition is the partner's consent; a desk and an auditor have
    no proof at hand and follow their node.
    """
    from exchange.cli import log
    from exchange.config import NodeHome

    for name, node in held.nodes.items():
        more = new.nodes[name].origins[-1] != node.origins[-1]
        if more and isinstance(part, NodeHome):
            log.proven(part, node.origins[-1], {held.domain: held})


def own_bundle(home: Path) -> "Bundle":
    """Return the bundle of a home's own nation; raise Refusal(HOME)."""
    from exchange import config
    from exchange.cli import parts
    from exchange.trust import names

    home = home.expanduser()
    nation = config.NationHome(home / "nation")
    if nation.bundle.is_file():
        return parts.read_bundle(nation.bundle)
    for part in parts.parts_of(home):
        domain = names.domain_of(parts.read_request(part.request).name)
        path = part.trust / f"{domain}.bundle"
        if path.is_file():
            return parts.read_bundle(path)
    raise Refusal(Reason.HOME, say("trust bundle of the own nation"))


def held_bundles(home: Path) -> "dict[str, Bundle]":
    """Return every bundle of a home by domain, the node's before the desk's."""
    from exchange.cli import parts
    from exchange.trust import bundle as bundles

    own = own_bundle(home)
    found = {own.domain: own}
    for part in parts.parts_of(home.expanduser()):
        for domain, bundle in bundles.load_all(part.trust).items():
            found.setdefault(domain, bundle)
    return dict(sorted(found.items()))


def summary(bundle: "Bundle") -> dict[str, Any]:
    """Return what is told of a bundle, ready for JSON."""
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
    """On stderr: stdout may be for a program."""
    groups = number.split(" ")
    told = say(
        "Safety number of {ours} and {theirs}:", ours=own.domain, theirs=new.domain
    )
    print(told, file=sys.stderr)
    for start in range(0, len(groups), 4):
        print("   ", " ".join(groups[start : start + 4]), file=sys.stderr)


def _print(one: dict[str, Any], own: str) -> None:
    told = say("{nation}, edition {serial}", nation=one["domain"], serial=one["serial"])
    print(say("{bundle}, own", bundle=told) if one["own"] else told)
    for node in one["nodes"]:
        print(f"    {node['name']}  {' '.join(node['addresses'])}")
    if not one["own"]:
        told = say(
            "safety number of {ours} and {theirs}:", ours=own, theirs=one["domain"]
        )
        print(f"    {told}")
        print(f"    {one['safety_number']}")
