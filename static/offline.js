// The plan without a server: the questions are answered in this page, and nothing is asked of the network after it has loaded.
// What stands in a plan is the planner's: PLACES holds its lists for every place, WORDS what the templates made of them.
"use strict";
(() => {
  const [DANGER, REPORT] = [0, 1]; // the steps, in the order of their lists
  const [OWN, TELL] = [-1, -2];

  function plan(answers) {
    const { PLACES: p, WORDS: w } = window;
    const text = (number) => w.texts[number].map((line) => w.lines[line]).join("");
    const fill = (number, parts) => text(number).replace(/<!--(\w+)-->/g, (_, name) => parts[name] ?? "");
    const escape = (raw) => raw.replace(/[&<>'"]/g, (sign) => `&#${sign.charCodeAt()};`);

    const concern = p.concerns.indexOf(answers.concern || "unsure");
    const about = concern * p.roles.length + p.roles.indexOf(answers.role || "");
    const tried = answers.tried_platform ? 1 : 0;
    const large = Boolean(answers.danger) || p.large[concern];
    const [region, child] = [answers.region || "", answers.child_region || ""];
    const elsewhere = child && child !== region;
    const [remove, escalate, american] = p.platforms[answers.platform] ?? [OWN, OWN, 0];
    const cell = p.cells[p.vectors[p.regions[region]][about * 4 + tried * 2 + (answers.platform ? 1 : 0)]];
    const [danger, before, home, after, down, support, refused, ...rest] = cell;
    const [notes, crisis] = [[-1, ...rest.slice(0, 4)], rest[4]];

    // Two lists meet here only: what the child's place adds to the reader's. Each service once; what is shown in full before the rest.
    const there = elsewhere ? p.vectors[p.near[child]?.[region] ?? p.child[child]][about] : 0;
    const seen = new Set();
    const report = [before, there, american ? home : 0, after].flatMap((number) => p.lists[number])
      .filter((one) => !seen.has(p.entries[one]) && seen.add(p.entries[one]))
      .sort((one, other) => p.ranks[one] - p.ranks[other]);
    const own = (number, mine) => p.lists[number].map((one) => (one === OWN ? mine : one === TELL ? p.tell[report[0]] : one)).filter((one) => one >= 0);
    const steps = [p.lists[danger], report, own(down, remove), own(support), own(refused, escalate)];
    const order = p.orders[concern][(large ? 2 : 0) + tried].filter((step) => steps[step].length || (step === DANGER && large));
    const frame = (step) => w.frames[p.frames[concern][tried][step]];

    const summary = [w.places[region], w.platforms[answers.platform], w.short[concern]].filter(Boolean).join(" · ");
    const rows = [[0, summary], ...w.advice[about]]; // the lower the number, the later it is left out of the short text
    for (const step of order) {
      const [title, weight] = frame(step);
      rows.push([weight, "\n" + title]);
      if (!steps[step].length) rows.push([weight, w.unknown]);
      steps[step].slice(0, 2).forEach((one, place) => rows.push([place ? 7 : weight, text(w.referrals[one][2])]));
    }
    rows.push([1, "\n" + w.end]);
    const brief = () => rows.map(([, line]) => line).join("\n");
    while ([...brief()].length >= w.room) {
      const last = Math.max(...rows.map(([weight]) => weight));
      rows.splice(rows.map(([weight]) => weight).lastIndexOf(last), 1);
    }

    return fill(w.page, {
      comfort: text(w.comfort[about]),
      danger: large ? fill(w.danger[danger], { elsewhere: elsewhere ? text(w.elsewhere) : "" }) : text(w.small[region]),
      summary: escape(summary),
      first: fill(w.first[about], { crisis: crisis < 0 ? "" : text(w.crisis[crisis]) }),
      steps: order.filter((step) => step !== DANGER).map((step) => fill(frame(step)[2][steps[step].length - 1], {
        notes: text(w.notes[notes[step]]),
        ...steps[step].map((one, place) => text(w.referrals[one][place ? 1 : 0])),
      })).join(""),
      card: region && fill(w.card, { region }),
      brief: escape(brief()),
    });
  }
  window.plan = plan; // for the test that compares it with the server

  const form = document.querySelector("form.questions");
  const [asking, found, loading, without] = ["asking", "found", "loading", "without"].map((id) => document.getElementById(id));
  const top = (part) => {
    const heading = part.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  };

  function show(event) {
    event.preventDefault();
    if (!window.PLACES || PLACES.version !== window.WORDS?.version) { // still on their way, or out of reach
      const over = document.readyState === "complete";
      loading.hidden = over;
      form.hidden = over;
      without.hidden = !over;
      if (!over) addEventListener("load", show, { once: true });
      return;
    }
    loading.hidden = true;
    found.innerHTML = plan(Object.fromEntries(new FormData(form)));
    for (const button of found.querySelectorAll("button.needs-script")) button.hidden = false;
    asking.hidden = true;
    found.hidden = false;
    top(found);
  }

  found.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    if (button.name === "change") {
      found.replaceChildren();
      found.hidden = true;
      asking.hidden = false;
      top(asking);
    } else if (button.dataset.do === "print") {
      print();
    } else {
      const brief = document.getElementById("brief");
      const copied = navigator.clipboard ? navigator.clipboard.writeText(brief.textContent) : Promise.reject();
      copied.then(() => { button.textContent = button.dataset.done; }, () => { getSelection().selectAllChildren(brief); });
    }
  });
  form.addEventListener("submit", show);
  without.hidden = true;
  form.hidden = false;
})();
