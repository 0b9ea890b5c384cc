// Sends without leaving the page and looks for late messages; without it the forms reload the page.
(() => {
  const find = (where, what) => where.querySelector(what);
  const EVERY_MS = 3000;
  const phones = document.querySelectorAll("[data-telefono]");
  let sending = Promise.resolve();

  const toNewest = (log) => { log.scrollTop = log.scrollHeight; };

  // Only the new is added: a screen reader says it once, and what the service erased stays on the phone.
  const show = (phone, html) => {
    const piece = document.createElement("template");
    piece.innerHTML = html;
    const log = find(phone, ".charla"), fresh = find(piece.content, ".charla");
    if (!fresh || fresh.dataset.ultimo === "0") return;
    log.dataset.ultimo = fresh.dataset.ultimo;
    const added = [...fresh.querySelectorAll("li[id]")].filter((line) => !document.getElementById(line.id));
    log.firstElementChild.append(...added);
    find(phone, ".cuenta").replaceWith(find(piece.content, ".cuenta"));
    if (added.length) toNewest(log);
  };

  const look = async (phone) => {
    const last = find(phone, ".charla").dataset.ultimo;
    try {
      const answer = await fetch(`${phone.dataset.telefono}&desde=${last}`);
      if (answer.status === 200) show(phone, await answer.text());
    } catch { /* next time */ }
  };

  const send = async (phone, fields, box) => {
    const notice = find(phone, ".aviso");
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
    const box = find(form, "[name=texto]");
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

  const clocks = document.querySelectorAll("[data-reloj]");
  const tick = (clock) => {
    const moment = Date.parse(`1970-01-01T${clock.dataset.reloj}Z`) + performance.now();
    clock.textContent = new Date(moment).toISOString().slice(11, 16);
  };

  const lookAll = () => {
    if (document.hidden) return;
    clocks.forEach(tick);
    phones.forEach(look);
  };
  document.addEventListener("visibilitychange", lookAll);
  setInterval(lookAll, EVERY_MS);
  phones.forEach((phone) => toNewest(find(phone, ".charla")));
})();
