"""Our words for the codes of a plan.

Rules are in planning.py and facts in data/; this is the only place in Python that holds sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from babel import Locale
from babel.dates import format_date

from hotline_router import places
from hotline_router.directory import Directory
from hotline_router.i18n import Language
from hotline_router.model import (
    Advice,
    Channel,
    Hours,
    InApp,
    Kind,
    MenuStep,
    Plan,
    Platform,
    Purpose,
    Reason,
    Referral,
    Role,
    Service,
    Step,
)
from hotline_router.planning import IMAGES, C
from hotline_router.times import DAYS, opening


def N_(text: str) -> str:
    """Marks a text for the catalogs."""
    return text


ROLES = {
    Role.CHILD: N_("I am under 18 and it is about me"),
    Role.PARENT: N_("I am a parent or carer"),
    Role.WITNESS: N_("I saw it or know about it"),
    Role.SURVIVOR: N_("I am an adult and it is about me as a child"),
    Role.PROFESSIONAL: N_("I work with children or families"),
    Role.PROVIDER: N_("I run or moderate a website or app"),
}
KINDS = {
    Kind.HOTLINE: N_("hotline for reports"),
    Kind.POLICE: N_("police"),
    Kind.EMERGENCY: N_("emergency number"),
    Kind.HELPLINE: N_("helpline: people who listen"),
    Kind.REGULATOR: N_("office that watches over platforms"),
    Kind.REMOVAL: N_("tool to take pictures down"),
    Kind.CHILD_PROTECTION: N_("child protection office"),
    Kind.PREVENTION: N_("help for people who worry about thoughts or acts"),
    Kind.MISSING: N_("line for missing children"),
    Kind.TRAFFICKING: N_("line against trafficking"),
}
PLATFORM_KIND = N_("the platform itself")
# Each reason: what it says of the one report or of the first row of a step, and of a row under 'only if'.
REASONS: dict[Reason, tuple[str, str]] = {
    Reason.DANGER: (N_("Call now. Do not wait for anyone else to answer."), ""),
    Reason.DANGER_ONE_LINE: (N_("If a child is in danger right now, call here first."), ""),
    Reason.PROVIDER_DUTY: (
        N_("This is the channel for people who run a service."),
        N_("Only if your service comes under this law."),
    ),
    Reason.FIRST_BY_RULE: (
        N_("Where you are, this is the first place to go for this."),
        N_("Only if you would rather tell these people."),
    ),
    Reason.NATIONAL_HOTLINE: (
        N_("Trained people look at your report. They can pass it on to the police."),
        N_("Only if you cannot use the one above."),
    ),
    Reason.POLICE_NOW: (
        N_("Tell the police now. You do not have to wait."),
        N_("Only if you want the police to help: this number reaches them."),
    ),
    Reason.POLICE: (
        N_("The police take this report where you are."),
        N_("Only if you know who did it, or you want the police to act on a case."),
    ),
    Reason.MISSING_LINE: (
        N_("This line helps to look for missing children."),
        N_("Only after you told the police: this line helps you while they look."),
    ),
    Reason.TRAFFICKING_LINE: (
        N_("This line knows what to do when a child is sold or used."),
        N_("Only if a child is being sold or used by others."),
    ),
    Reason.CHILD_PROTECTION: (
        N_("This office can step in to protect a child."),
        N_("Only if a child you know may need protection at home or nearby."),
    ),
    Reason.PORTAL: (
        N_("This is the reporting page made for the place where you are."),
        N_("Only if you have a link to report."),
    ),
    Reason.EMERGENCY: (N_("We know no other place for this report where you are. The police can be reached here."), ""),
    Reason.WORLD_PORTAL: (
        N_("We know no hotline where you are. This page takes reports from every place without one."),
        N_("Only if you have a link to report."),
    ),
    Reason.WORLD_HOTLINE: (
        N_("We know no hotline for this where you are. This one takes reports from the whole world."),
        N_("Only if you cannot use the one above."),
    ),
    Reason.NETWORK_LIST: (
        N_("This list shows the hotlines of the world."),
        N_("Only if you want to look for a hotline yourself."),
    ),
    Reason.CHILD_REGION: (
        N_("This works in the place where the child or the other person is."),
        N_("Only if the child or the other person is in that place."),
    ),
    Reason.PART: (N_("Only if you are in this part: %(places)s."), N_("Only if you are in this part: %(places)s.")),
    Reason.PLATFORM_HOME: (
        N_("The platform is American, and this hotline takes reports about it from anywhere."),
        N_("Only if the one above cannot help: this hotline takes reports about American platforms from anywhere."),
    ),
    Reason.PLATFORM: (N_("The platform can block the account and take pictures down."), ""),
    Reason.PLATFORM_UNKNOWN: (
        N_("We could not find its own page for reports. Use the place under “Report it”. They can tell the platform."),
        "",
    ),
    Reason.REMOVAL_CHILD_IMAGE: (
        N_("For pictures of someone who was under 18. It is free. Nobody official asks you for money."),
        N_("For pictures of someone who was under 18. It is free. Nobody official asks you for money."),
    ),
    Reason.REMOVAL_ADULT_IMAGE: (
        N_("Only if you were 18 or older in the picture."),
        N_("Only if you were 18 or older in the picture."),
    ),
    Reason.PREVENTION: (N_("You can talk about this here. They want to help you do no harm."), ""),
    Reason.WORRIED_ADULT: (
        N_("For adults who worry about what somebody else does."),
        N_("For adults who worry about what somebody else does."),
    ),
    Reason.HELPLINE: (N_("Someone here listens and helps you to think about what to do."), ""),
    Reason.HELPLINE_ANY: (N_("This helpline is made for others first, but you can ask them who helps you."), ""),
    Reason.WORLD_HELPLINE: (N_("We know no helpline where you are. This list helps you to find one."), ""),
    Reason.CRISIS: (N_("Do you feel that you cannot go on? People here listen, whatever it is."), ""),
    Reason.PLATFORM_COMPLAINT: (
        N_("Ask the platform to look again. Write down the number of your report and the date."),
        "",
    ),
    Reason.TELL_HOTLINE: (N_("Tell them as well that the platform did not act."), ""),
    Reason.REGULATOR: (
        N_("This office can act when a platform ignores reports."),
        "",
    ),
    Reason.EU_REDRESS: (N_("Your rights in the European Union when a platform says no."), ""),
}
CHANNELS = {
    "phone": N_("Call %(number)s"),
    "text": N_("Send a text message to %(number)s"),
    "email": N_("Write to %(address)s"),
    "chat": N_("Chat at %(host)s"),
    "report": N_("Report at %(host)s"),
    "complaint": N_("Complain at %(host)s"),
    "information": N_("Read more at %(host)s"),
    "open": N_("Open %(host)s"),
}
REACHES = {"police": N_("police"), "ambulance": N_("ambulance"), "fire": N_("fire brigade")}
KEYWORD = N_("Send the word %(word)s to %(number)s")
NEEDS = {
    "account": N_("an account"),
    "id": N_("proof of who you are"),
    "age": N_("to be of a certain age"),
    "residency": N_("that you live there"),
    "name": N_("your name"),
    "contact": N_("a way to reach you"),
    "parent": N_("a parent or carer"),
    "case-number": N_("a case number"),
}
RECEIVES = {
    "link": N_("the address of the page"),
    "hash": N_("a fingerprint of the picture (the picture stays on your device)"),
    "words": N_("what happened, in your words"),
    "file": N_("the picture itself (it leaves your device)"),
}
TOLD = {
    "police": N_("the police"),
    "platform": N_("the platform"),
    "hotline": N_("a hotline"),
    "parent": N_("a parent or carer"),
    "child-protection": N_("child protection"),
    "ncmec": N_("NCMEC, the American hotline"),
    "nobody": N_("nobody"),
}
UNKNOWN = N_("We could not find out")
THINGS = {
    "post": N_("A post, picture or video"),
    "comment": N_("A comment"),
    "account": N_("An account"),
    "message": N_("A message"),
    "group": N_("A group or channel"),
    "live": N_("A live stream"),
    "hashtag": N_("A hashtag"),
    "search": N_("A search result"),
    "advert": N_("An advert"),
}
MENU = {
    "open-profile": N_("Open the profile."),
    "open-post": N_("Open the post."),
    "open-chat": N_("Open the chat."),
    "open-group": N_("Open the group or channel."),
    "open-video": N_("Open the video."),
    "open-live": N_("Open the live stream."),
    "open-ad": N_("Go to the advert."),
    "open-settings": N_("Open the settings."),
    "open-help": N_("Open the help pages."),
    "open-people": N_("Open the list of the people there."),
    "hold-message": N_("Press the message and hold."),
    "touch-message": N_("Tap the message. On an iPhone, press it and hold."),
    "tap-message": N_("Tap the message."),
    "hold-comment": N_("Press the comment and hold."),
    "hold-post": N_("Press the post and hold."),
    "tap-name": N_("Tap the name at the top."),
    "choose-person": N_("Choose the person in the list."),
    "menu": N_("Open the menu (three dots or lines)."),
    "comment-menu": N_("Open the menu beside the comment (three dots or lines)."),
    "share-menu": N_("Open the share menu (the arrow)."),
    "tap": N_("Tap %(label)s."),
    "choose": N_("Choose %(label)s."),
    "choose-closest": N_("Choose the reason that fits best, such as %(label)s."),
    "choose-closest-any": N_("Choose the reason that fits best."),
    "add-details": N_("Say in words what you saw."),
    "send": N_("Send it."),
    "block": N_("Then block the account."),
}
CATEGORIES = {
    "social": N_("Social media"),
    "messaging": N_("Chat and calls"),
    "video": N_("Videos"),
    "games": N_("Games"),
    "live": N_("Live streams"),
    "dating": N_("Dating"),
    "ai": N_("AI"),
    "search": N_("Search"),
    "adult": N_("Sites for adults"),
    "shop": N_("Shops"),
    "hosting": N_("Storage and hosting"),
    "generic": N_("Something else"),
}
TITLES = {
    Purpose.DANGER: N_("In danger right now?"),
    Purpose.REPORT: N_("Report it"),
    Purpose.REMOVE: N_("Get the pictures down"),
    Purpose.SUPPORT: N_("Talk to someone"),
    Purpose.ESCALATE: N_("If nobody acts"),
}
TITLE_TELL_PLATFORM = N_("Tell the platform")
TITLE_REFUSED = N_("The platform did not act")
DANGER_UNKNOWN = N_("Call the emergency number of the place where you are. If you do not know it, ask any adult near you.")
CHILD_ELSEWHERE = N_("Is the child in another country? Call here and say where the child is.")
IN_APP = N_("To report it in the app or on the site, press what it is:")
OTHER_THINGS = N_("Is it a hashtag, a search, a group or an advert, and no way is shown? Report the accounts or posts in it.")
FEARS = N_("What you may be afraid of")
ADVICE = {"do": N_("Do"), "dont": N_("Do not"), "keep": N_("What you may keep"), "know": N_("Good to know")}
ONE_REPORT = N_("One report is enough: you can stop here.")
NO_PICTURES = N_("Do not send anyone the pictures. Nobody official asks you for money.")
OUTDATED = N_("This may be out of date.")
WITHHELD = N_("Our proof is too old to show numbers or direct links. Look on their own page.")
HOW = {
    "published-page": N_("read on a published page"),
    "opened-live": N_("opened on the web"),
    "called": N_("called"),
    "confirmed-by-organisation": N_("confirmed by the organisation"),
}


def advice_text(advice: Advice, language: Language) -> str:
    """A line of advice in words; a fear stands before its answer."""
    text = language.gettext(advice.text)
    return f"“{language.gettext(advice.fear)}” {text}" if advice.fear else text


def step_title(step: Step, plan: Plan) -> str:
    """The heading of a step, not yet translated."""
    if step.purpose is Purpose.REMOVE and plan.situation.concern not in IMAGES | {C.SEXTORTION}:
        return TITLE_TELL_PLATFORM
    if step.purpose is Purpose.ESCALATE and plan.situation.tried_platform:
        return TITLE_REFUSED
    return TITLES[step.purpose]


def reason(referral: Referral, language: Language) -> str:
    """Why the referral is there."""
    first, other = REASONS[referral.reason]
    text = language.gettext(first if referral.primary or not other else other)
    if referral.reason is Reason.PART and isinstance(referral.entry, Service):
        parts = [places.region_name(code, language.code) for code in referral.entry.regions if "-" in code]
        return text % {"places": language.gettext(", ").join(parts)}
    return text


def menu_step(step: MenuStep, language: Language) -> str:
    """One step inside an app in words."""
    key = "choose-closest-any" if step.do == "choose-closest" and not step.label else step.do
    return language.gettext(MENU[key]) % {"label": f"“{step.label}”"}


def channel_text(channel: Channel, kind: str, language: Language) -> str:
    """What a click on a channel does, with the host in words."""
    key: str = channel.type
    if key == "web":
        key = channel.purpose
        if key == "report" and kind in {Kind.REMOVAL, Kind.HELPLINE, Kind.PREVENTION}:
            key = "open"
        elif key == "report" and kind == Kind.REGULATOR:
            key = "complaint"
    text = language.gettext(KEYWORD if channel.keyword else CHANNELS[key])
    parts = {"number": channel.number, "host": channel.host, "address": channel.address, "word": channel.keyword}
    if language.direction == "rtl":  # numbers and Latin names keep their own direction
        parts = {name: f"\u2066{part}\u2069" for name, part in parts.items()}
    text %= parts
    return f"{text} ({language.gettext(REACHES[channel.reaches])})" if channel.reaches else text


def channel_texts(referral: Referral, language: Language) -> Iterator[tuple[Channel, str]]:
    """The channels of a referral with what a click does; a second link of the same words gets a number."""
    seen: Counter[str] = Counter()
    for channel in referral.channels:
        text = channel_text(channel, kind_of(referral.entry), language)
        seen[text] += 1
        yield channel, text if seen[text] == 1 else f"{text} ({seen[text]})"


def around_menus(referral: Referral, language: Language) -> tuple[list[tuple[Channel, str]], list[tuple[Channel, str]]]:
    """The texts of the channels before the menus of a platform, which act, and after them, which only explain."""
    texts = list(channel_texts(referral, language))
    if not referral.in_app:
        return texts, []
    return [t for t in texts if t[0].purpose != "information"], [t for t in texts if t[0].purpose == "information"]


def channel_address(channel: Channel) -> str:
    """Where a channel leads: https:, tel:, sms: or mailto:."""
    if channel.address:
        return f"mailto:{channel.address}"
    if channel.number:
        scheme = "sms" if channel.type == "text" else "tel"
        return f"{scheme}:{places.dial(channel.number)}"
    return channel.url or ""


def condition_lines(entry: Service | Platform, language: Language) -> Iterator[tuple[str, str]]:
    """What to know before the click: pairs of question and answer; last, the questions that we could not answer."""
    _ = language.gettext
    c = entry.conditions

    def yes_no(value: bool | None) -> str | None:
        return None if value is None else _(N_("yes")) if value else _(N_("no"))

    def listed(values: tuple[str, ...] | None, words: dict[str, str]) -> str | None:
        return None if values is None else _(N_(", ")).join(_(words[v]) for v in values) or _(N_("nothing"))

    rows = [(N_("Can I stay anonymous?"), yes_no(c.anonymous)), (N_("What do I need?"), listed(c.needs, NEEDS))]
    if isinstance(entry, Service):
        rows.append((N_("What do I give them?"), listed(c.receives, RECEIVES)))
        if entry.kind in {Kind.HOTLINE, Kind.REGULATOR, Kind.REMOVAL}:
            rows.append((N_("Must I tell the platform first?"), yes_no(c.platform_first)))
        rows.append((N_("Will they answer me?"), yes_no(c.replies)))
        rows.append((N_("Who else is told?"), listed(c.told, TOLD)))
        tongues = [places.language_name(tag, language.code) for tag in entry.languages or ()]
        rows.append((N_("Languages"), _(N_(", ")).join(tongues) or None))
        rows.append((N_("When?"), hours_text(entry.hours, language)))
        if any(channel.local_only for channel in entry.channels):
            near = [places.region_name(code, language.code) for code in entry.regions if code not in {"EU", "001"}]
            text = _(N_("only in %(places)s")) % {"places": _(N_(", ")).join(near[:5])}
            rows.append((N_("Where do the numbers work?"), text))
    yield from ((_(question), answer) for question, answer in rows if answer)
    open_questions = [_(question) for question, answer in rows if not answer]
    if open_questions:
        yield _(UNKNOWN), " · ".join(open_questions)


def hours_text(hours: Hours | None, language: Language) -> str | None:
    """Opening hours in words, in the local time of the service; None when unknown."""
    _ = language.gettext
    if hours is None:
        return None
    if hours.always:
        return _(N_("day and night, every day"))
    names = Locale.parse(language.code, sep="-").days["format"]["abbreviated"]
    parts = []
    for week in hours.weekly:
        days = sorted(DAYS.index(day) for day in week.days)
        run = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
        shown = [names[days[0]], names[days[-1]]] if run else [names[day] for day in days]
        parts.append(f"{('–' if run else ', ').join(shown)} {week.opens}–{week.closes}")
    return _(N_("%(hours)s (time in %(place)s)")) % {
        "hours": "; ".join(parts),
        "place": _town(hours),
    }


def _town(hours: Hours) -> str:
    return (hours.zone or "").rsplit("/", 1)[-1].replace("_", " ")


def hours_of(entry: Service | Platform) -> Hours | None:
    """The hours of a service; a platform has none, and unknown ones are None."""
    return entry.hours if isinstance(entry, Service) else None


def open_text(entry: Service | Platform, now: datetime, language: Language) -> str | None:
    """Whether somebody answers at a moment and else when next; None when the hours are unknown."""
    _ = language.gettext
    hours = hours_of(entry)
    if hours is None or hours.always:  # round the clock is said under 'When?'
        return None
    answers, then = opening(hours, now)
    if answers:
        return _(N_("Open now (perhaps not on a public holiday)."))
    if then is None:
        return None
    day = Locale.parse(language.code, sep="-").days["format"]["wide"][then.weekday()]
    return _(N_("Closed now. It opens on %(day)s at %(time)s (time in %(place)s).")) % {
        "day": day,
        "time": f"{then:%H:%M}",
        "place": _town(hours),
    }


def _known_open(entry: Service | Platform, now: datetime) -> bool | None:
    hours = hours_of(entry)
    return None if hours is None else opening(hours, now)[0]


def open_meanwhile(step: Step, now: datetime, language: Language) -> str | None:
    """Who answers while the first of a step is known to be closed."""
    if not step.referrals or _known_open(step.referrals[0].entry, now) is not False:
        return None
    names = [r.entry.name for r in step.referrals[1:] if not r.withheld and _known_open(r.entry, now)]
    if not names:
        return None
    return language.gettext(N_("The first one is closed now. Open now: %(names)s.")) % {
        "names": language.gettext(N_(", ")).join(names)
    }


def platform_name(platform: Platform, language: Language) -> str:
    """A platform's own name, or ours for a generic one in the reader's language."""
    return language.gettext(platform.name) if platform.category == "generic" else platform.name


def kind_of(entry: Service | Platform) -> str:
    """The kind of a service, or 'platform'."""
    return "platform" if isinstance(entry, Platform) else entry.kind.value


def kind_text(entry: Service | Platform) -> str:
    """The kind in words, not yet translated."""
    return PLATFORM_KIND if isinstance(entry, Platform) else KINDS[entry.kind]


def summary(plan: Plan, directory: Directory, language: Language) -> list[str]:
    """The person's answers in short words."""
    s = plan.situation
    parts = [directory.concerns[s.concern].short]
    words = [language.gettext(parts[0])]
    if s.platform:
        words.insert(0, platform_name(directory.shown_platforms[s.platform], language))
    if s.region:
        words.insert(0, places.region_name(s.region, language.code))
    return words


def child_elsewhere(plan: Plan) -> bool:
    """Whether the child or the other person is in another region than the reader."""
    return plan.situation.child_region not in {None, plan.situation.region}


def reassurance(role: Role | None, advice: Iterable[Advice]) -> Advice | None:
    """The line that stands first for whom it happened to, or their parent; None for other readers."""
    if role not in {Role.CHILD, Role.PARENT, Role.SURVIVOR}:
        return None
    return next((a for a in advice if a.kind == "know" and not a.fear), None)


def crisis(plan: Plan) -> Referral | None:
    """The first crisis line of a plan that has a number: it stands beside the advice, not behind a link."""
    found = (r for step in plan.steps for r in step.referrals if r.reason is Reason.CRISIS)
    return next((r for r in found if any(c.number for c in r.channels)), None)


def in_app_title(path: InApp, language: Language) -> str:
    """What a menu path reports."""
    return language.gettext(THINGS[path.what])


def checked(entry: Service | Platform, language: Language) -> str:
    """When and how the entry was checked."""
    source = entry.source
    return language.gettext(N_("Checked on %(date)s: %(how)s.")) % {
        "date": long_date(source.read, language),
        "how": language.gettext(HOW[source.how]),
    }


def long_date(day: date, language: Language) -> str:
    """A date as the language writes it."""
    return format_date(day, "long", locale=language.code.replace("-", "_"))
