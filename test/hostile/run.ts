/**
 * `npm run hostile`: the reliability cases of hostile.md. Without a name it lists them; `npm run hostile -- T-R3 --json` runs
 * one at its full size, `--ci` at the size of `npm test`, `--size documents=500` at another. Exit 1 when a threshold is passed.
 */
import { parseArgs } from 'node:util';
import { HOSTILE_CASES } from './cases.ts';
import type { Finding, HostileCase, Sizes } from './hostile-case.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ci: { type: 'boolean', default: false },
    size: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
});

function sizesOf(hostile: HostileCase): Sizes {
  const sizes: Record<string, number> = { ...(values.ci ? hostile.ci : hostile.full) };
  for (const given of values.size) {
    const [name = '', text = ''] = given.split('=');
    const number = Number(text);
    if (!(name in sizes) || text === '' || !Number.isFinite(number))
      throw new Error(`--size ${given}: ${hostile.id} knows ${Object.keys(sizes).join(', ')}`);
    sizes[name] = number;
  }
  return sizes;
}

function lineOf({ what, value, threshold, holds }: Finding): string {
  return `${holds ? '✔' : '✖'} ${what}: ${value} (${threshold})`;
}

const [id] = positionals;
if (id === undefined) {
  const sizeText = (sizes: Sizes): string =>
    Object.entries(sizes)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ');
  for (const { id: name, title, ci, full } of HOSTILE_CASES)
    console.log(`${name.padEnd(9)} ${title}\n       --ci  ${sizeText(ci)}\n       full  ${sizeText(full)}`);
} else {
  const hostile = HOSTILE_CASES.find((each) => each.id === id);
  if (hostile === undefined) throw new Error(`${id}: ${HOSTILE_CASES.map((each) => each.id).join(', ')}`);
  const sizes = sizesOf(hostile);
  const lacking = await hostile.missing?.();
  if (lacking !== undefined) throw new Error(`${hostile.id}: ${lacking}`);
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1_000);
  const findings = await hostile.run(sizes, (line) => console.error(`${String(seconds()).padStart(6)} s  ${line}`));
  const passed = findings.every(({ holds }) => holds);
  if (values.json) console.log(JSON.stringify({ id, sizes, seconds: seconds(), passed, findings }));
  else console.log(findings.map(lineOf).join('\n'));
  process.exitCode = passed ? 0 : 1;
}
