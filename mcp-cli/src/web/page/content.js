// Results: content blocks, resources, prompts and errors.

import { pretty, stringifyMember } from './digits.js';
import { bytes, copyButton, h, json, jsonOf } from './dom.js';

const PICTURES = /^image\/(png|jpeg|gif|webp|avif|svg\+xml|bmp|x-icon)$/;
const SOUNDS = /^audio\//;

const size = (base64) => Math.floor((base64.length * 3) / 4) - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);
const isBase64 = (data) => typeof data === 'string' && /^[A-Za-z0-9+/\s]*={0,2}$/.test(data);

/** Bytes with a type: shown if the browser can, and offered as a file. */
function binary(data, mimeType, name) {
  if (!isBase64(data)) return h('p', { class: 'fault' }, 'expected base64');
  const type = mimeType ?? 'application/octet-stream';
  const source = `data:${type};base64,${data}`;
  const caption = h('figcaption', {}, `${type}, ${bytes(size(data))} `, saveButton(data, type, name));
  if (PICTURES.test(type)) return h('figure', {}, h('img', { src: source, alt: name ?? `image of the result, ${type}` }), caption);
  if (SOUNDS.test(type)) return h('figure', {}, h('audio', { src: source, controls: true, 'aria-label': name ?? 'audio of the result' }), caption);
  return h('figure', {}, caption);
}

function saveButton(data, type, name) {
  return h('button', { type: 'button', class: 'small ghost', onclick: save }, 'Save');
  function save() {
    const content = Uint8Array.from(atob(data.replaceAll(/\s/g, '')), (letter) => letter.codePointAt(0));
    // A type that a browser would open, such as HTML, is saved all the same.
    const url = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
    const extension = type.split('/')[1]?.split(/[+;]/)[0] ?? 'bin';
    h('a', { href: url, download: name ?? `result.${extension}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
}

/** A text: JSON in colours if it is JSON. */
export function textBlock(text, mimeType) {
  const looksJson = /^\s*[[{]/.test(text) || mimeType?.includes('json');
  const shown = looksJson ? pretty(text) : text;
  const isJson = looksJson && (shown !== text || mimeType?.includes('json'));
  const body = isJson ? json(shown) : h('pre', { class: 'text', tabindex: '0' }, text);
  return h('div', { class: 'block' }, body, h('div', { class: 'actions' }, copyButton(() => text)));
}

function embedded(resource) {
  const head = h('p', { class: 'uri' }, resource.uri, resource.mimeType ? h('span', { class: 'dim' }, ` ${resource.mimeType}`) : null);
  const name = resource.uri.split('/').pop();
  const body = resource.blob !== undefined ? binary(resource.blob, resource.mimeType, name) : textBlock(resource.text ?? '', resource.mimeType);
  return h('div', { class: 'resource' }, head, body);
}

/** A content block of a result or of a message. `open` shows a resource. */
export function block(content, open) {
  switch (content.type) {
    case 'text': return textBlock(content.text ?? '');
    case 'image':
    case 'audio': return binary(content.data, content.mimeType);
    case 'resource': return embedded(content.resource ?? { uri: '' });
    case 'resource_link': return h('div', { class: 'link' },
      h('button', { type: 'button', class: 'linklike', onclick: () => open?.(content.uri) }, content.title ?? content.name ?? content.uri),
      h('span', { class: 'uri' }, content.uri), content.description ? h('p', { class: 'dim' }, content.description) : null);
    default: return jsonOf(content);
  }
}

const list = (content) => (Array.isArray(content) ? content : [content]);

/** The messages of a prompt or of a request to the model. */
export function messages(all, open) {
  return all.map((message) => h('div', { class: `said ${message.role === 'assistant' ? 'assistant' : 'user'}` },
    h('span', { class: 'role' }, message.role), h('div', {}, list(message.content).map((content) => block(content, open)))));
}

/** The result of a request. */
export function result(method, value, open) {
  const parts = [];
  if (method === 'tools/call') {
    if (value.isError) parts.push(h('p', { class: 'failed', role: 'alert' }, 'The tool failed.'));
    const structured = value.structuredContent;
    if (structured !== undefined) {
      const text = stringifyMember(value, 'structuredContent', 2);
      parts.push(h('h4', {}, 'Structured content'), h('div', { class: 'block' }, json(text),
        h('div', { class: 'actions' }, copyButton(() => text))));
    }
    const contents = (value.content ?? []).filter((content) => !(structured !== undefined && repeats(content, structured)));
    if (structured !== undefined && contents.length) parts.push(h('h4', {}, 'Content'));
    parts.push(contents.map((content) => block(content, open)));
    if (!parts.flat().length) parts.push(h('p', { class: 'dim' }, 'No content.'));
  } else if (method === 'resources/read') {
    parts.push((value.contents ?? []).map(embedded));
  } else if (method === 'prompts/get') {
    if (value.description) parts.push(h('p', { class: 'dim' }, value.description));
    parts.push(messages(value.messages ?? [], open));
  } else {
    parts.push(jsonOf(value));
  }
  return h('div', { class: 'result' }, parts);
}

/** The text of structured content once more, for clients that do not read it. */
function repeats(content, structured) {
  if (content.type !== 'text') return false;
  try {
    return JSON.stringify(JSON.parse(content.text)) === JSON.stringify(structured);
  } catch {
    return false;
  }
}

/** The error of a request. */
export function failure(error) {
  return h('div', { class: 'failed', role: 'alert' }, h('p', {}, error.message),
    error.code === undefined ? null : h('p', { class: 'dim' }, `code ${error.code}`),
    error.data === undefined ? null : jsonOf(error.data));
}
