"use strict";
// alive gives the interviewer something to do while nobody speaks: a film of the face at rest lies below the answer's video, which
// fades in over it and away, and one of the thinking face between them. Without films, and where less motion is wanted, the answer's
// video stays in sight with its poster. `parts` are elements (screen, rest, think, answer, again), `still` is a media query.
function alive(parts, still) {
  const { screen, rest, think, answer, again } = parts;
  const loaded = new Set(); // the films that have a picture
  let worn = { poster: "", loops: {} };
  let waiting = false; // for the first picture of an answer
  let speaking = false;
  let spoken = false; // there is something to be played again

  const resting = () => loaded.has(rest) && !speaking;
  const thinking = () => loaded.has(think) && waiting;

  function show() {
    screen.classList.toggle("resting", resting());
    screen.classList.toggle("thinking", thinking());
    again.hidden = !resting() || !spoken || waiting;
    if (resting()) play(rest);
    if (thinking()) play(think);
  }

  // When a film is out of sight it need not move.
  function settle() {
    if (!resting() || thinking()) rest.pause();
    if (!thinking()) think.pause();
  }

  function play(film) {
    film.play().catch(() => {}); // its first picture will do
  }

  function load(film, url) {
    loaded.delete(film);
    if (url) film.src = url;
    else {
      film.removeAttribute("src");
      film.load();
    }
  }

  function begin() {
    waiting = false;
    speaking = spoken = true;
    if (loaded.has(rest)) answer.removeAttribute("poster"); // it would flash before the next answer
    show();
  }

  function end() {
    speaking = false;
    show();
  }

  function wear(avatar) {
    worn = avatar;
    answer.poster = avatar.poster;
    const films = still.matches ? {} : avatar.loops;
    load(rest, films.listen ?? films.talk);
    load(think, films.think);
    if (!speaking) { // the last picture of an answer is another face, perhaps
      spoken = false;
      load(answer);
    }
    show();
  }

  for (const film of [rest, think]) {
    film.addEventListener("loadeddata", () => { loaded.add(film); show(); });
    for (const gone of ["emptied", "error"]) film.addEventListener(gone, () => { loaded.delete(film); show(); });
  }
  screen.addEventListener("transitionend", settle);
  answer.addEventListener("playing", begin);
  for (const over of ["ended", "emptied"]) answer.addEventListener(over, end);
  answer.addEventListener("error", () => { waiting = spoken = false; end(); });
  again.addEventListener("click", () => play(answer));
  still.addEventListener("change", () => wear(worn));

  return {
    wear,
    // forget is called when another interview begins: nothing of the last one is played, or played again.
    forget() {
      waiting = spoken = false;
      load(answer);
      show();
    },
    // wait is called when a message was sent.
    wait() {
      waiting = true;
      if (answer.paused) speaking = false;
      show();
    },
    // hush is called when no answer will come.
    hush() {
      waiting = false;
      show();
    },
    say(url) {
      answer.src = url;
      answer.play().catch((refusal) => {
        if (refusal.name === "NotAllowedError") begin(); // a browser may wait for a click
      });
    },
  };
}
