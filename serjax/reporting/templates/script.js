"use strict";

// Sorting: a press on a column's head sorts up, the next down, the third restores the
// order that the page came with. Cells without a value stay below in either direction.
function compare(a, b, direction) {
  const missing = (cell) => cell.value === null && ["", "-"].includes(cell.text);
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  if (a.value !== null && b.value !== null) return direction * (a.value - b.value);
  if (a.value !== null || b.value !== null) return a.value === null ? 1 : -1;
  return direction * a.text.localeCompare(b.text, undefined, { numeric: true });
}

function cellOf(row, column) {
  const cell = row.cells[column];
  const text = cell.textContent.trim();
  const plain = /^[+-]?\d+(\.\d+)?$/.test(text) ? text : undefined;
  const value = cell.dataset.value ?? plain;
  return { row, text, value: value === undefined ? null : Number(value) };
}

function makeSortable(table) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  if (original.length < 2) return;
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      let rows = original;
      if (now !== "descending") {
        const direction = now === "ascending" ? -1 : 1;
        head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        rows = original
          .map((row) => cellOf(row, column))
          .sort((a, b) => compare(a, b, direction))
          .map((cell) => cell.row);
      }
      body.append(...rows);
    });
  });
}

// Filters: what is of another part goes, and rows of another part, approach or set, in
// every table that names them in a column.
const FILTERS = {
  Part: ["part", "corpus", "on"],
  Approach: ["approach"],
  Set: ["attributes", "set"],
};

function namedColumn(table, heads) {
  return [...table.tHead.rows[0].cells].findIndex(
    (head) => head.scope === "col" && heads.includes(head.textContent.trim()),
  );
}

function makeFilters(nav, tables) {
  const form = document.createElement("form");
  const shown = document.createElement("output");
  const rows = tables.flatMap((table) => {
    const columns = Object.values(FILTERS).map((heads) => namedColumn(table, heads));
    return [...table.tBodies[0].rows].map((row) => ({
      row,
      names: columns.map((column) => row.cells[column]?.textContent.trim()),
    }));
  });
  const apart = [...document.querySelectorAll("[data-part]")];
  const selects = Object.keys(FILTERS).map((name, index) => {
    const values = new Set(rows.map((it) => it.names[index]));
    if (index === 0) apart.forEach((it) => values.add(it.dataset.part));
    values.delete(undefined);
    const select = document.createElement("select");
    select.append(new Option("all", ""), ...[...values].map((it) => new Option(it)));
    if (values.size > 1) {
      const label = document.createElement("label");
      label.append(name, select);
      form.append(label);
    }
    return select;
  });
  const filter = () => {
    const asked = selects.map((select) => select.value);
    const other = (name, index) => asked[index] && name && name !== asked[index];
    rows.forEach((it) => { it.row.hidden = it.names.some(other); });
    apart.forEach((it) => { it.hidden = other(it.dataset.part, 0); });
    const left = rows.filter((it) => !it.row.hidden).length;
    shown.textContent = asked.some(Boolean) ? `${left} of ${rows.length} rows` : "";
  };
  if (!form.childElementCount) return;
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.append(shown);
  nav.append(form);
}

// A link to something within a closed drawer opens it.
function openTarget() {
  let name = location.hash.slice(1);
  try {
    name = decodeURIComponent(name);
  } catch {
    return; // No name of ours.
  }
  const target = document.getElementById(name);
  target?.querySelector("details.fold")?.setAttribute("open", "");
  for (let it = target; it; it = it.parentElement) {
    if (it.tagName === "DETAILS") it.open = true;
  }
  target?.scrollIntoView();
}

// On paper all that is folded is open; afterwards it is as the reader had it.
let folded = [];
window.addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("main details:not([open])")];
  folded.forEach((it) => { it.open = true; });
});
window.addEventListener("afterprint", () => {
  folded.forEach((it) => { it.open = false; });
});

// On a narrow screen the contents are folded, and fold again once something is chosen.
const contents = document.querySelector("nav details");
const narrow = matchMedia("(max-width: 64rem)");
const fold = () => { contents.open = !narrow.matches; };
narrow.addEventListener("change", fold);
contents.querySelector("ol").addEventListener("click", fold);
fold();
document.documentElement.classList.add("ready");

const tables = [...document.querySelectorAll("table")];
tables.forEach(makeSortable);
makeFilters(contents, tables);
window.addEventListener("hashchange", openTarget);
if (location.hash) openTarget();
