"""The command line: serve, route, rules, lint, stats, new. Modules that a command needs are imported inside it."""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from hotline_router import __version__
from hotline_router.directory import DATA, ID, BrokenDirectory, Directory, load_directory
from hotline_router.i18n import LANGUAGES, language
from hotline_router.model import FRESH_MONTHS, SHOWN_MONTHS, TRUST, Concern, Kind, Role, Situation
from hotline_router.places import regions
from hotline_router.planning import PORTAL
from hotline_router.times import months_between

T = TypeVar("T")
DAY = click.DateTime(["%Y-%m-%d"])


def _today(given: datetime | None) -> date:
    return given.date() if given else datetime.now(UTC).date()


def _load() -> Directory:
    try:
        return load_directory()
    except BrokenDirectory as error:
        raise click.ClickException(f"the data cannot be used:\n{error}") from error


def _code(value: str | None, allowed: Collection[str], option: str) -> str | None:
    """The code as the directory writes it; exit 2 with the allowed ones when it is none of them."""
    if value is None:
        return None
    for code in (value, value.upper(), value.lower()):
        if code in allowed:
            return code
    raise click.BadParameter(f"unknown code. Allowed: {', '.join(sorted(allowed))}", param_hint=option)


def _with_extra(name: str, run: Callable[[], T]) -> T:
    """What run gives; a clear error when it needs an extra that is not installed."""
    try:
        return run()
    except ModuleNotFoundError as error:
        hint = f"{error.name} is missing; install it with: pip install 'hotline-router[{name}]'"
        raise click.ClickException(hint) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Official channels for reporting child sexual abuse material, grooming and sextortion, in one ordered plan."""


@main.command()
@click.option("--region", help="where the person is: ISO 3166 code, such as DE; left out when unknown")
@click.option("--child-region", help="where the child or the other person is, if elsewhere")
@click.option("--platform", help="where it happened, such as instagram; left out when unknown")
@click.option("--concern", type=click.Choice([c.value for c in Concern]), default="unsure", help="what it is about")
@click.option("--role", type=click.Choice([r.value for r in Role]), help="who is asking")
@click.option("--danger", is_flag=True, help="a child is in danger right now")
@click.option("--tried-platform", is_flag=True, help="the platform was told and did not act")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", help="language of the answer")
@click.option("--today", type=DAY, help="plan as on this day (2026-11-22)")
@click.option("--json", "as_json", is_flag=True, help="the plan as JSON")
@click.option("--explain", is_flag=True, help="which rule put each referral there")
def route(lang: str, today: datetime | None, as_json: bool, explain: bool, **answers: Any) -> None:
    """Print the plan for a situation."""
    from hotline_router import output, planning

    directory = _load()
    for option in ("region", "child_region"):
        answers[option] = _code(answers[option], regions(), f"--{option.replace('_', '-')}")
    answers["platform"] = _code(answers["platform"], directory.shown_platforms, "--platform")
    answers["concern"] = Concern(answers["concern"])
    answers["role"] = Role(answers["role"]) if answers["role"] else None
    situation, day = Situation(**answers), _today(today)
    if explain:
        for rule, added in planning.trace(situation, directory, today=day):
            ids = ", ".join(r.entry.id + (" (withheld)" if r.withheld else "") for r in added)
            click.echo(f"{rule.purpose.value:9} {rule.reason.value:21} {rule.says}: {ids or '-'}")
        return
    found = planning.plan(situation, directory, today=day)
    if as_json:
        click.echo(output.plan_json(found, language(lang)))
    else:
        now = None if today else datetime.now(UTC)  # who answers now is said for now only
        click.echo("\n".join(output.plan_text(found, directory, language(lang), now)))


@main.command()
def rules() -> None:
    """Print the decision table: the rows in their order, each with its step and what it adds."""
    from hotline_router.planning import RULES

    for rule in RULES:
        click.echo(f"{rule.purpose.value:9} {rule.reason.value:21} {'else ' if rule.fallback else ''}{rule.says}")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen on")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="processes")
@click.option("--dev", is_flag=True, help="Flask's own server, for work on the code")
def serve(host: str, port: int, workers: int, dev: bool) -> None:
    """Run the web app."""
    from hotline_router.web import create_app

    # Several workers must hash an address to the same key.
    os.environ.setdefault("HOTLINE_ROUTER_RATELIMIT_KEY", secrets.token_hex(32))
    try:
        app = create_app()
    except BrokenDirectory as error:
        raise click.ClickException(f"the data cannot be used:\n{error}") from error
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if not app.config["CONTACT"]:
        click.echo("warning: HOTLINE_ROUTER_CONTACT is not set; every page says that nobody runs this copy", err=True)
    click.echo(f"http://{host}:{port}/", err=True)
    from hotline_router.web import server

    if dev:
        server.run_dev(app, host, port)
    else:
        first = iter([app])  # made already, to refuse broken data before anything listens
        server.run(lambda: next(first, None) or create_app(), f"{host}:{port}", workers)


@main.command()
@click.option("--http", is_flag=True, help="over HTTP at /mcp, instead of standard input and output")
@click.option("--host", default="127.0.0.1", show_default=True, help="with --http: address to listen on")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(1, 65535), help="with --http")
def mcp(http: bool, host: str, port: int) -> None:
    """Serve assistants (Model Context Protocol)."""
    assistant = _with_extra("mcp", lambda: import_module("hotline_router.assistant"))
    directory = _load()
    if http:
        assistant.run_http(directory, lambda: _today(None), host, port)
    else:
        assistant.run(directory, lambda: _today(None))


@main.command()
@click.option("--today", type=DAY, help="lint as on this day")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=DATA)
def lint(folder: Path, today: datetime | None) -> None:
    """Check the data; exit 1 when there is a problem."""
    from hotline_router.lint import lint as run

    problems = run(folder, today=_today(today))
    for problem in problems:
        click.echo(f"{problem.path}: {problem.check}: {problem.message}\n    remedy: {problem.remedy}")
    if problems:
        raise click.exceptions.Exit(1)
    click.echo("no problem found")


OUT = click.Path(file_okay=False, path_type=Path)


@main.command()
@click.option("--site", type=OUT, help="new folder for the static site: every page and the questions, without a server")
@click.option(
    "--lang", "languages", multiple=True, type=click.Choice(LANGUAGES), help="with --site: a language; all when left out"
)
@click.option("--data", type=OUT, help="folder for the open data: JSON, CSV, the table of plans, checksums")
@click.option("--hsds", type=OUT, help="folder for the tabular data package of HSDS 3.1")
@click.option("--embed", type=click.Path(dir_okay=False, path_type=Path), help="zip of the cards and the script to embed")
@click.option(
    "--base-url",
    envvar="HOTLINE_ROUTER_BASE_URL",
    help="with --site or --embed: where it will be reached, such as https://help.example",
)
@click.option("--since", type=click.Path(exists=True, file_okay=False, path_type=Path), help="with --data: a release before")
@click.option("--sign", "key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="with --data: minisign key")
@click.option("--today", type=DAY, help="as may be shown on this day")
def export(
    site: Path | None,
    languages: tuple[str, ...],
    data: Path | None,
    hsds: Path | None,
    embed: Path | None,
    base_url: str | None,
    since: Path | None,
    key: Path | None,
    today: datetime | None,
) -> None:
    """Write files for others to publish or to use."""
    if not (site or data or hsds or embed):
        raise click.UsageError("say what to write: --site FOLDER, --data FOLDER, --hsds FOLDER, --embed FILE.zip")
    if (since or key) and not data:
        raise click.UsageError("--since and --sign go with --data")
    directory, day = _load(), _today(today)
    noon = datetime.combine(day, time(12), UTC)
    if site:
        from hotline_router.export import write_site

        try:
            made = write_site(site, directory, languages=languages or LANGUAGES, base_url=base_url or "", now=noon)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{site}: {made.files} files, {made.size / 1e6:.1f} MB, {made.seconds:.0f} s")
    if data:
        from hotline_router import release

        try:
            _say(release.write(directory, data, today=day, since=since))
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        if key:
            password = os.environ.get("HOTLINE_ROUTER_SIGN_PASSWORD")
            try:
                _say([_with_extra("sign", lambda: release.sign(data, key, password))])
            except ValueError as error:
                raise click.ClickException(f"{key} cannot be used to sign: {error}") from error
    if hsds:
        from hotline_router.hsds import write_package

        _say(write_package(directory, hsds, today=day))
    if embed:
        from hotline_router.web import create_app
        from hotline_router.web.embed import write_zip

        try:
            write_zip(create_app(directory, now=lambda: noon), embed, base_url=base_url or "")
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        _say([embed])


def _say(paths: list[Path]) -> None:
    size = sum(path.stat().st_size for path in paths)
    where = f"{paths[0].parent}: {len(paths)} files" if len(paths) > 1 else str(paths[0])
    click.echo(f"{where}, {size / 1e6:.1f} MB")


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="the publisher's minisign public key")
def verify_data(folder: Path, key: Path | None) -> None:
    """Check that files of open data are as they were published; exit 1 when not."""
    from hotline_router import release

    wrong = _with_extra("sign", lambda: release.verify(folder, key))
    for line in wrong:
        click.echo(line)
    if wrong:
        raise click.exceptions.Exit(1)
    signed = "and the signature is the publisher's" if key else "the signature was not looked at: name the publisher's --key"
    click.echo(f"all files are as they were published; {signed}")


def table(directory: Directory) -> dict[str, Counter[str]]:
    """For each region, EU and 001: how many services of each kind are named for it, and how many are not shown."""
    rows: dict[str, Counter[str]] = {code: Counter() for code in sorted(regions())}
    for service in directory.services.values():
        column = service.kind.value if service.status == "published" else service.status
        if service.status == "published" and PORTAL in service.networks:
            column = "portal"
        for code in service.regions:
            rows.setdefault(code if code in {"001", "EU"} else code[:2], Counter())[column] += 1
    return rows


def summary(directory: Directory, today: date) -> dict[str, Any]:
    """What the directory has in all, as on a day: coverage of the regions, kinds of evidence, age."""
    rows = table(directory)
    own = [rows[code] for code in regions()]
    shown = [s for s in directory.services.values() if s.status == "published"]
    lasting = [s for s in shown if s.kind is not Kind.EMERGENCY]
    best: Counter[str] = Counter(s.source.kind for s in lasting)
    months = [months_between(s.newest.age_from, today) for s in lasting]
    return {
        "date": today.isoformat(),
        "services shown": len(shown),
        "services unconfirmed": sum(s.status == "unconfirmed" for s in directory.services.values()),
        "platforms shown": len(directory.shown_platforms),
        "regions": len(own),
        "regions with an emergency number": sum(row["emergency"] > 0 for row in own),
        "regions with a hotline of their own": sum(row["hotline"] > 0 for row in own),
        "regions with a police channel": sum(row["police"] > 0 for row in own),
        "regions with a helpline": sum(row["helpline"] > 0 for row in own),
        "regions with a portal and no hotline": sum(row["portal"] > 0 and not row["hotline"] for row in own),
        "regions with neither hotline, police channel nor portal": sum(
            not (row["hotline"] or row["police"] or row["portal"]) for row in own
        ),
        "best evidence of shown services, emergency numbers left out": {kind: best[kind] for kind in TRUST if best[kind]},
        "age of that evidence": {
            "under 12 months": sum(m < FRESH_MONTHS for m in months),
            "12 to 24 months": sum(FRESH_MONTHS <= m < SHOWN_MONTHS for m in months),
            "over 24 months": sum(m >= SHOWN_MONTHS for m in months),
        },
    }


@main.command()
@click.option("--json", "as_json", is_flag=True, help="as JSON")
@click.option("--summary", "short", is_flag=True, help="the summary alone")
@click.option("--today", type=DAY, help="ages as on this day; the day of the data when left out")
def stats(as_json: bool, short: bool, today: datetime | None) -> None:
    """Count what the directory has, for each region and in all."""
    directory = _load()
    rows = table(directory)
    total = summary(directory, today.date() if today else directory.date)
    if as_json:
        click.echo(json.dumps({"summary": total, "regions": {k: dict(v) for k, v in rows.items()}}, indent=2))
        return
    columns = [*(kind.value for kind in Kind), "portal", "unconfirmed", "retired"]
    if not short:
        click.echo("region  " + " ".join(columns))
        for region, row in rows.items():
            click.echo(f"{region:7} " + " ".join(f"{row[c] or '-':>{len(c)}}" for c in columns))
        click.echo()
    for name, value in total.items():
        text = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        click.echo(f"{name}: {text}")


SERVICE = """\
name = ""             # the service's own name, own script
operator = ""
kind = "{kind}"
regions = ["{region}"]
hosts = [""]
status = "unconfirmed"    # take this line out when the evidence below is real

[conditions]          # leave lines out when unknown: anonymous, needs, receives, platform_first, replies, told

[[channels]]
type = "web"
url = "https://"

[[evidence]]
url = "https://"
kind = "official"
read = {today}
how = "published-page"
supports = ["name", "operator", "channels.0"]
"""
PLATFORM = """\
name = ""
operator = ""
category = "social"
hosts = [""]
status = "unconfirmed"

[[channels]]
type = "web"
url = "https://"

[[evidence]]
url = "https://"
kind = "official"
read = {today}
how = "published-page"
supports = ["name", "operator", "channels.0"]
"""


@main.command()
@click.argument("entry_id")
@click.option("--region", help="for a service: the region it serves; without it a platform is made")
@click.option("--kind", type=click.Choice([k.value for k in Kind]), default="hotline", help="for a service: what it is")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=DATA, hidden=True)
def new(entry_id: str, region: str | None, kind: str, folder: Path) -> None:
    """Make the file of a new entry, to be filled in."""
    if not ID.match(entry_id):
        raise click.BadParameter("use small letters, digits and single hyphens", param_hint="ENTRY_ID")
    code = _code(region, regions() | {"EU", "001"}, "--region")
    if code is None:
        path, text = folder / "platforms" / f"{entry_id}.toml", PLATFORM
    else:
        place = {"001": "global", "EU": "eu"}.get(code, code.lower())
        path, text = folder / "services" / place / f"{entry_id}.toml", SERVICE
    if any(folder.rglob(f"{entry_id}.toml")):
        raise click.BadParameter("an entry of this id exists", param_hint="ENTRY_ID")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(kind=kind, region=code, today=datetime.now(UTC).date()), "utf-8")
    click.echo(f"{path}\nFill it in, then run: hotline-router lint")
