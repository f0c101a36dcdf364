// A browser without a user: it follows the redirects of an authorization server.
//
//   browser.mjs URL             prints the URL to which the server redirects in the end
//   browser.mjs --visit URL     opens it

import { pathToFileURL } from 'node:url';

/** Returns the redirect URI of an authorization request, with the response of the server. */
export async function authorize(start) {
  const redirectUri = new URL(start).searchParams.get('redirect_uri');
  const cookies = new Map();
  let url = new URL(start);
  for (let redirects = 0; redirects < 10; redirects += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { headers: { cookie }, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (!location) throw new Error(`${url.pathname}: status ${response.status}: ${await response.text()}`);
    url = new URL(location, url);
    if (url.href.startsWith(`${redirectUri}?`)) return url;
  }
  throw new Error('too many redirects');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const arguments_ = process.argv.slice(2);
  const url = await authorize(arguments_.at(-1));
  if (arguments_[0] === '--visit') await fetch(url);
  else console.log(url.href);
}
