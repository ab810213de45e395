"use strict";
const $ = (id) => document.getElementById(id);
let history = [];
let asked = new AbortController(); // ends what was asked last

// A key in the address (?api_key=…) is used for every call of this page.
const key = new URLSearchParams(location.search).get("api_key");
const withKey = (url) => (key ? `${url}?api_key=${encodeURIComponent(key)}` : url);
const headers = { "Content-Type": "application/json", ...(key ? { "X-API-Key": key } : {}) };

const interviewer = alive({ screen: $("screen"), rest: $("rest"), think: $("think"), answer: $("answer"), again: $("again") },
  matchMedia("(prefers-reduced-motion: reduce)"));

function add(kind, text) {
  const item = document.createElement("li");
  item.className = kind;
  item.textContent = text;
  $("log").append(item);
  item.scrollIntoView({ block: "end" });
  return item;
}

function progress(percent, text) {
  $("progress").firstElementChild.style.width = `${percent}%`;
  if (text) $("status").textContent = text;
}

// Reads a stream of events; a chunk can end inside a line.
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
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

async function send(message, signal) {
  const [path, body] = request(message);
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  if (!response.ok) throw new Error((await response.json()).error);
  let bubble = null;
  for await (const event of events(response)) {
    switch (event.type) {
      case "token":
        bubble ??= add("assistant", "");
        bubble.textContent += event.content;
        bubble.scrollIntoView({ block: "end" });
        break;
      case "status": progress(event.stage === "lipsync" ? 20 : 8, event.message); break;
      case "queue": progress(2, `대기 중입니다 (${event.position}번째)`); break;
      case "progress": progress(20 + 0.75 * event.progress, event.message); break;
      case "error": throw new Error(event.message);
      case "done": finish(event, message, bubble); return;
    }
  }
  throw new Error("답변이 중간에 끊어졌습니다.");
}

function finish(event, message, bubble) {
  if (event.response) {
    history.push({ role: "user", content: message }, { role: "assistant", content: event.response });
    const source = document.createElement("small");
    source.textContent = event.llm_source;
    bubble?.append(source);
    bubble?.scrollIntoView({ block: "end" });
  } else {
    add("assistant", event.text);
  }
  progress(100, `${event.audio_duration}초 영상 · ${event.elapsed.total}초 만에 완성`);
  interviewer.say(withKey(event.video_url));
}

$("form").addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const message = $("message").value.trim();
  if (!message || $("send").disabled) return;
  add("user", message);
  $("message").value = "";
  $("send").disabled = true;
  progress(2, "요청을 보내는 중...");
  interviewer.wait();
  const { signal } = (asked = new AbortController());
  try {
    await send(message, signal);
  } catch (problem) {
    if (signal.aborted) return; // by another interview, which has begun
    add("error", problem.message);
    progress(0, "문제가 생겼습니다.");
    interviewer.hush();
  }
  $("send").disabled = false;
  $("message").focus();
});

$("message").addEventListener("keydown", (pressed) => {
  if (pressed.key === "Enter" && !pressed.shiftKey && !pressed.isComposing) {
    pressed.preventDefault();
    $("form").requestSubmit();
  }
});

$("restart").addEventListener("click", () => {
  asked.abort();
  $("send").disabled = false;
  interviewer.forget();
  history = [];
  $("log").replaceChildren();
  progress(0, "새 면접을 시작합니다.");
});

$("begin").addEventListener("click", () => {
  $("restart").click();
  $("mode").value = "chat";
  $("message").value = "안녕하세요. 면접 잘 부탁드립니다.";
  $("form").requestSubmit();
});

// line adds a text in an element of its own: nothing that was said becomes markup.
function line(parent, tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  parent.append(element);
}

$("judge").addEventListener("click", async () => {
  const response = await fetch("/api/interview/report", {
    method: "POST", headers,
    body: JSON.stringify({ history, org_type: $("org").value, company_name: $("company").value, job_name: $("job").value }),
  });
  const report = await response.json();
  if (!response.ok) {
    add("error", report.error);
    return;
  }
  const item = add("report", "");
  line(item, "h3", `면접 평가 (${report.source})`);
  line(item, "p", report.summary);
  for (const c of report.competencies) {
    line(item, "p", `${c.label} ${"●".repeat(c.score)}${"○".repeat(5 - c.score)} ${c.advice}`);
    for (const quote of c.evidence) line(item, "blockquote", quote);
  }
  item.scrollIntoView({ block: "end" });
});

// The lists are those of the organisation type; anything else can be typed.
function offer(catalog) {
  const orgType = catalog.org_types.find((o) => o.name === $("org").value);
  $("companies").replaceChildren(...orgType.organisations.map((o) => new Option(o.name)));
  $("jobs").replaceChildren(...orgType.jobs.map((j) => new Option(j.name)));
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
fill().catch(() => progress(0, "서버에 연결할 수 없습니다."));
