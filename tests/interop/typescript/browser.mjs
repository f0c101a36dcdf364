// A browser without a user: it follows the redirects and submits the forms of an authorization server.
//
//   browser.mjs URL             prints the URL to which the server redirects in the end
//   browser.mjs --visit URL     opens it

import { pathToFileURL } from 'node:url';

/** The request that submits the form of a page, or nothing if there is none. */
function submission(page, base) {
  const action = /<form[^>]* action="([^"]*)"/.exec(page)?.[1];
  if (!action) return undefined;
  const inputs = page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  const body = new URLSearchParams([...inputs].map(([, name, value]) => [name, value]));
  return { url: new URL(action, base), options: { method: 'POST', body } };
}

/**
 * Returns the redirect URI of an authorization request, with the response of the server. Without a redirect
 * URI, that is the last page.
 */
export async function authorize(start) {
  const redirectUri = new URL(start).searchParams.get('redirect_uri');
  const cookies = new Map();
  let request = { url: new URL(start), options: {} };
  for (let requests = 0; requests < 20; requests += 1) {
    const { url, options } = request;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...options, headers: { cookie }, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(name, value);
    }
    const page = await response.text();
    const location = response.headers.get('location');
    const next = location ? { url: new URL(location, url), options: {} } : submission(page, url);
    if (!next) {
      if (response.ok && !redirectUri) return url;
      throw new Error(`${url.pathname}: status ${response.status}: ${page}`);
    }
    if (redirectUri && next.url.href.startsWith(`${redirectUri}?`)) return next.url;
    request = next;
  }
  throw new Error('too many redirects');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const arguments_ = process.argv.slice(2);
  const url = await authorize(arguments_.at(-1));
  if (arguments_[0] === '--visit') await fetch(url);
  else console.log(url.href);
}
