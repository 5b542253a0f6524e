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
  const value = cell.dataset.value;
  return {
    row,
    text: cell.textContent.trim(),
    value: value === undefined ? null : Number(value),
  };
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

// A link to something within a closed drawer opens it.
function openTarget() {
  let name = location.hash.slice(1);
  try {
    name = decodeURIComponent(name);
  } catch {
    return; // No name of ours.
  }
  const target = document.getElementById(name);
  for (let it = target; it; it = it.parentElement) {
    if (it.tagName === "DETAILS") it.open = true;
  }
  target?.scrollIntoView();
}

document.querySelectorAll("table").forEach(makeSortable);
window.addEventListener("hashchange", openTarget);
if (location.hash) openTarget();
