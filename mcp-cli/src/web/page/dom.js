// Elements. Texts of servers become text nodes and attributes only, never markup.

import { stringify } from './digits.js';

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.setAttribute('class', value);
    else if (name in element && typeof value !== 'string') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((it) => it !== null && it !== undefined && it !== false));
  return element;
}

/** Creates an element: `h('p', { class: 'dim' }, 'text')`. */
export const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);

/** Creates an element of a drawing. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const $ = (id) => document.getElementById(id);

/** Replaces what an element contains. */
export const set = (element, ...children) => {
  element.replaceChildren(...children.flat(Infinity).filter((it) => it !== null && it !== undefined && it !== false));
  return element;
};

let last = 0;
/** An id that no other element has. */
export const newId = (prefix = 'id') => `${prefix}-${(last += 1)}`;

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} kB`;
  return `${(count / 1e6).toFixed(1)} MB`;
}

export function duration(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false });
export const time = (ms) => clock.format(ms);

/** A button that copies a text. */
export function copyButton(text, label = 'Copy') {
  const button = h('button', { type: 'button', class: 'small ghost', onclick: copy }, label);
  async function copy(event) {
    event.stopPropagation();
    try {
      await navigator.clipboard.writeText(await text());
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not allowed';
    }
    setTimeout(() => { button.textContent = label; }, 1200);
  }
  return button;
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Characters of a text that are shown before the rest is asked for. */
const MAX_SHOWN = 50_000;

/** JSON in colours. */
export function json(text) {
  const element = h('pre', { class: 'json', tabindex: '0' });
  const show = (shown) => {
    const parts = [];
    let end = 0;
    for (const match of shown.matchAll(TOKEN)) {
      parts.push(shown.slice(end, match.index));
      const kind = match[2] !== undefined ? 'key' : match[1] !== undefined ? 'text' : match[3] ? 'word' : 'number';
      parts.push(h('span', { class: `j-${kind}` }, match[1] ?? match[0]), match[2] ?? '');
      end = match.index + match[0].length;
    }
    set(element, parts, shown.slice(end));
  };
  show(text.slice(0, MAX_SHOWN));
  if (text.length > MAX_SHOWN) {
    const more = h('button', { type: 'button', class: 'small', onclick: () => { element.textContent = text; } },
      `Show all ${bytes(text.length)}`);
    element.append('\n… ', more);
  }
  return element;
}

/** A value as JSON in colours. */
export const jsonOf = (value) => json(stringify(value, 2));

/** Tabs: rows of label, key and element. Returns the element and a function that selects. */
export function tabs(label, rows, selected, onSelect) {
  const buttons = rows.map(([text, key]) => h('button', {
    type: 'button', role: 'tab', id: newId('tab'), onclick: () => select(key),
  }, text));
  const list = h('div', { class: 'tabs inner', role: 'tablist', 'aria-label': label }, buttons);
  const panels = rows.map(([, , element], index) => h('div', { role: 'tabpanel', 'aria-labelledby': buttons[index].id }, element));
  function select(key) {
    const index = rows.findIndex((row) => row[1] === key);
    if (onSelect && onSelect(key) === false) return;
    buttons.forEach((button, at) => {
      button.setAttribute('aria-selected', String(at === index));
      button.tabIndex = at === index ? 0 : -1;
    });
    panels.forEach((panel, at) => { panel.hidden = at !== index; });
  }
  moveWithArrows(list);
  select(selected);
  return { element: h('div', { class: 'tabbed' }, list, panels), list, select };
}

/** Left and right arrows move between the tabs of a list. */
export function moveWithArrows(list) {
  list.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = [...list.querySelectorAll('[role=tab]')];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    event.preventDefault();
    next.focus();
    next.click();
  });
}
