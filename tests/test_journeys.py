"""Stories: who asks, what they say, and where the plan must lead. Each was judged before it was written down; when data
change, judge again before you change a line.

A story's answers: region platform concern role, '-' for unknown; d danger, t the platform refused, >XX the child is in XX.
"""

from collections import Counter

import pytest

from hotline_router.model import Concern, Purpose, Role, Situation
from hotline_router.planning import plan
from tests.conftest import TODAY

# story, answers, first step, the one report, others that must be in the plan
STORIES = (
    (
        "a girl in Berlin, threatened on Instagram",
        "DE instagram sextortion child",
        "danger",
        "de-onlinewache",
        "instagram global-take-it-down de-nummer-gegen-kummer de-bzkj",
    ),
    (
        "a father in Lisbon, Instagram refused",
        "PT instagram promotion parent t",
        "escalate",
        "pt-linha-internet-segura",
        "instagram pt-sos-crianca",
    ),
    (
        "a boy in Kampala with a fake picture on WhatsApp",
        "UG whatsapp generated child",
        "danger",
        "ug-iwf-portal",
        "whatsapp global-take-it-down ug-sauti-116",
    ),
    (
        "a mother in Podgorica finds messages of an adult",
        "ME - grooming parent",
        "danger",
        "us-ncmec-cybertipline",
        "me-emergency me-sos-roditeljska-linija",
    ),
    ("somebody who does not know where they are", "- - unsure -", "danger", "gb-iwf", "global-child-helpline-international"),
    (
        "a teacher in Manchester, a picture goes round",
        "GB snapchat own-image professional",
        "danger",
        "gb-iwf",
        "snapchat gb-report-remove gb-posh gb-ofcom",
    ),
    (
        "a child in Leeds whose picture was shared",
        "GB snapchat own-image child",
        "danger",
        "gb-iwf",
        "snapchat gb-report-remove gb-childline gb-ofcom",
    ),
    (
        "a witness in Paris saw a page",
        "FR generic-website sexual-images witness",
        "danger",
        "fr-point-de-contact",
        "fr-3018 fr-arcom",
    ),
    (
        "a witness in Dublin saw a live stream",
        "IE tiktok live-abuse witness",
        "danger",
        "ie-hotline",
        "tiktok ie-childline ie-cnam",
    ),
    (
        "a parent in Toronto, threats on Snapchat",
        "CA snapchat sextortion parent",
        "danger",
        "ca-cybertip",
        "snapchat ca-needhelpnow ca-988",
    ),
    (
        "a survivor in Winnipeg",
        "CA - own-image survivor",
        "danger",
        "ca-cybertip",
        "ca-project-arachnid global-take-it-down ca-988",
    ),
    (
        "a girl in Ohio paid on Instagram",
        "US instagram sextortion child",
        "danger",
        "us-ncmec-cybertipline",
        "instagram global-take-it-down us-rainn us-988",
    ),
    (
        "a moderator of a US forum",
        "US reddit sexual-images provider",
        "danger",
        "us-ncmec-cybertipline-providers",
        "reddit us-rainn",
    ),
    (
        "a boy in Mumbai threatened on Telegram",
        "IN telegram sextortion child",
        "danger",
        "in-cybercrime",
        "telegram global-take-it-down in-meri-trustline in-gac",
    ),
    (
        "a witness in Delhi saw a group on Telegram",
        "IN telegram promotion witness",
        "danger",
        "in-cybercrime",
        "telegram in-1098 in-gac",
    ),
    (
        "a mother in Sydney, grooming on Roblox",
        "AU roblox grooming parent",
        "danger",
        "au-accce",
        "roblox au-lifeline au-esafety-complaints",
    ),
    (
        "a child in Perth, X refused",
        "AU x own-image child t",
        "escalate",
        "au-esafety",
        "x global-take-it-down au-kids-helpline",
    ),
    ("a teacher in Auckland", "NZ - offline-abuse professional", "danger", "nz-oranga-tamariki", "nz-safe-to-talk"),
    (
        "a girl in Auckland, TikTok did nothing",
        "NZ tiktok own-image child t",
        "escalate",
        "nz-dia",
        "tiktok global-take-it-down nz-whats-up",
    ),
    (
        "a mother in São Paulo, WhatsApp",
        "BR whatsapp own-image parent",
        "danger",
        "br-safernet",
        "whatsapp global-take-it-down br-safernet-helpline br-anpd",
    ),
    (
        "a witness in Recife, Facebook refused",
        "BR facebook promotion witness t",
        "escalate",
        "br-safernet",
        "facebook br-safernet-helpline",
    ),
    ("a child in Cape Town", "ZA - grooming child", "danger", "za-saps", "za-childline"),
    (
        "a father in Johannesburg, refused",
        "ZA facebook promotion parent t",
        "escalate",
        "za-fpb-hotline",
        "facebook za-childline",
    ),
    (
        "a boy in Seoul, threats on Discord",
        "KR discord sextortion child",
        "danger",
        "us-ncmec-cybertipline",
        "discord global-take-it-down kr-1388",
    ),
    ("a woman in Seoul, refused by X", "KR x own-image survivor t", "escalate", "gb-iwf", "x global-take-it-down kr-d4u"),
    (
        "a child in Tokyo, fake picture",
        "JP x generated child",
        "danger",
        "jp-ihc",
        "x global-take-it-down jp-24h-kodomo-sos jp-ihaho",
    ),
    (
        "a mother in Osaka, refused",
        "JP instagram own-image parent t",
        "escalate",
        "jp-ihc",
        "instagram global-take-it-down jp-24h-kodomo-sos",
    ),
    (
        "a girl of 16 in Singapore, refused",
        "SG instagram own-image child t",
        "escalate",
        "sg-police",
        "instagram global-take-it-down sg-tinkle-friend",
    ),
    (
        "a father in Suva, refused",
        "FJ facebook own-image parent t",
        "escalate",
        "gb-iwf",
        "facebook global-take-it-down fj-1325",
    ),
    ("a boy in Amsterdam who worries about himself", "NL - own-thoughts child", "support", "", "nl-stop-it-now"),
    ("a man in London who worries about himself", "GB - own-thoughts -", "support", "", "gb-stop-it-now"),
    ("a woman in Bern worried about her own thoughts", "CH - own-thoughts -", "support", "", "ch-beforemore"),
    ("a man in Nuku'alofa worried about himself", "TO - own-thoughts -", "support", "", "fi-redirection"),
    ("a mother in Rome whose child ran away", "IT - missing parent", "danger", "it-emergency", "it-19696"),
    ("a boy in Warsaw who ran away", "PL - missing child", "danger", "pl-emergency", "pl-116111"),
    (
        "a father in Chicago whose daughter is gone",
        "US - missing parent",
        "danger",
        "us-emergency",
        "global-child-helpline-international",
    ),
    ("a neighbour in Vienna hears about abuse", "AT - offline-abuse witness", "danger", "at-emergency", "at-telefonseelsorge"),
    ("a child in Madrid hurt at home", "ES - offline-abuse child", "danger", "es-emergency", "es-anar"),
    ("a doctor in Brussels", "BE - offline-abuse professional", "danger", "be-emergency", "be-childfocus-helpline"),
    (
        "a nurse in Manila, a child is offered on Facebook",
        "PH facebook exploitation professional",
        "danger",
        "ph-1343",
        "facebook ph-makabata",
    ),
    (
        "a tourist in Phnom Penh sees a child offered",
        "KH generic-in-person exploitation witness",
        "danger",
        "kh-aple-hotline",
        "kh-police-1288 kh-child-helpline",
    ),
    (
        "a witness in Zurich, a live stream, danger",
        "CH twitch live-abuse witness d",
        "danger",
        "ch-clickandstop",
        "twitch ch-147",
    ),
    ("a mother in Athens, child in danger now", "GR - grooming parent d", "danger", "gr-safeline", "gr-help-line"),
    (
        "a German father whose child is in the US",
        "DE discord grooming parent >US",
        "danger",
        "de-zebra-cybergrooming",
        "discord de-nummer-gegen-kummer-eltern de-bzkj",
    ),
    (
        "an aunt in Kyiv, the child is in Poland",
        "UA telegram exploitation witness >PL",
        "danger",
        "ua-1547",
        "telegram ua-116111",
    ),
    (
        "a girl in Ankara",
        "TR instagram sextortion child",
        "danger",
        "us-ncmec-cybertipline",
        "instagram global-take-it-down global-child-helpline-international",
    ),
    (
        "a boy in Cairo",
        "EG facebook sextortion child",
        "danger",
        "us-ncmec-cybertipline",
        "facebook global-take-it-down eg-nccm-16000",
    ),
    (
        "a girl in Casablanca",
        "MA whatsapp own-image child",
        "danger",
        "ma-e-blagh",
        "whatsapp global-take-it-down global-child-helpline-international",
    ),
    (
        "a child in Lagos",
        "NG instagram sextortion child",
        "danger",
        "us-ncmec-cybertipline",
        "instagram global-take-it-down ng-cece-yara",
    ),
    ("a mother in Nairobi", "KE tiktok grooming parent", "danger", "us-ncmec-cybertipline", "tiktok ke-childline-116"),
    (
        "a witness in Jakarta",
        "ID generic-website sexual-images witness",
        "danger",
        "id-iwf-portal",
        "global-child-helpline-international",
    ),
    (
        "a child in Karachi",
        "PK tiktok sextortion child",
        "danger",
        "us-ncmec-cybertipline",
        "tiktok pk-nccia global-take-it-down pk-drf-helpline",
    ),
    (
        "a girl in Mexico City",
        "MX instagram own-image child",
        "danger",
        "mx-te-protejo",
        "instagram global-take-it-down mx-linea-de-la-vida",
    ),
    ("a mother in Bogotá", "CO facebook grooming parent", "danger", "co-te-protejo", "facebook co-linea-106"),
    ("a witness in Buenos Aires", "AR generic-tor sexual-images witness", "danger", "ar-iwf-portal", "ar-102"),
    (
        "a host in the Netherlands",
        "NL generic-website sexual-images provider",
        "danger",
        "nl-offlimits-meldpunt",
        "nl-helpwanted nl-atkm",
    ),
    (
        "a Hungarian NGO, Facebook refused",
        "HU facebook promotion professional t",
        "escalate",
        "hu-biztonsagos-internet",
        "facebook hu-kek-vonal",
    ),
    (
        "a mother in Vilnius, TikTok refused",
        "LT tiktok own-image parent t",
        "escalate",
        "lt-svarus-internetas",
        "tiktok global-take-it-down lt-vaiku-linija",
    ),
    (
        "a witness in Sofia, Instagram refused",
        "BG instagram promotion witness t",
        "escalate",
        "bg-safenet",
        "instagram bg-116111",
    ),
    ("a witness in Antarctica", "AQ - sexual-images witness", "danger", "gb-iwf", "global-child-helpline-international"),
    (
        "a child on imo in Dhaka",
        "BD imo sextortion child",
        "danger",
        "us-ncmec-cybertipline",
        "imo global-take-it-down bd-1098",
    ),
    ("a survivor in Glasgow", "GB - offline-abuse survivor", "danger", "gb-police", "gb-napac"),
    (
        "a survivor in Stockholm",
        "SE - sexual-images survivor",
        "danger",
        "se-ecpat-hotline",
        "global-take-it-down ca-project-arachnid se-sjalvmordslinjen",
    ),
)


def asked(answers):
    region, platform, concern, role, *rest = (None if word == "-" else word for word in answers.split())
    return Situation(
        region=region,
        platform=platform,
        concern=Concern(concern),
        role=Role(role) if role else None,
        danger="d" in rest,
        tried_platform="t" in rest,
        child_region=next((word[1:] for word in rest if word.startswith(">")), None),
    )


@pytest.mark.parametrize(("story", "answers", "first", "report", "others"), STORIES, ids=[story[0] for story in STORIES])
def test_story(directory, story, answers, first, report, others):
    steps = plan(asked(answers), directory, today=TODAY).steps
    referrals = [r for step in steps for r in step.referrals]

    assert steps[0].purpose == first
    assert [r.entry.id for r in referrals if r.primary] == report.split()
    assert set(others.split()) <= {r.entry.id for r in referrals}


def test_the_stories_cover_every_concern_and_role():
    seen = Counter(word for _, answers, *_ in STORIES for word in answers.split())

    assert len(STORIES) >= 60
    assert {c.value for c in Concern} | {r.value for r in Role} <= set(seen)
    assert seen["t"] >= 10
    assert {first for _, _, first, *_ in STORIES} == {Purpose.DANGER, Purpose.SUPPORT, Purpose.ESCALATE}
