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
    (exit.target ? top : window).location.replace(exit.href); // out of a frame: the page around it goes too
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

  // Typing narrows a long list. The field is no input: a browser asks its maker's server about every form with text inputs.
  for (const list of document.querySelectorAll("select[data-find]")) {
    const all = [...list.children].map((child) => child.cloneNode(true));
    const field = document.createElement("div");
    Object.assign(field, { id: list.id + "-find", className: "find", spellcheck: false });
    for (const [name, value] of [["contenteditable", "plaintext-only"], ["tabindex", "0"], ["role", "searchbox"], ["aria-label", list.dataset.find], ["aria-controls", list.id]])
      field.setAttribute(name, value);
    if (!field.isContentEditable) field.contentEditable = "true"; // older browsers know no plain text
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    field.addEventListener("input", () => {
      const typed = field.textContent.trim().toLocaleLowerCase();
      const chosen = list.value;
      list.replaceChildren(...all.map((child) => child.cloneNode(true)));
      if (typed) {
        for (const option of list.querySelectorAll("option"))
          if (option.value && !option.label.toLocaleLowerCase().includes(typed)) option.remove();
        for (const group of list.querySelectorAll("optgroup")) if (!group.children.length) group.remove();
      }
      const names = [...list.options].filter((option) => option.value);
      const begins = names.find((option) => option.label.toLocaleLowerCase().startsWith(typed)) ?? names[0];
      list.value = typed && begins ? begins.value : chosen;
    });
    list.before(field);
  }
})();
