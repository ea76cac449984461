// What a person does: by key or by pointer.

function go(at) {
  if (at < 0 || at >= data.items.length) return;
  state.at = at;
  keep();
  draw();
  window.scrollTo({ top: 0 });
}

function nextOpen() {
  const order = data.items.map((_, n) => (state.at + 1 + n) % data.items.length);
  const found = order.find((at) => ["open", "incomplete"].includes(status(data.items[at])));
  if (found !== undefined) go(found);
}

function decide(outcome) {
  const item = current();
  if (!item) return;
  if (hidden(item)) {
    tell(t("reveal_first"));
    return;
  }
  const made = entry(item);
  // The same decision again takes it back; another kind of decision wants another kind of label.
  change(item, made.decision === outcome ? { decision: null, label: null } : { decision: outcome, label: null });
  const focused = document.activeElement instanceof HTMLElement && document.activeElement.dataset.outcome;
  draw();
  if (focused) $("decisions").querySelector(`[data-outcome="${focused}"]`).focus();
}

function reveal() {
  const item = current();
  if (!item) return;
  if (hidden(item)) shown.add(item.uid);
  else if (shown.has(item.uid)) shown.delete(item.uid);
  drawText(item);
}

let telling = 0;
function tell(text) {
  $("toast").textContent = text;
  $("toast").classList.add("seen");
  clearTimeout(telling);
  telling = setTimeout(() => $("toast").classList.remove("seen"), 4000);
}

function hand() {
  const ready = finished().length;
  const left = data.items.filter((item) => status(item) === "incomplete").length;
  if (ready) download();
  const said = ready ? t("saved", { n: ready }) : t("nothing");
  tell(left ? `${said}; ${t("left_out", { n: left })}` : said);
}

const KEYS = {
  j: () => go(state.at + 1), k: () => go(state.at - 1), u: nextOpen, r: reveal, e: hand,
  1: () => decide(OUTCOMES[0]), 2: () => decide(OUTCOMES[1]), 3: () => decide(OUTCOMES[2]), 4: () => decide(OUTCOMES[3]),
  n: () => $("note").focus(), t: () => $("label-field").hidden || $("label").focus(), "?": () => $("help").showModal(),
};
// The same physical keys under a Kazakh or Russian layout.
const PLACES = { KeyJ: "j", KeyK: "k", KeyU: "u", KeyR: "r", KeyE: "e", KeyN: "n", KeyT: "t",
  Digit1: "1", Digit2: "2", Digit3: "3", Digit4: "4", Numpad1: "1", Numpad2: "2", Numpad3: "3", Numpad4: "4" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const node = event.target;
  if (event.key === "Escape" && node instanceof HTMLElement) node.blur();
  if (node instanceof HTMLElement && node.matches("textarea, select, input[type=text]")) return;
  const key = event.key === "?" ? "?" : PLACES[event.code] || event.key.toLowerCase();
  if (!Object.hasOwn(KEYS, key)) return;
  event.preventDefault();
  KEYS[key]();
});

for (const name of ["language", "theme", "blur"]) {
  $(name).addEventListener("change", () => {
    state[name] = $(name).value;
    if (name === "blur") shown.clear();
    keep();
    draw();
  });
}
$("label").addEventListener("change", () => {
  change(current(), { label: $("label").value || null });
  drawDecisions(current());
  drawFactors(current());
  drawProgress();
  drawQueue();
});
$("note").addEventListener("input", () => change(current(), { note: $("note").value }));
$("previous").addEventListener("click", () => go(state.at - 1));
$("next").addEventListener("click", () => go(state.at + 1));
$("reveal").addEventListener("click", reveal);
$("export").addEventListener("click", hand);
$("help-open").addEventListener("click", () => $("help").showModal());
$("help-close").addEventListener("click", () => $("help").close());
$("forget").addEventListener("click", () => {
  if (!window.confirm(t("forget_sure"))) return;
  forget();
  shown.clear();
  draw();
});
window.addEventListener("beforeunload", (event) => {
  if (!state.kept && !state.exported) event.preventDefault();
});

load();
draw();
