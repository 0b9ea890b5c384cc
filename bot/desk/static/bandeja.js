// Fills both boxes with a prepared answer and shows its cost while it is written; without it, two buttons do that.
(() => {
  const form = document.querySelector("[data-respuesta]");
  if (!form) return;
  document.documentElement.classList.add("scripted");
  const view = document.getElementById("vista"), chosen = document.getElementById("respuesta");
  let waiting = 0, asked = 0;

  const look = async () => {
    const mine = ++asked, fields = new URLSearchParams(new FormData(form));
    fields.set("trozo", "1");
    try {
      const answer = await fetch(form.dataset.respuesta, { method: "POST", body: fields });
      if (answer.ok && mine === asked) view.innerHTML = await answer.text();
    } catch { /* at the next letter */ }
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(look, 350); };

  form.addEventListener("input", soon);
  chosen?.addEventListener("change", () => {
    const { es = "", quz = "" } = chosen.selectedOptions[0].dataset;
    form.elements.es.value = es;
    form.elements.quz.value = quz;
    look();
  });
})();
