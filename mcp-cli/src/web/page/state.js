// State of the page, and the events by which its parts hear of changes.

/** Runs, messages and log lines that are kept. */
const MAX_RUNS = 200;
export const MAX_MESSAGES = 1000;
const MAX_LOGS = 500;

export const state = {
  program: '',
  connections: new Map(),
  runs: new Map(),
  questions: new Map(),
  messages: [],
  logs: [],
  notice: null,
  era: 'modern',
  /** The component that is shown: its kind and key. */
  selected: null,
  /** Resources that results have linked to. */
  linked: new Set(),
  online: false,
};

/** Requests without a response, by era, sender and id. */
const requests = new Map();
const requestKey = (message, sent) => `${message.era} ${sent} ${JSON.stringify(message.id)}`;

/** Gives a response its request. A later connection may use the id again. */
function resolveRequest(message) {
  if (message.id === undefined) return;
  if (message.method !== undefined) {
    requests.set(requestKey(message, message.sent), message);
    if (requests.size > MAX_MESSAGES) requests.delete(requests.keys().next().value);
    return;
  }
  const key = requestKey(message, !message.sent);
  message.request = requests.get(key);
  requests.delete(key);
}

const listeners = new Map();

/** Has a function called at each event of a kind. */
export function on(kind, listener) {
  listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
}

export function emit(kind, value) {
  for (const listener of listeners.get(kind) ?? []) {
    try {
      listener(value);
    } catch (error) {
      // The other parts of the page go on.
      console.error(error);
    }
  }
}

/** The eras to call in: those that are selected and connected. */
export function eras() {
  const ready = (era) => state.connections.get(era)?.status === 'ready';
  const wanted = state.era === 'both' ? ['modern', 'legacy'] : [state.era];
  return wanted.filter(ready);
}

/** The connection whose components are shown. */
export function shown() {
  const first = state.era === 'legacy' ? 'legacy' : 'modern';
  const all = [first, first === 'legacy' ? 'modern' : 'legacy'].map((era) => state.connections.get(era));
  return all.find((it) => it?.components && it.status === 'ready') ?? all.find((it) => it?.components) ?? all.find(Boolean);
}

/** Kinds of components: label, list, key, method. */
export const KINDS = {
  tool: { label: 'Tools', list: 'tools', key: 'name', method: 'tools/call' },
  resource: { label: 'Resources', list: 'resources', key: 'uri', method: 'resources/read' },
  template: { label: 'Templates', list: 'resourceTemplates', key: 'uriTemplate', method: 'resources/read' },
  prompt: { label: 'Prompts', list: 'prompts', key: 'name', method: 'prompts/get' },
};

export const find = ({ kind, key }) => shown()?.components?.[KINDS[kind].list]?.find((it) => it[KINDS[kind].key] === key);

function keepLast(list, max) {
  if (list.length > max) list.splice(0, list.length - max);
}

function forgetRuns() {
  for (const run of state.runs.values()) {
    if (state.runs.size <= MAX_RUNS) return;
    if (run.status !== 'running') state.runs.delete(run.id);
  }
}

function takeConnection(connection) {
  const former = state.connections.get(connection.era);
  state.connections.set(connection.era, { ...connection, components: connection.components ?? former?.components });
}

function takeRun(run) {
  const former = state.runs.get(run.id);
  const known = former ? Object.assign(former, run) : { ...run, logs: [] };
  state.runs.set(run.id, known);
  forgetRuns();
  return known;
}

/** Handlers of the events of the program. */
const handlers = {
  snapshot(event) {
    state.program = event.program;
    state.version = event.version;
    state.logLevel = event.logLevel;
    state.notice = event.notice;
    state.connections = new Map();
    event.connections.forEach(takeConnection);
    state.questions = new Map(event.questions.map((it) => [it.id, it]));
    state.messages = event.messages;
    requests.clear();
    state.messages.forEach(resolveRequest);
    const known = new Set(event.runs.map((run) => run.id));
    for (const run of state.runs.values()) {
      if (!known.has(run.id) && run.status === 'running') Object.assign(run, { status: 'failed', error: { message: 'the inspector was started again' } });
    }
    event.runs.map(takeRun).forEach((run) => emit('run', run));
    emit('connections');
    emit('components');
    emit('messages');
    emit('questions');
    emit('notice');
  },
  connection({ connection }) {
    takeConnection(connection);
    emit('connections');
  },
  components({ era, components }) {
    const connection = state.connections.get(era);
    if (connection) connection.components = components;
    emit('components');
  },
  updated: (event) => emit('updated', event),
  run({ run }) {
    emit('run', takeRun(run));
  },
  progress({ id, progress }) {
    const run = state.runs.get(id);
    if (!run) return;
    run.progress = progress;
    emit('progress', run);
  },
  message({ message }) {
    if (message.seq <= (state.messages.at(-1)?.seq ?? -1)) return;
    resolveRequest(message);
    state.messages.push(message);
    keepLast(state.messages, MAX_MESSAGES);
    emit('message', message);
  },
  question({ question }) {
    state.questions.set(question.id, question);
    emit('questions');
  },
  'question-closed'({ id }) {
    state.questions.delete(id);
    emit('questions');
  },
  log(event) {
    state.logs.push(event);
    keepLast(state.logs, MAX_LOGS);
    for (const run of state.runs.values()) {
      if (run.status === 'running' && run.era === event.era) {
        run.logs.push(event);
        keepLast(run.logs, MAX_LOGS);
        emit('run-log', run);
      }
    }
    emit('log', event);
  },
  notice({ notice }) {
    state.notice = notice;
    emit('notice');
  },
};

export function receive(event) {
  handlers[event.type]?.(event);
}
