// The list of components.

import { $, h, set } from './dom.js';
import { KINDS, on, shown, state } from './state.js';

const title = (component) => component.title ?? component.annotations?.title;

export function startComponents(select) {
  const list = $('components');
  const search = $('search');
  const items = () => [...list.querySelectorAll('.item')];

  function item(kind, component) {
    const key = component[KINDS[kind].key];
    const name = kind === 'resource' || kind === 'template' ? component.name ?? key : key;
    const below = kind === 'resource' || kind === 'template' ? key : title(component) ?? component.description?.split('\n')[0] ?? '';
    const isSelected = state.selected?.kind === kind && state.selected.key === key;
    return h('button', {
      type: 'button', class: `item ${kind}`, 'aria-current': isSelected ? 'true' : null, tabindex: '-1',
      'data-kind': kind, 'data-key': key, onclick: () => select({ kind, key }),
    }, h('span', { class: 'item-name' }, name, component.annotations?.destructiveHint && !component.annotations?.readOnlyHint ? h('span', { class: 'mark', title: 'may destroy' }, '!') : null),
    below ? h('span', { class: 'item-about' }, below) : null);
  }

  function draw() {
    const components = shown()?.components;
    const wanted = search.value.trim().toLowerCase();
    const focused = document.activeElement?.classList.contains('item') ? document.activeElement.dataset : null;
    const fits = (component) => !wanted || [component.name, component.uri, component.uriTemplate, title(component), component.description]
      .some((text) => text?.toLowerCase().includes(wanted));
    const groups = Object.entries(KINDS).flatMap(([kind, { label, list: name }]) => {
      const all = components?.[name] ?? [];
      if (all.length === 0) return [];
      const found = all.filter(fits);
      const count = wanted ? `${found.length} of ${all.length}` : String(all.length);
      return [h('section', { 'aria-label': label }, h('h2', {}, label, h('span', { class: 'count' }, count)), found.map((it) => item(kind, it)))];
    });
    const empty = components ? 'The server offers no components.' : 'Not connected yet.';
    set(list, groups.length ? groups : h('p', { class: 'blank' }, empty));
    if (groups.length && items().length === 0) list.append(h('p', { class: 'blank' }, `Nothing matches “${search.value}”.`));
    const first = items().find((it) => it.getAttribute('aria-current')) ?? items()[0];
    if (first) first.tabIndex = 0;
    if (focused) items().find((it) => it.dataset.kind === focused.kind && it.dataset.key === focused.key)?.focus();
  }

  /** Moves the focus by a number of items. */
  function move(by) {
    const all = items();
    const at = all.indexOf(document.activeElement);
    const target = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    if (!target) return;
    all.forEach((it) => { it.tabIndex = it === target ? 0 : -1; });
    target.focus();
  }

  list.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    if (event.key === 'ArrowUp' && document.activeElement === items()[0]) search.focus();
    else move(step);
  });
  search.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      move(1);
    } else if (event.key === 'Enter') {
      items()[0]?.click();
    } else if (event.key === 'Escape' && search.value) {
      event.preventDefault();
      search.value = '';
      draw();
    }
  });
  search.addEventListener('input', draw);
  for (const kind of ['components', 'connections', 'era', 'selected']) on(kind, draw);
}
