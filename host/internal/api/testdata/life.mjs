// What the studio shows of an interviewer, event by event: studio/life.js on elements that do what browsers' do. Run by studio_test.go.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const alive = vm.runInThisContext(`${readFileSync(new URL("../studio/life.js", import.meta.url))};alive`);

class Video extends EventTarget {
  src = ""; poster = ""; paused = true; refusal = null;
  play() {
    this.paused = false;
    if (!this.refusal) return Promise.resolve();
    this.paused = true;
    return Promise.reject(Object.assign(new Error(), { name: this.refusal }));
  }
  pause() { this.paused = true; }
  removeAttribute(name) { this[name] = ""; }
  load() {
    this.paused = true;
    this.tell("emptied");
  }
  tell(event) {
    if (event === "ended") this.paused = true;
    this.dispatchEvent(new Event(event));
  }
}

const anna = { poster: "/anna", loops: { talk: "/talk", listen: "/listen", think: "/think" } };

function studio(reduced = false) {
  const classes = new Set();
  const screen = Object.assign(new EventTarget(), { classList: { toggle: (name, on) => (on ? classes.add(name) : classes.delete(name)) } });
  const still = Object.assign(new EventTarget(), { matches: reduced });
  const parts = { screen, rest: new Video(), think: new Video(), answer: new Video(), again: Object.assign(new EventTarget(), { hidden: true }) };
  const face = alive(parts, still);
  return {
    ...parts, face, still,
    wear(avatar) {
      face.wear(avatar);
      for (const film of [parts.rest, parts.think]) if (film.src) film.tell("loadeddata");
    },
    // sees is what is in sight when the fades are over.
    sees() {
      screen.dispatchEvent(new Event("transitionend"));
      if (!classes.has("resting")) return "answer";
      return classes.has("thinking") ? "think" : "rest";
    },
    moves: () => ["rest", "think", "answer"].filter((name) => !parts[name].paused).join(),
  };
}

test("an interview", () => {
  const s = studio();
  s.face.wear(anna);
  assert.equal(s.sees(), "answer", "its poster, until a film is there");
  assert.equal(s.answer.poster, "/anna");
  assert.deepEqual([s.rest.src, s.think.src], ["/listen", "/think"]);
  s.rest.tell("loadeddata");
  s.think.tell("loadeddata");
  assert.deepEqual([s.sees(), s.moves()], ["rest", "rest"]);
  s.face.wait();
  assert.deepEqual([s.sees(), s.moves()], ["think", "think"]);
  s.face.say("/video/1");
  assert.equal(s.sees(), "think", "until the answer's first picture");
  s.answer.tell("playing");
  assert.deepEqual([s.sees(), s.moves()], ["answer", "answer"]);
  assert.equal(s.answer.poster, "", "it would flash before the next answer");
  assert.equal(s.again.hidden, true);
  s.answer.tell("ended");
  assert.deepEqual([s.sees(), s.moves()], ["rest", "rest"]);
  assert.equal(s.again.hidden, false);
  s.again.dispatchEvent(new Event("click"));
  s.answer.tell("playing");
  assert.deepEqual([s.sees(), s.moves()], ["answer", "answer"]);
});

test("without a film of listening or thinking", () => {
  const s = studio();
  s.wear({ poster: "/anna", loops: { talk: "/talk" } });
  assert.deepEqual([s.sees(), s.rest.src, s.think.src], ["rest", "/talk", ""]);
  s.face.wait();
  assert.deepEqual([s.sees(), s.moves()], ["rest", "rest"]);
});

for (const [name, s, avatar] of [
  ["an avatar of pictures", studio(), { poster: "/anna", loops: {} }],
  ["less motion is wanted", studio(true), anna],
]) {
  test(`${name}: the picture stays`, () => {
    s.wear(avatar);
    assert.deepEqual([s.sees(), s.answer.poster, s.moves()], ["answer", "/anna", ""]);
    s.face.wait();
    assert.equal(s.sees(), "answer");
    s.face.say("/video/1");
    s.answer.tell("playing");
    s.answer.tell("ended");
    assert.deepEqual([s.sees(), s.answer.src, s.answer.poster], ["answer", "/video/1", "/anna"]);
    assert.equal(s.again.hidden, true, "the player has its own button");
  });
}

test("another interview", () => {
  const s = studio();
  s.wear(anna);
  s.face.say("/video/1");
  s.answer.tell("playing");
  s.answer.tell("ended");
  assert.equal(s.again.hidden, false);
  s.face.forget();
  assert.deepEqual([s.sees(), s.answer.src, s.again.hidden], ["rest", "", true]);
  s.face.say("/video/2");
  s.answer.tell("playing");
  s.face.forget();
  assert.deepEqual([s.sees(), s.moves(), s.again.hidden], ["rest", "rest", true], "the last answer is not heard to its end");
  s.face.wait();
  s.face.forget();
  assert.equal(s.sees(), "rest");
});

test("less motion is wanted from now on", () => {
  const s = studio();
  s.wear(anna);
  s.still.matches = true;
  s.still.dispatchEvent(new Event("change"));
  assert.deepEqual([s.sees(), s.moves(), s.rest.src, s.think.src], ["answer", "", "", ""]);
});

test("no answer comes", () => {
  const s = studio();
  s.wear(anna);
  s.face.wait();
  s.face.hush();
  assert.deepEqual([s.sees(), s.moves()], ["rest", "rest"]);
  s.face.wait();
  s.face.say("/video/gone");
  s.answer.tell("error");
  assert.equal(s.sees(), "rest");
  assert.equal(s.again.hidden, true);
});

test("a browser that waits for a click is given the answer", async () => {
  const s = studio();
  s.wear(anna);
  s.face.wait();
  s.answer.refusal = "NotAllowedError";
  s.face.say("/video/1");
  await new Promise(setImmediate);
  assert.equal(s.sees(), "answer");
});

test("a message during an answer, and during one that is halted", () => {
  const s = studio();
  s.wear(anna);
  s.face.say("/video/1");
  s.answer.tell("playing");
  s.face.wait();
  assert.equal(s.sees(), "answer", "it is heard to its end");
  s.answer.tell("ended");
  assert.deepEqual([s.sees(), s.again.hidden], ["think", true]);
  s.answer.tell("playing");
  s.answer.pause();
  assert.equal(s.sees(), "answer");
  s.face.wait();
  assert.equal(s.sees(), "think");
});

test("a film that is lost, and another avatar", () => {
  const s = studio();
  s.wear(anna);
  s.rest.tell("error");
  assert.equal(s.sees(), "answer");
  s.wear(anna);
  s.face.say("/video/1");
  s.answer.tell("playing");
  s.answer.tell("ended");
  s.face.wear({ poster: "/ben", loops: {} });
  assert.deepEqual([s.sees(), s.answer.src, s.answer.poster], ["answer", "", "/ben"], "the answer's last picture was another face");
});
