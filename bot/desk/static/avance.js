// Keeps the figures of a notice as they are now; without it there is a link for that.
(() => {
  const shown = document.querySelector("[data-cifras]");
  if (!shown) return;
  document.documentElement.classList.add("scripted");
  const state = () => shown.firstElementChild.dataset.estado;

  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(shown.dataset.cifras);
        if (answer.redirected) return; // she is logged out
        if (answer.ok) put(await answer.text());
      } catch { /* the next look may reach it */ }
    }
    setTimeout(look, 3000);
  };
  const put = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("cifras");
    if (!fresh) return;
    // Other buttons belong to another state; a piece that comes or goes is laid out by the page.
    const pieces = (place) => [...place.querySelectorAll("[data-pieza]")];
    if (fresh.dataset.estado !== state() || pieces(fresh).length !== pieces(shown).length) {
      location.reload();
      return;
    }
    pieces(shown).forEach((piece, n) => {
      if (piece.innerHTML !== pieces(fresh)[n].innerHTML) piece.innerHTML = pieces(fresh)[n].innerHTML;
    });
  };
  setTimeout(look, 3000);
})();
