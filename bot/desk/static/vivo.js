// Keeps the counters of a page as they are now; without it they are those of the moment at which it was opened.
(() => {
  const counters = document.querySelectorAll("[data-vivo]");
  let stream;

  const show = (figures) => counters.forEach((counter) => {
    const count = figures[counter.dataset.vivo];
    if (count === undefined) return;
    counter.textContent = count;
    counter.classList.toggle("cero", count === 0);
  });

  // A page that nobody looks at gives its line back: a browser has only six to each service.
  const look = () => {
    stream?.close();
    if (document.hidden) return;
    stream = new EventSource("/vivo");
    stream.onmessage = (event) => show(JSON.parse(event.data));
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) look(); });
  look();
})();
