// JSON whose numbers keep their digits: those that JavaScript has no number for, such as long integers, `1.0` or `1e400`.

/** Numbers that are written in another way than JavaScript does, by the object that has them, and their keys. */
const written = new WeakMap();

/** Reads JSON. Browsers that do not give the text of a number read it as JavaScript does. */
export function parse(text) {
  return JSON.parse(text, function note(key, value, context) {
    if (typeof value === 'number' && context?.source !== undefined && context.source !== String(value)) {
      if (!written.has(this)) written.set(this, new Map());
      written.get(this).set(key, context.source);
    }
    return value;
  });
}

/** Writes a value as JSON, with the numbers as `parse` has read them. */
export function stringify(value, indent) {
  return JSON.stringify(value, function restore(key, it) {
    const source = typeof it === 'number' ? written.get(this)?.get(key) : undefined;
    return source === undefined || !JSON.rawJSON ? it : JSON.rawJSON(source);
  }, indent) ?? '';
}

/** Writes a member of an object as JSON. */
export const stringifyMember = (holder, key, indent) => written.get(holder)?.get(key) ?? stringify(holder[key], indent);

/** The end of the string that begins at an index of valid JSON. */
function endOfString(text, start) {
  let end = text.indexOf('"', start + 1);
  for (;;) {
    let first = end;
    while (text[first - 1] === '\\') first -= 1;
    // An odd number of backslashes escapes the quote.
    if ((end - first) % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
}

/** JSON text with line breaks, or the text itself. Its tokens stay as they are: a number keeps all digits. */
export function pretty(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  const parts = [];
  const token = /[^\s{}[\],:"]+|[{}[\],:"]/g;
  let indent = '\n';
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found] = match;
    if (found === '"') {
      token.lastIndex = endOfString(text, match.index);
      parts.push(text.slice(match.index, token.lastIndex));
    } else if (found === '{' || found === '[') {
      const close = /^\s*[}\]]/.exec(text.slice(token.lastIndex, token.lastIndex + 100));
      if (close) {
        token.lastIndex += close[0].length;
        parts.push(found === '{' ? '{}' : '[]');
      } else {
        indent += '  ';
        parts.push(found, indent);
      }
    } else if (found === '}' || found === ']') {
      indent = indent.slice(0, -2);
      parts.push(indent, found);
    } else {
      parts.push(found === ',' ? `,${indent}` : found === ':' ? ': ' : found);
    }
  }
  return parts.join('');
}
