// Keeps the board live, counts down, and shows times in the viewer's own zone. The page is whole without it.

const clock = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
// Seconds are shown where they decide: the earlier of two equal scores ranks first.
const exact = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });
const zoned = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "long" });

// The server's clock decides, and the viewer's may be wrong: count by the difference as the page arrived.
const skew = Number(document.documentElement.dataset.now) * 1000 - Date.now();
const serverNow = () => Date.now() + skew;

function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.title = `${zoned.format(moment)} · ${time.dateTime}`;
    time.textContent = (time.closest(".when") ? exact : clock).format(moment);
  }
}

const two = (number) => String(number).padStart(2, "0");

function showCountdowns() {
  for (const place of document.querySelectorAll("[data-until]")) {
    const seconds = Math.ceil((Date.parse(place.dataset.until) - serverNow()) / 1000);
    if (seconds <= 0) {
      // The phase has turned. A little apart from each other, so that a room full of viewers is not one burst.
      place.removeAttribute("data-until");
      setTimeout(() => location.reload(), 1000 + Math.random() * 4000);
    }
    const left = Math.max(seconds, 0);
    const days = Math.floor(left / 86400);
    const rest = [left / 3600 % 24, left / 60 % 60, left % 60].map((part) => two(Math.floor(part))).join(":");
    place.textContent = days > 0 ? `${days} ${place.dataset.days} ${rest}` : rest;
  }
}

/** Each team's row as text, to tell which rows a new snapshot changes. */
function rowsOf(root) {
  return new Map([...root.querySelectorAll("tr[data-team]")].map((row) => [row.dataset.team, row.textContent]));
}

function swapBoard(content, html) {
  const before = rowsOf(content);
  const scrolled = content.querySelector(".scroll")?.scrollLeft ?? 0;
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  showTimes(fresh.content);
  for (const row of fresh.content.querySelectorAll("tr[data-team]")) {
    row.classList.toggle("changed", before.get(row.dataset.team) !== row.textContent);
  }
  content.replaceChildren(fresh.content);
  content.querySelector(".scroll")?.scrollTo({ left: scrolled });
}

async function refreshChart(figure, url) {
  const answer = await fetch(url);
  if (!answer.ok) return;
  const picture = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  if (picture.localName === "svg") figure.replaceChildren(document.importNode(picture, true));
}

function follow(content, status, figure) {
  let shown = content.querySelector("[data-revision]")?.dataset.revision;
  let drawing;

  const say = (live) => {
    const text = live ? status.dataset.live : status.dataset.reconnecting;
    status.classList.toggle("on", live);
    status.hidden = false;
    if (status.textContent !== text) status.textContent = text;
  };

  const connect = () => {
    const events = new EventSource(content.dataset.events);
    events.onopen = () => say(true);
    events.onmessage = ({ lastEventId, data }) => {
      say(true);
      // The first event after a connection is mostly what is on the page already.
      if (lastEventId === shown) return;
      shown = lastEventId;
      swapBoard(content, data);
      // Many changes in a short time are one new chart.
      drawing ??= setTimeout(() => {
        drawing = undefined;
        refreshChart(figure, content.dataset.chart).catch(() => {});
      }, 300 + Math.random() * 700);
    };
    events.onerror = () => {
      say(false);
      // After a broken connection a browser retries by itself; after a refusal (too many viewers) it gives up.
      if (events.readyState === EventSource.CLOSED) setTimeout(connect, 5000 + Math.random() * 10000);
    };
    // A hidden page in the back-forward cache must not hold a place.
    addEventListener("pagehide", () => events.close(), { once: true });
  };
  connect();
  addEventListener("pageshow", ({ persisted }) => persisted && connect());
}

/** Reads the page again from time to time, for what no events tell of. */
function reread(content) {
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(content.id);
    if (fresh) swapBoard(content, fresh.innerHTML);
  }, Number(content.dataset.everyS) * 1000);
}

showTimes(document);
showCountdowns();
setInterval(showCountdowns, 1000);

const content = document.getElementById("board-content");
if (content) follow(content, document.getElementById("live"), document.getElementById("chart"));
const overall = document.getElementById("overall");
if (overall?.dataset.everyS) reread(overall);
