// JSON Schemas, as far as a form needs them.

// Schemas of servers may be of any form, and refer to themselves.

/** References that are followed for one schema, and the parts of its `allOf`. */
const MAX_STEPS = 100;
/** Levels of schemas that have no field of their own: the only alternative, the items of a list. */
const MAX_LEVELS = 16;

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
/** A list, or an empty one in the place of anything else. */
export const listOf = (value) => (Array.isArray(value) ? value : []);
/** The properties of a schema that is resolved. */
export const propertiesOf = (schema) => (isObject(schema.properties) ? schema.properties : {});

function pointer(root, path) {
  let found = root;
  try {
    for (const part of path.split('/').slice(1)) {
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      found = typeof found === 'object' && found && Object.hasOwn(found, name) ? found[name] : undefined;
    }
  } catch {
    // It is not encoded well.
    return {};
  }
  return isObject(found) ? found : {};
}

/** Follows `$ref` within the document, and merges `allOf`. */
export function resolve(schema, root, budget = { left: MAX_STEPS }) {
  let found = schema;
  while (isObject(found) && typeof found.$ref === 'string') {
    budget.left -= 1;
    if (budget.left < 0 || !found.$ref.startsWith('#')) return {};
    const { $ref, ...beside } = found;
    found = { ...pointer(root, $ref), ...beside };
  }
  if (!isObject(found)) return {};
  if (!Array.isArray(found.allOf)) return found;
  const { allOf, ...own } = found;
  let all = own;
  for (const given of allOf) {
    budget.left -= 1;
    if (budget.left < 0) break;
    const part = resolve(given, root, budget);
    all = {
      ...all,
      ...part,
      properties: { ...propertiesOf(all), ...propertiesOf(part) },
      required: [...listOf(all.required), ...listOf(part.required)],
    };
  }
  return all;
}

const isSingle = (list) => Array.isArray(list) && list.length === 1;
const isNull = (schema) => schema.type === 'null' || schema.const === null || (isSingle(schema.enum) && schema.enum[0] === null);

/** Alternatives that are constants, as the values and titles of a choice. */
function constants(alternatives) {
  const all = alternatives.every((it) => 'const' in it || isSingle(it.enum));
  if (!all || alternatives.length === 0) return null;
  return alternatives.map((it) => ({ value: 'const' in it ? it.const : it.enum[0], title: it.title ?? it.description }));
}

function withoutNull(schema) {
  if (Array.isArray(schema.type) && schema.type.includes('null')) {
    const types = schema.type.filter((it) => it !== 'null');
    return { ...schema, type: types.length === 1 ? types[0] : types };
  }
  return null;
}

const choice = (schema) => schema.enum.map((value, index) => ({ value, title: schema.enumNames?.[index] }));

/** The kind of field that fits a schema, which is resolved: `{ kind, schema, nullable, … }`. */
export function fieldOf(given, root, level = 0) {
  let schema = resolve(given, root);
  let nullable = false;
  if (level > MAX_LEVELS) return { kind: 'json', schema: {}, nullable };
  const single = withoutNull(schema);
  if (single) {
    nullable = true;
    schema = single;
  }
  const { anyOf, oneOf, ...beside } = schema;
  const alternatives = [anyOf, oneOf].find(Array.isArray)?.map((it) => resolve(it, root));
  if (alternatives?.length) {
    const others = alternatives.filter((it) => !isNull(it));
    nullable ||= others.length < alternatives.length;
    const options = constants(others);
    if (options) return { kind: 'choice', schema: beside, nullable, options };
    if (others.length === 1) {
      const only = fieldOf({ ...others[0], ...beside }, root, level + 1);
      return { ...only, nullable: nullable || only.nullable };
    }
    if (others.length && !beside.properties) return { kind: 'union', schema: beside, nullable, alternatives: others };
  }
  if ('const' in schema) return { kind: 'const', schema, nullable };
  if (Array.isArray(schema.enum)) {
    const options = choice(schema).filter((it) => it.value !== null);
    return { kind: 'choice', schema, nullable: nullable || options.length < schema.enum.length, options };
  }
  return { ...ofType(schema, root, level), nullable };
}

function ofType(schema, root, level) {
  const type = schema.type ?? (schema.properties ? 'object' : schema.items ? 'array' : undefined);
  switch (type) {
    case 'string': return { kind: 'string', schema };
    case 'integer':
    case 'number': return { kind: 'number', schema, integer: type === 'integer' };
    case 'boolean': return { kind: 'boolean', schema };
    case 'array': {
      if (!isObject(schema.items)) return { kind: 'json', schema };
      const item = fieldOf(schema.items, root, level + 1);
      if (item.kind === 'choice' && !item.nullable) return { kind: 'several', schema, options: item.options };
      return { kind: 'array', schema, items: schema.items };
    }
    case 'object': return { kind: Object.keys(propertiesOf(schema)).length ? 'object' : 'json', schema };
    default:
      if (Array.isArray(type) && type.length) return { kind: 'union', schema, alternatives: type.map((it) => ({ ...schema, type: it })) };
      return { kind: 'json', schema };
  }
}

/** The type of a schema in a word or two. */
export function typeName(field) {
  const { kind, schema } = field;
  const name = {
    string: () => schema.format ?? 'string',
    number: () => (field.integer ? 'integer' : 'number'),
    choice: () => 'choice',
    several: () => 'choices',
    union: () => field.alternatives.map((it) => it.title ?? it.type ?? 'other').join(' or '),
    json: () => schema.type ?? 'JSON',
  }[kind]?.() ?? kind;
  return field.nullable ? `${name} or null` : String(name);
}

/** Limits of a value, for people. */
export function limits({ schema, kind }) {
  const parts = [];
  const add = (name, text) => { if (schema[name] !== undefined) parts.push(`${text} ${schema[name]}`); };
  if (kind === 'number') {
    add('minimum', 'at least');
    add('exclusiveMinimum', 'more than');
    add('maximum', 'at most');
    add('exclusiveMaximum', 'less than');
    add('multipleOf', 'a multiple of');
  } else if (kind === 'string') {
    add('minLength', 'characters: at least');
    add('maxLength', 'characters: at most');
    add('pattern', 'matches');
  } else if (kind === 'array' || kind === 'several') {
    add('minItems', 'items: at least');
    add('maxItems', 'items: at most');
  }
  return parts.join(', ');
}

function matches(pattern, text) {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return true;
  }
}

/** The fault of a value of a simple kind; undefined if there is none. */
export function faultOf({ kind, schema, integer }, value) {
  if (kind === 'number') {
    if (integer && !Number.isInteger(value)) return 'expected an integer';
    if (value < schema.minimum) return `expected at least ${schema.minimum}`;
    if (value > schema.maximum) return `expected at most ${schema.maximum}`;
    if (value <= schema.exclusiveMinimum) return `expected more than ${schema.exclusiveMinimum}`;
    if (value >= schema.exclusiveMaximum) return `expected less than ${schema.exclusiveMaximum}`;
  } else if (kind === 'string') {
    const length = [...value].length;
    if (length < schema.minLength) return `expected at least ${schema.minLength} characters`;
    if (length > schema.maxLength) return `expected at most ${schema.maxLength} characters`;
    if (schema.pattern && !matches(schema.pattern, value)) return `expected a text that matches ${schema.pattern}`;
  } else if (kind === 'array' || kind === 'several') {
    if (value.length < schema.minItems) return `expected at least ${schema.minItems} items`;
    if (value.length > schema.maxItems) return `expected at most ${schema.maxItems} items`;
  }
  return undefined;
}
