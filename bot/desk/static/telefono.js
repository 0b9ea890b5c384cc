// Sends without a reload and looks for late messages; without it, the forms do the work.
(() => {
  const find = (where, what) => where.querySelector(what);
  const phones = document.querySelectorAll("[data-telefono]");
  let sending = Promise.resolve();

  // Only the new is added: it is read aloud once, and what the service erased stays on the phone.
  const show = (phone, html) => {
    const piece = document.createElement("template");
    piece.innerHTML = html;
    const log = find(phone, ".charla"), fresh = find(piece.content, ".charla");
    if (!fresh || fresh.dataset.ultimo === "0") return;
    log.dataset.ultimo = fresh.dataset.ultimo;
    const added = [...fresh.querySelectorAll("li[id]")].filter((line) => !document.getElementById(line.id));
    log.firstElementChild.append(...added);
    find(phone, ".cuenta").replaceWith(find(piece.content, ".cuenta"));
    if (added.length) log.scrollTop = 0; // laid out from its end
  };

  const look = async (phone) => {
    try {
      const answer = await fetch(phone.dataset.telefono + find(phone, ".charla").dataset.ultimo);
      if (answer.status === 200) show(phone, await answer.text());
    } catch { /* next time */ }
  };

  const send = async (phone, fields, box) => {
    const notice = find(phone, ".aviso");
    try {
      const answer = await fetch("/telefono", { method: "POST", body: fields });
      if (!answer.ok) throw answer;
      show(phone, await answer.text());
      notice.textContent = "";
    } catch {
      notice.textContent = "No se pudo enviar. Inténtelo otra vez.";
      if (box?.value === "") box.value = fields.get("texto");
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target, phone = form.closest("[data-telefono]");
    if (!phone || !("envio" in form.dataset)) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form)), button = event.submitter;
    if (button?.name) fields.set(button.name, button.value);
    fields.set("trozo", "1");
    const box = find(form, "[name=texto]");
    if (box) { box.value = ""; box.focus(); }
    sending = sending.then(() => send(phone, fields, box));
  });

  const boxes = document.querySelectorAll("[name=texto]");
  let used = boxes[0];
  document.addEventListener("focusin", (event) => { if (event.target.name === "texto") used = event.target; });
  document.addEventListener("click", (event) => {
    if (!("ejemplo" in event.target.dataset)) return;
    event.preventDefault();
    boxes.forEach((box) => { box.value = event.target.textContent; });
    used.focus();
  });

  const clocks = document.querySelectorAll("[data-reloj]");
  const tick = (clock) => {
    const now = Date.parse(`1970-01-01T${clock.dataset.reloj}Z`) + performance.now();
    clock.textContent = new Date(now).toISOString().slice(11, 16);
  };

  const lookAll = () => {
    if (document.hidden) return;
    clocks.forEach(tick);
    phones.forEach(look);
  };
  document.addEventListener("visibilitychange", lookAll);
  setInterval(lookAll, 3000);
})();
