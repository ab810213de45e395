// What the studio's page says and does when something is sent: its scripts on elements that keep what they are told. Run by studio_test.go.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const read = (name) => readFileSync(new URL(`../studio/${name}`, import.meta.url), "utf8");
const html = read("index.html");

class Element extends EventTarget {
  constructor(attributes = {}) {
    super();
    Object.assign(this, { attributes, dataset: {}, children: [], value: "", hidden: false, style: {}, className: "", scrollTop: 0, focused: 0 });
    for (const [name, value] of Object.entries(attributes)) if (name.startsWith("data-")) this.dataset[name.slice(5)] = value;
  }
  get firstElementChild() { return (this.first ??= new Element()); }
  get textContent() { return this.children.map((c) => c.textContent ?? c).join(""); }
  set textContent(text) { this.children = [text]; }
  setAttribute(name, value) { this.attributes[name] = String(value); }
  append(...all) { this.children.push(...all); }
  replaceChildren(...all) { this.children = all; }
  focus() { this.focused++; }
  click() { this.dispatchEvent(new Event("click")); }
  requestSubmit() { this.dispatchEvent(new Event("submit")); }
}

function elements() {
  return [...html.matchAll(/<[a-z]+\s([^>]*)>/g)].map(([, text]) =>
    new Element(Object.fromEntries([...text.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]))));
}

const lists = {
  "/api/interview/catalog": { org_types: [{ organisations: [{ name: "기아", aliases: ["Kia"] }], jobs: [{ name: "간호사", title: "Nurse" }] }] },
  "/api/avatars": { avatars: [] },
  "/api/tts_engines": { engines: [] },
};

// page opens the studio; answer is what the host says to what is sent.
function page({ answer, search = "", languages = ["ko-KR"] }) {
  const all = elements();
  const asked = [];
  const document = {
    documentElement: new Element(), createElement: () => new Element(),
    getElementById: (id) => all.find((e) => e.attributes.id === id),
    querySelectorAll: (selector) => all.filter((e) => selector.slice(1, -1) in e.attributes),
  };
  const $ = document.getElementById;
  for (const [id, value] of [["org", "일반기업"], ["mode", "chat"]]) $(id).value = value;
  lists["/api/interview/catalog"].org_types[0].name = "일반기업";
  const context = vm.createContext({
    document, location: { search }, navigator: { languages }, URLSearchParams, AbortController, TextDecoderStream, matchMedia: () => ({}),
    alive: () => new Proxy({}, { get: () => () => {} }), Option: class { constructor(text) { this.textContent = text; } },
    fetch: async (path, options) => {
      if (lists[path]) return Response.json(lists[path]);
      asked.push(JSON.parse(options.body));
      return answer(options.signal);
    },
  });
  for (const script of ["words.js", "studio.js"]) vm.runInContext(read(script), context);
  return {
    $, asked, document, words: vm.runInContext("languages", context),
    async send(text) {
      if (text) $("message").value = text;
      $("form").requestSubmit();
      await settled();
    },
    said: () => $("log").children.map((item) => `${item.className ?? ""}|${item.textContent}`),
  };
}

const settled = () => new Promise((done) => { setTimeout(done, 20); });
const stream = (...events) => () => new Response(events.map((e) => `data: ${JSON.stringify(e)}\n\n`).join(""));
const done = { type: "done", response: "네, 반갑습니다.", llm_source: "내장 면접관", video_url: "/v", audio_duration: 1, elapsed: { total: 2 } };

test("an answer is whole, and says whose it is", async () => {
  const p = page({ answer: stream({ type: "token", content: "네, " }, { type: "token", content: "반갑습니다." }, done) });
  p.$("log").children = [];
  await p.send("안녕하세요.");
  assert.deepEqual(p.said(), ["user|지원자: 안녕하세요.", "assistant|면접관: 네, 반갑습니다.내장 면접관"]);
  assert.equal(p.$("progress").attributes["aria-valuenow"], "100");
  assert.equal(p.$("log").attributes["aria-busy"], "false");
  assert.deepEqual([p.$("send").hidden, p.$("stop").hidden, p.$("message").value], [false, true, ""]);
});

for (const [name, answer, says] of [
  ["refused", () => Response.json({ error: "대기열이 가득 찼습니다", code: "queue_full" }, { status: 503 }), "대기열이 가득 찼습니다"],
  ["refused by a proxy", () => new Response("<html>", { status: 502 }), "서버에 연결할 수 없습니다. (502)"],
  ["not sent", () => { throw new TypeError("Failed to fetch"); }, "서버에 연결할 수 없습니다."],
  ["not answered to the end", stream({ type: "token", content: "네" }), "답변이 중간에 끊어졌습니다."],
  ["cut off", () => new Response(new ReadableStream({ start: (c) => c.error(new TypeError("network error")) })), "답변이 중간에 끊어졌습니다."],
]) {
  test(`what is ${name} can be sent again`, async () => {
    const p = page({ answer });
    await p.send("긴 답변입니다.");
    assert.equal(p.said().at(-1), `error|${says}`);
    assert.equal(p.$("message").value, "긴 답변입니다.");
    assert.equal(p.$("send").hidden, false);
  });
}

test("a message is stopped midway", async () => {
  const p = page({ answer: (signal) => new Promise((_, fail) => { signal.addEventListener("abort", () => fail(signal.reason)); }) });
  await p.send("잘못 보낸 답변");
  assert.deepEqual([p.$("send").hidden, p.$("stop").hidden, p.$("log").attributes["aria-busy"]], [true, false, "true"]);
  await p.send("또 하나");
  assert.equal(p.asked.length, 1, "one at a time");
  p.$("stop").click();
  await settled();
  assert.equal(p.said().at(-1), "hint|멈췄습니다.");
  assert.equal(p.$("message").value, "또 하나", "what was typed meanwhile stays");
  assert.equal(p.$("send").hidden, false);
});

test("a report that does not come is told", async () => {
  const p = page({ answer: () => { throw new TypeError("Failed to fetch"); } });
  p.$("judge").click();
  await settled();
  assert.equal(p.said().at(-1), "error|서버에 연결할 수 없습니다.");
});

test("whoever reads no Korean gets English", async () => {
  const p = page({ answer: stream({ type: "status", stage: "llm", message: "LLM 응답 생성 중..." }, done), languages: ["en-US", "de"], search: "?api_key=k" });
  assert.equal(p.document.documentElement.lang, "en");
  assert.equal(p.$("send").textContent, "Send");
  assert.equal(p.$("message").placeholder, "Type your answer and press Enter.");
  assert.equal(p.$("log").attributes["aria-label"], "What was said");
  assert.deepEqual([p.$("other").textContent, p.$("other").href], ["한국어", "/?api_key=k&lang=ko"]);
  await settled();
  assert.deepEqual([p.$("companies").textContent, p.$("jobs").textContent], ["Kia", "Nurse"]);
  p.$("begin").click();
  await settled();
  assert.equal(p.asked[0].message, "Hello, thank you for having me today.");
  assert.equal(p.asked[0].org_type, "일반기업", "values are the API's");
  assert.equal(p.$("status").textContent, "1 s of film, made in 2 s");
  for (const [search, languages, lang] of [["?lang=en", ["ko"], "en"], ["?lang=ko", ["en"], "ko"], ["?lang=xx", ["fr", "ko-KR"], "ko"], ["?lang=toString", [], "en"]]) {
    assert.equal(page({ search, languages }).document.documentElement.lang, lang, search);
  }
});

test("nothing is left without words or a name", () => {
  const { words: { ko, en } } = page({});
  for (const key of Object.keys(ko)) assert.equal(typeof en[key], typeof ko[key], key);
  for (const [, key] of html.matchAll(/data-(?:text|label|hint)="([^"]*)"/g)) assert.equal(typeof en[key], "string", key);
  for (const [, key] of read("studio.js").matchAll(/\bwords\.(\w+)/g)) assert.ok(key in ko, key);
  for (const [tag] of html.matchAll(/<(?:select|input|textarea|video(?![^>]*aria-hidden)|[^>]*role=)[^>]*>/g)) assert.match(tag, /aria-label="[^"]+" data-label=/);
});
