// What the pages can do beyond HTML. Everything works without it; it looks for
// data-attributes and adds to what they stand on:
//   form[data-ask=URL]             answers while somebody types
//   form[data-drop]                takes a dropped file
//   form[data-static-search=URL]   looks codes up where there is no server
//   [data-filter=SELECTOR]         an input that hides what does not match
//   button[data-copy]              copies the code beside it
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  function copyButtons(root) {
    if (!navigator.clipboard) return;
    for (const button of all("button[data-copy]", root)) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const text = button.parentElement.querySelector("code").textContent;
        try {
          await navigator.clipboard.writeText(text);
          button.textContent = "Copied";
        } catch {
          button.textContent = "Not allowed";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
    }
  }

  // ask fetches the answer to what stands in the box, a moment after the last key.
  // An answer that comes after a later question is dropped.
  function ask(form) {
    const box = form.querySelector("textarea");
    const place = document.getElementById("answer");
    const status = document.getElementById("answer-status");
    const start = document.getElementById("start");
    let timer = 0, request = null, shown = box.value.trim();
    async function run() {
      const question = box.value.trim();
      if (question === shown) return;
      shown = question;
      if (request) request.abort();
      if (question === "") {
        place.replaceChildren();
        status.textContent = "";
        start.hidden = false;
        return;
      }
      request = new AbortController();
      try {
        const reply = await fetch(form.dataset.ask, {
          method: "POST", body: new URLSearchParams({ q: box.value }), signal: request.signal, credentials: "same-origin",
        });
        if (!reply.ok) return;
        const page = new DOMParser().parseFromString(await reply.text(), "text/html");
        const answer = page.querySelector(".answer");
        if (!answer || box.value.trim() !== question) return;
        place.replaceChildren(answer);
        status.textContent = answer.dataset.status || "";
        start.hidden = true;
        copyButtons(place);
      } catch (err) {
        if (err.name !== "AbortError") shown = null; // the form itself still works
      }
    }
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(run, 180);
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !box.value.includes("\n")) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }

  // drop takes a file that is dropped on the form or its text box, and sends it.
  function drop(form) {
    const input = form.querySelector("input[type=file]");
    const text = form.querySelector("textarea");
    const has = (event) => Array.from(event.dataTransfer ? event.dataTransfer.types : []).includes("Files");
    for (const name of ["dragenter", "dragover"]) {
      form.addEventListener(name, (event) => {
        if (!has(event)) return;
        event.preventDefault();
        form.classList.add("dropping");
      });
    }
    form.addEventListener("dragleave", (event) => {
      if (!form.contains(event.relatedTarget)) form.classList.remove("dropping");
    });
    form.addEventListener("drop", (event) => {
      form.classList.remove("dropping");
      if (!has(event) || event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      input.files = event.dataTransfer.files;
      text.value = "";
      form.requestSubmit();
    });
    input.addEventListener("change", () => {
      if (input.files.length > 0) text.value = "";
    });
  }

  function filter(holder) {
    const input = holder.querySelector("input");
    const items = all(holder.dataset.filter).map((item) => ({ item, text: item.textContent.toLowerCase() }));
    holder.hidden = false;
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const { item, text } of items) item.hidden = !words.every((word) => text.includes(word));
      for (const section of all("main section")) {
        const rows = all(holder.dataset.filter, section);
        if (rows.length > 0) section.hidden = rows.every((row) => row.hidden);
      }
    });
  }

  // staticSearch finds pages by code, id or title in a list that is fetched once.
  function staticSearch(form) {
    const input = form.querySelector("input");
    const place = document.getElementById("answer");
    const status = document.getElementById("answer-status");
    let list = null;
    const url = new URL(form.dataset.staticSearch, location.href);
    const entries = async () => (list ??= await (await fetch(url)).json());
    // rank puts what is called so before what begins so, and that before the rest.
    const rank = (entry, question) => {
      const names = [entry[0].toLowerCase(), entry[1].toLowerCase()];
      if (names.includes(question)) return 0;
      return names.some((name) => name.startsWith(question)) ? 1 : 2;
    };
    async function hits() {
      const question = input.value.trim().toLowerCase();
      const words = question.split(/\s+/).filter(Boolean);
      if (words.length === 0) return [];
      const found = (await entries()).filter(([id, title]) => words.every((word) => `${id} ${title}`.toLowerCase().includes(word)));
      return found.sort((a, b) => rank(a, question) - rank(b, question)).slice(0, 12);
    }
    input.addEventListener("input", async () => {
      const question = input.value;
      const found = await hits();
      if (input.value !== question) return; // a later answer is on its way
      const ul = document.createElement("ul");
      ul.className = "hits";
      for (const [id, title, href] of found) {
        const li = document.createElement("li"), a = document.createElement("a");
        a.href = new URL(href, url);
        a.textContent = `${id}: ${title}`;
        li.append(a);
        ul.append(li);
      }
      place.replaceChildren(ul);
      status.textContent = question ? `${found.length} found` : "";
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const found = await hits();
      if (found.length > 0) location.href = new URL(found[0][2], url);
    });
  }

  copyButtons(document);
  all("form[data-ask]").forEach(ask);
  all("form[data-drop]").forEach(drop);
  all("form[data-static-search]").forEach(staticSearch);
  all("[data-filter]").forEach(filter);
})();
