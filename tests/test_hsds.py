"""The HSDS feed: valid against the published schemas, complete, stable, and without what may not be shown."""

import csv
import json
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from msgspec import structs
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from hotline_router import freshness, hsds
from hotline_router.directory import Directory
from hotline_router.model import Channel, Concern, Conditions, Evidence, Hours, Kind, Role, Service, Weekly
from hotline_router.web import create_app
from hotline_router.web.hsds import LISTS, PREFIX, description
from tests.conftest import NOW, TODAY

SCHEMAS = {path.name: json.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "hsds_schema").glob("*.json")}
REGISTRY = Registry().with_resources(
    (name, Resource.from_contents(schema, default_specification=DRAFT202012)) for name, schema in SCHEMAS.items()
)
EXAMPLES = settings(max_examples=15, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
FORMATS = Draft202012Validator.FORMAT_CHECKER
# Types that the schemas only note for the data package.
READ = {
    "assured_date": date.fromisoformat,
    "valid_to": date.fromisoformat,
    "opens_at": lambda text: re.fullmatch(r"\d\d:\d\d:00(Z|[+-]\d\d:\d\d)", text) and time.fromisoformat(text).tzinfo,
    "closes_at": lambda text: time.fromisoformat(text).tzinfo,
}
HEADER = ["total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty", "contents"]


def check(name, document):
    """Holds a document against a published schema, formats included."""
    Draft202012Validator(SCHEMAS[f"{name}.json"], registry=REGISTRY, format_checker=FORMATS).validate(document)


@pytest.fixture(scope="module")
def feed(directory):
    return hsds.feed(directory, today=TODAY)


@pytest.fixture(scope="module")
def client(directory):
    app = create_app(directory, now=lambda: NOW, environment={"HOTLINE_ROUTER_RATELIMIT_API": "1000000 per minute"})
    return app.test_client()


@pytest.fixture
def ask(client):
    """Asks and checks what every answer for programs must be; returns the JSON."""

    def ask(path, status=200):
        response = client.get(PREFIX + path)
        assert response.status_code == status, response.text[:300]
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in response.headers
        assert response.mimetype == ("application/json" if status == 200 else "application/problem+json")
        assert status != 200 or (response.headers["Cache-Control"] == "public, max-age=3600" and response.headers["ETag"])
        return response.json

    return ask


def example(**changes):
    """A directory of one service, checked on 2026-01-10, with everything that a service can have."""
    evidence = Evidence(
        url="https://example.org/about",
        kind="official",
        read=date(2026, 1, 10),
        how="published-page",
        supports=(
            "name",
            "operator",
            "channels",
            "hours",
            "languages",
            "networks",
            "conditions",
            "concerns",
            "roles",
            "first_for",
            "crisis",
        ),
    )
    service = Service(
        id="de-example",
        name="Beispiel",
        name_en="Example",
        operator="Example e.V.",
        kind=Kind.HELPLINE,
        regions=("DE", "AT"),
        hosts=("example.org",),
        languages=("de", "zh-Hant"),
        networks=("INHOPE",),
        concerns=(Concern.GROOMING, Concern.SEXTORTION),
        first_for=(Concern.GROOMING,),
        roles=(Role.CHILD,),
        crisis=True,
        hours=Hours(zone="Europe/Berlin", weekly=(Weekly(days=("mo", "fr"), opens="18:00", closes="24:00"),)),
        conditions=Conditions(anonymous=True, needs=("id",), receives=("words",), platform_first=False, told=()),
        channels=(
            Channel(type="phone", number="116 111"),
            Channel(type="text", number="+49 30 000000", keyword="HALLO"),
            Channel(type="web", url="https://example.org/about", purpose="information"),
            Channel(type="web", url="https://example.org/form"),
            Channel(type="email", address="help@example.org"),
        ),
        evidence=(evidence,),
    )
    service = structs.replace(service, **changes)
    return Directory({service.id: service}, {}, {}, {}, {}, (), "sha256:example")


def the_service(directory, today):
    """The one service of a directory as it is published on a day."""
    made = hsds.feed(directory, today=today)
    (row,) = made.tables["service"].values()
    found = made.service(row, full=True)
    check("service", found)
    return found


def terms(found):
    return {(a["link_type"], a["taxonomy_term"]["code"]): a.get("value") for a in found.get("attributes", ())}


def services_run_by(name, feed):
    """How many services each organization of that name runs."""
    of = [id_ for id_, row in feed.tables["organization"].items() if row["name"] == name]
    return sorted(sum(s["organization_id"] == one for s in feed.tables["service"].values()) for one in of)


# --- against the published schemas -----------------------------------------------------------------------------------


def test_every_object_is_valid(feed):
    for row in feed.tables["service"].values():
        check("service", feed.service(row, full=True))
        check("service", feed.service(row, full=False))
    for row in feed.tables["organization"].values():
        check("organization", feed.organization(row, full=True))
    for row in feed.tables["taxonomy"].values():
        check("taxonomy", row)
    for row in feed.tables["taxonomy_term"].values():
        check("taxonomy_term", feed.term(row))
    for name in hsds.TABLES:
        for row in feed.tables[name].values():
            check(name, row)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("id",), "not-a-uuid"),
        (("status",), "open"),
        (("assured_date",), 20260110),
        (("last_modified",), "2026-01-10"),
        (("email",), "nobody"),
        (("phones", 0, "number"), 116111),
        (("schedules", 0, "opens_at"), 1800),
        (("schedules", 0, "freq"), "DAILY"),
        (("organization", "description"), None),
        (("attributes", 0, "taxonomy_term", "id"), "x"),
    ],
)
def test_a_broken_object_is_not(where, value):
    found = the_service(example(), TODAY)
    part = found
    for step in where[:-1]:
        part = part[step]
    assert where[-1] in part
    part[where[-1]] = value

    with pytest.raises(ValidationError):
        check("service", found)


def test_the_formats_of_the_schemas_are_really_checked():
    used = {p["format"] for s in SCHEMAS.values() for p in s.get("properties", {}).values() if "format" in p}

    assert used - set(FORMATS.checkers) <= {"uri"}  # needs a package of its own; the next test looks at addresses


def test_addresses_are_https(feed):
    for table in ("service", "url"):
        for row in feed.tables[table].values():
            assert row.get("url", "https://").startswith("https://")


def test_no_field_is_ours_and_none_is_empty(feed):
    """Each table has only columns of HSDS under the file name of HSDS, and no field is empty or null."""
    for name, table in hsds.TABLES.items():
        schema = SCHEMAS[f"{name}.json"]
        fields = [*table.required, *table.optional]
        assert set(fields) <= set(schema["properties"]), name
        assert table.path == schema["path"]
        assert set(schema["required"]) | set(schema.get("tabular_required", ())) <= set(table.required)
        for field in fields:
            said = schema["properties"][field]
            made = hsds.TYPES.get(field, {"type": "string"})
            assert made["type"] == said.get("datapackage_type", said["type"]) or made["type"] == said.get("format"), field
        for row in feed.tables[name].values():
            assert set(table.required) <= set(row) <= set(fields)
            assert all(value not in {None, ""} for value in row.values())
            for field in set(row) & set(READ):
                assert READ[field](row[field])


# --- what is mapped to what ------------------------------------------------------------------------------------------


def test_a_service_and_its_parts():
    found = the_service(example(), date(2026, 7, 1))

    assert (found["name"], found["alternate_name"], found["status"]) == ("Beispiel", "Example", "active")
    assert (found["url"], found["email"]) == ("https://example.org/form", "help@example.org")
    assert [(u["label"], u["url"]) for u in found["additional_urls"]] == [("information", "https://example.org/about")]
    assert (found["assured_date"], found["organization"]["name"]) == ("2026-01-10", "Example e.V.")
    assert found["description"] == "Helpline: people who listen; serves Austria, Germany."
    assert found["organization"]["description"] == "It runs: helpline: people who listen (Austria, Germany)."
    assert [(p["number"], p["type"], p.get("description")) for p in found["phones"]] == [
        ("116 111", "voice", None),
        ("+49 30 000000", "text", "Send the word HALLO to +49 30 000000"),
    ]
    assert [a["value"] for a in found["phones"][0]["attributes"]] == ["DE", "AT"]
    assert "attributes" not in found["phones"][1]
    assert [(a["extent"], a["extent_type"], a["name"]) for a in found["service_areas"]] == [
        ("DE", "text", "Germany"),
        ("AT", "text", "Austria"),
    ]
    assert [(x["code"], x["name"], x.get("note")) for x in found["languages"]] == [
        ("de", "German", None),
        ("zh", "Traditional Chinese", "BCP 47: zh-Hant"),
    ]
    assert [d["document"] for d in found["required_documents"]] == ["proof of who you are"]
    assert found["application_process"] == "You need: proof of who you are. You give: what happened, in your words."
    said = terms(found)
    assert ("kind", "kind:helpline") in said
    assert [code for kind, code in said if kind == "concern"] == ["concern:grooming", "concern:sextortion"]
    assert [code for kind, code in said if kind == "first-for"] == ["concern:grooming"]
    assert ("role", "role:child") in said
    assert ("crisis", "crisis:yes") in said
    assert ("anonymous", "anonymous:yes") in said
    assert ("platform-first", "platform-first:no") in said
    assert ("told", "told:nothing") in said
    assert not [key for key in said if key[0] == "replies"]  # not known
    assert said["record", "record:source"] == "https://example.org/about"


@pytest.mark.parametrize(
    ("today", "zone", "opens", "until"),
    [
        (date(2026, 7, 1), "Europe/Berlin", "18:00:00+02:00", "2026-10-24"),  # the clocks go back on the 25th
        (date(2026, 10, 24), "Europe/Berlin", "18:00:00+02:00", "2026-10-24"),
        (date(2026, 10, 25), "Europe/Berlin", "18:00:00+01:00", "2027-03-27"),
        (date(2027, 12, 1), "Europe/Berlin", "18:00:00+01:00", "2028-01-09"),  # its evidence is too old from the 10th on
        (date(2026, 7, 1), "Asia/Kolkata", "18:00:00+05:30", "2028-01-09"),  # no change of clocks
        (date(2026, 7, 1), "America/St_Johns", "18:00:00-02:30", "2026-10-31"),
        (date(2026, 1, 15), "Europe/London", "18:00:00Z", "2026-03-28"),
    ],
)
def test_a_schedule_holds_until_the_clocks_change_or_the_evidence_is_too_old(today, zone, opens, until):
    weekly = (Weekly(days=("mo", "fr"), opens="18:00", closes="24:00"),)
    (found,) = the_service(example(hours=Hours(zone=zone, weekly=weekly)), today)["schedules"]

    assert (found["freq"], found["byday"]) == ("WEEKLY", "MO,FR")
    assert (found["opens_at"], found["closes_at"][:8], found["valid_to"]) == (opens, "23:59:00", until)
    assert [a["value"] for a in found["attributes"]] == [zone]
    moment = datetime.fromisoformat(f"{today}T{found['opens_at']}")
    assert moment.utcoffset() == timedelta(hours=found["timezone"])


def test_round_the_clock():
    (found,) = the_service(example(hours=Hours(always=True)), TODAY)["schedules"]

    assert (found["opens_at"], found["closes_at"], found["timezone"]) == ("00:00:00Z", "23:59:00Z", 0)
    assert found["byday"] == "MO,TU,WE,TH,FR,SA,SU"


def test_unknown_is_left_out():
    more = {"concerns": (), "first_for": (), "roles": (), "crisis": False}
    nothing = example(hours=None, languages=None, conditions=Conditions(), name_en=None, operator=None, networks=(), **more)
    found = the_service(nothing, TODAY)

    assert not {"schedules", "languages", "alternate_name", "application_process", "required_documents"} & set(found)
    assert found["organization"]["name"] == "Beispiel"
    assert found["organization"]["description"].startswith("Whoever runs this service")
    assert {kind for kind, _ in terms(found)} == {"kind", "concern", "how", "record"}


def test_one_organization_for_one_operator_but_not_for_ministries_of_one_name(feed):
    (portals,) = services_run_by("Internet Watch Foundation", feed)
    assert portals > 30

    ministry = {"operator": "Ministry of Interior"}
    some = [
        example(**ministry, id="de-one", regions=("DE",), hosts=("one.example",)),
        example(**ministry, id="fr-two", regions=("FR",), hosts=("two.example",)),
        example(**ministry, id="fr-three", regions=("FR",), hosts=("three.example",)),
    ]
    services = {id_: service for one in some for id_, service in one.services.items()}
    both = hsds.feed(Directory(services, {}, {}, {}, {}, (), "sha256:example"), today=TODAY)
    assert services_run_by("Ministry of Interior", both) == [1, 2]


def test_platforms_are_services_of_their_company(feed):
    row = next(r for r in feed.tables["service"].values() if r["name"] == "Instagram")
    found = feed.service(row, full=True)

    assert found["organization"]["name"] == "Meta Platforms"
    assert ("kind", "kind:platform") in terms(found)
    assert "service_areas" not in found
    assert "A message: Open the chat." in found["application_process"]


# --- what may be shown -----------------------------------------------------------------------------------------------


def test_a_number_too_old_never_appears(tmp_path):
    old = date(2028, 1, 10)
    fresh, gone = the_service(example(), old - timedelta(days=1)), the_service(example(), old)

    assert the_service(example(hours=None), date(2027, 1, 9))["last_modified"] == "2026-01-10T00:00:00.000Z"
    assert the_service(example(hours=None), date(2027, 1, 10))["last_modified"] == "2027-01-10T00:00:00.000Z"  # a year old
    assert fresh["last_modified"] == "2027-10-31T00:00:00.000Z"  # the clocks changed
    assert ("freshness", "freshness:may-be-out-of-date") in terms(fresh)
    assert len(fresh["phones"]) == 2
    assert ("freshness", "freshness:withheld") in terms(gone)
    assert gone["last_modified"] == "2028-01-10T00:00:00.000Z"  # who asks for changes only must learn it
    assert gone["url"] == "https://example.org/"
    assert not {"phones", "email", "additional_urls"} & set(gone)
    for path in hsds.write_package(example(), tmp_path, today=old):
        text = path.read_text("utf-8")
        assert not [word for word in ("116 111", "+49 30", "help@", "/form") if word in text], path.name


def test_it_shows_what_the_planner_shows_on_any_day(directory):
    for today in (TODAY, date(2028, 9, 1), date(2030, 1, 1)):
        made = hsds.Feed(directory, today)
        ids = {
            a["value"]: a["link_id"] for a in made.tables["attribute"].values() if a.get("value") and a["link_type"] == "record"
        }
        for service in directory.services.values():
            found = None
            if service.status == "published":
                found = freshness.shown_on(service, directory, today)
            assert (service.id in ids) == (found is not None)
            if found:
                row = made.service(made.tables["service"][ids[service.id]], full=True)
                numbers = [p["number"] for p in row.get("phones", ())]
                assert numbers == [c.number for c in found.channels if c.number]
                urls = {row.get("url"), *(u["url"] for u in row.get("additional_urls", ()))} - {None}
                assert urls == {c.url for c in found.channels if c.url}
                assert row.get("email") in {c.address for c in found.channels if c.address} or "email" not in row


def test_what_is_not_published_or_not_proved_is_not_there():
    assert hsds.feed(example(status="unconfirmed"), today=TODAY).tables["service"] == {}
    (evidence,) = example().services["de-example"].evidence
    bare = example(evidence=(structs.replace(evidence, supports=("name", "channels.4")),))
    found = the_service(bare, TODAY)
    assert not {"phones", "url", "schedules", "languages", "application_process"} & set(found)
    assert found["organization"]["name"] == "Beispiel"  # the operator has no evidence


# --- ids, bytes, package ---------------------------------------------------------------------------------------------


def test_ids_are_unique_and_stay(feed, directory):
    every = [row["id"] for rows in feed.tables.values() for row in rows.values()]

    assert len(every) == len(set(every))
    assert all(UUID(one).version == 5 for one in every)
    later = hsds.Feed(directory, TODAY + timedelta(days=400))
    named = {i: row["name"] for i, row in feed.tables["service"].items()}
    assert {row["id"]: row["name"] for row in later.tables["service"].values()}.items() <= named.items()
    assert {r["name"]: i for i, r in feed.tables["service"].items()}["Instagram"] == "f317ae2a-1013-50aa-919d-5d970ce46b1c"


def test_the_package_is_the_same_twice_and_its_links_resolve(directory, feed, tmp_path):
    first, again = (hsds.write_package(directory, tmp_path / name, today=TODAY) for name in ("a", "b"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    package = json.loads(first[0].read_text("utf-8"))
    rows = {}
    for resource in package["resources"]:
        with (tmp_path / "a" / resource["path"]).open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert list(found[0]) == list(fields)
        assert len(found) == len(feed.tables[resource["name"]])
        for name, field in fields.items():
            values = [row[name] for row in found]
            rules = field.get("constraints", {})
            assert not rules.get("required") or all(values), name
            assert not rules.get("unique") or len(set(values)) == len(values), name
        rows[resource["name"]] = {row["id"]: row for row in found}
    linked = 0
    for resource in package["resources"]:
        for key in resource["schema"].get("foreignKeys", ()):
            targets = rows[key["reference"]["resource"]]
            values = [row[key["fields"]] for row in rows[resource["name"]].values()]
            assert set(values) <= set(targets), (resource["name"], key["fields"])
            linked += 1
    assert linked == 9
    for row in rows["attribute"].values():
        assert row["link_id"] in rows[row["link_entity"]]
    assert {p.name for p in first} == {"datapackage.json", *(r["path"] for r in package["resources"])}


def test_no_taxonomy_and_no_term_is_unused(feed):
    used = {row["taxonomy_term_id"] for row in feed.tables["attribute"].values()}

    assert set(feed.tables["taxonomy_term"]) == used
    assert {row["name"] for row in feed.tables["taxonomy"].values()} <= set(hsds.TAXONOMIES)


def test_the_profile_names_every_taxonomy_and_term(client, feed):
    text = client.get(PREFIX + "/profile").text
    names = {row["code"].split(":", 1)[1] for row in feed.tables["taxonomy_term"].values() if "network:" not in row["code"]}

    assert [name for name in (*hsds.TAXONOMIES, *sorted(names)) if f"`{name}`" not in text] == []


# --- over the web ----------------------------------------------------------------------------------------------------


def test_the_root(ask, client):
    found = ask("/")

    assert found["version"] == "3.1"
    assert client.get(found["profile"]).mimetype == "text/markdown"
    described = client.get(found["openapi_url"]).json
    validate(described)
    assert {f"/{name}" for name in LISTS} <= set(described["paths"])


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("path", sorted(description()["paths"]))
def test_it_does_what_it_describes(client, path, mode):
    """schemathesis asks what the description allows, and what it does not, and holds the answers against it."""
    operation = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", client.application)[path]["GET"]
    if mode is GenerationMode.NEGATIVE and path == "/":
        return  # there is nothing to send that is not allowed

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case):
        case.call_and_validate(excluded_checks=[positive_data_acceptance])  # how many pages there are is not described

    check()


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("size", [7, 100])
def test_pages_add_up_to_all(ask, feed, name, size):
    table = LISTS[name].table
    seen, number, last = [], 0, False
    page = SCHEMAS["openapi.json"]["components"]["schemas"]["Page"]
    if size == 7 and len(feed.tables[table]) > 200:
        size = 61  # the same over fewer pages
    while not last:
        number += 1
        found = ask(f"/{name}?page={number}&per_page={size}")
        assert list(found) == HEADER
        Draft202012Validator(page).validate(found)
        assert (found["page_number"], found["first_page"], found["empty"]) == (number, number == 1, False)
        assert found["size"] == len(found["contents"]) <= size
        seen += [row["id"] for row in found["contents"]]
        last = found["last_page"]
    assert (found["total_items"], found["total_pages"]) == (len(seen), number)
    assert seen == list(feed.tables[table])


@pytest.mark.parametrize("name", LISTS)
def test_one_of_each(ask, feed, name):
    table = LISTS[name].table
    one = next(iter(feed.tables[table]))
    found = ask(f"/{name}/{one}")

    assert found["id"] == one
    check(table, found)
    problem = ask(f"/{name}/00000000-0000-0000-0000-000000000000", 404)
    assert problem["status"] == 404
    assert ask(f"/{name}/{one}?full=true", 400)["title"] == "Unknown parameter"


def test_filters_add_up(ask, feed):
    code = {row["code"]: row for row in feed.tables["taxonomy_term"].values()}
    hotline, network = code["kind:hotline"], code["network:INHOPE"]
    every = ask(f"/services?taxonomy_term_id={hotline['id']}&per_page=100")
    both = ask(f"/services?taxonomy_term_id={hotline['id']}&taxonomy_id={network['taxonomy_id']}&full=true")
    body = both["contents"][0]["organization"]["id"]
    own = ask(f"/services?taxonomy_term_id={hotline['id']}&organization_id={body}")

    assert every["total_items"] > both["total_items"] > own["total_items"] > 0
    assert all(("kind", "kind:hotline") in terms(row) for row in both["contents"])
    assert all([k for k in terms(row) if k[0] == "network"] for row in both["contents"])
    assert "attributes" not in every["contents"][0]
    named = ask(f"/taxonomy_terms?taxonomy_id={hotline['taxonomy_id']}")
    assert {row["taxonomy_id"] for row in named["contents"]} == {hotline["taxonomy_id"]}
    nothing = ask("/services?organization_id=x")
    assert (nothing["total_items"], nothing["total_pages"], nothing["empty"], nothing["last_page"]) == (0, 1, True, True)


def test_who_asks_for_changes_gets_them(ask, feed):
    newest = max(row["last_modified"] for row in feed.tables["service"].values())
    every = ask("/services?minimal=true")
    changed = ask(f"/services?minimal=true&modified_after={newest[:10]}")

    assert every["total_pages"] == 1
    assert every["total_items"] == len(every["contents"]) == len(feed.tables["service"])
    for row in every["contents"]:
        assert list(row) == ["id", "name", "status", "last_modified"]
        check("service", row)
    assert 0 < changed["total_items"] < every["total_items"]
    assert {row["last_modified"] for row in changed["contents"]} == {newest}
    after = datetime.now(UTC).replace(year=2099).date()
    assert ask(f"/services?modified_after={after}T00:00:00Z")["empty"]


def test_organizations_name_their_services(ask):
    found = ask("/organizations?full=true&per_page=100")

    assert all(row["services"] for row in found["contents"])
    assert "services" not in ask("/organizations?per_page=1")["contents"][0]


@pytest.mark.parametrize(
    ("query", "parameter", "allowed"),
    [
        ("search=words", "search", "taxonomy_term_id"),
        ("page=0", "page", "1 to "),
        ("page=x", "page", "1 to "),
        ("page=99999", "page", "1 to "),
        ("page=" + "9" * 5000, "page", "1 to "),
        ("page=٣", "page", "1 to "),
        ("per_page=101", "per_page", "1 to 100"),
        ("per_page=-1", "per_page", "1 to 100"),
        ("full=yes", "full", "true"),
        ("format=ndjson", "format", "json"),
        ("modified_after=yesterday", "modified_after", "2026-11-22"),
        ("postcode=1", None, "per_page"),
        ("page=1&page=2", "page", None),
    ],
)
def test_refused(ask, query, parameter, allowed):
    problem = ask(f"/services?{query}", 400)

    assert problem.get("parameter") == parameter
    assert allowed is None or any(allowed in one for one in problem["allowed"])
    assert "words" not in json.dumps(problem).replace("by words", "")


def test_an_answer_that_has_not_changed_is_not_sent_again(client):
    for path in ("/", "/services", "/services?page=2", "/taxonomies", "/profile", "/openapi.json"):
        first = client.get(PREFIX + path)
        again = client.get(PREFIX + path, headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert client.options(PREFIX + "/services").headers["Access-Control-Allow-Methods"]


def test_it_is_made_once_a_day(directory, monkeypatch):
    made = []
    monkeypatch.setattr(hsds, "Feed", lambda *a: made.append(a) or SimpleNamespace(tables={}))
    directory = example()
    for day in (TODAY, TODAY, TODAY + timedelta(days=1)):
        hsds.feed(directory, today=day)

    assert len(made) == 2
