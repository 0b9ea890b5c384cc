// Counts segments and cost while a notice is written, and looks for comunidades; without it two buttons do that.
(() => {
  const form = document.querySelector("[data-contar]");
  if (!form) return;
  document.documentElement.classList.add("scripted");
  const shown = document.getElementById("cuenta"), filter = document.getElementById("filtro");
  let waiting = 0, isAsking = false, isStale = false;

  // One question at a time: to count a province takes the service a while.
  const look = async () => {
    isStale = isAsking;
    if (isAsking) return;
    isAsking = true;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.contar, { method: "POST", body });
      if (answer.ok && !answer.redirected) shown.innerHTML = await answer.text();
    } catch { /* at the next letter */ }
    isAsking = false;
    if (isStale) look();
  };
  form.addEventListener("input", (event) => {
    if (event.target === filter) return;
    clearTimeout(waiting);
    waiting = setTimeout(look, 500);
  });

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  filter?.addEventListener("input", () => {
    const wanted = plain(filter.value);
    for (const label of document.querySelectorAll("#comunidades label")) {
      label.hidden = !plain(label.textContent).includes(wanted) && !label.firstElementChild.checked;
    }
  });
})();
