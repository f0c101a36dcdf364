// The tasks of the server that this page has started.

import { $, duration, h, set } from './dom.js';
import { badge, cancel } from './run.js';
import { on, state } from './state.js';

export function startTasks(select) {
  const list = h('ul', { class: 'task-list' });
  const empty = h('p', { class: 'blank' }, '“Start as task” of a tool lets the server go on in the background. Its tasks are listed here.');
  set($('tasks'), h('div', { class: 'scroll', tabindex: '-1' }, empty, list));
  const rows = new Map();
  const isTask = (run) => run.action.task || run.remoteTask;

  function create(run) {
    const head = h('div', { class: 'run-head' });
    const about = h('div');
    const fault = h('p', { class: 'fault', role: 'alert' });
    const element = h('li', { class: 'task' }, head, about, fault);
    list.prepend(element);
    let headed;
    const draw = () => {
      const task = run.remoteTask;
      const isRunning = run.status === 'running';
      const isAsked = isRunning && task?.status === 'input_required';
      set(about, task?.taskId ? h('p', { class: 'uri' }, task.taskId) : null,
        isAsked ? h('p', {}, 'The task asks: the question opens as a dialog.') : null,
        isRunning && task?.statusMessage ? h('p', { class: 'dim' }, task.statusMessage) : null,
        typeof run.ms === 'number' ? h('p', { class: 'dim' }, `ended after ${duration(run.ms)}`) : null,
        run.error ? h('p', { class: 'fault' }, run.error.message) : null);
      // A button that is being clicked must stay.
      const state = `${run.status} ${task?.status}`;
      if (state === headed) return;
      headed = state;
      set(head, h('button', { type: 'button', class: 'linklike', onclick: () => select({ kind: 'tool', key: run.action.name }) }, run.action.name),
        h('span', { class: `era ${run.era}` }, run.era), badge(run), h('span', { class: 'spring' }),
        isRunning ? h('button', { type: 'button', class: 'small', 'aria-label': `Cancel the task of ${run.action.name}`, onclick: () => cancel(run, fault) }, 'Cancel') : null);
    };
    return { element, draw };
  }

  function update(run) {
    if (!isTask(run)) return;
    if (!rows.has(run.id)) rows.set(run.id, create(run));
    rows.get(run.id).draw();
    const count = [...state.runs.values()].filter((it) => isTask(it) && it.status === 'running').length;
    $('task-count').textContent = String(count);
    $('task-count').hidden = count === 0;
    empty.hidden = rows.size > 0;
    if (rows.size > 100) {
      const oldest = rows.keys().next().value;
      rows.get(oldest).element.remove();
      rows.delete(oldest);
    }
  }
  on('run', update);
}
