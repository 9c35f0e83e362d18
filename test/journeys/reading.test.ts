/** A physician reads a patient's DMP from the console: signed in by Pro Santé Connect, for a reason, one document at a time. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO_READER } from '../../src/demo/professionals.ts';
import { readingRules } from '../../src/rules/reading.ts';
import { listAudit } from '../../src/store/proofs.ts';
import { type Demonstration, startTestDemonstration } from '../support/demonstration.ts';
import { type ProfessionalVisitor, signInAs } from '../support/professional.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { fedPatient } from './reading.fixture.ts';

describe('reading the DMP from the console', () => {
  let demonstration: Demonstration;
  let physician: ProfessionalVisitor;
  let url = '';
  before(async () => {
    demonstration = await startTestDemonstration();
    url = `/console/patients/${await fedPatient(demonstration)}/dmp`;
    physician = await signInAs(demonstration.runtime.console);
  });
  after(() => demonstration?.stop());

  const authorisation = (state: string) =>
    demonstration.dmp.post('/patients', {
      matricule: PAT_TROIS.matricule,
      oid: PAT_TROIS.oid,
      state: 'open',
      authorisation: state,
    });
  const asked = async (transaction: string) => (await demonstration.dmp.stats()).byTransaction[transaction] ?? 0;
  const trail = async () =>
    (await listAudit(demonstration.pool, { subject: `patients:${url.split('/')[3]}`, limit: 200 }))
      .filter(({ action }) => action.startsWith('DMP '))
      .map(({ actor, action, reason, outcome }) => [
        actor,
        action.split(' ', 3).slice(0, 2).join(' '),
        reason,
        outcome,
      ]);

  test('the sheet leads there; no DMP opens without a reason, and nothing has been asked of it', async () => {
    const sheet = await physician.get(url.replace('/dmp', ''));
    assert.ok(sheet.body.includes(`href="${url}">Consulter le DMP`));
    const before = (await demonstration.dmp.stats()).total;
    assert.ok((await physician.get(url)).body.includes('Motif d’accès'));
    for (const fields of [
      {},
      { acces: 'curiosité' },
      { acces: 'bris_de_glace' },
      { acces: 'bris_de_glace', motif: 'urgent' },
    ])
      assert.equal((await physician.post(url, fields as Record<string, string>)).status, 400, JSON.stringify(fields));
    assert.equal((await physician.get(`${url}/document?entree=x`)).status, 403);
    assert.equal((await demonstration.dmp.stats()).total, before);
  });

  test('without an authorisation nothing is searched; declaring it is an act of its own, and then the list comes', async () => {
    await authorisation('NON_EXISTE');
    const before = await asked('TD3.1');
    const opened = await physician.post(url, { acces: 'presumed' });
    assert.ok(opened.body.includes('Pas d’autorisation') && opened.body.includes(readingRules.authorisationMissing.id));
    assert.equal(await asked('TD3.1'), before);
    assert.equal((await physician.post(`${url}/autorisation`, {})).status, 400);
    const declared = await physician.post(`${url}/autorisation`, { accord: 'oui' });
    assert.ok(declared.body.includes('Accès autorisé'), declared.body);
    assert.match(declared.body, /<h2>2\sdocuments dans le DMP, depuis le \d\d\/\d\d\/\d{4}<\/h2>/);
    assert.deepEqual((await trail()).slice(0, 4).toReversed(), [
      [`user:${DEMO_READER.id}`, 'DMP TD0.2', 'accès normal, équipe de soins, consentement présumé', 'done'],
      [`user:${DEMO_READER.id}`, 'DMP TD0.3', 'accès normal, équipe de soins, consentement présumé', 'done'],
      [`user:${DEMO_READER.id}`, 'DMP TD0.2', 'accès normal, équipe de soins, consentement présumé', 'done'],
      [`user:${DEMO_READER.id}`, 'DMP TD3.1a', 'accès normal, équipe de soins, consentement présumé', 'done'],
    ]);
  });

  const linksOf = (body: string): string[] =>
    [...body.matchAll(/href="([^"]*\/dmp\/document\?entree=[^"]+)">/g)].map(([, link = '']) => link);

  test('a letter is read once, drawn page by page, with its header; the narrative of a level 3 acts on nothing', async () => {
    const list = await physician.get(url);
    const links = linksOf(list.body);
    assert.equal(links.length, 2);
    const before = await asked('TD3.2');
    const bodies = await Promise.all(links.map(async (link) => (await physician.get(link)).body));
    const letter = bodies.find((body) => body.includes('<img'));
    const page = /src="([^"]*\/document\/page[^"]*)"/.exec(letter ?? '')?.[1]?.replaceAll('&amp;', '&') ?? '';
    const drawn = await physician.get(page);
    assert.deepEqual([drawn.status, drawn.headers.get('content-type')], [200, 'image/png']);
    const summary = bodies.find((body) => body.includes('<iframe'));
    assert.ok(summary?.includes('sandbox title="Synthèse de niveau 3'), summary);
    const address = /<iframe[^>]* src="([^"]*)"/.exec(summary ?? '')?.[1]?.replaceAll('&amp;', '&') ?? '';
    const frame = await physician.get(address);
    assert.ok(frame.body.includes('<td>Paracétamol</td>') && !frame.body.includes('href='));
    assert.match(frame.headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/);
    assert.equal((await asked('TD3.2')) - before, 2);
  });

  test('criteria are those of the DMP: another type, another time, the archived ones', async () => {
    const count = async (query: string) =>
      /<h2>(\d+)\sdocument/.exec((await physician.get(`${url}?recherche=oui&${query}`)).body)?.[1];
    assert.equal(await count('type=11490-0'), '2');
    assert.equal(await count('type=11502-2'), '0');
    assert.equal(await count('du=1990-01-01&au=1990-12-31'), '0');
    assert.equal(await count('statut=Archived'), '0');
    assert.equal(await count(''), '2');
  });

  test('a search of another session opens nothing here, and a consultation that was ended neither', async () => {
    const [link = ''] = linksOf((await physician.get(url)).body);
    const colleague = await signInAs(demonstration.runtime.console);
    assert.equal((await colleague.get(link)).status, 403);
    await physician.post(`${url}/fin`, {});
    const ended = await physician.get(link);
    assert.ok(ended.status === 403 && ended.body.includes(readingRules.consultationEnded.id));
  });

  test('bris de glace does without an authorisation, with its reasons; a patient who blocks is obeyed', async () => {
    await authorisation('EXPIRE');
    await demonstration.dmp.post('/patients', {
      matricule: PAT_TROIS.matricule,
      oid: PAT_TROIS.oid,
      state: 'open',
      authorisation: 'EXPIRE',
      grants: [],
    });
    const motif = 'Patient inconscient, amené par le SMUR';
    const opened = await physician.post(url, { acces: 'bris_de_glace', motif });
    assert.match(opened.body, /<h2>2\sdocuments/);
    assert.ok(
      (await trail()).some(([, action, reason]) => action === 'DMP TD3.1a' && reason === `bris de glace : ${motif}`),
    );
    await authorisation('INTERDIT');
    const blocked = await physician.post(url, { acces: 'presumed' });
    assert.ok(blocked.body.includes(readingRules.blocked.id) || blocked.body.includes('bloqué'), blocked.body);
    assert.equal(linksOf(blocked.body).length, 0);
  });

  test('no DMP, or a closed one, is said in plain words', async () => {
    for (const [state, rule] of [
      ['absent', readingRules.dmpAbsent],
      ['closed', readingRules.dmpClosed],
    ] as const) {
      await demonstration.dmp.post('/patients', { matricule: PAT_TROIS.matricule, oid: PAT_TROIS.oid, state });
      assert.ok((await physician.post(url, { acces: 'explicit' })).body.includes(rule.id), state);
    }
  });
});
