"""The static site: links, pages, policies, and the same bytes twice."""

import gzip
import hashlib
import posixpath
import re
from types import SimpleNamespace

import pytest

from hotline_router import places
from hotline_router.export import META, write_site
from hotline_router.web.headers import PAGE
from tests.conftest import BASE, FEW, NOW, SETTINGS, checked_page

LANG = "ar"  # of the whole copy
pytestmark = pytest.mark.xdist_group("copy")


def pages(folder):
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.html"))}


def targets(file, html):
    """Addresses of a page that lead to another file of the copy, as paths from its top."""
    for address in re.findall(r'<(?:a|script|link)\b[^>]*? (?:href|src)="([^"]*)"', html):
        if not re.match(r"[a-z]+:|#", address):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(file), re.split("[?#]", address)[0]))


def digest(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_link_leads_to_a_file_and_every_file_is_linked(whole_copy):
    found = pages(whole_copy.folder)
    linked = set()
    for file, html in found.items():
        if file != "404.html":
            assert not re.search(r'(href|src|action)="/', html), file
            wanted = set(targets(file, html))
            assert all((whole_copy.folder / path).is_file() for path in wanted), (file, wanted)
            linked |= wanted

    assert set(found) - linked == {"404.html", "index.html"}
    assert len(found) > 3 * len(places.regions())


def test_the_page_for_what_is_missing_works_at_every_depth(whole_copy):
    html = (whole_copy.folder / "404.html").read_text("utf-8")
    for address in re.findall(r'(?:href|src)="(/[^"]*)"', html):
        assert (whole_copy.folder / re.split("[?#]", address)[0][1:]).is_file(), address
    assert not re.search(r'(?:href|src)="(?!/|#|https://www|data:|tel:)', html)


def test_pages_pass_the_same_checks_as_those_of_the_server(whole_copy):
    found = pages(whole_copy.folder)
    kinds = [f"{LANG}/{name}.html" for name in ("index", "in/index", "in/DE", "in/MA", "on/instagram", "about/missing")]
    kinds += [f"{LANG}/{name}.html" for name in ("card/DE", "card/IN/large", "help/parents", "on/index", "about/index")]
    for file in ["index.html", "404.html", *kinds, *list(found)[::40]]:
        server = re.sub(r'(href|src)="(?![a-z]+:|#|/)', r'\1="/', found[file])  # the checks know links of a server
        answer = SimpleNamespace(
            get_data=lambda as_text, text=server: text, mimetype="text/html", headers=PAGE, status_code=200
        )
        checked_page(answer)


def test_every_page_says_its_policy_first_and_has_nothing_to_send(whole_copy):
    for file, html in pages(whole_copy.folder).items():
        head = html.partition("<title>")[0]
        assert f'<meta http-equiv="Content-Security-Policy" content="{META}">' in head, file
        assert '<meta name="referrer" content="no-referrer">' in head, file
        assert not re.search(r"<form[^>]*(method|action)=", html), file
        assert ("<form" in html) == (file == f"{LANG}/index.html"), file
    assert "form-action 'none'" in META
    assert "frame-ancestors 'none'" in (whole_copy.folder / "_headers").read_text()
    assert "frame-ancestors 'none'" in (whole_copy.folder / "nginx.conf").read_text()


def test_what_search_engines_are_told_exists(whole_copy):
    sitemap = (whole_copy.folder / "sitemap.xml").read_text("utf-8")
    told = re.findall(r"<loc>([^<]*)</loc>", sitemap)
    told += re.findall(r'rel="(?:canonical|alternate)"[^>]* href="([^"]*)"', "".join(pages(whole_copy.folder).values()))

    assert len(told) > 800
    for address in told:
        assert (whole_copy.folder / address.removeprefix(BASE + "/")).is_file(), address


def test_a_copy_without_an_address_names_none(few_copies):
    for path in few_copies.bare.rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8")
            assert "nowhere.invalid" not in text, path
            assert "canonical" not in text, path
            assert '<div class="code">' not in text, path
    assert not (few_copies.bare / "sitemap.xml").exists()
    assert "Sitemap" not in (few_copies.bare / "robots.txt").read_text()


def test_two_builds_have_the_same_bytes(few_copies):
    assert digest(few_copies.first) == digest(few_copies.second)
    assert len(digest(few_copies.first)) > 300


def test_only_the_languages_asked_for_are_linked(few_copies):
    for file, html in pages(few_copies.first).items():
        assert set(re.findall(r' hreflang="(\w+)"', html)) <= {"de", "en"}, file


def test_what_the_questions_load_is_small(whole_copy):
    assert len((whole_copy.folder / "static/offline.js").read_bytes()) < 10_000
    data = [gzip.compress((whole_copy.folder / f"data/{name}.js").read_bytes()) for name in ("places", LANG)]
    assert sum(map(len, data)) < 450_000


def test_the_report_counts_what_was_written(whole_copy):
    sizes = [path.stat().st_size for path in whole_copy.folder.rglob("*") if path.is_file()]

    assert (whole_copy.report.files, whole_copy.report.size) == (len(sizes), sum(sizes))
    assert whole_copy.report.size < 16_000_000  # five languages: less than 80 MB


def test_a_folder_with_something_in_it_is_left_alone(directory, tmp_path):
    (tmp_path / "kept.txt").write_text("example")

    with pytest.raises(ValueError, match="not empty"):
        write_site(tmp_path, directory, now=NOW, environment=SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_few_regions_are_what_was_asked_for(few_copies):
    assert sorted(path.stem for path in (few_copies.first / "de/in").glob("??.html")) == sorted(FEW)
