// What is on the page. Text goes in by textContent only, so that no message can become markup.

const $ = (id) => document.getElementById(id);
const shown = new Set();

function t(key, values = {}) {
  const text = (data.texts[key] || {})[state.language] || key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

const nameOf = (id) => (data.names[id] ? data.names[id].name[state.language] : id);
const hintOf = (id) => (data.names[id] ? data.names[id].explanation[state.language] : "");

function make(tag, { className, text, ...attributes } = {}, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const current = () => data.items[state.at];
const hidden = (item) => !shown.has(item.uid) && (state.blur === "all" || (state.blur === "harsh" && item.harsh));

function placeOf(item) {
  const found = /^(row|line|message) (\d+)$/.exec(item.place);
  return found ? t(`place_${found[1]}`, { n: found[2] }) : item.place;
}

function draw() {
  document.documentElement.lang = state.language;
  if (state.theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = state.theme;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const name of ["language", "theme", "blur"]) $(name).value = state[name];
  document.title = `${t("title")} · ${data.case}`;
  $("case").textContent = data.case;
  $("reviewer").textContent = data.reviewer;
  $("notice").textContent = data.notice[state.language];
  drawProgress();
  drawQueue();
  $("empty").hidden = Boolean(current());
  $("card").hidden = $("judge").hidden = !current();
  if (current()) drawItem();
}

function drawProgress() {
  const done = finished().length;
  const total = data.items.length;
  $("progress").textContent = t("progress", { done, total });
  $("bar").setAttribute("aria-valuemax", String(total));
  $("bar").setAttribute("aria-valuenow", String(done));
  $("bar").firstElementChild.style.width = `${total ? (100 * done) / total : 0}%`;
  $("kept").textContent = t(state.kept ? "kept" : "no_storage");
}

function drawQueue() {
  const rows = data.items.map((item, at) => {
    const is = status(item);
    const button = make("button", { type: "button", className: `row ${is}` },
      make("span", { className: "number", text: String(at + 1) }),
      make("span", { className: "dot", "aria-hidden": "true" }),
      make("span", { className: "status", text: t(is) }));
    button.setAttribute("aria-label", `${t("message", { n: at + 1 })}, ${t(is)}`);
    if (at === state.at) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => go(at));
    return make("li", {}, button);
  });
  $("queue").replaceChildren(...rows);
  const here = $("queue").querySelector("[aria-current]");
  if (here) here.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function drawItem() {
  const item = current();
  $("message-title").textContent = t("message", { n: state.at + 1 });
  const chips = [t(`form_${item.form}`), placeOf(item), t(data.masked ? "masked" : "unmasked")];
  $("chips").replaceChildren(...chips.map((text, at) => make("li", { text, className: at === 2 && !data.masked ? "loud" : "" })));
  drawText(item);
  const facts = [...item.facts.map((fact) => t(fact)), ...item.frames.map((id) => t("frame_seen", { name: nameOf(id) }))];
  $("facts").replaceChildren(...facts.map((text) => make("li", { text })));
  $("facts-box").hidden = !facts.length;
  $("asked").textContent = t(`asked_${item.family}`);
  $("closest").replaceChildren(...item.closest.map((id) =>
    make("li", {}, make("details", {}, make("summary", { text: nameOf(id) }), make("p", { text: hintOf(id) })))));
  drawDecisions(item);
  drawLabels(item);
  drawFactors(item);
  $("note").value = entry(item).note;
  $("previous").disabled = state.at === 0;
  $("next").disabled = state.at === data.items.length - 1;
}

function drawText(item) {
  const covered = hidden(item);
  $("text").replaceChildren(...item.segments.map(([text, side, strength]) => {
    if (!side) return document.createTextNode(text);
    return make("mark", { className: `${side} s${strength}`, text, title: t(side) });
  }));
  $("text-box").classList.toggle("covered", covered);
  $("text").setAttribute("aria-hidden", String(covered));
  $("text").inert = covered;
  $("veil").hidden = !covered;
  const marks = item.segments.some(([, side]) => side);
  $("legend").hidden = !marks;
  $("no-marks").hidden = marks;
}

function drawDecisions(item) {
  const made = entry(item).decision;
  $("decisions").replaceChildren(...OUTCOMES.map((outcome, at) => {
    const button = make("button", { type: "button", className: `decide ${outcome}`, "data-outcome": outcome },
      make("span", { text: t(outcome) }), make("kbd", { text: String(at + 1) }));
    button.setAttribute("aria-pressed", String(made === outcome));
    button.addEventListener("click", () => decide(outcome));
    return button;
  }));
  const n = missing(item);
  $("warning").textContent = n ? t("rabat_missing", { n }) : "";
}

function drawLabels(item) {
  const made = entry(item);
  const groups = made.decision === "confirmed"
    ? [["label_fraud", data.leaves.fraud], ["label_radical", data.leaves.radical]]
    : [["label_benign", data.benign]];
  if (made.decision === "confirmed" && item.family === "radical") groups.reverse();
  $("label-field").hidden = !["confirmed", "not_confirmed"].includes(made.decision);
  $("label").replaceChildren(make("option", { value: "", text: t("label_none") }), ...groups.map(([title, ids]) =>
    make("optgroup", { label: t(title) }, ...ids.map((id) => make("option", { value: id, text: nameOf(id) })))));
  $("label").value = made.label || "";
}

function drawFactors(item) {
  const made = entry(item);
  $("rabat").hidden = !(made.decision === "confirmed" ? family(item) === "radical" : item.family === "radical");
  $("factors").replaceChildren(...FACTORS.map((factor) => {
    const choices = POINTS.map((point) => {
      const input = make("input", { type: "radio", name: factor, value: point });
      input.checked = made.rabat[factor] === point;
      input.addEventListener("change", () => {
        change(item, { rabat: { ...entry(item).rabat, [factor]: point } });
        drawDecisions(item);
        drawProgress();
        drawQueue();
      });
      return make("label", {}, input, make("span", { text: t(point) }));
    });
    return make("div", { className: "factor", role: "radiogroup", "aria-labelledby": `f-${factor}` },
      make("p", { id: `f-${factor}` }, make("b", { text: t(factor) }), make("span", { text: t(`${factor}_q`) })),
      make("div", { className: "points" }, ...choices));
  }));
}
