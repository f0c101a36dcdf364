// The raw messages.

import { get, post } from './api.js';
import { pretty, stringifyMember } from './digits.js';
import { $, bytes, copyButton, duration, h, json, set, time } from './dom.js';
import { MAX_MESSAGES, on, state } from './state.js';

const kindOf = (message) => (message.method === undefined ? 'response' : message.id === undefined ? 'notification' : 'request');

async function whole(message) {
  if (!message.cut) return message.text;
  try {
    return (await get(`messages/${message.seq}`)).text;
  } catch {
    return message.text;
  }
}

/** The row of a message, which opens. */
export function row(message, { withEra = true } = {}) {
  const kind = kindOf(message);
  const { request } = message;
  const name = message.method ?? request?.method ?? 'response';
  const took = request ? duration(message.at - request.at) : '';
  const words = { request: '', notification: '', response: message.failed ? 'error' : 'result' };
  const id = message.id === undefined ? '' : `#${typeof message.id === 'string' ? message.id : JSON.stringify(message.id)}`;
  const body = h('div', { class: 'message-body' });
  const details = h('details', { class: `message ${message.sent ? 'sent' : 'received'} ${kind}${message.failed ? ' error' : ''}`, ontoggle: open },
    h('summary', {},
      h('span', { class: 'arrow', 'aria-label': message.sent ? 'sent' : 'received' }, message.sent ? '→' : '←'),
      h('span', { class: 'method', title: name }, name, words[kind] ? h('span', { class: 'word' }, ` ${words[kind]} `, h('span', { class: 'took' }, took)) : null),
      h('span', { class: 'id' }, id),
      withEra ? h('span', { class: `era ${message.era}`, title: message.era, 'aria-label': message.era }, message.era[0].toUpperCase()) : null,
      h('span', { class: 'size' }, bytes(message.size)),
      h('time', { title: time(message.at) }, time(message.at).replace(/^\d+:/, ''))),
    body);
  async function open() {
    if (!details.open || body.firstChild) return;
    const text = await whole(message);
    const cut = text.length < message.size && new TextEncoder().encode(text).length < message.size;
    set(body, h('div', { class: 'actions' }, copyButton(() => pretty(text))), json(pretty(text)),
      cut ? h('p', { class: 'dim' }, `The rest of ${bytes(message.size)} is not kept.`) : null);
  }
  return details;
}

/** Appends once a frame, and stays at the end if the end is shown. */
function appender(list, max) {
  let waiting = [];
  const flush = () => {
    const scroller = list.closest('.scroll') ?? list;
    const isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
    list.append(...waiting);
    waiting = [];
    while (list.children.length > max) list.firstChild.remove();
    if (isAtEnd) scroller.scrollTop = scroller.scrollHeight;
  };
  return (element) => {
    if (waiting.length === 0) requestAnimationFrame(flush);
    waiting.push(element);
    if (waiting.length > max) waiting.shift();
  };
}

/** The messages of a run, as they arrive. */
export function runWire(run) {
  const list = h('div', { class: 'messages', 'aria-label': `messages, ${run.era}` });
  const append = appender(list, 200);
  const isOf = (message) => message.era === run.era && message.seq >= run.firstMessage
    && (run.endMessage === null || run.endMessage === undefined || message.seq < run.endMessage);
  let count = 0;
  const add = (message) => {
    count += 1;
    append(row(message, { withEra: false }));
  };
  state.messages.filter(isOf).forEach(add);
  return { element: list, take: (message) => { if (isOf(message)) add(message); }, count: () => count };
}

export function startWire() {
  const list = h('div', { class: 'messages' });
  const empty = h('p', { class: 'blank' }, 'No messages yet.');
  const append = appender(list, MAX_MESSAGES);
  const era = h('select', { 'aria-label': 'Era of the messages', onchange: rebuild },
    ['both eras', 'modern', 'legacy'].map((it, index) => h('option', { value: index ? it : '' }, it)));
  const filter = h('input', { type: 'search', placeholder: 'Filter', 'aria-label': 'Filter the messages', oninput: rebuild, spellcheck: 'false' });
  const clear = h('button', { type: 'button', class: 'small ghost', onclick: async () => {
    await post('messages/clear').catch(() => {});
    state.messages = [];
    rebuild();
  } }, 'Clear');
  const fits = (message) => (!era.value || message.era === era.value)
    && (!filter.value || message.text.toLowerCase().includes(filter.value.toLowerCase()));
  function rebuild() {
    set(list);
    state.messages.filter(fits).forEach((message) => append(row(message)));
    empty.hidden = state.messages.length > 0;
  }
  set($('wire'), h('div', { class: 'toolbar' }, filter, era, clear), h('div', { class: 'scroll', tabindex: '-1' }, empty, list));
  on('messages', rebuild);
  on('message', (message) => {
    empty.hidden = true;
    if (fits(message)) append(row(message));
  });
}

/** A line of the log. */
export const logRow = (line) => h('div', { class: `log ${line.level}` },
  h('time', {}, time(line.at)), h('span', { class: 'level' }, line.level),
  h('span', { class: `era ${line.era}` }, line.era),
  h('span', { class: 'data' }, line.logger ? h('span', { class: 'dim' }, `${line.logger}: `) : null,
    typeof line.data === 'string' ? line.data : stringifyMember(line, 'data')));

const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

export function startLogs() {
  const list = h('div', { class: 'lines', role: 'log' });
  const append = appender(list, 500);
  const empty = h('p', { class: 'blank' }, 'No log messages of the server yet.');
  const fault = h('p', { class: 'fault', role: 'alert' });
  const level = h('select', { id: 'log-level', onchange: async () => {
    const wanted = level.value;
    fault.textContent = '';
    try {
      await post('log-level', { level: wanted });
      state.logLevel = wanted;
    } catch (error) {
      fault.textContent = error.message;
      level.value = state.logLevel ?? 'info';
    }
  } }, LEVELS.map((it) => h('option', { value: it }, it)));
  const clear = h('button', { type: 'button', class: 'small ghost', onclick: () => {
    state.logs = [];
    set(list);
    count();
  } }, 'Clear');
  const count = () => {
    $('log-count').textContent = String(state.logs.length);
    $('log-count').hidden = state.logs.length === 0;
    empty.hidden = state.logs.length > 0;
  };
  set($('logs'), h('div', { class: 'toolbar' }, h('label', { for: 'log-level' }, 'Level'), level, h('span', { class: 'spring' }), clear), fault,
    h('div', { class: 'scroll', tabindex: '-1' }, empty, list));
  on('connections', () => { level.value = state.logLevel ?? 'info'; });
  on('log', (line) => {
    append(logRow(line));
    count();
  });
}
