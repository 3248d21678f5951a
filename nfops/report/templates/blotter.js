"use strict";
// The fills of the best trial: filtered by day, reason and right, a page of rows at a time.
(() => {
  const home = document.getElementById("fills");
  if (!home) return;
  const data = JSON.parse(document.getElementById("fills-data").textContent);
  const { words, codes, numbers } = data;
  const total = codes.day.length;
  const PAGE = 200;
  const body = home.querySelector("tbody");
  const said = home.querySelector("output");
  const pick = Object.fromEntries([...home.querySelectorAll("select")].map((select) => [select.name, select]));
  for (const [name, select] of Object.entries(pick)) {
    words[name].forEach((text, at) => select.add(new Option(text, String(at))));
  }
  let rows = [];
  let from = 0;
  const money = (paise, digits) => {
    const text = (Math.abs(paise) / 100).toLocaleString("en-IN", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return `${paise < 0 ? "\u2212" : ""}\u20b9${text}`;
  };
  const cells = (row) => [
    words.day[codes.day[row]], words.time[codes.time[row]], words.reason[codes.reason[row]],
    numbers.side[row] > 0 ? "buy" : "sell", words.contract[codes.contract[row]],
    `${numbers.lots[row]} \u00d7 ${numbers.lot_size[row]}`, money(numbers.price_paise[row], 2),
    `${numbers.age_s[row]} s`, money(numbers.charges_paise[row], 2),
  ];
  const show = () => {
    body.replaceChildren(...rows.slice(from, from + PAGE).map((row) => {
      const line = document.createElement("tr");
      cells(row).forEach((text, at) => {
        const cell = document.createElement(at ? "td" : "th");
        if (!at) cell.scope = "row";
        if (at < 5) cell.className = "word";
        cell.textContent = text;
        line.append(cell);
      });
      return line;
    }));
    let [gross, charges] = [0, 0];
    const days = new Set();
    for (const row of rows) {
      gross -= numbers.side[row] * numbers.lots[row] * numbers.lot_size[row] * numbers.price_paise[row];
      charges += numbers.charges_paise[row];
      days.add(codes.day[row]);
    }
    const last = Math.min(from + PAGE, rows.length);
    said.textContent =
      `${rows.length.toLocaleString("en-IN")} of ${total.toLocaleString("en-IN")} fills on ${days.size} days` +
      `${rows.length ? `, ${from + 1} to ${last} shown` : ""}; taken less paid ${money(gross, 0)}, ` +
      `charges ${money(charges, 0)}, net ${money(gross - charges, 0)}`;
    home.querySelector("[name=back]").disabled = from === 0;
    home.querySelector("[name=on]").disabled = last >= rows.length;
  };
  const choose = () => {
    rows = [];
    const wanted = Object.entries(pick).filter(([, select]) => select.value !== "");
    for (let row = 0; row < total; row += 1) {
      if (wanted.every(([name, select]) => codes[name][row] === Number(select.value))) rows.push(row);
    }
    from = 0;
    show();
  };
  const turn = (by) => { from = Math.max(0, from + by * PAGE); show(); };
  for (const select of Object.values(pick)) select.addEventListener("change", choose);
  home.querySelector("[name=back]").addEventListener("click", () => turn(-1));
  home.querySelector("[name=on]").addEventListener("click", () => turn(1));
  choose();
})();
