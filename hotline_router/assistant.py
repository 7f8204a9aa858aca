"""A server for assistants (Model Context Protocol): option codes in; verbatim names, numbers and addresses out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import anyio
import mcp_types as types
import msgspec
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings

from hotline_router import __version__, opendata, output, planning, question, wording
from hotline_router.directory import Directory
from hotline_router.i18n import LANGUAGES, SOURCE, Language, language
from hotline_router.model import Concern, Kind, Role
from hotline_router.question import CODES, Unknown

INSTRUCTIONS = (
    "Official channels for reporting child sexual abuse material, grooming, sextortion and the like, as one ordered plan. "
    "Send option codes only. Never send what a person saw, wrote or was sent, and never ask them for it. "
    "Ask which region the person is in before you call 'plan'. "
    "Give the emergency advice first. Quote names, numbers and addresses letter by letter; do not paraphrase, shorten, "
    "complete or translate them, and never add a number from elsewhere. Say when each was checked. "
    "Do not show anything after its 'expires' day."
)
QUOTE = "Quote the names, numbers and addresses below as they stand. Do not paraphrase them."
ASK_REGION = (
    "Question for the person: which country or territory are you in? Numbers and hotlines differ, and a wrong one does harm. "
    "Call 'plan' again with 'region' as an ISO 3166-1 code such as DE, or with 'unknown' when the person does not want to say."
)
EMERGENCY_UNKNOWN = "If a child is in danger right now, call the emergency number of the place where you are."
UNKNOWN = "unknown"
BODY = 64_000  # bytes of a request; a call with all its codes is under 1,000


class Tool(NamedTuple):
    """One tool: what it says of itself, its parameters with their words, which of them are required, and what answers."""

    name: str
    says: str
    takes: dict[str, str]
    run: Callable[[dict[str, Any], Directory, date], list[str]]
    required: tuple[str, ...] = ()


def _emergency(region: str | None, directory: Directory, spoken: Language) -> str:
    """The emergency advice for a region, as the first thing that anybody reads."""
    near = [s.service for s in directory.serving(region) if s.reach == 0] if region else []
    calls = [
        wording.channel_text(channel, Kind.EMERGENCY, spoken)
        for service in near
        if service.kind is Kind.EMERGENCY
        for channel in service.channels
    ]
    if not calls:
        return EMERGENCY_UNKNOWN
    return f"{spoken.gettext('In danger right now?')} {'; '.join(calls)}"


def _plan(given: dict[str, Any], directory: Directory, today: date) -> list[str]:
    if given.get("region") is None:
        return [EMERGENCY_UNKNOWN, ASK_REGION]
    codes = dict(given)
    if codes["region"] == UNKNOWN:
        del codes["region"]
    asked = question.read(codes, directory)
    spoken = language(asked.language)
    plan = planning.plan(asked.situation, directory, today=today)
    text = "\n".join(output.plan_text(plan, directory, spoken))
    return [
        f"{_emergency(asked.region, directory, spoken)}\n{QUOTE}",
        text,
        output.plan_json(plan, spoken).decode(),
    ]


def _language(given: dict[str, Any], directory: Directory) -> Language:
    return language(question.code("language", given.get("language", SOURCE), directory))


def _regions(given: dict[str, Any], directory: Directory, today: date) -> list[str]:
    return [msgspec.json.encode(opendata.regions(_language(given, directory))).decode()]


def _platforms(given: dict[str, Any], directory: Directory, today: date) -> list[str]:
    return [msgspec.json.encode(opendata.platforms(directory, _language(given, directory))).decode()]


def _service(given: dict[str, Any], directory: Directory, today: date) -> list[str]:
    id = question.code("service", given.get("service"), directory)
    service = directory.shown_services[id]
    here = next((code for code in service.regions if code in CODES["region"](directory)), None)
    found = opendata.service_json(service, directory, today)
    if found is None:
        return ["Nothing of this service may be shown now: its evidence is too old."]
    return [f"{_emergency(here, directory, language(SOURCE))}\n{QUOTE}", msgspec.json.encode(found).decode()]


WORDS = {
    "region": "Where the person is: ISO 3166-1 code or XK; 'unknown' when they do not want to say. Ask first, never guess.",
    "child_region": "Where the child or the other person is, if elsewhere.",
    "platform": "Where it happened; a code of list_platforms.",
    "concern": "What it is about.",
    "role": "Who is asking.",
    "danger": "A child is in danger right now.",
    "tried_platform": "The platform was told and did not act.",
    "language": "Language of the answer.",
    "service": "The id of a service, as plans name it.",
}
TOOLS = (
    Tool(
        "plan",
        "The ordered plan for a situation: emergency advice, what to do and not to do, where to report, how to get pictures "
        "taken down, whom to talk to, and what to do when nobody acts.",
        {name: WORDS[name] for name in question.Question.__struct_fields__},
        _plan,
    ),
    Tool("list_regions", "All regions with their codes.", {"language": WORDS["language"]}, _regions),
    Tool("list_platforms", "All platforms with their codes.", {"language": WORDS["language"]}, _platforms),
    Tool(
        "get_service",
        "One service with its channels, conditions and evidence.",
        {"service": WORDS["service"]},
        _service,
        ("service",),
    ),
)


def _schema(tool: Tool, directory: Directory) -> dict[str, Any]:
    listed: dict[str, list[str]] = {"concern": [*Concern], "role": [*Role], "language": [*LANGUAGES]}
    listed |= {"region": [*sorted(CODES["region"](directory)), UNKNOWN], "child_region": sorted(CODES["region"](directory))}
    properties: dict[str, Any] = {}
    for name, words in tool.takes.items():
        kind: dict[str, Any] = {"type": "boolean"} if name in {"danger", "tried_platform"} else {"type": "string"}
        if name in listed:
            kind["enum"] = listed[name]
        elif kind["type"] == "string":
            kind["pattern"] = "^[a-z0-9]+(-[a-z0-9]+)*$"  # an id, never a sentence
        properties[name] = kind | {"description": words}
    return {"type": "object", "properties": properties, "required": [*tool.required], "additionalProperties": False}


def answer(name: str, given: dict[str, Any], directory: Directory, today: date) -> tuple[list[str], bool]:
    """The texts that answer a call of a tool, and whether it was refused. A refusal never repeats what was sent."""
    tool = next((tool for tool in TOOLS if tool.name == name), None)
    if tool is None:
        return [f"There is no such tool. Tools: {', '.join(t.name for t in TOOLS)}"], True
    if not set(given) <= set(tool.takes):
        return [f"Only these parameters are taken: {', '.join(tool.takes)}. Send option codes only."], True
    try:
        return tool.run(given, directory, today), False
    except Unknown as error:
        field = f" for '{error.field}'" if error.field else ""
        return [f"{error.detail} Send option codes only. Allowed{field}: {', '.join(error.allowed)}"], True


def make_server(directory: Directory, today: Callable[[], date]) -> Server[Any]:
    """The server, to be run over standard input and output or over HTTP; today is the clock."""

    async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
        reads = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
        return types.ListToolsResult(
            tools=[
                types.Tool(name=tool.name, description=tool.says, input_schema=_schema(tool, directory), annotations=reads)
                for tool in TOOLS
            ]
        )

    async def call_tool(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        texts, refused = answer(params.name, params.arguments or {}, directory, today())
        return types.CallToolResult(content=[types.TextContent(type="text", text=text) for text in texts], is_error=refused)

    server: Server[Any] = Server(
        "hotline_router",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    server.middleware.clear()  # it would hand each call to a tracer that somebody may have set up
    return server


def run(directory: Directory, today: Callable[[], date]) -> None:
    """Serves over standard input and output until they are closed."""
    server = make_server(directory, today)

    async def serve() -> None:
        async with stdio_server() as (reads, writes):
            await server.run(reads, writes, server.create_initialization_options())

    anyio.run(serve)


def run_http(directory: Directory, today: Callable[[], date], host: str, port: int) -> None:
    """Serves over HTTP at /mcp until stopped: no session, no log of requests."""
    import uvicorn

    for name in ("mcp", "uvicorn"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # they log sessions, hosts and what could not be read
    app = make_server(directory, today).streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=BODY,
        # Public and read-only: a page that tricks a browser into asking learns nothing that it could not ask itself.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    uvicorn.run(app, host=host, port=port, access_log=False, log_config=None, server_header=False)
