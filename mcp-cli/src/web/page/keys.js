// Keys.

import { $, h } from './dom.js';
import { callShown } from './detail.js';
import { showDialog } from './questions.js';

const KEYS = [
  ['/', 'Search the components'], ['↑ ↓', 'Move in the list'], ['Enter', 'Show a component, open a message'], ['Ctrl Enter', 'Call the tool, send the answer'],
  ['← →', 'Move between tabs'], ['Tab', 'Move on'], ['Esc', 'Close a dialog, clear the search'], ['e', 'Next era'], ['m', 'Messages, logs, tasks'], ['t', 'Dark or light'], ['?', 'These keys'],
];

export function showKeys() {
  if (document.querySelector('dialog')) return;
  showDialog('Keys', h('dl', { class: 'keys' }, KEYS.map(([keys, meaning]) => [h('dt', {}, keys.split(' ').map((key) => h('kbd', {}, key))), h('dd', {}, meaning)])));
}

const isTyping = (element) => element?.closest('input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]');

export function startKeys({ switchTheme, nextEra, nextTab, showPane }) {
  const actions = {
    '/': () => { showPane('list'); $('search').focus(); $('search').select(); },
    '?': showKeys,
    e: nextEra,
    m: nextTab,
    t: switchTheme,
  };
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!event.repeat) callShown();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
