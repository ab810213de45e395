"use strict";
const $ = (id) => document.getElementById(id);
let history = [];
let asked = new AbortController(); // ends what was asked last; its reason is the button that did
const words = translate(document, chooseLanguage(location.search, navigator.languages), location.search);

// A key in the address (?api_key=…) is used for every call of this page.
const key = new URLSearchParams(location.search).get("api_key");
const withKey = (url) => (key ? `${url}?api_key=${encodeURIComponent(key)}` : url);
const headers = { "Content-Type": "application/json", ...(key ? { "X-API-Key": key } : {}) };

const interviewer = alive({ screen: $("screen"), rest: $("rest"), think: $("think"), answer: $("answer"), again: $("again") },
  matchMedia("(prefers-reduced-motion: reduce)"));

// add shows what was said. Who sees no sides and colours is told who says it.
function add(kind, text) {
  const item = document.createElement("div");
  item.className = kind;
  const speaker = { user: words.you, assistant: words.face }[kind];
  if (speaker) line(item, "span", speaker).className = "unseen";
  item.append(text);
  $("log").append(item);
  follow();
  return item;
}

// follow shows the end of the conversation; the page stays where it is, so that the face stays in sight.
function follow() {
  $("log").scrollTop = $("log").scrollHeight;
}

function progress(percent, text) {
  $("progress").firstElementChild.style.width = `${percent}%`;
  $("progress").setAttribute("aria-valuenow", Math.round(percent));
  if (text) $("status").textContent = text;
}

// Reads a stream of events; a chunk can end inside a line.
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => { throw new Error(words.broken); });
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data: ")) yield JSON.parse(line.slice(6));
  }
}

function request(message) {
  const face = { avatar: $("avatar").value, tts_engine: $("engine").value };
  if ($("mode").value === "speak") return ["/api/v2/lipsync/stream", { ...face, text: message }];
  return ["/api/v2/chat_and_lipsync/stream", {
    ...face, message, history, org_type: $("org").value, company_name: $("company").value, job_name: $("job").value,
  }];
}

// ask gives an answer that is one; what refuses may be a proxy that knows no JSON.
async function ask(path, body, signal) {
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal })
    .catch(() => { throw new Error(words.away); });
  if (response.ok) return response;
  throw new Error(words.failure(await response.json().catch(() => ({ error: `${words.away} (${response.status})` }))));
}

async function send(message, signal) {
  const response = await ask(...request(message), signal);
  let bubble = null;
  for await (const event of events(response)) {
    switch (event.type) {
      case "token":
        bubble ??= add("assistant", "");
        bubble.append(event.content);
        follow();
        break;
      case "status": progress(event.stage === "lipsync" ? 20 : 8, words.status(event)); break;
      case "queue": progress(2, words.queue(event)); break;
      case "progress": progress(20 + 0.75 * event.progress, words.drawing(event)); break;
      case "error": throw new Error(words.failure({ error: event.message, code: event.code }));
      case "done": finish(event, message, bubble); return;
    }
  }
  throw new Error(words.broken);
}

function finish(event, message, bubble) {
  if (event.response) {
    history.push({ role: "user", content: message }, { role: "assistant", content: event.response });
    if (bubble) line(bubble, "small", event.llm_source);
    follow();
  } else {
    add("assistant", event.text);
  }
  progress(100, words.made(event.audio_duration, event.elapsed.total));
  interviewer.say(withKey(event.video_url));
}

// busy is while an answer is made. What comes piece by piece is read aloud when it is whole.
function busy(is) {
  $("send").hidden = is;
  $("stop").hidden = !is;
  $("log").setAttribute("aria-busy", is);
}

$("form").addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const message = $("message").value.trim();
  if (!message || $("send").hidden) return;
  add("user", message);
  $("message").value = "";
  busy(true);
  progress(2, words.asking);
  interviewer.wait();
  const { signal } = (asked = new AbortController());
  try {
    await send(message, signal);
  } catch (problem) {
    if (signal.reason === "restart") return;
    const stopped = signal.reason === "stop";
    add(stopped ? "hint" : "error", stopped ? words.stopped : problem.message);
    progress(0, stopped ? words.stopped : words.wrong);
    interviewer.hush();
    $("message").value ||= message; // to be sent again
  }
  busy(false);
  $("message").focus();
});

$("stop").addEventListener("click", () => asked.abort("stop"));

$("message").addEventListener("keydown", (pressed) => {
  if (pressed.key === "Enter" && !pressed.shiftKey && !pressed.isComposing) {
    pressed.preventDefault();
    $("form").requestSubmit();
  }
});

$("restart").addEventListener("click", () => {
  asked.abort("restart");
  busy(false);
  interviewer.forget();
  history = [];
  $("log").replaceChildren();
  progress(0, words.fresh);
});

$("begin").addEventListener("click", () => {
  $("restart").click();
  $("mode").value = "chat";
  $("message").value = words.greeting;
  $("form").requestSubmit();
});

// line adds a text in an element of its own: nothing that was said becomes markup.
function line(parent, tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  parent.append(element);
  return element;
}

$("judge").addEventListener("click", async () => {
  try {
    const body = { history, org_type: $("org").value, company_name: $("company").value, job_name: $("job").value };
    show(await (await ask("/api/interview/report", body)).json());
  } catch (problem) {
    add("error", problem.message);
  }
});

function show(report) {
  const item = add("report", "");
  line(item, "h2", `${words.report} (${report.method === "rules" ? words.byRules : report.source})`);
  line(item, "p", report.summary);
  for (const c of report.competencies) {
    const judged = line(item, "p", `${c.label} `);
    const dots = line(judged, "span", "●".repeat(c.score) + "○".repeat(5 - c.score));
    dots.setAttribute("role", "img");
    dots.setAttribute("aria-label", words.score(c.score));
    judged.append(` ${c.advice}`);
    for (const quote of c.evidence) line(item, "blockquote", quote);
  }
  follow();
}

// The lists are those of the organisation type; anything else can be typed.
function offer(catalog) {
  const orgType = catalog.org_types.find((o) => o.name === $("org").value);
  $("companies").replaceChildren(...orgType.organisations.map((o) => new Option(words.organisation(o))));
  $("jobs").replaceChildren(...orgType.jobs.map((j) => new Option(words.jobName(j))));
}

async function fill() {
  const catalog = await fetch("/api/interview/catalog", { headers }).then((r) => r.json());
  offer(catalog);
  $("org").addEventListener("change", () => {
    $("company").value = $("job").value = "";
    offer(catalog);
  });
  const [avatars, engines] = await Promise.all(["/api/avatars", "/api/tts_engines"].map((path) => fetch(path, { headers }).then((r) => r.json())));
  $("avatar").append(...avatars.avatars.map((a) => new Option(a.name, a.id)));
  // Addresses of our own: those that answers give may name another host, which this page may not load from.
  const wear = () => {
    const { id, loops } = avatars.avatars[$("avatar").selectedIndex];
    const at = (rest) => withKey(`/api/avatars/${encodeURIComponent(id)}/${rest}`);
    interviewer.wear({ poster: at("preview"), loops: Object.fromEntries(loops.map(({ name }) => [name, at(`loops/${name}`)])) });
  };
  $("avatar").addEventListener("change", wear);
  if (avatars.avatars.length > 0) wear();
  $("engine").append(...engines.engines.map((e) => new Option(e.name, e.id)));
}
fill().catch(() => progress(0, words.away));
