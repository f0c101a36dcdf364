// The official TypeScript clients list, get and complete the prompts of `prompts`.

import assert from 'node:assert/strict';

import { expectRefusal, run } from './harness.mjs';

async function checkListing(client) {
  const { prompts } = await client.listPrompts();
  const required = (prompt) => prompt.arguments.map((argument) => [argument.name, argument.required ?? false]);
  assert.deepEqual(Object.fromEntries(prompts.map((prompt) => [prompt.name, required(prompt)])), {
    review: [['code', true], ['language', false], ['depth', false]],
    interview: [['field', true], ['post', true]],
  });
  const { title, description, arguments: [code] } = prompts[0];
  assert.deepEqual([title, description], ['Review code', 'Ask for a review of some code.']);
  assert.equal(code.description, 'The code to review');
}

async function checkGetting(client) {
  const messages = async (name, args) => {
    const result = await client.getPrompt({ name, arguments: args });
    return result.messages.map(({ role, content }) => [role, content.text]);
  };
  assert.deepEqual(await messages('review', { code: 'x = 1' }), [
    ['user', 'Review this code. Name the three worst problems.\n\nx = 1'],
  ]);
  const all = { code: 'fn f() {}\n"ü"', language: 'rust', depth: 'thorough' };
  assert.deepEqual(await messages('review', all), [
    ['user', 'Review this rust code. Go through it line by line.\n\nfn f() {}\n"ü"'],
  ]);
  assert.deepEqual(await messages('interview', { field: 'medicine', post: 'nurse' }), [
    ['user', 'I have applied for a post as nurse in medicine. Interview me.'],
    ['assistant', 'Gladly. Let us begin: what drew you to this post?'],
  ]);
}

async function checkRefusals(client) {
  const get = (name, args) => client.getPrompt({ name, arguments: args });
  await expectRefusal(get('review', { depth: 'quick' }), -32602, '`code`: missing');
  await expectRefusal(get('review', { code: 'x', depth: 'deep' }), -32602, '`depth`', '"deep"');
  await expectRefusal(get('revue', { code: 'x' }), -32602, 'did you mean `review`?');
}

async function checkCompletion(client) {
  const complete = (name, argument, value, others) =>
    client.complete({
      ref: { type: 'ref/prompt', name },
      argument: { name: argument, value },
      ...(others && { context: { arguments: others } }),
    });
  for (const [prompt, argument, typed, others, wanted] of [
    ['review', 'language', '', undefined, ['go', 'python', 'rust', 'typescript']],
    ['review', 'language', 'R', undefined, ['rust']],
    ['review', 'depth', '', undefined, ['quick', 'thorough']],
    ['review', 'depth', 't', undefined, ['thorough']],
    ['review', 'code', 'x', undefined, []],
    ['interview', 'post', 'd', { field: 'engineering' }, ['designer', 'developer']],
    ['interview', 'post', 'd', { field: 'medicine' }, ['doctor']],
    ['interview', 'post', 'd', undefined, []],
  ]) {
    const { values, hasMore = false } = (await complete(prompt, argument, typed, others)).completion;
    assert.deepEqual({ values, hasMore }, { values: wanted, hasMore: false }, `${prompt}.${argument} ${typed}`);
  }
  await expectRefusal(complete('revue', 'code', ''), -32602, 'did you mean `review`?');
}

await run((mode) =>
  mode.withClient({}, async (client) => {
    await checkListing(client);
    await checkGetting(client);
    await checkRefusals(client);
    await checkCompletion(client);
  }),
);
