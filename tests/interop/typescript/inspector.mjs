// The inspector of `cargo mcp`, clicked through in headless Chromium:
//
//   inspector.mjs CARGO_MCP EXAMPLES [--screenshots DIRECTORY]

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const [program, examples, option, directory] = process.argv.slice(2);
const screenshots = option === '--screenshots' ? directory : undefined;
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Limit of one wait. */
const LIMIT_MS = 30_000;
const OPTIONS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** The runs of the program, which end with this script. */
const children = new Set();

/** A run of `cargo mcp inspect --web` with a page that shows it. */
class Inspector {
  static async of(browser, server, options = {}) {
    const inspector = new Inspector();
    inspector.child = spawn(program, ['mcp', 'inspect', '--web', '--no-open', '--json', '--', ...server], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.add(inspector.child);
    inspector.url = await new Promise((resolve, reject) => {
      let text = '';
      inspector.child.stdout.on('data', (data) => {
        text += data;
        if (text.includes('}')) resolve(JSON.parse(text).url);
      });
      inspector.child.on('exit', () => reject(new Error('the inspector has ended')));
    });
    inspector.context = await browser.newContext({ viewport: { width: 1360, height: 860 }, colorScheme: 'light', ...options });
    inspector.context.setDefaultTimeout(LIMIT_MS);
    const page = await inspector.context.newPage();
    const { origin } = new URL(inspector.url);
    inspector.faults = [];
    const fault = (text) => inspector.faults.push(text);
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && !url.startsWith('data:') && !url.startsWith('blob:')) fault(`a request to ${url}`);
    });
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) fault(`console: ${message.text()}`); });
    page.on('pageerror', (error) => fault(`error: ${error.stack}`));
    inspector.page = page;
    await page.goto(inspector.url);
    await page.locator('.item').first().waitFor();
    await page.locator('.connection.ready').nth(1).waitFor();
    return inspector;
  }

  /** Chooses a component. */
  async choose(name) {
    await this.page.locator(`.item[data-key="${name}"]`).click();
    await this.page.locator(`.item[data-key="${name}"][aria-current=true]`).waitFor();
  }

  /** Fills in fields by their names. */
  async fill(values, within = '#detail') {
    for (const [name, value] of Object.entries(values)) {
      await this.page.locator(`${within} .field[data-name="${name}"]`).locator('input, textarea, select').first().fill(value);
    }
  }

  async call(label = /^Call/) {
    await this.page.getByRole('button', { name: label }).click();
  }

  /** The newest call, once it has ended. */
  async ended() {
    const call = this.page.locator('.call').first();
    await call.locator('.run').first().waitFor();
    await this.page.waitForFunction(() => !document.querySelector('.call').querySelector('.run[data-status=running]'));
    return call;
  }

  async era(name) {
    await this.page.getByRole('radio', { name, exact: true }).check({ force: true });
  }

  async shoot(name, options) {
    if (screenshots) await this.page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled', ...options });
  }

  async close() {
    assert.deepEqual(this.faults, []);
    await this.context.close();
    this.child.removeAllListeners('exit');
    this.child.kill();
  }
}

const example = (name) => [join(examples, name)];
const textOf = (locator) => locator.innerText();
const includes = (text, part) => assert.ok(text.includes(part), `expected ${JSON.stringify(part)} in:\n${text}`);

/** Schemas that refer to themselves, or have members of another type. */
const SCHEMAS = [
  { type: 'array', items: { $ref: '#' } }, { allOf: [{ $ref: '#' }, { $ref: '#' }] }, { anyOf: [{ $ref: '#' }, { type: 'null' }] }, { $ref: '#' },
  { $ref: '#/%E0%A4%A' }, { $ref: '#/no/such' }, { $ref: 7 }, { oneOf: {} }, { oneOf: [] }, { anyOf: [null] }, { required: true }, { allOf: [{ required: true, properties: null }] },
  { type: [] }, { type: 'array', items: null }, { enum: 'a' }, { properties: [] }, { minimum: { toString: 1 }, type: 'number' }, null, true,
  { type: 'object', required: ['a', 'b', 'c', 'd'], properties: { a: { $ref: '#' }, b: { $ref: '#' }, c: { $ref: '#' }, d: { $ref: '#' } } },
];

const checks = {
  async 'list, search, form, error and JSON'(browser) {
    const it = await Inspector.of(browser, example('torture'));
    const { page } = it;
    assert.equal(await page.locator('.item').count(), 6);
    await page.keyboard.press('/');
    await page.keyboard.type('fai');
    assert.equal(await page.locator('.item').count(), 1);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.item').count(), 6);
    await it.choose('add');
    await it.call();
    includes(await textOf(page.locator('.field[data-name=a]')), 'required');
    await it.fill({ a: '1.5', b: '3' });
    await it.call();
    includes(await textOf(page.locator('.field[data-name=a]')), 'expected an integer');
    await it.fill({ a: '2' });
    await it.call();
    includes(await textOf(await it.ended()), '5');
    await page.getByRole('tab', { name: 'JSON' }).click();
    assert.deepEqual(JSON.parse(await page.getByLabel('Arguments as JSON').inputValue()), { a: 2, b: 3 });
    await page.getByLabel('Arguments as JSON').fill('{"a": 20, "b": 22}');
    await page.getByRole('tab', { name: 'Form' }).click();
    assert.equal(await page.locator('.field[data-name=a] input').inputValue(), '20');
    await it.call();
    await page.locator('.call').nth(1).waitFor();
    includes(await textOf(await it.ended()), '42');
    await it.choose('fail');
    await it.call();
    includes(await textOf(await it.ended()), 'this tool always fails');
    await it.choose('add');
    assert.equal(await page.locator('.field[data-name=a] input').inputValue(), '20', 'what was typed stays');
    await it.close();
  },

  async 'calls with progress, logs, cancel and images'(browser) {
    const it = await Inspector.of(browser, example('conformance_server'));
    const { page } = it;
    await it.choose('test_tool_with_progress');
    // The bar is shown for a moment only.
    await page.evaluate(() => {
      new MutationObserver(() => { window.sawProgress ||= document.querySelector('.run progress[value]') !== null; })
        .observe(document.getElementById('detail'), { childList: true, subtree: true });
    });
    await it.call();
    await page.waitForFunction(() => window.sawProgress);
    includes(await textOf(await it.ended()), 'Reported progress three times.');
    await it.choose('test_tool_with_logging');
    await it.call();
    const logged = await it.ended();
    includes(await textOf(logged), 'Logged three messages.');
    includes(await textOf(logged.locator('.lines')), 'Tool processing data');
    await it.choose('test_tool_with_progress');
    await it.choose('test_tool_with_logging');
    includes(await textOf(page.locator('.call').first().locator('.lines')), 'Tool processing data');
    await page.getByRole('tab', { name: /^Logs/ }).click();
    includes(await textOf(page.locator('#logs')), 'Tool execution started');
    await it.choose('test_image_content');
    await it.call();
    const picture = (await it.ended()).locator('img');
    assert.ok(await picture.evaluate((image) => image.complete && image.naturalWidth > 0), 'the image is shown');
    await it.choose('slow_compute');
    await it.fill({ seconds: '600' });
    await it.call();
    await page.getByRole('button', { name: 'Cancel' }).click();
    includes(await textOf(await it.ended()), 'cancelled');
    await it.choose('test://static-text');
    await it.call(/^Read/);
    includes(await textOf(await it.ended()), 'This is the content of the static text resource.');
    await it.choose('test_prompt_with_arguments');
    await page.locator('.field[data-name=arg1] [role=combobox]').focus();
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const chosen = await page.locator('.field[data-name=arg1] [role=combobox]').inputValue();
    assert.notEqual(chosen, '');
    await it.fill({ arg2: 'two' });
    await it.call(/^Fill in/);
    includes(await textOf(await it.ended()), chosen);
    const level = page.getByLabel('Level');
    const isSet = page.waitForResponse((response) => response.url().endsWith('/api/log-level'));
    await level.selectOption('debug');
    assert.equal((await isSet).status(), 200);
    await page.locator('#home').click();
    const isOpened = page.waitForResponse((response) => response.url().endsWith('/api/connect'));
    await page.getByRole('button', { name: 'Connect again' }).first().click();
    await isOpened;
    await page.locator('.connection.ready').nth(1).waitFor();
    assert.equal(await level.inputValue(), 'debug', 'the level stays');
    await it.close();
  },

  async 'forms and URLs of the server'(browser) {
    const it = await Inspector.of(browser, example('elicitation'));
    const { page } = it;
    await it.choose('book_table');
    await it.fill({ restaurant: 'Roma' });
    await it.call();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    includes(await textOf(dialog), 'A table at Roma');
    await dialog.getByRole('button', { name: 'Send' }).click();
    includes(await textOf(dialog.locator('.field[data-name=day]')), 'required');
    await it.fill({ day: '2026-12-24', guests: '3' }, 'dialog');
    await dialog.locator('.field[data-name=place] select').selectOption({ label: 'terrace' });
    await it.shoot('inspector-question');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await page.getByText('3 guests, Terrace').waitFor();
    assert.ok(await dialog.getByRole('switch').isChecked(), 'the default is filled in');
    await page.keyboard.press('Control+Enter');
    await dialog.getByText('pay.example', { exact: true }).waitFor();
    await page.keyboard.press('Control+Enter');
    await page.evaluate(() => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, repeat: true, bubbles: true, cancelable: true })));
    assert.equal(await dialog.getByText('pay.example', { exact: true }).count(), 1, 'no key answers it');
    assert.equal(it.context.pages().length, 1, 'it is opened on a click only');
    await dialog.getByRole('button', { name: 'Decline' }).click();
    includes(await textOf(await it.ended()), 'The reservation was given back');
    assert.equal(await dialog.count(), 0);
    await it.call();
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.call').nth(1).waitFor();
    includes(await textOf(await it.ended()), 'No table was booked.');
    await it.close();
  },

  async 'requests to the model'(browser) {
    const it = await Inspector.of(browser, example('sampling_agent'));
    const { page } = it;
    for (const era of ['Modern', 'Legacy']) {
      await it.era(era);
      await it.choose('research');
      await it.fill({ question: 'How many hearts has an octopus?' });
      await it.call();
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      includes(await textOf(dialog), 'How many hearts has an octopus?');
      includes(await textOf(dialog), 'search_articles, read_article');
      await dialog.getByPlaceholder('The answer of the model').fill('Three.');
      await dialog.getByRole('button', { name: 'Send' }).click();
      includes(await textOf(await it.ended()), 'Three.');
    }
    await it.close();
  },

  async 'tasks with their questions'(browser) {
    const it = await Inspector.of(browser, example('long_job'));
    const { page } = it;
    for (const era of ['Modern', 'Legacy']) {
      await it.era(era);
      await it.choose('write_report');
      await it.fill({ subject: 'bees', sources: '5' });
      await page.getByRole('tab', { name: /^Tasks/ }).click();
      await it.call('Start as task');
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await page.locator('.task').first().getByText('input required').waitFor();
      await dialog.getByRole('button', { name: 'Send' }).click();
      includes(await textOf(await it.ended()), 'https://reports.example/bees');
      await page.locator('.task').first().getByText('done', { exact: true }).waitFor();
      await it.fill({ sources: '1000' });
      await it.call('Start as task');
      await page.locator('.task').first().getByText('working').waitFor();
      await page.locator('.task').first().getByRole('button', { name: /^Cancel/ }).click();
      await page.locator('.task').first().getByText('cancelled', { exact: false }).first().waitFor();
    }
    await it.close();
  },

  async 'both eras with their messages, and the latency'(browser) {
    const it = await Inspector.of(browser, example('stock_prices'), { colorScheme: 'dark' });
    const { page } = it;
    await it.era('Both');
    await it.choose('get_stock_price');
    const input = page.locator('#detail .field').first().locator('input, textarea, select');
    for (let count = 1; count <= 12; count += 1) {
      await input.fill(['AAPL', 'GOOGL', 'MSFT'][count % 3]);
      await it.call(/^Call in both/);
      await page.locator('.call').nth(count - 1).waitFor();
      await it.ended();
    }
    const call = await it.ended();
    for (const era of ['modern', 'legacy']) {
      const run = call.locator('.run').filter({ has: page.locator(`.era.${era}`) });
      const sent = run.locator('.message.sent', { hasText: 'tools/call' });
      await sent.locator('summary').click();
      includes(await textOf(sent.locator('.json')), era === 'modern' ? 'io.modelcontextprotocol/protocolVersion' : '"name": "get_stock_price"');
      assert.equal(await run.locator('.message.received').count(), 1);
    }
    const latency = await textOf(page.locator('.latency'));
    assert.match(latency, /modern 12 calls · median [\d.]+ m?s · p95 [\d.]+ m?s/);
    assert.match(latency, /legacy 12 calls/);
    assert.equal(await page.locator('.plot rect').count(), 24);
    await page.locator('#wire .message').nth(30).waitFor();
    await page.locator('#detail').evaluate((detail) => detail.scrollTo(0, 0));
    await it.shoot('inspector-eras');
    await page.getByLabel('Filter the messages').fill('initialize');
    assert.equal(await page.locator('#wire .message.legacy, #wire .message').count(), 2);
    await page.getByLabel('Filter the messages').fill('');
    await page.locator('#wire').getByRole('button', { name: 'Clear' }).click();
    await page.getByText('No messages yet.').waitFor();
    await it.close();
  },

  async 'the keyboard alone'(browser) {
    const it = await Inspector.of(browser, example('torture'));
    const { page } = it;
    const focused = (attribute) => page.evaluate((name) => document.activeElement.getAttribute(name), attribute);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused('data-key'), 'add');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, 'solid', 'the focus is visible');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'add' }).waitFor();
    for (let count = 0; count < 50 && (await focused('role')) !== 'tab'; count += 1) await page.keyboard.press('Tab');
    assert.equal(await focused('role'), 'tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('40');
    await page.keyboard.press('Tab');
    await page.keyboard.type('2');
    await page.keyboard.press('Control+Enter');
    includes(await textOf(await it.ended()), '42');
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('e');
    assert.ok(await page.getByRole('radio', { name: 'Legacy' }).isChecked());
    await page.keyboard.press('m');
    assert.equal(await focused('id'), 'tab-logs');
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused('id'), 'tab-tasks');
    const nameless = await page.evaluate(() => [...document.querySelectorAll('button, input, textarea, select, [role=tab]')]
      .filter((it) => !it.closest('[hidden]') && !(it.innerText?.trim() || it.ariaLabel || it.labels?.length || it.title))
      .map((it) => it.outerHTML));
    assert.deepEqual(nameless, [], 'everything has a name');
    await it.close();
  },

  async 'digits, schemas of any form, and results after a reload'(browser) {
    const it = await Inspector.of(browser, example('torture'));
    const { page } = it;
    const text = '{"a":[1234567890123456789,1e400,1.0,-0],"b":{},"c":"\\"{\\\\"}';
    const indented = await page.evaluate(async (given) => (await import('/digits.js')).pretty(given), text);
    assert.equal(indented.replaceAll(/\s/g, ''), text);
    includes(indented, '  "b": {},\n');
    const written = await page.evaluate(async (given) => {
      const { parse, stringify } = await import('/digits.js');
      return stringify(parse(given));
    }, text);
    assert.equal(written, text);
    const faults = await page.evaluate(async (schemas) => {
      const { createForm } = await import('/form.js');
      return schemas.flatMap((schema) => [schema, { properties: { x: schema }, required: ['x'] }]).flatMap((schema) => {
        try {
          const form = createForm(schema);
          form.read();
          form.write({ x: [{ x: 1 }] });
          form.read();
          return [];
        } catch (error) {
          return [`${JSON.stringify(schema)}: ${error.stack}`];
        }
      });
    }, SCHEMAS);
    assert.deepEqual(faults, []);
    await it.choose('add');
    await page.getByRole('tab', { name: 'JSON' }).click();
    await page.getByLabel('Arguments as JSON').fill('{"a": 9007199254740993, "b": 0}');
    await it.call();
    includes(await textOf(await it.ended()), '9007199254740993');
    await page.evaluate(() => { location.hash = '#tool/%'; });
    await page.getByRole('button', { name: 'Connect again' }).first().waitFor();
    await it.choose('add');
    await page.reload();
    includes(await textOf(await it.ended()), '9007199254740993');
    await it.close();
  },

  async 'dark and light, wide and narrow'(browser) {
    const it = await Inspector.of(browser, example('conformance_server'));
    const { page } = it;
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await background();
    assert.notEqual(light, dark);
    await page.getByRole('button', { name: 'Switch between dark and light' }).click();
    assert.equal(await background(), light);
    await page.reload();
    await page.locator('.item').first().waitFor();
    assert.equal(await background(), light, 'the choice stays');
    await it.choose('test_multiple_content_types');
    await it.call();
    await it.ended();
    await it.shoot('inspector-call');
    await page.setViewportSize({ width: 360, height: 720 });
    for (const pane of ['Components', 'Messages', 'Call']) {
      await page.locator('.bottom').getByRole('button', { name: pane }).click();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `${pane}: ${width} px`);
      const wide = await page.evaluate(() => [...document.querySelectorAll('.pane *')]
        .filter((element) => element.getBoundingClientRect().right > 361 && !element.closest('pre')).map((element) => element.className));
      assert.deepEqual(wide, [], pane);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    await it.shoot('inspector-narrow');
    await it.close();
  },

  async 'a server that ends, and what was typed'(browser) {
    const folder = mkdtempSync(join(tmpdir(), 'inspector-'));
    const server = join(folder, 'server');
    // Its input ends after a line with the text `quit`.
    writeFileSync(server, `#!/bin/sh\nwhile read -r line; do\nprintf '%s\\n' "$line"\ncase $line in *quit*) exit;; esac\ndone | ${example('torture')[0]}\n`, { mode: 0o755 });
    const it = await Inspector.of(browser, [server]);
    const { page } = it;
    await it.choose('add');
    await it.fill({ a: '7' });
    await it.choose('echo');
    await it.fill({ text: 'quit' });
    await page.evaluate(() => {
      window.seen = [];
      new MutationObserver(() => window.seen.push(document.getElementById('notice').textContent)).observe(document.getElementById('notice'), { childList: true });
    });
    await it.call();
    await page.waitForFunction(() => window.seen.some((text) => text.includes('The server has ended')) && document.getElementById('notice').hidden);
    await page.locator('#home').click();
    await page.getByText(/^Last end/).first().waitFor();
    await it.choose('add');
    assert.equal(await page.locator('.field[data-name=a] input').inputValue(), '7');
    await it.fill({ b: '8' });
    await it.call();
    includes(await textOf(await it.ended()), '15');
    await it.close();
    rmSync(folder, { recursive: true });
  },
};

if (!existsSync(executablePath)) {
  console.log(`inspector: not run, because there is no ${executablePath}`);
  process.exit(0);
}
const browser = await chromium.launch({ executablePath, args: OPTIONS });
try {
  for (const [name, check] of Object.entries(checks)) {
    await check(browser);
    console.log(`ok: inspector, ${name}`);
  }
} finally {
  children.forEach((child) => child.kill());
  await browser.close();
}
