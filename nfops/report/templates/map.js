"use strict";
// The objective, or another metric, by any two swept axes, drawn from all trials that the page carries.
(() => {
  const home = document.getElementById("map");
  if (!home) return;
  const data = JSON.parse(document.getElementById("map-data").textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
  const MOST = 200; // cells along an axis; of more values, neighbours share one
  const axes = data.axes.map((axis) => {
    const places = new Uint16Array(bytes(axis.places));
    const each = Math.ceil(axis.values.length / MOST);
    const values = axis.values.filter((_, at) => at % each === 0);
    return { ...axis, places, values, cell: (row) => Math.floor(places[row] / each), shared: each > 1 };
  });
  const metrics = data.metrics.map((metric) => ({ ...metric, values: new Float32Array(bytes(metric.values)) }));
  const trials = new Int32Array(bytes(data.trials));
  const plateau = new Uint8Array(bytes(data.plateau));
  const VIRIDIS = ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"];
  const TWO_SIDED = ["#543005", "#bf812d", "#f6e8c3", "#f5f5f5", "#c7eae5", "#35978f", "#003c30"];
  const canvas = home.querySelector("canvas");
  const said = home.querySelector("output");
  const pick = Object.fromEntries([...home.querySelectorAll("select")].map((select) => [select.name, select]));
  const fill = (select, texts, chosen) => {
    texts.forEach((text, at) => select.add(new Option(text, String(at), at === chosen, at === chosen)));
  };
  // The two axes with most values first, in the order of the command line.
  const widest = axes.map((_, at) => at).sort((a, b) => axes[b].values.length - axes[a].values.length);
  const [first, second] = widest.slice(0, 2).sort((a, b) => a - b);
  fill(pick.down, axes.map((axis) => axis.name), first);
  fill(pick.across, axes.map((axis) => axis.name), second);
  fill(pick.metric, metrics.map((metric) => metric.label), 0);
  let shown = null;
  let at = null;

  const number = (value, metric) => {
    if (Number.isNaN(value)) return "undefined";
    if (!metric.unit) return value.toFixed(2);
    return metric.unit + Math.round(value).toLocaleString("en-IN");
  };

  const colour = (share, stops) => {
    const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    const part = (hex, from) => parseInt(hex.slice(from, from + 2), 16);
    return [1, 3, 5].map((from) => {
      const [a, b] = [part(stops[low], from), part(stops[low + 1], from)];
      return Math.round(a + (b - a) * (place - low));
    });
  };

  // Values of the cells: one trial each where the other axes are those of the best, else the middle or best of many.
  const compute = () => {
    const [down, across] = [axes[pick.down.value], axes[pick.across.value]];
    const metric = metrics[pick.metric.value];
    const [height, width] = [down.values.length, across.values.length];
    const others = axes.filter((axis) => axis !== down && axis !== across);
    const mode = pick.others.value;
    const cells = Array.from({ length: height * width }, () => ({ rows: [], flat: false }));
    for (let row = 0; row < trials.length; row += 1) {
      if (mode === "best" && !others.every((axis) => axis.places[row] === axis.places[0])) continue;
      const cell = cells[down.cell(row) * width + across.cell(row)];
      cell.rows.push(row);
      cell.flat = cell.flat || plateau[row] === 1;
    }
    let [low, high] = [Infinity, -Infinity];
    for (const cell of cells) {
      const known = cell.rows.map((row) => metric.values[row]).filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
      const half = known.length >> 1;
      if (!known.length) cell.value = NaN;
      else if (mode === "top") cell.value = metric.maximise ? known[known.length - 1] : known[0];
      else cell.value = known.length % 2 ? known[half] : (known[half - 1] + known[half]) / 2;
      if (known.length) [low, high] = [Math.min(low, cell.value), Math.max(high, cell.value)];
    }
    const best = down.cell(0) * width + across.cell(0);
    return { down, across, metric, height, width, cells, low, high, best };
  };

  const share = (value) => {
    const { low, high, metric } = shown;
    let place = high > low ? (value - low) / (high - low) : 0.5;
    if (low < 0 && high > 0) place = value < 0 ? 0.5 * (1 - value / low) : 0.5 * (1 + value / high);
    return metric.maximise ? place : 1 - place;
  };

  const ticks = (count) => {
    const step = Math.ceil(count / 20);
    return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
  };

  const draw = () => {
    const { down, across, metric, height, width, cells, low, high, best } = shown;
    const ink = getComputedStyle(home).getPropertyValue("--ink");
    const pen = canvas.getContext("2d");
    const font = "13px system-ui, sans-serif";
    pen.font = font;
    const left = Math.ceil(Math.max(...down.values.map((text) => pen.measureText(text).width))) + 14;
    const slanted = Math.max(...across.values.map((text) => pen.measureText(text).width)) > 42;
    const foot = slanted ? 72 : 26;
    const room = Math.max(canvas.parentElement.clientWidth - 24, 300);
    const size = Math.min(Math.max((room - left) / width, 1), 96);
    const tall = Math.min(Math.max(480 / height, 1), 40);
    shown.grid = { left, size, tall };
    const whole = [left + width * size + 8, height * tall + foot];
    const sharp = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = whole.map((length) => Math.round(length * sharp));
    [canvas.style.width, canvas.style.height] = whole.map((length) => `${length}px`);
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.font = font;
    const stops = low < 0 && high > 0 ? TWO_SIDED : VIRIDIS;
    const numbered = cells.length <= 120 && size >= 44;
    cells.forEach((cell, index) => {
      const [x, y] = [left + (index % width) * size, Math.floor(index / width) * tall];
      if (Number.isNaN(cell.value)) return;
      const [red, green, blue] = colour(share(cell.value), stops);
      pen.fillStyle = `rgb(${red},${green},${blue})`;
      pen.fillRect(x, y, size + 0.5, tall + 0.5);
      const over = 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "white" : "black";
      pen.fillStyle = over;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      if (numbered) {
        const text = Math.abs(cell.value) < 100 ? cell.value.toFixed(2) : Math.round(cell.value).toLocaleString("en-IN");
        if (pen.measureText(text).width < size - 6) pen.fillText(text, x + size / 2, y + tall / 2);
      }
      if (cell.flat) {
        const dot = Math.max(1, Math.min(4, size / 4, tall / 4));
        pen.beginPath();
        pen.arc(x + size - dot * 2, y + dot * 2, dot, 0, 2 * Math.PI);
        pen.fill();
      }
    });
    const frame = (index, style, line) => {
      pen.strokeStyle = style;
      pen.lineWidth = line;
      pen.strokeRect(left + (index % width) * size, Math.floor(index / width) * tall, size, tall);
    };
    frame(best, "#e0245e", 2.5);
    if (at !== null && at < cells.length) frame(at, ink, 2);
    pen.fillStyle = ink;
    pen.textAlign = "right";
    ticks(height).forEach((row) => pen.fillText(down.values[row], left - 8, (row + 0.5) * tall));
    pen.textAlign = slanted ? "right" : "center";
    ticks(width).forEach((column) => {
      pen.save();
      pen.translate(left + (column + 0.5) * size, height * tall + 14);
      if (slanted) pen.rotate(-Math.PI / 5);
      pen.fillText(across.values[column], 0, 0);
      pen.restore();
    });
    const flat = cells.filter((cell) => cell.flat).length;
    canvas.setAttribute("aria-label", `${metric.label} by ${down.name} (down) and ${across.name} (across)`);
    home.querySelector(".range").textContent =
      `${down.name} down, ${across.name} across; ${metric.label} from ${number(low, metric)} to ${number(high, metric)}; ` +
      `${flat} of ${cells.length} cells hold a set on the plateau`;
    tell();
  };

  const tell = () => {
    const { down, across, metric, width, cells, best } = shown;
    const index = at !== null && at < cells.length ? at : best;
    const cell = cells[index];
    const named = (axis, cell) => `${axis.name} ${axis.values[cell]}${axis.shared ? " and on" : ""}`;
    const place = `${named(down, Math.floor(index / width))}, ${named(across, index % width)}`;
    const sets = cell.rows.length === 1 ? `trial ${trials[cell.rows[0]]}` : `${cell.rows.length} sets`;
    const what = cell.rows.length ? `${metric.label} ${number(cell.value, metric)}, ${sets}` : "not tried";
    said.textContent = `${index === best ? "Best: " : ""}${place}: ${what}${cell.flat ? ", on the plateau" : ""}`;
  };

  const under = (event) => {
    const { height, width, grid } = shown;
    const box = canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - grid.left) / grid.size);
    const row = Math.floor((event.clientY - box.top) / grid.tall);
    return column >= 0 && column < width && row >= 0 && row < height ? row * width + column : null;
  };

  const update = () => {
    shown = compute();
    draw();
  };

  canvas.addEventListener("pointermove", (event) => { at = under(event); draw(); });
  canvas.addEventListener("pointerleave", () => { at = null; draw(); });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -shown.width, ArrowDown: shown.width }[event.key];
    if (!step) return;
    event.preventDefault();
    at = Math.min(Math.max((at ?? shown.best) + step, 0), shown.cells.length - 1);
    draw();
  });
  for (const select of Object.values(pick)) {
    select.addEventListener("change", () => {
      // The same axis twice is no map: the other one takes what this one had.
      if (pick.down.value === pick.across.value) {
        const other = select === pick.down ? pick.across : pick.down;
        other.value = select.dataset.before;
      }
      pick.down.dataset.before = pick.down.value;
      pick.across.dataset.before = pick.across.value;
      at = null;
      update();
    });
  }
  pick.down.dataset.before = pick.down.value;
  pick.across.dataset.before = pick.across.value;
  window.addEventListener("resize", draw);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  update();
})();
