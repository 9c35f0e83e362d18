/** What Prometheus reads of a running gateway: the published board and rules find their metrics, and nobody is in them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { allRules } from '../../src/rules/catalogue.ts';
import { type Feeding, startFeeding } from './feeding.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn } from './waiting.fixture.ts';

const OPS = join(import.meta.dirname, '../../ops');
/** Words of PromQL that are not metrics. */
const PROMQL = new Set(
  'sum max min rate by or vector histogram_quantile le rule severity state service certificate outcome source status route kind transaction instance failed waiting critical'.split(
    ' ',
  ),
);

const board = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) })),
});
const rules = z.object({ groups: z.array(z.object({ rules: z.array(z.object({ expr: z.string() })) })) });

function metricsIn(expression: string): string[] {
  const words = expression.replace(/"[^"]*"/g, '').match(/[a-z][a-z0-9_]{3,}/g) ?? [];
  return words.filter((word) => !PROMQL.has(word));
}

describe('supervision', () => {
  let feeding: Feeding;
  let text: string;
  before(async () => {
    feeding = await startFeeding();
    const { demonstration, sendLetter, acceptedOnce } = feeding;
    await acceptedOnce(await sendLetter());
    await demonstration.pool.query(`insert into pruned_total values ('TDU-RET-001', 1, 10, now())`);
    // A kind that no worker knows: it stays due.
    await demonstration.pool.query(`insert into task (kind, subject) values ('essai', '1')`);
    await demonstration.pool.query(
      `insert into alert (rule_id, subject, scope, severity, started_at, seen_at)
       values ('TDU-ALR-010', 'essai', 'machine:absente', 'critical', now(), now())`,
    );
    await demonstration.dmp.set('down');
    const held = await sendLetter();
    await documentIn(demonstration, held, 'ready', 'TDU-DMP-001');
    text = await scrape();
    await demonstration.dmp.clear();
    await acceptedOnce(held);
  });
  after(() => feeding?.demonstration.stop());

  const scrape = async (): Promise<string> => {
    const { origin } = new URL(feeding.demonstration.runtime.api);
    return (await fetch(`${origin}/metrics`)).text();
  };
  const series = (): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

  test('every metric of the Grafana board and of the example rules is there', async () => {
    const { panels } = board.parse(JSON.parse(await readFile(join(OPS, 'grafana/traitdunion.json'), 'utf8')));
    const { groups } = rules.parse(parse(await readFile(join(OPS, 'prometheus/traitdunion-rules.yml'), 'utf8')));
    const expressions = [
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
    ];
    assert.ok(expressions.length > 30);
    const present = new Set(series().map((line) => /^[a-z0-9_]+/i.exec(line)?.[0]));
    for (const expression of expressions)
      for (const metric of metricsIn(expression)) assert.ok(present.has(metric), `${metric}, asked by ${expression}`);
  });

  test('the intake, the tasks and the calls were counted', () => {
    for (const line of [
      /^traitdunion_intake_seconds_count\{source="\*\|\*",outcome="AA"\} [1-9]/m,
      /^traitdunion_task_seconds_count\{kind="deliver",outcome="done"\} [1-9]/m,
      /^traitdunion_call_seconds_count\{service="DMP",transaction="TD2\.1",outcome="2xx"\} 1$/m,
      /^traitdunion_call_seconds_count\{service="DMP",transaction="TD0\.2",outcome="2xx"\} 1$/m,
      /^traitdunion_call_seconds_count\{service="INSi",transaction="search",outcome="2xx"\} [1-9]/m,
      /^traitdunion_certificate_days_left\{certificate="Certificat INSi"\} \d{2,3}$/m,
    ])
      assert.match(text, line);
  });

  test('labels come from closed lists: their number does not grow with the traffic, and no person is in them', async () => {
    const before = series().length;
    for (let i = 0; i < 5; i++) await feeding.acceptedOnce(await feeding.sendLetter());
    for (let i = 0; i < 20; i++)
      await fetch(`${feeding.demonstration.runtime.api}/documents/${'0'.repeat(12)}${i}/${Math.random()}`);
    text = await scrape();
    assert.ok(series().length <= before + 60, `${before} series, then ${series().length}`);
    const known = new Set(allRules().map(({ id }) => id));
    for (const [, rule = ''] of text.matchAll(/rule="([^"]*)"/g)) assert.ok(rule === 'none' || known.has(rule), rule);
    assert.doesNotMatch(text, new RegExp(`${PAT_TROIS.birthName}|${PAT_TROIS.ipp}`));
    const labels = series().map((line) => /\{.*\}/.exec(line)?.[0] ?? '');
    assert.doesNotMatch(labels.join(), /\d{13}/, 'nothing that looks like a NIR');
  });
});
