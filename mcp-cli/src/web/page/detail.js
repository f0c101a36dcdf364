// The component that is shown: its description, its form, its calls.

import { post, postText } from './api.js';
import { $, h, jsonOf, newId, set, tabs, time } from './dom.js';
import { createForm, showFaults } from './form.js';
import { latency } from './latency.js';
import { runList } from './run.js';
import { KINDS, emit, eras, find, on, shown, state } from './state.js';

/** Views by component, so that what was typed and what was answered stays. */
const views = new Map();
const idOf = ({ kind, key }) => `${kind} ${key}`;

const HINTS = [
  ['readOnlyHint', 'read-only', 'ok'], ['destructiveHint', 'destructive', 'warn'], ['idempotentHint', 'idempotent', ''], ['openWorldHint', 'open world', ''],
];

function hints(annotations = {}) {
  return HINTS.filter(([name]) => annotations[name] === true && !(name === 'destructiveHint' && annotations.readOnlyHint))
    .map(([, label, kind]) => h('span', { class: `badge ${kind}` }, label));
}

const schemaBox = (label, value) => (value === undefined ? null : h('details', { class: 'sub' }, h('summary', {}, label), jsonOf(value)));

function heading(kind, component) {
  const key = component[KINDS[kind].key];
  const title = component.title ?? component.annotations?.title;
  const name = kind === 'resource' || kind === 'template' ? component.name ?? key : key;
  return h('header', { class: 'component-head' },
    h('h1', {}, name), title && title !== name ? h('p', { class: 'subtitle' }, title) : null,
    key === name ? null : h('p', { class: 'uri' }, key),
    h('div', { class: 'badges' }, hints(component.annotations),
      component.mimeType ? h('span', { class: 'badge' }, component.mimeType) : null,
      component.execution?.taskSupport && component.execution.taskSupport !== 'forbidden' ? h('span', { class: 'badge' }, `task: ${component.execution.taskSupport}`) : null),
    component.description ? h('p', { class: 'description' }, component.description) : null);
}

function definitions(kind, component) {
  return h('div', { class: 'definitions' }, schemaBox('Input schema', component.inputSchema), schemaBox('Output schema', component.outputSchema),
    schemaBox('Definition', component));
}

/** Variables of a URI template. */
const variables = (template) => [...template.matchAll(/\{([+#./;?&]?)([^}]+)\}/g)]
  .flatMap(([, , names]) => names.split(',').map((name) => name.replace(/(\*|:\d+)$/, '')));

/** Expands a URI template, as far as RFC 6570 is used by servers. */
function expand(template, values) {
  return template.replaceAll(/\{([+#./;?&]?)([^}]+)\}/g, (_, operator, names) => {
    const encode = operator === '+' || operator === '#' ? encodeURI : encodeURIComponent;
    const named = ';?&'.includes(operator) && operator !== '';
    const parts = names.split(',').map((it) => it.replace(/(\*|:\d+)$/, '')).filter((name) => values[name] !== undefined)
      .map((name) => (named ? `${name}=${encode(values[name])}` : encode(values[name])));
    if (parts.length === 0) return '';
    const first = { '': '', '+': '', '#': '#', '.': '.', '/': '/', ';': ';', '?': '?', '&': '&' }[operator];
    const separator = { '.': '.', '/': '/', ';': ';', '?': '&', '&': '&' }[operator] ?? ',';
    return first + parts.join(separator);
  });
}

/** The schema of arguments that are texts. */
const textSchema = (names) => ({
  type: 'object',
  properties: Object.fromEntries(names.map(({ name, description, title }) => [name, { type: 'string', description, title }])),
  required: names.filter((it) => it.required).map((it) => it.name),
});

function schemaOf(kind, component) {
  if (kind === 'tool') return component.inputSchema ?? { type: 'object' };
  if (kind === 'prompt') return textSchema(component.arguments ?? []);
  if (kind === 'template') return textSchema(variables(component.uriTemplate).map((name) => ({ name, required: true })));
  return { type: 'object' };
}

/** Suggestions for an argument, if the server offers them. */
function completer(kind, component, read) {
  if (kind !== 'prompt' && kind !== 'template') return undefined;
  const ref = kind === 'prompt' ? { type: 'ref/prompt', name: component.name } : { type: 'ref/resource', uri: component.uriTemplate };
  return async (argument, value) => {
    const era = eras().find((it) => state.connections.get(it)?.server?.capabilities?.completions);
    if (!era) return [];
    const { [argument]: _, ...given } = read();
    return (await post('complete', { era, ref, argument, value, given })).values ?? [];
  };
}

class View {
  constructor(kind, component) {
    this.kind = kind;
    this.key = component[KINDS[kind].key];
    this.head = h('div');
    this.definitions = h('div');
    this.fault = h('p', { class: 'fault', role: 'alert' });
    this.formPlace = h('div');
    this.json = h('textarea', { class: 'code', rows: 8, spellcheck: 'false', 'aria-label': 'Arguments as JSON' });
    this.json.id = newId('json');
    this.isJson = false;
    this.runs = runList({ open: (uri) => emit('open', uri) });
    const name = kind === 'resource' || kind === 'template' ? this.key : component.name;
    this.latency = latency(KINDS[kind].method, name);
    this.buttons = h('div', { class: 'call-bar' });
    this.changed = h('p', { class: 'updated', role: 'status', hidden: true });
    this.element = h('div', { class: 'component' }, this.head, h('div', { class: 'card' }, this.inputs(component), this.fault, this.buttons),
      this.changed, this.latency.element, this.runs.element, this.definitions);
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (!event.repeat) this.call();
    });
    this.update(component);
    this.showFormer(name);
  }

  /** Shows the calls that were made before the page was loaded. */
  showFormer(name) {
    const calls = new Map();
    for (const run of state.runs.values()) {
      const { method, name: called, uri } = run.action;
      if (run.view || method !== KINDS[this.kind].method || (called ?? uri) !== name) continue;
      run.view = this;
      calls.set(run.group, [...(calls.get(run.group) ?? []), run]);
    }
    calls.forEach((runs) => this.runs.show(runs));
  }

  inputs() {
    if (this.kind === 'resource') return null;
    this.tabs = tabs('Arguments', [['Form', 'form', this.formPlace], ['JSON', 'json', this.json]], 'form', (key) => this.switchTo(key === 'json'));
    return this.tabs.element;
  }

  /** Takes the arguments along from the form to the JSON, and back. */
  switchTo(isJson) {
    if (isJson === this.isJson || !this.form) return true;
    if (isJson) {
      this.json.value = JSON.stringify(this.form.read().value, null, 2);
    } else {
      const value = this.parse();
      if (!value) return false;
      this.form.write(value);
    }
    this.fault.textContent = '';
    this.isJson = isJson;
    return true;
  }

  parse() {
    try {
      const value = JSON.parse(this.json.value.trim() || '{}');
      if (value && typeof value === 'object' && !Array.isArray(value)) return value;
      this.fault.textContent = 'expected a JSON object with the arguments';
    } catch (error) {
      this.fault.textContent = `the arguments are no JSON: ${error.message}`;
    }
    this.json.focus();
    return undefined;
  }

  /** Shows a definition that has changed. What was typed stays. */
  update(component) {
    const definition = JSON.stringify(component);
    if (definition !== this.definition) {
      this.definition = definition;
      set(this.head, heading(this.kind, component));
      set(this.definitions, definitions(this.kind, component));
    }
    const schema = schemaOf(this.kind, component);
    const text = JSON.stringify(schema);
    if (this.kind !== 'resource' && text !== this.schemaText) {
      const typed = this.form?.read().value;
      this.form = createForm(schema, { complete: completer(this.kind, component, () => this.form.read().value) });
      if (typed) this.form.write(typed);
      set(this.formPlace, this.form.element);
      this.schemaText = text;
    }
    this.drawButtons();
  }

  drawButtons() {
    const ready = eras();
    const label = { tool: 'Call', resource: 'Read', template: 'Read', prompt: 'Fill in' }[this.kind];
    const isBoth = state.era === 'both' && ready.length > 1;
    const hasTasks = ready.some((era) => {
      const { capabilities } = state.connections.get(era)?.server ?? {};
      return capabilities?.tasks || capabilities?.extensions?.['io.modelcontextprotocol/tasks'];
    });
    const connection = state.connections.get(ready[0]);
    const canWatch = this.kind === 'resource' && connection?.server?.capabilities?.resources?.subscribe;
    const isWatched = canWatch && connection.watched?.includes(this.key);
    const hadFocus = this.buttons.contains(document.activeElement);
    set(this.buttons,
      h('button', { type: 'button', class: 'primary', disabled: ready.length === 0, onclick: () => this.call() },
        isBoth ? `${label} in both eras` : label, h('kbd', {}, 'Ctrl ⏎')),
      this.kind === 'tool' && hasTasks ? h('button', { type: 'button', disabled: ready.length === 0, onclick: () => this.call({ task: true }) }, 'Start as task') : null,
      canWatch ? h('button', { type: 'button', 'aria-pressed': String(Boolean(isWatched)), onclick: () => this.watch(ready[0], !isWatched) }, isWatched ? 'Unsubscribe' : 'Subscribe') : null,
      ready.length === 0 ? h('span', { class: 'dim' }, 'There is no connection in this era.') : null);
    if (hadFocus) this.buttons.querySelector('button')?.focus();
  }

  async watch(era, watch) {
    this.fault.textContent = '';
    await post('watch', { era, uri: this.key, watch }).catch((error) => { this.fault.textContent = error.message; });
  }

  /** Shows that the resource has changed. */
  updated(event) {
    this.count = (this.count ?? 0) + 1;
    this.changed.hidden = false;
    set(this.changed, `${event.uri} was updated`, this.count > 1 ? ` ${this.count} times` : '', '. ',
      h('button', { type: 'button', class: 'small', onclick: () => this.call() }, 'Read it again'));
  }

  arguments() {
    if (this.kind === 'resource') return {};
    if (this.isJson) return this.parse();
    const { value, faults } = this.form.read();
    showFaults(this.form.element, faults);
    return faults.length ? undefined : value;
  }

  action(given, task) {
    switch (this.kind) {
      case 'tool': return { method: 'tools/call', name: this.key, arguments: given, ...(task ? { task } : {}) };
      case 'prompt': return { method: 'prompts/get', name: this.key, arguments: given };
      case 'template': return { method: 'resources/read', uri: expand(this.key, given) };
      default: return { method: 'resources/read', uri: this.key };
    }
  }

  async call({ task = false } = {}) {
    this.fault.textContent = '';
    const given = this.arguments();
    const wanted = eras();
    if (given === undefined || wanted.length === 0) return;
    if (this.kind === 'resource') {
      this.changed.hidden = true;
      this.count = 0;
    }
    try {
      // JSON that was typed is sent as it is, with all digits of its numbers.
      const typed = this.isJson && this.kind !== 'template' ? this.json.value.trim() || '{}' : null;
      const body = JSON.stringify({ eras: wanted, ...this.action(typed ? undefined : given, task) });
      const { runs } = await postText('runs', typed ? `${body.slice(0, -1)},"arguments":${typed}}` : body);
      claims.set(runs[0], { view: this, wanted: runs });
      claim();
    } catch (error) {
      this.fault.textContent = error.message;
    }
  }
}

/** Calls whose runs have not all been announced yet. */
const claims = new Map();

function claim() {
  for (const [first, { view, wanted }] of claims) {
    const runs = wanted.map((id) => state.runs.get(id));
    if (!runs.every(Boolean)) continue;
    claims.delete(first);
    runs.forEach((run) => { run.view = view; });
    view.runs.show(runs);
    runs.forEach((run) => drawLatency(run));
  }
}

function drawLatency(run) {
  if (run.status === 'done') run.view?.latency.draw();
}

/** The last end of a connection, with what the server has written. */
const lastEnd = ({ at, message, stderr }) => h('details', { class: 'sub last-end', open: true }, h('summary', {}, `Last end, ${time(at)}`),
  h('p', { class: 'dim' }, message), stderr ? h('pre', { class: 'text', tabindex: '0', 'aria-label': 'Standard error' }, stderr) : null);

/** The overview of the server. */
function overview() {
  const connections = [...state.connections.values()];
  const server = shown()?.server;
  const words = { waiting: 'waits for the first build', connecting: 'connecting…', ready: 'connected', unavailable: 'not available', ended: 'ended, connecting again…' };
  return h('div', { class: 'component overview' },
    h('header', { class: 'component-head' }, h('h1', {}, server?.serverInfo?.title ?? server?.serverInfo?.name ?? state.program ?? 'MCP inspector'),
      server?.serverInfo ? h('p', { class: 'subtitle' }, `${server.serverInfo.name} ${server.serverInfo.version} · ${state.program}`) : null,
      server?.instructions ? h('p', { class: 'description' }, server.instructions) : null),
    h('div', { class: 'era-cards' }, connections.map((it) => h('section', { class: 'card era-card', 'data-status': it.status },
      h('h2', {}, h('span', { class: `era ${it.era}` }, it.era), it.server ? h('span', { class: 'dim' }, it.server.protocolVersion) : null),
      h('p', { class: 'state' }, h('span', { class: `dot ${it.status}` }), words[it.status] ?? it.status),
      it.message ? h('p', { class: it.status === 'unavailable' ? 'dim' : 'fault' }, it.message) : null,
      it.lastEnd ? lastEnd(it.lastEnd) : null,
      it.server ? h('details', { class: 'sub' }, h('summary', {}, 'Capabilities'), jsonOf(it.server.capabilities)) : null,
      h('div', { class: 'call-bar' },
        it.status === 'ready' ? h('button', { type: 'button', class: 'small', onclick: () => post('refresh', { era: it.era }).catch(() => {}) }, 'List again') : null,
        it.status === 'ready' ? h('button', { type: 'button', class: 'small', onclick: () => post('runs', { eras: [it.era], method: 'ping' }).catch(() => {}) }, 'Ping') : null,
        h('button', { type: 'button', class: 'small', onclick: () => post('connect', { era: it.era }).catch(() => {}) }, 'Connect again'))))),
    h('p', { class: 'dim' }, 'Choose a component, or press ', h('kbd', {}, '/'), ' to search. ', h('kbd', {}, '?'), ' shows all keys.'));
}

let current = null;

function draw() {
  const main = $('detail');
  const { selected } = state;
  if (!selected) {
    current = null;
    set(main, overview());
    return;
  }
  // A link of a result may name a resource that is not listed.
  const unlisted = selected.kind === 'resource' && state.linked.has(selected.key) ? { uri: selected.key } : undefined;
  const component = find(selected) ?? unlisted;
  const id = idOf(selected);
  let view = views.get(id);
  if (!component && !view) {
    current = null;
    set(main, h('div', { class: 'component' }, h('h1', {}, selected.key), h('p', { class: 'dim' }, 'The server has no such component now.')));
    return;
  }
  if (!view) {
    view = new View(selected.kind, component);
    views.set(id, view);
  } else if (component) {
    view.update(component);
  }
  view.element.classList.toggle('gone', !component);
  if (current !== view) {
    current = view;
    set(main, view.element);
    main.scrollTop = 0;
  }
}

export const callShown = () => current?.call();

export function startDetail() {
  for (const kind of ['selected', 'components', 'connections', 'era']) on(kind, draw);
  on('run', (run) => {
    claim();
    drawLatency(run);
  });
  on('updated', (event) => {
    for (const view of views.values()) {
      if (view.kind === 'resource' && event.uri.startsWith(view.key)) view.updated(event);
    }
  });
}
