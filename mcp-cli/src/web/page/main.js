// The page: its frame, and the events of the program.

import { listen } from './api.js';
import { startComponents } from './components.js';
import { startDetail } from './detail.js';
import { $, h, moveWithArrows, set } from './dom.js';
import { showKeys, startKeys } from './keys.js';
import { startLatency } from './latency.js';
import { startQuestions } from './questions.js';
import { startRuns } from './run.js';
import { emit, on, receive, shown, state } from './state.js';
import { startTasks } from './tasks.js';
import { startLogs, startWire } from './wire.js';

const ERAS = ['modern', 'legacy', 'both'];

/** Settings of this browser. It may store nothing. */
const stored = {
  get(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // The setting lasts as long as the page.
    }
  },
};

function applyTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}

function switchTheme() {
  const now = document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const next = now === 'dark' ? 'light' : 'dark';
  applyTheme(next);
  stored.set('theme', next);
}

function showPane(pane) {
  document.body.dataset.pane = pane;
  for (const button of document.querySelectorAll('.bottom button')) {
    button.setAttribute('aria-pressed', String(button.dataset.pane === pane));
  }
}

function select(component) {
  state.selected = component;
  location.hash = component ? `${component.kind}/${encodeURIComponent(component.key)}` : '';
  showPane('detail');
  emit('selected');
}

function componentOf(hash) {
  const [, kind, key] = /^#(tool|resource|template|prompt)\/(.+)$/.exec(hash) ?? [];
  try {
    return kind ? { kind, key: decodeURIComponent(key) } : null;
  } catch {
    // It is not encoded well.
    return null;
  }
}

/** Selects what the address of the page names. */
function readHash() {
  const component = componentOf(location.hash);
  if (JSON.stringify(component) === JSON.stringify(state.selected)) return;
  state.selected = component;
  emit('selected');
}

function setEra(era) {
  state.era = era;
  for (const input of document.querySelectorAll('[name=era]')) input.checked = input.value === era;
  emit('era');
}

function nextEra() {
  const enabled = ERAS.filter((era) => !document.querySelector(`[name=era][value=${era}]`).disabled);
  if (enabled.length) setEra(enabled[(enabled.indexOf(state.era) + 1) % enabled.length]);
}

const TABS = ['wire', 'logs', 'tasks'];

function showTab(name) {
  for (const tab of TABS) {
    const isShown = tab === name;
    $(tab).hidden = !isShown;
    $(`tab-${tab}`).setAttribute('aria-selected', String(isShown));
    $(`tab-${tab}`).tabIndex = isShown ? 0 : -1;
  }
  state.tab = name;
}

function nextTab() {
  const next = TABS[(TABS.indexOf(state.tab) + 1) % TABS.length];
  showPane('side');
  showTab(next);
  $(`tab-${next}`).focus();
}

const WORDS = { waiting: 'waiting', connecting: 'connecting', ready: 'connected', unavailable: 'not available', ended: 'ended' };

function drawConnections() {
  const connections = [...state.connections.values()];
  const server = shown()?.server?.serverInfo;
  $('server-name').textContent = server?.title ?? server?.name ?? 'MCP inspector';
  $('server-version').textContent = server?.version ?? '';
  document.title = server ? `${server.name} · MCP inspector` : 'MCP inspector';
  set($('connections'), state.online
    ? connections.map((it) => h('span', { class: `connection ${it.status}`, title: it.message ?? '' }, h('span', { class: `dot ${it.status}` }),
      h('span', { class: 'revision' }, it.server && it.status !== 'unavailable' ? it.server.protocolVersion : it.era), h('span', { class: 'word' }, ` ${WORDS[it.status]}`)))
    : h('span', { class: 'connection ended' }, h('span', { class: 'dot ended' }), h('span', { class: 'revision' }, 'offline')));
  const isUsable = (era) => state.connections.has(era) && state.connections.get(era).status !== 'unavailable';
  const usable = ERAS.filter((era) => (era === 'both' ? isUsable('modern') && isUsable('legacy') : isUsable(era)));
  for (const input of document.querySelectorAll('[name=era]')) input.disabled = !usable.includes(input.value);
  if (usable.length && !usable.includes(state.era) && !connections.some((it) => it.status === 'connecting')) setEra(usable[0]);
  drawNotice();
}

function drawNotice() {
  const ended = [...state.connections.values()].filter((it) => it.status === 'ended');
  const box = $('notice');
  let text = null;
  let isFault = true;
  if (!state.online) text = state.offline;
  else if (ended.length) text = `The server has ended${ended[0].message ? `: ${ended[0].message}` : ''} — connecting again…`;
  else if (state.notice) {
    text = state.notice.text;
    isFault = state.notice.failed;
  }
  box.hidden = !text;
  box.classList.toggle('fault-notice', isFault);
  set(box, text, isFault || !text ? null : h('button', { type: 'button', class: 'small ghost', 'aria-label': 'Close the notice', onclick: () => { state.notice = null; drawNotice(); } }, '✕'));
}

function start() {
  applyTheme(stored.get('theme'));
  startLatency();
  startRuns();
  startWire();
  startLogs();
  startTasks(select);
  startComponents(select);
  startDetail();
  startQuestions();
  on('connections', drawConnections);
  on('notice', drawNotice);
  on('open', (uri) => {
    state.linked.add(uri);
    select({ kind: 'resource', key: uri });
  });
  $('theme').addEventListener('click', switchTheme);
  $('help').addEventListener('click', showKeys);
  $('home').addEventListener('click', () => select(null));
  $('era').addEventListener('change', (event) => setEra(event.target.value));
  TABS.forEach((tab) => $(`tab-${tab}`).addEventListener('click', () => showTab(tab)));
  moveWithArrows(document.querySelector('.side [role=tablist]'));
  document.querySelectorAll('.bottom button').forEach((button) => button.addEventListener('click', () => showPane(button.dataset.pane)));
  window.addEventListener('hashchange', readHash);
  startKeys({ switchTheme, nextEra, nextTab, showPane });
  showTab('wire');
  setEra('modern');
  readHash();
  showPane(state.selected ? 'detail' : 'list');
  listen(receive, (isOnline, reason) => {
    state.online = isOnline;
    state.offline = reason;
    drawConnections();
  });
}

start();
