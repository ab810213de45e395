"use strict";
// What the page says. It is written in Korean; whoever's browser asks for no Korean gets English. ?lang=ko and ?lang=en decide it.
const languages = {
  ko: {
    greeting: "안녕하세요. 면접 잘 부탁드립니다.",
    asking: "요청을 보내는 중...", fresh: "새 면접을 시작합니다.",
    wrong: "문제가 생겼습니다.", stopped: "멈췄습니다.", broken: "답변이 중간에 끊어졌습니다.", away: "서버에 연결할 수 없습니다.",
    you: "지원자: ", face: "면접관: ", report: "면접 평가", byRules: "규칙에 따른 참고용",
    queue: ({ position }) => `대기 중입니다 (${position}번째)`,
    status: ({ message }) => message,
    drawing: ({ message }) => message,
    made: (seconds, took) => `${seconds}초 영상 · ${took}초 만에 완성`,
    score: (score) => `5점 만점에 ${score}점`,
    failure: ({ error }) => error,
    organisation: ({ name }) => name, jobName: ({ name }) => name,
  },
  en: {
    docs: "API", state: "Status", interviewer: "Interviewer", answer: "The interviewer's answer", again: "Play again", progress: "Progress",
    ready: "Send a message and the interviewer answers.", talk: "Conversation", org: "Kind of organisation", companies: "Companies",
    hospitals: "Hospitals", company: "Company or hospital", job: "Job", begin: "Begin", judge: "Report", restart: "Restart",
    log: "What was said", hint: "Choose an organisation and a job, and begin. No API key is needed.",
    type: "Type your answer and press Enter.", message: "Message", mode: "Mode", chat: "Interview", speak: "Say as it is",
    avatar: "Avatar", engine: "Voice", send: "Send", stop: "Stop",
    greeting: "Hello, thank you for having me today.",
    asking: "Asking...", fresh: "A new interview.",
    wrong: "Something went wrong.", stopped: "Stopped.", broken: "The answer broke off.", away: "The host cannot be reached.",
    you: "You: ", face: "Interviewer: ", report: "Report", byRules: "by rules, a help only",
    queue: ({ position }) => `Waiting (number ${position})`,
    status: ({ stage }) => ({ llm: "Thinking...", tts: "Speaking...", tts_done: "The voice is there.", lipsync: "Drawing..." })[stage] ?? stage,
    drawing: ({ progress }) => `Drawing... ${progress} %`,
    made: (seconds, took) => `${seconds} s of film, made in ${took} s`,
    score: (score) => `${score} of 5`,
    // The host words its refusals in Korean; the code can be looked up.
    failure: ({ error, code }) => (code ? `${code} (${error})` : error),
    organisation: ({ name, aliases }) => aliases?.[0] ?? name, jobName: ({ title }) => title,
  },
};

function chooseLanguage(search, preferred) {
  const asked = new URLSearchParams(search).get("lang");
  if (Object.hasOwn(languages, asked)) return asked;
  return preferred.some((tag) => tag.toLowerCase().startsWith("ko")) ? "ko" : "en";
}

// translate puts words in the place of the page's own, and leads to the page in the other language.
function translate(page, language, search) {
  const words = languages[language];
  page.documentElement.lang = language;
  if (language !== "ko") {
    for (const e of page.querySelectorAll("[data-text]")) e.textContent = words[e.dataset.text];
    for (const e of page.querySelectorAll("[data-label]")) e.setAttribute("aria-label", words[e.dataset.label]);
    for (const e of page.querySelectorAll("[data-hint]")) e.placeholder = words[e.dataset.hint];
  }
  const [code, name] = language === "ko" ? ["en", "English"] : ["ko", "한국어"];
  const query = new URLSearchParams(search);
  query.set("lang", code);
  Object.assign(page.getElementById("other"), { href: `/?${query}`, lang: code, textContent: name });
  return words;
}
