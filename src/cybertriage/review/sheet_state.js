"use strict";
// What was decided: kept in this browser where it allows that, and handed out as a file. No message text is in it.

const data = JSON.parse(document.getElementById("data").textContent);
const OUTCOMES = ["confirmed", "not_confirmed", "unsure", "second_reading"];
const FACTORS = ["context", "speaker", "intent", "content", "extent", "likelihood"];
const POINTS = ["towards", "away", "unknown"];
const LANGUAGES = ["kk", "ru", "en"];
const KEY = `cybertriage:${data.sheet}`;

const state = { language: data.language, theme: "auto", blur: "harsh", at: 0, decided: new Map(), exported: true, kept: true };

function load() {
  let saved = null;
  try {
    saved = JSON.parse(localStorage.getItem(KEY) || "null");
    localStorage.setItem(`${KEY}:try`, "1");
    localStorage.removeItem(`${KEY}:try`);
  } catch {
    state.kept = false;
  }
  if (!saved || typeof saved !== "object") return;
  const pick = (value, allowed, other) => (allowed.includes(value) ? value : other);
  state.language = pick(saved.language, LANGUAGES, state.language);
  state.theme = pick(saved.theme, ["auto", "light", "dark"], "auto");
  state.blur = pick(saved.blur, ["harsh", "all", "none"], "harsh");
  state.at = Number.isInteger(saved.at) ? Math.min(Math.max(saved.at, 0), Math.max(data.items.length - 1, 0)) : 0;
  const known = new Set(data.items.map((item) => item.uid));
  for (const [uid, made] of Object.entries(saved.decided || {})) {
    if (known.has(uid) && made && typeof made === "object") state.decided.set(uid, sane(made));
  }
  state.exported = saved.exported !== false;
}

function sane(made) {
  const rabat = {};
  for (const factor of FACTORS) if (POINTS.includes((made.rabat || {})[factor])) rabat[factor] = made.rabat[factor];
  return {
    decision: OUTCOMES.includes(made.decision) ? made.decision : null,
    label: typeof made.label === "string" ? made.label : null,
    rabat,
    note: typeof made.note === "string" ? made.note.slice(0, 4000) : "",
    decided_at: typeof made.decided_at === "string" ? made.decided_at : null,
  };
}

function keep() {
  if (!state.kept) return;
  try {
    localStorage.setItem(KEY, JSON.stringify({
      language: state.language, theme: state.theme, blur: state.blur, at: state.at, exported: state.exported,
      decided: Object.fromEntries(state.decided),
    }));
  } catch {
    state.kept = false;
  }
}

function forget() {
  state.decided.clear();
  state.exported = true;
  state.at = 0;
  keep();
}

function entry(item) {
  return state.decided.get(item.uid) || { decision: null, label: null, rabat: {}, note: "", decided_at: null };
}

// Any change is a new time, so that an exported file tells which of two decisions is the later one.
function change(item, changes) {
  state.decided.set(item.uid, { ...entry(item), ...changes, decided_at: new Date().toISOString() });
  state.exported = false;
  keep();
}

function family(item) {
  const made = entry(item);
  if (made.decision !== "confirmed" || !made.label) return item.family;
  return data.leaves.radical.includes(made.label) ? "radical" : "fraud";
}

function missing(item) {
  const made = entry(item);
  if (made.decision !== "confirmed" || family(item) !== "radical") return 0;
  return FACTORS.filter((factor) => !made.rabat[factor]).length;
}

function status(item) {
  const made = entry(item);
  if (!made.decision) return "open";
  return missing(item) ? "incomplete" : made.decision;
}

function finished() {
  return data.items.filter((item) => !["open", "incomplete"].includes(status(item)));
}

function decisionsFile() {
  return {
    schema: data.schema, case: data.case, reviewer: data.reviewer, sheet: data.sheet,
    exported_at: new Date().toISOString(), notice: data.notice,
    decisions: finished().map((item) => {
      const made = entry(item);
      return {
        uid: item.uid, decision: made.decision, label: made.label,
        rabat: Object.keys(made.rabat).length ? made.rabat : null, note: made.note, decided_at: made.decided_at,
      };
    }),
  };
}

function download() {
  const text = JSON.stringify(decisionsFile(), null, 1) + "\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = data.file;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  state.exported = true;
  keep();
}
