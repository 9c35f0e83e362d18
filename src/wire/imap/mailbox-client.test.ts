import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hasTool } from '../../../test/support/tools.ts';
import { createTestAuthority, OPENSSL_MISSING, type TestAuthority } from '../../simulators/common/pki.fixture.ts';
import { type ImapServerUnderTest, startDovecot, startSimulated } from './imap-servers.fixture.ts';
import { MailboxFailure, openMailbox } from './mailbox-client.ts';

const FIRST = Buffer.from('From: Un <un@a.fr>\r\nSubject: premier\r\n\r\nCorps é\r\n', 'latin1');
const SECOND = Buffer.from(`From: deux@a.fr\r\nSubject: second\r\n\r\n${'x'.repeat(100_000)}\r\n`);

const MISSING = hasTool('openssl') ? false : OPENSSL_MISSING;

function authority(): TestAuthority {
  const made = createTestAuthority();
  assert.ok(made);
  return made;
}

const SERVERS = [
  { name: 'the simulator', start: startSimulated, skip: MISSING },
  { name: 'Dovecot', start: startDovecot, skip: MISSING || (hasTool('dovecot') ? false : 'dovecot is not installed') },
];

for (const { name, start, skip } of SERVERS)
  describe(`a mailbox of ${name}`, { skip }, () => {
    let server: ImapServerUnderTest;
    before(async () => {
      server = await start(authority());
    });
    after(() => server?.close());

    test('new mails come in order, whole, byte for byte, and only those above the last UID', async () => {
      await server.deliver(FIRST);
      await server.deliver(SECOND);
      const client = await openMailbox(server.place);
      const found = await client.newMails(0);
      assert.deepEqual(
        found.map(({ size }) => size),
        [FIRST.length, SECOND.length],
      );
      const [one, two] = found;
      assert.ok(one && two && one.uid < two.uid && client.uidValidity > 0);
      assert.deepEqual(await client.fetch(one.uid, 1_000_000), FIRST);
      assert.deepEqual(await client.fetch(two.uid, 1_000_000), SECOND);
      assert.deepEqual(await client.envelope(one.uid), { sender: 'un@a.fr', subject: 'premier' });
      assert.deepEqual(
        (await client.newMails(one.uid)).map(({ uid }) => uid),
        [two.uid],
      );
      assert.deepEqual(await client.newMails(two.uid), []);
      await client.close();
    });

    test('a mail larger than the bound is never held whole; one that is not there is not given', async () => {
      const client = await openMailbox(server.place);
      const [, two] = await client.newMails(0);
      assert.ok(two);
      await assert.rejects(client.fetch(two.uid, 50_000), MailboxFailure);
      assert.equal(await client.fetch(two.uid + 1_000, 50_000), undefined);
      await client.close();
    });

    test('a mail put away leaves the folder for one that is made when it is missing; marked, it stays', async () => {
      const client = await openMailbox(server.place);
      const [one, two] = await client.newMails(0);
      assert.ok(one && two);
      await client.putAway([one.uid], 'Traites');
      await client.putAway([two.uid], undefined);
      assert.deepEqual(
        (await client.newMails(0)).map(({ uid }) => uid),
        [two.uid],
      );
      // Put away once more after a lost answer: nothing happens.
      await client.putAway([one.uid], 'Traites');
      const apart = await openMailbox({ ...server.place, folder: 'Traites' });
      const [kept] = await apart.newMails(0);
      assert.deepEqual(kept && (await apart.fetch(kept.uid, 1_000)), FIRST);
      await Promise.all([client.close(), apart.close()]);
    });

    test('the server announces a mail that comes in: the wait ends before its time', async () => {
      const client = await openMailbox(server.place);
      const started = performance.now();
      const waiting = client.wait(20_000, AbortSignal.timeout(30_000));
      await server.deliver(FIRST);
      await waiting;
      assert.ok(performance.now() - started < 15_000);
      assert.equal((await client.newMails(0)).length, 2);
      await client.close();
    });

    test('a wrong password, a stranger, a folder that is not there: the session says why', async () => {
      await assert.rejects(openMailbox({ ...server.place, password: 'autre' }), /connexion refusée/);
      await assert.rejects(openMailbox({ ...server.place, folder: 'Nulle part' }), MailboxFailure);
      await assert.rejects(openMailbox({ ...server.place, serverName: 'autre.fr' }), MailboxFailure);
      const tls = { ...authority().client('/CN=autre'), ca: server.place.tls.ca };
      await assert.rejects(openMailbox({ ...server.place, tls }), MailboxFailure);
    });
  });
