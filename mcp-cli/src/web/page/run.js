// Runs: a call with its progress, its log, its result and its messages.

import { post } from './api.js';
import { duration, h, jsonOf, set } from './dom.js';
import * as content from './content.js';
import { on, state } from './state.js';
import { logRow, runWire } from './wire.js';

/** The cards that follow their runs, by the numbers of the runs. */
const MAX_CARDS = 200;
const cards = new Map();

const WORDS = { running: 'running', done: 'done', failed: 'failed', cancelled: 'cancelled' };

function statusOf(run) {
  if (run.status === 'running' && run.remoteTask) return run.remoteTask.status.replaceAll('_', ' ');
  if (run.status === 'done' && run.result?.isError) return 'tool failed';
  return WORDS[run.status];
}

/** The badge of a run's status. */
export function badge(run) {
  const failed = run.status === 'failed' || run.result?.isError;
  return h('span', { class: `badge ${failed ? 'failed' : run.status}` }, statusOf(run));
}

export async function cancel(run, fault) {
  await post(`runs/${run.id}/cancel`).catch((error) => { if (fault) fault.textContent = error.message; });
}

function progressOf(run) {
  const { progress } = run;
  if (!progress || run.status !== 'running') return [];
  const total = progress.total > 0 ? progress.total : undefined;
  const bar = h('progress', { 'aria-label': 'Progress of the call' });
  if (total) {
    bar.max = total;
    bar.value = progress.progress;
  }
  const count = total ? `${progress.progress} of ${total}` : String(progress.progress);
  return [bar, h('p', { class: 'progress-text' }, progress.message ? `${progress.message} · ${count}` : count)];
}

/** The card of one run. */
function card(run, { open, isBoth }) {
  const head = h('div', { class: 'run-head' });
  const status = h('div', { class: 'run-progress', 'aria-live': 'polite' });
  const fault = h('p', { class: 'fault', role: 'alert' });
  const logs = h('div', { class: 'lines' });
  const logBox = h('details', { class: 'sub', hidden: true, open: true }, h('summary', {}, 'Log'), logs);
  const body = h('div', { class: 'run-body' });
  const wire = runWire(run);
  const wireTitle = h('summary', {}, 'Wire');
  const wireBox = h('details', { class: 'sub', open: isBoth }, wireTitle, wire.element);
  const element = h('section', { class: 'run', 'aria-label': `call in the ${run.era} era` }, head, status, fault, body, logBox, wireBox);
  let shown;
  let headed;
  function update() {
    const isRunning = run.status === 'running';
    element.dataset.status = run.status;
    drawHead(isRunning);
    updateProgress();
    if (!isRunning && shown !== run.status) {
      shown = run.status;
      set(body, ended(run, open));
    }
    updateWire();
  }
  /** A button that is being clicked must stay, so the head is drawn only if it changes. */
  function drawHead(isRunning) {
    const state = `${statusOf(run)} ${run.ms}`;
    if (state === headed) return;
    headed = state;
    set(head, h('span', { class: `era ${run.era}` }, run.era), badge(run),
      run.action.task || run.remoteTask ? h('span', { class: 'badge' }, 'task') : null,
      typeof run.ms === 'number' ? h('span', { class: 'ms' }, duration(run.ms)) : null,
      h('span', { class: 'spring' }),
      isRunning ? h('button', { type: 'button', class: 'small', onclick: () => cancel(run, fault) }, 'Cancel') : null);
  }
  function updateProgress() {
    const task = run.remoteTask;
    set(status, progressOf(run),
      task && run.status === 'running' ? h('p', { class: 'dim' }, `Task ${task.taskId}${task.statusMessage ? `: ${task.statusMessage}` : ''}`) : null,
      run.status === 'running' && !run.progress && !task ? h('progress', { 'aria-label': 'The call is running' }) : null);
  }
  function updateWire() {
    wireTitle.textContent = `Wire · ${wire.count()} ${wire.count() === 1 ? 'message' : 'messages'}`;
  }
  function addLog(event) {
    logBox.hidden = false;
    logs.append(logRow(event));
    while (logs.children.length > 200) logs.firstChild.remove();
  }
  // Lines may come before the card is made, and cards are made again when their component is chosen again.
  run.logs.forEach(addLog);
  update();
  return {
    element,
    update,
    updateProgress,
    log: () => addLog(run.logs.at(-1)),
    take(message) {
      wire.take(message);
      updateWire();
    },
  };
}

function ended(run, open) {
  if (run.status === 'cancelled') return h('p', { class: 'dim' }, 'The call was cancelled.');
  if (run.error) return content.failure(run.error);
  if (!run.result) return null;
  return [content.result(run.action.method, run.result, open),
    h('details', { class: 'sub' }, h('summary', {}, 'JSON of the result'), jsonOf(run.result))];
}

/** The place of the runs of a component: the newest call first. */
export function runList({ open }) {
  const element = h('div', { class: 'runs', 'aria-label': 'Results' });
  return {
    element,
    /** Shows a call, which may have a run in each era. */
    show(runs) {
      const isBoth = runs.length > 1;
      const made = runs.map((run) => {
        const shown = card(run, { open, isBoth });
        cards.set(run.id, shown);
        if (cards.size > MAX_CARDS) cards.delete(cards.keys().next().value);
        return shown.element;
      });
      element.prepend(h('article', { class: isBoth ? 'call both' : 'call' }, made));
      while (element.children.length > 20) element.lastChild.remove();
    },
  };
}

export function startRuns() {
  on('run', (run) => cards.get(run.id)?.update());
  on('progress', (run) => cards.get(run.id)?.updateProgress());
  on('run-log', (run) => cards.get(run.id)?.log());
  on('message', (message) => {
    for (const [id, shown] of cards) {
      const run = state.runs.get(id);
      if (run?.status === 'running') shown.take(message);
    }
  });
}
