// Leaving, printing, copying and finding in the long lists. Everything works without this file, and it sends nothing.
"use strict";
(() => {
  const exit = document.querySelector("a.exit");
  let presses = 0;
  let timer = 0;
  let alone = true;

  function leave(event) {
    if (event && (event.ctrlKey || event.metaKey || event.shiftKey || event.button > 0)) return;
    if (event) event.preventDefault();
    const cover = document.createElement("div");
    cover.className = "cover";
    cover.setAttribute("role", "alert");
    cover.textContent = exit.dataset.leaving;
    document.body.replaceChildren(cover);
    document.title = exit.dataset.leaving;
    location.replace(exit.href);
  }
  exit.addEventListener("click", leave);
  // A browser that kept the covered page shows it again on 'back': ask for a fresh one.
  addEventListener("pageshow", (event) => { if (event.persisted && document.querySelector(".cover")) location.reload(); });
  // Shift pressed and let go three times with nothing between, each within five seconds of the one before.
  addEventListener("keydown", (event) => {
    if (event.key === "Shift") { if (!event.repeat) alone = true; } else { alone = false; presses = 0; }
  });
  addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    clearTimeout(timer);
    timer = setTimeout(() => { presses = 0; }, 5000);
    presses += 1;
    if (presses === 3) leave();
  });

  for (const button of document.querySelectorAll("button.needs-script")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (button.dataset.do === "print") print();
      else navigator.clipboard.writeText(document.getElementById("brief").textContent).then(
        () => { button.textContent = button.dataset.done; },
        () => { getSelection().selectAllChildren(document.getElementById("brief")); },
      );
    });
  }

  // Typing finds an entry of a long list. The field has no name, so it is never sent.
  for (const list of document.querySelectorAll("select[data-find]")) {
    const options = new Map([...list.options].filter((o) => o.value).map((o) => [o.label.toLocaleLowerCase(), o.value]));
    const found = document.createElement("datalist");
    found.id = list.id + "-names";
    found.append(...[...new Set([...list.options].filter((o) => o.value).map((o) => o.label))].map((name) => new Option(name, name)));
    const field = document.createElement("input");
    Object.assign(field, { type: "text", autocomplete: "off", id: list.id + "-find", className: "find", placeholder: list.dataset.find });
    field.setAttribute("list", found.id);
    field.setAttribute("aria-label", list.dataset.find);
    field.addEventListener("input", () => {
      const typed = field.value.trim().toLocaleLowerCase();
      const only = [...options.keys()].filter((name) => name.startsWith(typed));
      const value = options.get(typed) ?? (typed && only.length === 1 ? options.get(only[0]) : undefined);
      if (value !== undefined) list.value = value;
    });
    list.before(field, found);
  }
})();
