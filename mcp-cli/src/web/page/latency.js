// Latency of the calls of a component: a plot, the median and the 95th percentile.

import { duration, h, set, svg } from './dom.js';
import { on } from './state.js';

/** Calls that are kept of each component and era. */
const MAX_SAMPLES = 100;
/** Calls that are drawn. */
const SHOWN = 40;

const WIDTH = 240;
const HEIGHT = 44;

/** Durations by component and era. */
const samples = new Map();
const counted = new Set();

const nameOf = (run) => `${run.action.method} ${run.action.name ?? run.action.uri ?? ''}`;

/** The value below which a part of the sorted ones lie. */
export function percentile(sorted, part) {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

export function startLatency() {
  on('run', (run) => {
    if (run.status !== 'done' || typeof run.ms !== 'number' || counted.has(run.id)) return;
    counted.add(run.id);
    const key = `${nameOf(run)} ${run.era}`;
    const known = samples.get(key) ?? [];
    known.push(run.ms);
    samples.set(key, known.slice(-MAX_SAMPLES));
  });
}

function plot(series) {
  const drawn = series.map(({ era, all }) => ({ era, all: all.slice(-SHOWN) }));
  const max = Math.max(...drawn.flatMap(({ all }) => all)) || 1;
  const count = Math.max(...drawn.map(({ all }) => all.length));
  const step = WIDTH / Math.max(count, 12);
  const bar = Math.max(2, step / drawn.length - 1.5);
  const bars = drawn.flatMap(({ era, all }, at) => all.map((ms, index) => {
    const height = Math.max(2, (ms / max) * (HEIGHT - 4));
    const x = (index * step + at * (bar + 1)).toFixed(1);
    return svg('rect', { class: era, x, y: (HEIGHT - height).toFixed(1), width: bar.toFixed(1), height: height.toFixed(1), rx: 1 },
      svg('title', {}, document.createTextNode(`${era}, call ${index + 1}: ${duration(ms)}`)));
  }));
  const line = svg('line', { x1: 0, y1: HEIGHT - 0.5, x2: WIDTH, y2: HEIGHT - 0.5 });
  const label = drawn.map(({ era, all }) => `${all.length} ${era} calls, up to ${duration(max)}`).join('; ');
  return svg('svg', { class: 'plot', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `Latency: ${label}` }, line, ...bars);
}

/** The plot of a component, which follows its calls. */
export function latency(method, name) {
  const element = h('div', { class: 'latency', hidden: true });
  const draw = () => {
    const series = ['modern', 'legacy'].map((era) => ({ era, all: samples.get(`${method} ${name} ${era}`) ?? [] })).filter(({ all }) => all.length);
    element.hidden = series.length === 0;
    if (series.length === 0) return;
    set(element, h('div', {}, h('h3', {}, 'Latency'), series.map(({ era, all }) => {
      const sorted = all.toSorted((one, other) => one - other);
      return h('p', {}, h('span', { class: `era ${era}` }, era),
        ` ${all.length} ${all.length === 1 ? 'call' : 'calls'} · median ${duration(percentile(sorted, 0.5))} · p95 ${duration(percentile(sorted, 0.95))}`);
    })), plot(series));
  };
  draw();
  return { element, draw };
}
