// Questions of the server, as dialogs: forms, URLs, and requests to the model.

import { post } from './api.js';
import { h, jsonOf, newId, tabs } from './dom.js';
import { messages } from './content.js';
import { createForm, showFaults } from './form.js';
import { on, state } from './state.js';

const TITLES = { form: 'The server asks', url: 'The server asks to open a page', sampling: 'The server asks the model' };

let shown = null;

export function startQuestions() {
  on('questions', () => {
    if (shown && !state.questions.has(shown.id)) close();
    next();
    if (shown) shown.count();
  });
}

function close() {
  const { dialog, focused } = shown;
  shown = null;
  dialog.remove();
  if (focused?.isConnected) focused.focus();
}

function next() {
  if (shown) return;
  const question = state.questions.values().next().value;
  if (question) show(question);
}

function show(question) {
  const title = newId('title');
  const fault = h('p', { class: 'fault', role: 'alert' });
  const more = h('span', { class: 'dim' });
  let isAnswered = false;
  const answer = async (body) => {
    if (isAnswered) return;
    isAnswered = true;
    try {
      await post(`questions/${question.id}`, body);
    } catch (error) {
      isAnswered = false;
      fault.textContent = error.message;
    }
  };
  const make = { form: formBody, url: urlBody, sampling: samplingBody }[question.kind];
  const { body, buttons, cancel, send } = make(question.params, answer);
  const dialog = h('dialog', { class: 'question', 'aria-labelledby': title },
    h('header', {}, h('h2', { id: title }, TITLES[question.kind]), h('span', { class: `era ${question.era}` }, question.era), h('span', { class: 'spring' }), more),
    h('div', { class: 'dialog-body' }, body, fault), h('footer', {}, buttons));
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    answer(cancel);
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    const isSend = event.ctrlKey || event.metaKey;
    // A key that is held from the dialog before must not press a button of this one.
    if (!isSend && !(event.repeat && event.target.closest('button'))) return;
    event.preventDefault();
    event.stopPropagation();
    if (isSend && !event.repeat) send?.();
  });
  shown = {
    id: question.id,
    dialog,
    focused: document.activeElement,
    count() {
      const others = state.questions.size - 1;
      more.textContent = others > 0 ? `${others} more` : '';
    },
  };
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector('.dialog-body input, .dialog-body textarea, .dialog-body select, footer button')?.focus();
}

const button = (label, onclick, properties) => h('button', { type: 'button', onclick, ...properties }, label);

function formBody(params, answer) {
  const form = createForm(params.requestedSchema ?? {});
  const send = () => {
    const { value, faults } = form.read();
    showFaults(form.element, faults);
    if (faults.length === 0) answer({ action: 'accept', content: value });
  };
  return {
    body: [h('p', { class: 'message-text' }, params.message), form.element],
    buttons: [button('Cancel', () => answer({ action: 'cancel' }), { class: 'ghost' }), button('Decline', () => answer({ action: 'decline' })),
      button('Send', send, { class: 'primary' })],
    cancel: { action: 'cancel' },
    send,
  };
}

function urlBody(params, answer) {
  let url;
  try {
    url = new URL(params.url);
  } catch {
    url = null;
  }
  const isWeb = url && ['http:', 'https:'].includes(url.protocol);
  const open = () => {
    if (!isWeb) return;
    window.open(url.href, '_blank', 'noopener,noreferrer');
    answer({ action: 'accept' });
  };
  const isSafe = url?.protocol === 'https:';
  return {
    body: [
      h('p', { class: 'message-text' }, params.message),
      h('dl', { class: 'url' },
        h('dt', {}, 'Host'), h('dd', { class: 'host' }, url?.host ?? 'none'),
        h('dt', {}, 'URL'), h('dd', { class: 'uri' }, params.url)),
      isWeb && !isSafe ? h('p', { class: 'failed' }, 'The connection to this host is not encrypted.') : null,
      isWeb ? null : h('p', { class: 'failed' }, 'This is no URL of a web page, and is not opened.'),
      h('p', { class: 'dim' }, 'Open it only if you know the host. Do not enter what the server must not learn.'),
    ],
    buttons: [button('Cancel', () => answer({ action: 'cancel' }), { class: 'ghost' }), button('Decline', () => answer({ action: 'decline' })),
      button('Open in a new tab', open, { class: 'primary', disabled: !isWeb })],
    cancel: { action: 'cancel' },
  };
}

function samplingBody(params, answer) {
  const text = h('textarea', { id: newId('answer'), rows: 4, placeholder: 'The answer of the model' });
  const model = h('input', { id: newId('model'), type: 'text', value: 'by hand', spellcheck: 'false' });
  const fault = h('p', { class: 'fault', role: 'alert' });
  const whole = () => ({ role: 'assistant', model: model.value, content: { type: 'text', text: text.value }, stopReason: 'endTurn' });
  const raw = h('textarea', { rows: 9, class: 'code', spellcheck: 'false', 'aria-label': 'Answer as JSON' });
  let isRaw = false;
  const choice = tabs('Way to answer', [
    ['Text', 'text', h('div', { class: 'fields' },
      h('div', { class: 'field' }, h('label', { for: text.id }, h('span', { class: 'name' }, 'Answer'), h('span', { class: 'type' }, `up to ${params.maxTokens} tokens`)), text),
      h('div', { class: 'field' }, h('label', { for: model.id }, h('span', { class: 'name' }, 'Model')), model))],
    ['JSON', 'json', raw],
  ], 'text', (key) => {
    isRaw = key === 'json';
    if (isRaw) raw.value = JSON.stringify(whole(), null, 2);
  });
  const send = () => {
    fault.textContent = '';
    if (!isRaw && text.value === '') {
      fault.textContent = 'expected an answer; “Decline” refuses the request';
      text.focus();
      return;
    }
    try {
      answer(isRaw ? JSON.parse(raw.value) : whole());
    } catch (error) {
      fault.textContent = error.message;
    }
  };
  const about = { ...params };
  delete about.messages;
  delete about.systemPrompt;
  return {
    body: [
      params.systemPrompt ? h('div', { class: 'said system' }, h('span', { class: 'role' }, 'system'), h('div', {}, h('pre', { class: 'text' }, params.systemPrompt))) : null,
      messages(params.messages ?? []),
      params.tools?.length ? h('p', { class: 'dim' }, `The model may call: ${params.tools.map((it) => it.name).join(', ')}`) : null,
      h('details', { class: 'sub' }, h('summary', {}, 'Parameters of the request'), jsonOf(about)),
      choice.element, fault,
    ],
    buttons: [button('Decline', () => answer({ decline: true })), button('Send', send, { class: 'primary' })],
    cancel: { decline: true },
    send,
  };
}

/** A dialog without a question. Escape closes it. */
export function showDialog(title, ...body) {
  const id = newId('title');
  const dialog = h('dialog', { 'aria-labelledby': id, onclose: () => dialog.remove() },
    h('header', {}, h('h2', { id }, title)), h('div', { class: 'dialog-body' }, body),
    h('footer', {}, h('button', { type: 'button', class: 'primary', onclick: () => dialog.close() }, 'Close')));
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
