// <hotline-router lang region concern accent kind>: puts the frame before the link that stands in it, and listens for its height.
// It asks nothing and sends nothing. Without this file, or where the frame may not be shown, the link works.
"use strict";
(() => {
  const { src, dataset } = document.currentScript;
  const home = new URL("../embed/", src);
  const rights = "allow-forms allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

  function address(element) {
    const given = (name) => element.getAttribute(name);
    const card = given("kind") === "card";
    const path = card ? "card/" + encodeURIComponent(given("region")) + (dataset.suffix ?? "") : "";
    const found = new URL(encodeURIComponent(element.lang || "en") + "/" + path, home);
    const chosen = (card ? ["accent"] : ["accent", "concern", "region"]).filter(given);
    found.search = new URLSearchParams(chosen.map((name) => [name, given(name)]));
    return found;
  }

  customElements.define("hotline-router", class extends HTMLElement {
    connectedCallback() {
      const frame = this.frame = document.createElement("iframe");
      const shown = address(this);
      const set = { title: this.textContent.trim(), sandbox: rights, allow: "clipboard-write", referrerpolicy: "no-referrer" };
      for (const [name, value] of Object.entries({ ...set, loading: "lazy", src: shown.href })) frame.setAttribute(name, value);
      // the outline shows where it ends: what is in it scrolls
      Object.assign(frame.style, { border: "0", outline: "1px solid #767676", inlineSize: "100%", blockSize: "640px" });
      this.listen = (event) => {
        if (event.source !== frame.contentWindow || !["null", shown.origin].includes(event.origin)) return;
        const { type, version, height } = event.data ?? {};
        if (type !== "hotline-router" || version !== 1 || !Number.isInteger(height) || height < 320 || height > 4096) return;
        frame.style.blockSize = height + "px";
      };
      addEventListener("message", this.listen);
      this.style.display = "block";
      this.prepend(frame);
    }

    disconnectedCallback() {
      removeEventListener("message", this.listen);
      this.frame.remove();
    }
  });
})();
