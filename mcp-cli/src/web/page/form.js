// Forms made from JSON Schemas. A field has an element and two functions:
//   read(faults)   its value, or undefined if it is left out; faults are added to the list
//   write(value)   shows a value; undefined empties it

import { h, newId, set } from './dom.js';
import { faultOf, fieldOf, limits, listOf, propertiesOf, resolve, typeName } from './schema.js';

/** Levels of nested fields, below which JSON is typed, and number of fields, after which it is. */
const MAX_DEPTH = 8;
const MAX_FIELDS = 500;

/** Creates the form of an object. `complete` suggests values of a text field by its name. */
export function createForm(schema, { complete } = {}) {
  let field;
  try {
    field = objectField({ kind: 'object', schema: resolve(schema, schema) }, { root: schema, depth: 0, path: '', complete, count: { left: MAX_FIELDS } });
  } catch (error) {
    const description = `There is no form for this schema: ${error.message}`;
    field = jsonField({ kind: 'json', schema: { description } }, { name: 'JSON', path: '' });
  }
  field.element.addEventListener('input', clearFault);
  return {
    element: field.element,
    write: (value) => field.write(value),
    read() {
      const faults = [];
      const value = field.read(faults) ?? {};
      return { value, faults };
    },
  };
}

/** Removes the fault of a field that is corrected. */
function clearFault({ target }) {
  const fault = target.closest('.field')?.querySelector(':scope > .fault');
  if (fault) fault.textContent = '';
  target.removeAttribute('aria-invalid');
}

/** Shows the faults of a form at their fields, and moves to the first one. */
export function showFaults(element, faults) {
  for (const shown of element.querySelectorAll('.fault')) shown.textContent = '';
  for (const input of element.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
  for (const { input, fault, message } of faults) {
    fault.textContent = message;
    input.setAttribute('aria-invalid', 'true');
  }
  faults[0]?.input.focus();
}

function create(given, context) {
  const field = fieldOf(given, context.root);
  context.count.left -= 1;
  if (context.depth > MAX_DEPTH || context.count.left < 0) field.kind = 'json';
  const make = {
    string: textField, number: numberField, boolean: booleanField, choice: choiceField, several: severalField,
    const: constField, array: arrayField, object: objectField, union: unionField,
  }[field.kind] ?? jsonField;
  const made = make(field, context);
  const able = field.nullable && !['const', 'choice'].includes(field.kind) ? nullable(made) : made;
  if (field.schema.default !== undefined) able.write(field.schema.default);
  return { ...able, field };
}

/** The frame of a field: label, description, control and fault. */
function frame(field, context, control, input, { group = false } = {}) {
  const { schema } = field;
  const fault = h('p', { class: 'fault', id: newId('fault'), role: 'alert' });
  const about = h('p', { class: 'about', id: newId('about') }, [schema.description, limits(field)].filter(Boolean).join(' — '));
  input.setAttribute('aria-describedby', `${about.id} ${fault.id}`);
  if (context.required) input.setAttribute('aria-required', 'true');
  const name = context.label ?? context.name;
  const caption = [
    h('span', { class: 'name' }, name),
    schema.title && schema.title !== name ? h('span', { class: 'dim' }, ` ${schema.title}`) : null,
    context.required ? h('span', { class: 'required', title: 'required' }, '*') : null,
    h('span', { class: 'type' }, typeName(field)),
  ];
  const element = group
    ? h('fieldset', { class: 'field group', 'data-name': context.path }, h('legend', {}, caption), about, control, fault)
    : h('div', { class: 'field', 'data-name': context.path }, h('label', { for: input.id }, caption), control, about, fault);
  if (!about.textContent) about.hidden = true;
  return { element, fault };
}

/** A field of one input, whose text is converted to a value. */
function simple(field, context, input, control, convert, show) {
  input.id ||= newId('input');
  const { element, fault } = frame(field, context, control, input);
  const read = (faults) => {
    const outcome = convert();
    const problem = outcome.fault ?? (outcome.value === undefined && context.required ? 'required' : undefined)
      ?? (outcome.value === undefined || outcome.value === null ? undefined : faultOf(field, outcome.value));
    if (problem) faults.push({ input, fault, message: problem });
    return outcome.value;
  };
  return { element, read, write: show };
}

const INPUT_TYPES = { date: 'date', email: 'email', uri: 'url', 'date-time': 'text', time: 'time' };

function textField(field, context) {
  const { format, maxLength } = field.schema;
  const type = INPUT_TYPES[format];
  const isLong = !type && !(maxLength <= 80) && !context.short;
  const example = field.schema.examples?.[0];
  const properties = { spellcheck: 'false', autocomplete: 'off', placeholder: typeof example === 'string' ? example : undefined };
  const input = isLong ? h('textarea', { rows: 1, ...properties }) : h('input', { type: type ?? 'text', ...properties });
  const control = context.complete && !context.path.includes('.') ? suggesting(input, context) : input;
  return simple(field, context, input, control,
    () => (input.value === '' ? {} : { value: input.value }),
    (value) => { input.value = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value); });
}

/** A text input with suggestions of the server. */
function suggesting(input, context) {
  const box = h('div', { class: 'suggestions', role: 'listbox', 'aria-label': 'Suggestions', hidden: true });
  let asked = 0;
  let active = -1;
  const close = () => { box.hidden = true; active = -1; input.setAttribute('aria-expanded', 'false'); };
  const choose = (value) => { input.value = value; close(); input.focus(); };
  const mark = (index) => {
    active = index;
    [...box.children].forEach((option, at) => option.setAttribute('aria-selected', String(at === index)));
    box.children[index]?.scrollIntoView({ block: 'nearest' });
    if (box.children[index]) input.setAttribute('aria-activedescendant', box.children[index].id);
  };
  const ask = async () => {
    const own = (asked += 1);
    const values = await context.complete(context.name, input.value).catch(() => []);
    if (own !== asked || document.activeElement !== input) return;
    set(box, values.slice(0, 20).map((value) => h('div', {
      role: 'option', id: newId('option'), 'aria-selected': 'false', onmousedown: (event) => { event.preventDefault(); choose(value); },
    }, value)));
    active = -1;
    box.hidden = values.length === 0 || (values.length === 1 && values[0] === input.value);
    input.setAttribute('aria-expanded', String(!box.hidden));
  };
  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-autocomplete', 'list');
  input.setAttribute('aria-expanded', 'false');
  box.id = newId('list');
  input.setAttribute('aria-controls', box.id);
  input.addEventListener('input', ask);
  input.addEventListener('focus', ask);
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (box.hidden) return;
    const count = box.children.length;
    if (event.key === 'ArrowDown') mark((active + 1) % count);
    else if (event.key === 'ArrowUp') mark((active - 1 + count) % count);
    else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && active >= 0) choose(box.children[active].textContent);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return h('div', { class: 'suggesting' }, input, box);
}

function numberField(field, context) {
  const { minimum, maximum } = field.schema;
  const input = h('input', { type: 'number', step: field.integer ? '1' : 'any', min: minimum?.toString(), max: maximum?.toString(), autocomplete: 'off' });
  return simple(field, context, input, input,
    () => {
      if (input.validity.badInput) return { fault: 'expected a number' };
      if (input.value === '') return {};
      const value = Number(input.value);
      // Other digits than those that were typed would be sent.
      return /^-?\d+$/.test(input.value) && !Number.isSafeInteger(value) ? { fault: 'too large for a form; expected JSON' } : { value };
    },
    (value) => { input.value = typeof value === 'number' ? String(value) : ''; });
}

function booleanField(field, context) {
  // Without a default, an optional field may be left out.
  if (context.required || field.schema.default !== undefined) {
    const input = h('input', { type: 'checkbox', role: 'switch' });
    return simple(field, context, input, input, () => ({ value: input.checked }), (value) => { input.checked = value === true; });
  }
  return choiceField({ ...field, options: [{ value: true }, { value: false }] }, context);
}

function choiceField(field, context) {
  const options = [...field.options, ...(field.nullable ? [{ value: null }] : [])];
  const shown = ({ value, title }) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return title && title !== text ? `${title} (${text})` : text;
  };
  const input = h('select', {}, h('option', { value: '' }, context.required ? 'choose…' : '—'),
    options.map((option, index) => h('option', { value: String(index) }, shown(option))));
  return simple(field, context, input, input,
    () => (input.value === '' ? {} : { value: options[Number(input.value)].value }),
    (value) => {
      const index = options.findIndex((option) => JSON.stringify(option.value) === JSON.stringify(value));
      input.value = index < 0 ? '' : String(index);
    });
}

function severalField(field, context) {
  const boxes = field.options.map(({ value, title }) => ({ value, input: h('input', { type: 'checkbox' }), title: title ?? String(value) }));
  const list = h('div', { class: 'checks' }, boxes.map(({ input, title }) => h('label', {}, input, title)));
  const first = boxes[0]?.input ?? list;
  const { element, fault } = frame(field, context, list, first, { group: true });
  return {
    element,
    read(faults) {
      const value = boxes.filter(({ input }) => input.checked).map((it) => it.value);
      const left = value.length === 0 && !context.required;
      const message = left ? undefined : faultOf(field, value);
      if (message) faults.push({ input: first, fault, message });
      return left ? undefined : value;
    },
    write(value) {
      for (const box of boxes) box.input.checked = Array.isArray(value) && value.includes(box.value);
    },
  };
}

function constField(field, context) {
  const input = h('input', { type: 'text', readonly: true, value: JSON.stringify(field.schema.const) });
  return simple(field, context, input, input, () => ({ value: context.required ? field.schema.const : undefined }), () => {});
}

function jsonField(field, context) {
  const input = h('textarea', { rows: 2, class: 'code', spellcheck: 'false', placeholder: 'JSON' });
  return simple({ ...field, kind: 'json' }, context, input, input,
    () => {
      if (input.value.trim() === '') return {};
      try {
        return { value: JSON.parse(input.value) };
      } catch (error) {
        return { fault: error.message };
      }
    },
    (value) => { input.value = value === undefined ? '' : JSON.stringify(value, null, 2); });
}

function arrayField(field, context) {
  let items = [];
  const list = h('ol', { class: 'items' });
  const add = h('button', { type: 'button', class: 'small', id: newId('add'), onclick: () => { append(); items.at(-1).element.querySelector('input, textarea, select')?.focus(); } }, 'Add an item');
  const { element, fault } = frame(field, context, [list, add], add, { group: true });
  function append(value) {
    const label = `${context.name}[${items.length}]`;
    const item = create(field.items, { ...context, name: label, label, path: `${context.path}.${items.length}`, required: true, depth: context.depth + 1 });
    if (value !== undefined) item.write(value);
    const row = h('li', {}, item.element, h('button', { type: 'button', class: 'small ghost', 'aria-label': `Remove ${label}`, onclick: remove }, 'Remove'));
    function remove() {
      items = items.filter((it) => it !== item);
      row.remove();
      add.focus();
    }
    items.push(item);
    list.append(row);
  }
  return {
    element,
    read(faults) {
      const value = items.map((item) => item.read(faults));
      const left = value.length === 0 && !context.required;
      const message = left ? undefined : faultOf(field, value);
      if (message) faults.push({ input: add, fault, message });
      return left ? undefined : value;
    },
    write(value) {
      items = [];
      set(list);
      if (Array.isArray(value)) value.forEach(append);
    },
  };
}

/** The fields of an object. One that is optional and nested is made when it is added. */
function objectField(field, context) {
  const properties = propertiesOf(field.schema);
  const required = listOf(field.schema.required);
  const isTop = context.depth === 0;
  const body = h('div', { class: 'fields' });
  let members = null;
  /** Members without a field. They are kept. */
  let others = {};
  const open = () => {
    members ??= Object.entries(properties).map(([name, schema]) => {
      const path = context.path ? `${context.path}.${name}` : name;
      const member = create(schema, { ...context, label: undefined, name, path, required: required.includes(name), depth: context.depth + 1 });
      body.append(member.element);
      return [name, member];
    });
  };
  const close = () => { members = null; set(body); };
  const read = (faults) => {
    if (!members) return undefined;
    const value = {};
    for (const [name, member] of members) {
      const given = member.read(faults);
      if (given !== undefined) value[name] = given;
    }
    return { ...value, ...others };
  };
  const write = (value) => {
    const given = value && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
    if (given) open();
    others = Object.fromEntries(Object.entries(given ?? {}).filter(([name]) => !Object.hasOwn(properties, name)));
    members?.forEach(([name, member]) => member.write(given?.[name]));
  };
  if (isTop) {
    open();
    if (members.length === 0) body.append(h('p', { class: 'dim' }, 'No arguments.'));
    return { element: body, read, write };
  }
  const toggle = h('button', { type: 'button', class: 'small', id: newId('toggle') });
  const label = () => { toggle.textContent = members ? 'Leave out' : 'Fill in'; };
  toggle.addEventListener('click', () => {
    if (members) close(); else open();
    label();
  });
  const { element } = frame(field, context, [context.required ? null : toggle, body], toggle, { group: true });
  if (context.required) open();
  label();
  return {
    element,
    read,
    write(value) {
      if (value === undefined && !context.required) close();
      write(value);
      label();
    },
  };
}

function unionField(field, context) {
  const select = h('select', { id: newId('variant') }, field.alternatives.map((it, index) => h('option', { value: String(index) }, it.title ?? it.type ?? `alternative ${index + 1}`)));
  const body = h('div', { class: 'fields' });
  const { element } = frame(field, context, [select, body], select, { group: true });
  let variant;
  const show = () => {
    variant = create(field.alternatives[Number(select.value)], { ...context, label: 'value', depth: context.depth + 1 });
    set(body, variant.element);
  };
  select.addEventListener('change', show);
  show();
  const fits = (value, schema) => {
    const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
    const wanted = schema.type ?? (schema.properties ? 'object' : undefined);
    if (wanted === undefined || wanted === type || (wanted === 'integer' && Number.isInteger(value))) {
      return type !== 'object' || listOf(schema.required).every((name) => Object.hasOwn(value, name));
    }
    return false;
  };
  return {
    element,
    read: (faults) => variant.read(faults),
    write(value) {
      const index = field.alternatives.findIndex((it) => value !== undefined && fits(value, resolve(it, context.root)));
      if (index >= 0) select.value = String(index);
      show();
      variant.write(value);
    },
  };
}

/** A field that can be null. */
function nullable(made) {
  const box = h('input', { type: 'checkbox' });
  const label = h('label', { class: 'null' }, box, 'null');
  const apply = () => made.element.classList.toggle('is-null', box.checked);
  box.addEventListener('change', apply);
  made.element.append(label);
  return {
    element: made.element,
    read: (faults) => (box.checked ? null : made.read(faults)),
    write(value) {
      box.checked = value === null;
      apply();
      made.write(value === null ? undefined : value);
    },
  };
}
