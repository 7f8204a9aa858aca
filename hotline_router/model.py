"""The words of the project as frozen structs and closed vocabularies.

Meaning of every word: the table in the README. No behaviour beyond properties, no input or output here.
Vocabulary sources: INHOPE (hotline), HSDS 3.1 (service, phone, schedule), BCP 47 (languages), ISO 3166 (regions).
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

FRESH_MONTHS = 12  # older than this: marked 'may be out of date' and sorted after a fresher equal
SHOWN_MONTHS = 24  # older than this: numbers and deep links are withheld


class Kind(StrEnum):
    """What a service is."""

    HOTLINE = "hotline"
    POLICE = "police"
    EMERGENCY = "emergency"
    HELPLINE = "helpline"
    REGULATOR = "regulator"
    REMOVAL = "removal"
    CHILD_PROTECTION = "child-protection"
    PREVENTION = "prevention"
    MISSING = "missing"
    TRAFFICKING = "trafficking"


class Concern(StrEnum):
    """What it is about. The order is the order of the form."""

    SEXUAL_IMAGES = "sexual-images"
    PROMOTION = "promotion"
    LIVE_ABUSE = "live-abuse"
    GROOMING = "grooming"
    SEXTORTION = "sextortion"
    OWN_IMAGE = "own-image"
    GENERATED = "generated"
    EXPLOITATION = "exploitation"
    OFFLINE_ABUSE = "offline-abuse"
    MISSING = "missing"
    OWN_THOUGHTS = "own-thoughts"
    UNSURE = "unsure"


class Role(StrEnum):
    """Who is asking."""

    CHILD = "child"
    PARENT = "parent"
    WITNESS = "witness"
    SURVIVOR = "survivor"
    PROFESSIONAL = "professional"
    PROVIDER = "provider"


class Purpose(StrEnum):
    """What a step of the plan is for, in the usual order."""

    DANGER = "danger"
    REPORT = "report"
    REMOVE = "remove"
    SUPPORT = "support"
    ESCALATE = "escalate"


class Reason(StrEnum):
    """Why a referral stands in a plan; each has its sentence in wording.py."""

    DANGER = "danger"
    DANGER_ONE_LINE = "danger-one-line"
    PROVIDER_DUTY = "provider-duty"
    FIRST_BY_RULE = "first-by-rule"
    NATIONAL_HOTLINE = "national-hotline"
    POLICE_NOW = "police-now"
    POLICE = "police"
    MISSING_LINE = "missing-line"
    TRAFFICKING_LINE = "trafficking-line"
    CHILD_PROTECTION = "child-protection"
    PORTAL = "portal"
    EMERGENCY = "emergency"
    WORLD_PORTAL = "world-portal"
    WORLD_HOTLINE = "world-hotline"
    NETWORK_LIST = "network-list"
    CHILD_REGION = "child-region"
    PART = "part"
    PLATFORM_HOME = "platform-home"
    PLATFORM = "platform"
    PLATFORM_UNKNOWN = "platform-unknown"
    REMOVAL_CHILD_IMAGE = "removal-child-image"
    REMOVAL_ADULT_IMAGE = "removal-adult-image"
    PREVENTION = "prevention"
    WORRIED_ADULT = "worried-adult"
    HELPLINE = "helpline"
    HELPLINE_ANY = "helpline-any"
    WORLD_HELPLINE = "world-helpline"
    CRISIS = "crisis"
    PLATFORM_COMPLAINT = "platform-complaint"
    TELL_HOTLINE = "tell-hotline"
    REGULATOR = "regulator"
    EU_REDRESS = "eu-redress"


# Which kind of source is preferred when several say the same.
TRUST = ("official", "government", "directory", "press", "repository", "library")
Https = Annotated[str, Meta(pattern=r"^https://[^\s/@]+(/\S*)?$")]
Host = Annotated[str, Meta(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
Email = Annotated[str, Meta(pattern=r"^[^\s@]+@[a-z0-9-]+(\.[a-z0-9-]+)+$")]
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
Text = Annotated[str, Meta(min_length=1, max_length=300)]
Day = Literal["mo", "tu", "we", "th", "fr", "sa", "su"]
Need = Literal["account", "id", "age", "residency", "name", "contact", "parent", "case-number"]
Receives = Literal["link", "hash", "words", "file"]
Told = Literal["police", "platform", "hotline", "parent", "child-protection", "ncmec", "nobody"]


class Record(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Base of everything read from a file: immutable, no unknown fields."""


class Evidence(Record, frozen=True, kw_only=True):
    """Where a fact was read, when, how, and which fields of the entry it supports."""

    url: Https
    kind: Literal["official", "government", "directory", "press", "repository", "library"]
    read: date
    dated: date | None = None
    how: Literal["published-page", "opened-live", "called", "confirmed-by-organisation"]
    supports: tuple[Text, ...]

    @property
    def age_from(self) -> date:
        """Date from which the age counts: the page's own, else the day it was read.

        News or a public list without a date may be of any year, so it never makes a fact fresh: it counts as FRESH_MONTHS old.
        """
        if self.dated:
            return self.dated
        return self.read - timedelta(days=366) if self.kind in {"press", "repository"} else self.read


class Channel(Record, frozen=True, kw_only=True):
    """One way to reach a service or platform."""

    type: Literal["web", "phone", "text", "email", "chat", "in-app"]
    url: Https | None = None
    number: Annotated[str, Meta(pattern=r"^\+?[0-9][0-9 -]*$|^[*#][0-9]+$")] | None = None
    address: Email | None = None  # e-mail only
    keyword: Text | None = None  # the word to text to the number
    reaches: Literal["police", "ambulance", "fire"] | None = None  # emergency numbers: absent is every service, or unknown
    purpose: Literal["report", "information", "complaint"] = "report"

    @property
    def host(self) -> str | None:
        """The host where a click lands, or the domain of an e-mail address."""
        if self.url:
            return self.url.split("/")[2]
        return self.address.split("@")[1] if self.address else None

    @property
    def local_only(self) -> bool:
        """A number not in international form is dialled inside its region only."""
        return self.number is not None and not self.number.startswith("+")


class Weekly(Record, frozen=True, kw_only=True):
    """Opening times on some days of the week, local time of the zone."""

    days: tuple[Day, ...]
    opens: Clock
    closes: Clock


class Hours(Record, frozen=True, kw_only=True):
    """When somebody answers: round the clock, or weekly ranges in an IANA zone."""

    always: bool = False
    zone: str | None = None
    weekly: tuple[Weekly, ...] = ()


class Conditions(Record, frozen=True, kw_only=True):
    """What a person should know before the click; None is 'we could not find out'."""

    anonymous: bool | None = None
    needs: tuple[Need, ...] | None = None
    receives: tuple[Receives, ...] | None = None
    platform_first: bool | None = None
    replies: bool | None = None
    told: tuple[Told, ...] | None = None


class Entry(Record, frozen=True, kw_only=True):
    """What a service and a platform have in common."""

    id: str = ""  # the file name; never written in the file
    name: Text
    operator: Text | None = None
    languages: tuple[str, ...] | None = None
    hosts: tuple[Host, ...] = ()
    networks: tuple[Text, ...] = ()
    status: Literal["published", "unconfirmed", "retired"] = "published"
    replaced_by: str | None = None
    conditions: Conditions = Conditions()
    channels: tuple[Channel, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def newest(self) -> Evidence:
        """The evidence from which the entry's age is counted.

        Raises ValueError when the entry has no evidence.
        """
        return max(self.evidence, key=lambda e: e.age_from)

    def supporting(self, path: str) -> list[Evidence]:
        """The evidence for a field; that for 'channels' holds for 'channels.0' as well."""
        whole, _, _ = path.partition(".")
        return [e for e in self.evidence if path in e.supports or whole in e.supports]

    @property
    def reports_at(self) -> tuple[int, ...]:
        """Which of its channels are ways to report, by number."""
        return tuple(i for i, channel in enumerate(self.channels) if channel.purpose == "report")

    @property
    def source(self) -> Evidence:
        """The evidence to show beside the entry: the organisation's own page before others, then the newest.

        Raises ValueError when the entry has no evidence.
        """
        return max(self.evidence, key=lambda e: (-TRUST.index(e.kind), e.age_from))


class Service(Entry, frozen=True, kw_only=True):
    """Something an organisation offers to people in stated regions.

    regions: ISO 3166-1 alpha-2, 'XK', ISO 3166-2 for a part, or the groups 'EU' and '001' (the world, CLDR).
    concerns: what it takes; empty is all that its kind implies. roles: whom it serves; empty is anyone.
    first_for: concerns for which law or the hotlines themselves send people here first.
    image_age: for removal tools, the age of the person in the picture.
    crisis: it answers people who think of suicide or cannot go on.
    """

    name_en: Text | None = None
    kind: Kind
    regions: Annotated[tuple[str, ...], Meta(min_length=1)]
    concerns: tuple[Concern, ...] = ()
    roles: tuple[Role, ...] = ()
    first_for: tuple[Concern, ...] = ()
    crisis: bool = False
    image_age: Literal["under-18", "18-plus"] | None = None
    hours: Hours | None = None

    @property
    def reports_at(self) -> tuple[int, ...]:
        """Which of its channels are ways to report; where people go first, a page that names the numbers is one as well."""
        return tuple(range(len(self.channels))) if self.first_for else super().reports_at


class MenuStep(Record, frozen=True, kw_only=True):
    """One step inside an app: an action of ours and, where there is one, the menu word as the app shows it."""

    do: Literal[
        "open-profile", "open-post", "open-chat", "open-group", "open-video", "open-live", "open-ad", "open-settings",
        "open-help", "open-people", "hold-message", "hold-post", "hold-comment", "touch-message", "tap-message", "tap-name",
        "choose-person", "menu", "comment-menu", "share-menu", "tap", "choose", "choose-closest", "add-details", "send",
        "block",
    ]  # fmt: skip
    label: Text | None = None


class InApp(Record, frozen=True, kw_only=True):
    """The menu path to report one kind of thing inside an app."""

    what: Literal["post", "comment", "account", "message", "group", "live", "hashtag", "search", "advert"]
    steps: Annotated[tuple[MenuStep, ...], Meta(min_length=1)]


class Platform(Entry, frozen=True, kw_only=True):
    """The app, site or other place where it happened.

    home: region of the company that answers for it. dsa: its standing under the EU Digital Services Act.
    """

    category: Literal[
        "social", "messaging", "video", "games", "live", "adult", "hosting", "search", "dating", "ai", "shop", "generic"
    ]
    home: str | None = None
    dsa: Literal["very-large", "covered"] | None = None
    in_app: tuple[InApp, ...] = ()


class Line(Record, frozen=True, kw_only=True):
    """One sourced line: do, don't, what you may keep, or a fact to know. roles: empty is everyone."""

    kind: Literal["know", "do", "dont", "keep"]
    text: Text
    source: Https
    roles: tuple[Role, ...] = ()


class Advice(Line, frozen=True, kw_only=True):
    """One line of a concern.

    fear: the worry that the text answers, in the person's own words.
    also: other concerns that the line belongs to.
    """

    fear: Text | None = None
    also: tuple[Concern, ...] = ()


class ConcernText(Record, frozen=True, kw_only=True):
    """The words of one concern: the line on the form and its advice."""

    id: str = ""
    title: Text
    short: Text
    advice: tuple[Advice, ...] = ()


class StepLine(Line, frozen=True, kw_only=True):
    """One line that stands in a step, for some situations.

    concerns: empty is all. dated: the date of the law or of the page, when known.
    """

    concerns: tuple[Concern, ...] = ()
    dated: date | None = None


class StepText(Record, frozen=True, kw_only=True):
    """Lines of one step in some regions, such as the ladder to climb when a platform does not act.

    regions: ISO 3166-1, 'XK', 'EU' or '001' (everywhere).
    """

    id: str = ""
    purpose: Purpose
    regions: Annotated[tuple[str, ...], Meta(min_length=1)]
    lines: Annotated[tuple[StepLine, ...], Meta(min_length=1)]


class PageLine(Record, frozen=True, kw_only=True):
    """One line of a page. source: where the fact was read. test: the test that keeps the promise, as pytest names it."""

    text: Text
    source: Https | None = None
    test: Text | None = None


class Passage(Record, frozen=True, kw_only=True):
    """A heading and its lines: paragraphs, or steps in order."""

    heading: Text
    ordered: bool = False
    lines: Annotated[tuple[PageLine, ...], Meta(min_length=1)]


class PageText(Record, frozen=True, kw_only=True):
    """A page of our own words: guidance for some readers, or about this site.

    lead: its first line. order: where it stands in the lists of pages.
    """

    id: str = ""
    order: int
    title: Text
    lead: Text
    passages: Annotated[tuple[Passage, ...], Meta(min_length=1)]


class Exemption(Record, frozen=True, kw_only=True):
    """One lint check that one entry may fail, with the reason."""

    check: str
    entry: str
    reason: Annotated[str, Meta(min_length=20)]


class Situation(Record, frozen=True, kw_only=True):
    """All that a person can tell us. Region, platform and role may be unknown (None).

    A concern or role may be given as its code. Raises ValueError for a code that is none.
    """

    region: str | None = None
    child_region: str | None = None
    platform: str | None = None
    concern: Concern = Concern.UNSURE
    role: Role | None = None
    danger: bool = False
    tried_platform: bool = False

    def __post_init__(self) -> None:
        if type(self.concern) is not Concern:
            force_setattr(self, "concern", Concern(self.concern))
        if self.role is not None and type(self.role) is not Role:
            force_setattr(self, "role", Role(self.role))


class Referral(Struct, frozen=True):
    """One service or platform inside a step, with the reason why it is there.

    channels: those that may be shown on the day and from the place of the plan.
    withheld: the evidence is older than SHOWN_MONTHS, so only the organisation's root address is left.
    expires: the first day on which something of it would be withheld; None when nothing of it grows old.
    """

    entry: Service | Platform
    reason: Reason
    primary: bool
    channels: tuple[Channel, ...]
    in_app: tuple[InApp, ...]
    stale: bool
    withheld: bool
    expires: date | None


class Step(Struct, frozen=True):
    """One purpose with its lines and its referrals, the first one first."""

    purpose: Purpose
    lines: tuple[StepLine, ...]
    referrals: tuple[Referral, ...]


class Plan(Struct, frozen=True):
    """The ordered answer: advice, then steps. Words are added at the edges (wording.py)."""

    situation: Situation
    advice: tuple[Advice, ...]
    steps: tuple[Step, ...]
    version: str
    date: date


class Problem(Struct, frozen=True):
    """One finding of lint: where, which check, what is wrong and what to do."""

    path: str
    check: str
    message: str
    remedy: str
