"use strict";
// Sends without leaving the page and looks for late messages. Without it the forms do the same by reloading.
(() => {
  const EVERY_MS = 3000;
  const phones = document.querySelectorAll("[data-telefono]");
  let sending = Promise.resolve();

  const toNewest = (log) => { log.scrollTop = log.scrollHeight; };

  // Only what is new is added, so that a screen reader says it once and what was erased at the service stays on the phone.
  const show = (phone, html) => {
    const piece = document.createElement("template");
    piece.innerHTML = html;
    const log = phone.querySelector(".charla"), fresh = piece.content.querySelector(".charla");
    if (!fresh || fresh.dataset.ultimo === "0") return;
    log.dataset.ultimo = fresh.dataset.ultimo;
    const added = [...fresh.querySelectorAll("li[id]")].filter((line) => !document.getElementById(line.id));
    log.firstElementChild.append(...added);
    phone.querySelector(".cuenta").replaceWith(piece.content.querySelector(".cuenta"));
    if (added.length) toNewest(log);
  };

  const look = async (phone) => {
    const last = phone.querySelector(".charla").dataset.ultimo;
    try {
      const answer = await fetch(`${phone.dataset.telefono}&desde=${last}`);
      if (answer.status === 200) show(phone, await answer.text());
    } catch { /* the next look may succeed */ }
  };

  const send = async (phone, fields, box) => {
    const notice = phone.querySelector(".aviso");
    try {
      const answer = await fetch("/telefono", { method: "POST", body: fields });
      if (!answer.ok) throw new Error();
      show(phone, await answer.text());
      notice.textContent = "";
    } catch {
      notice.textContent = "No se pudo enviar. Inténtelo otra vez.";
      if (box && !box.value) box.value = fields.get("texto");
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target, phone = form.closest("[data-telefono]");
    if (!phone || !("envio" in form.dataset)) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form)), button = event.submitter;
    if (button && button.name) fields.set(button.name, button.value);
    fields.set("trozo", "1");
    const box = form.querySelector("[name=texto]");
    if (box) { box.value = ""; box.focus(); }
    sending = sending.then(() => send(phone, fields, box));
  });

  document.addEventListener("click", (event) => {
    const example = event.target.closest("[data-ejemplo]");
    if (!example) return;
    event.preventDefault();
    const box = document.getElementById(example.dataset.ejemplo);
    box.value = example.textContent;
    box.focus();
  });

  const lookAll = () => { if (!document.hidden) phones.forEach(look); };
  document.addEventListener("visibilitychange", lookAll);
  setInterval(lookAll, EVERY_MS);
  phones.forEach((phone) => toNewest(phone.querySelector(".charla")));
})();
