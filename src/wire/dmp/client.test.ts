import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { dmpRules } from '../../rules/dmp.ts';
import { KeyUnavailable } from '../keys/key-unavailable.ts';
import { mtomMessage, readMultipart } from '../soap/mtom.ts';
import type { SoapRequest, TransportOutcome } from '../soap/transport.ts';
import { acting, CDA, entry, MATRICULE, qualifiedPatient, sentPatient, submission } from '../xds/submission.fixture.ts';
import type { Submission } from '../xds/submission.ts';
import { canonicalDocument } from '../xml/canonical-document.ts';
import { verifyEnveloping } from '../xml/signature-verify.testing.ts';
import { verifyEnveloped } from '../xml/signature-verify.ts';
import { element, text, withXml, XmlRefused } from '../xml/xml.ts';
import { accepted, answered, client, envelope, queryAnswered } from './client.fixture.ts';
import type { Dmp } from './client.ts';
import type { SubmitOutcome } from './outcome.ts';

const NS = {
  e: 'http://www.w3.org/2003/05/soap-envelope',
  w: 'http://www.w3.org/2005/08/addressing',
  s: 'urn:oasis:names:tc:SAML:2.0:assertion',
  r: 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0',
  d: 'http://www.w3.org/2000/09/xmldsig#',
};
const RS = 'urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0';
const STATUS = 'urn:oasis:names:tc:ebxml-regrep:ResponseStatusType';

async function sent(dmp: Dmp): Promise<SubmitOutcome> {
  const composed = await dmp.compose(submission, acting);
  assert.ok(composed.ok);
  return composed.value.send();
}

describe('DMP client', () => {
  it('names a request that failed as the request named itself, and none that never left', async () => {
    const { dmp, requests } = client({ kind: 'ambiguous', reason: 'ECONNRESET' });
    const lost = await sent(dmp);
    assert.ok(lost.kind === 'ambiguous');
    const { messageId = '' } = lost.refusal;
    assert.match(messageId, /^urn:uuid:.{8}/);
    assert.ok(
      Buffer.concat(requests[0]?.body ?? [])
        .toString('latin1')
        .includes(`>${messageId}</MessageID>`),
    );
    const away = await sent(client({ kind: 'not-sent', reason: 'ECONNREFUSED' }).dmp);
    assert.ok(away.kind === 'not-sent');
    assert.equal(away.refusal.messageId, undefined);
  });

  it('leaves nothing when the key cannot be used, and says whether to wait', async () => {
    for (const [trouble, rule, retry] of [
      ['absent', 'TDU-DMP-017', 'transient'],
      ['pin', 'TDU-DMP-019', 'permanent'],
    ] as const) {
      const signer = () => Promise.reject(new KeyUnavailable(trouble, 'CKR'));
      const { dmp, requests } = client(accepted, { signer });
      const composed = await dmp.compose(submission, acting);
      assert.ok(!composed.ok);
      assert.equal(composed.refusal.rule.id, rule);
      const asked = await dmp.existence(qualifiedPatient(), acting);
      assert.ok(asked.kind === 'failed');
      assert.deepEqual([asked.refusal.rule.id, asked.class], [rule, retry]);
      assert.equal(requests.length, 0);
    }
  });

  describe('submitting', () => {
    it('sends one MTOM message in which every part proves the others', async () => {
      const { dmp, requests } = client(accepted);
      assert.deepEqual(await sent(dmp), { kind: 'accepted', warnings: [] });
      const [request, ...others] = requests;
      assert.ok(request && others.length === 0);
      assert.equal(request.path, '/repository');
      assert.equal(request.timeoutMs, 60_000);
      assert.ok(request.body.includes(CDA), 'the document travels as it is');

      const message = readMultipart(request.contentType, Buffer.concat(request.body));
      assert.ok(message);
      const read = (xpath: string) => withXml(message.root, (root) => text(root, xpath, NS));
      assert.equal(read('//w:Action'), 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b');
      assert.equal(read('//w:To'), 'https://dmp.test/services/repository');
      const cx = `${MATRICULE}^^^&1.2.250.1.213.1.4.10&ISO^NH`;
      assert.equal(read("//s:Attribute[contains(@Name,'resource-id')]/s:AttributeValue"), cx);
      assert.equal(
        read("//r:ExternalIdentifier[r:Name/r:LocalizedString/@value='XDSSubmissionSet.patientId']/@value"),
        cx,
      );
      const institution = read("//r:RegistryPackage//r:Slot[@name='authorInstitution']/r:ValueList/r:Value");
      assert.equal(
        institution?.endsWith(read("//s:Attribute[@Name='Identifiant_Structure']/s:AttributeValue") ?? '?'),
        true,
      );
      const vihf = withXml(message.root, (root) => {
        const assertion = element(root, '//s:Assertion', NS);
        return assertion && verifyEnveloped(assertion, ['rsa-sha256']).ok;
      });
      assert.equal(vihf, true);

      assert.deepEqual(message.attachments.get('Document01@traitdunion'), CDA);
      const signature = message.attachments.get('Signature01@traitdunion');
      assert.ok(signature);
      assert.equal(
        withXml(signature, (root) => verifyEnveloping(root, ['IHEManifest', 'S0-SignedProperties'], ['rsa-sha1']).ok),
        true,
      );
      const digest = withXml(signature, (root) =>
        text(root, `//d:Manifest/d:Reference[@URI='urn:oid:${entry.uniqueId}']/d:DigestValue`, NS),
      );
      assert.equal(digest, createHash('sha1').update(canonicalDocument(CDA)).digest('base64'));
    });

    it('refuses to leave with two patients in one set, whatever is configured', async () => {
      const { dmp, requests } = client(accepted);
      const stranger = { ...entry, patient: qualifiedPatient('160012B02077713') };
      const mixed: Submission = {
        ...submission,
        documents: [
          { entry, bytes: CDA },
          { entry: stranger, bytes: CDA },
        ],
      };
      await assert.rejects(dmp.compose(mixed, acting), /one patient/);
      assert.equal(requests.length, 0);
    });

    it('refuses to sign a document that is not the XML it says', async () => {
      const { dmp, requests } = client(accepted);
      const broken: Submission = { ...submission, documents: [{ entry, bytes: Buffer.from('%PDF-1.4') }] };
      await assert.rejects(dmp.compose(broken, acting), XmlRefused);
      assert.equal(requests.length, 0);
    });

    it('reads an answer that comes as multipart', async () => {
      const body = envelope(`<a:RegistryResponse xmlns:a="${RS}" status="${STATUS}:Success"/>`);
      const message = mtomMessage(body, 'urn:x', [], 'b');
      const multipart = answered(Buffer.concat(message.body).toString(), 200, message.contentType);
      assert.equal((await sent(client(multipart).dmp)).kind, 'accepted');
    });

    for (const [name, outcome, expected] of [
      [
        'an XDS error under HTTP 200',
        answered(
          envelope(
            `<a:RegistryResponse xmlns:a="${RS}" status="${STATUS}:Failure"><a:RegistryErrorList><a:RegistryError errorCode="XDSRepositoryBusy" codeContext=""/></a:RegistryErrorList></a:RegistryResponse>`,
          ),
        ),
        'refused transient',
      ],
      [
        'a fault under HTTP 200',
        answered(envelope('<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code></e:Fault>')),
        'fault permanent',
      ],
      [
        'a fault under HTTP 500',
        answered(envelope('<e:Fault><e:Code><e:Value>e:Receiver</e:Value></e:Code></e:Fault>'), 500),
        'fault ambiguous',
      ],
      ['a page of a proxy', answered('<html/>', 502, 'text/html'), 'http ambiguous'],
      ['a page under HTTP 200', answered('<html/>'), 'unreadable ambiguous'],
      ['another answer', answered(envelope('<Other/>')), 'unreadable ambiguous'],
      ['a cut multipart', answered('--b\r\n\r\nx', 200, 'multipart/related; boundary=b'), 'unreadable ambiguous'],
      ['a refused connection', { kind: 'not-sent', reason: 'ECONNREFUSED' }, 'not-sent transient'],
      ['a reset', { kind: 'ambiguous', reason: 'ECONNRESET' }, 'ambiguous ambiguous'],
    ] as const satisfies readonly (readonly [string, TransportOutcome, string])[]) {
      it(`judges ${name}: ${expected}`, async () => {
        const result = await sent(client(outcome).dmp);
        assert.ok(result.kind !== 'accepted');
        assert.equal(`${result.kind} ${result.class}`, expected);
      });
    }
  });

  it('tests the existence of a DMP', async () => {
    const answer =
      '<PRPA_IN201308UV02 xmlns="urn:hl7-org:v3"><acknowledgement typeCode="AA"/><controlActProcess><queryAck>' +
      '<queryResponseCode code="NF"/></queryAck></controlActProcess></PRPA_IN201308UV02>';
    const { dmp, requests } = client(answered(envelope(answer)));
    assert.deepEqual(await dmp.existence(qualifiedPatient(), acting), { kind: 'answered', value: { state: 'absent' } });
    assert.equal(requests[0]?.path, '/patients');
    assert.equal(
      requests[0]?.contentType,
      'application/soap+xml; charset=UTF-8; action="urn:hl7-org:v3:PRPA_IN201307UV02"',
    );
  });

  describe('finding', () => {
    it('says what the DMP holds, under the identity of the day', async () => {
      const list = `<RegistryObjectList xmlns="${NS.r}"><ObjectRef id="urn:uuid:1"/></RegistryObjectList>`;
      const { dmp, requests } = client(queryAnswered(list));
      const found = await dmp.find(entry.uniqueId, sentPatient(), acting);
      assert.deepEqual(found, { kind: 'answered', value: [{ entryUuid: 'urn:uuid:1' }] });
      assert.equal(requests[0]?.path, '/registry');
      const empty = client(queryAnswered(`<RegistryObjectList xmlns="${NS.r}"/>`)).dmp;
      assert.deepEqual(await empty.find(entry.uniqueId, sentPatient(), acting), { kind: 'answered', value: [] });
    });

    it('never takes a failed search for an absent document', async () => {
      const busy = `<a:RegistryErrorList xmlns:a="${RS}"><a:RegistryError errorCode="XDSRegistryBusy" codeContext=""/></a:RegistryErrorList>`;
      for (const outcome of [
        queryAnswered(busy, 'Failure'),
        queryAnswered('', 'PartialSuccess'),
        answered('<html/>', 500),
      ]) {
        const found = await client(outcome).dmp.find(entry.uniqueId, sentPatient(), acting);
        assert.equal(found.kind, 'failed');
      }
      const found = await client(queryAnswered(busy, 'Failure')).dmp.find(entry.uniqueId, sentPatient(), acting);
      assert.ok(found.kind === 'failed');
      assert.equal(found.refusal.rule, dmpRules.XDSRegistryBusy);
      assert.equal(found.class, 'transient');
    });
  });

  it('deletes by the entry, under the identity that was sent, without any document', async () => {
    const { dmp, requests } = client(accepted);
    const { uniqueId, contentTypeCode, author, submissionTime, title } = submission;
    const set = { uniqueId, contentTypeCode, author, submissionTime, title };
    const deletion = { ...set, patient: sentPatient(), entryUuid: 'urn:uuid:1', status: 'Archived' } as const;
    assert.deepEqual(await dmp.remove(deletion, acting), { kind: 'accepted', warnings: [] });
    const [request] = requests;
    assert.equal(request?.path, '/registry');
    assert.match(request?.contentType ?? '', /action="urn:ihe:iti:2010:UpdateDocumentSet"$/);
    const read = (xpath: string) => withXml(Buffer.concat(request?.body ?? []), (root) => text(root, xpath, NS));
    const link = "//r:Association[@associationType='urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus']";
    assert.equal(read(`${link}/@targetObject`), 'urn:uuid:1');
    assert.equal(read(`${link}/r:Slot[@name='OriginalStatus']//r:Value`), 'urn:asip:ci-sis:2010:StatusType:Archived');
    assert.equal(read(`${link}/r:Slot[@name='NewStatus']//r:Value`), 'urn:asip:ci-sis:2010:StatusType:Deleted');
    assert.equal(read("//s:Attribute[contains(@Name,'resource-id')]/s:AttributeValue")?.slice(0, 15), MATRICULE);
    assert.equal(read('//r:ExtrinsicObject/@id'), undefined);
    const lost = await client({ kind: 'ambiguous', reason: 'ECONNRESET' }).dmp.remove(deletion, acting);
    assert.ok(lost.kind !== 'accepted' && lost.class === 'ambiguous');
  });

  it('uses one VIHF for one patient while it is valid', async () => {
    const assertionOf = (request: SoapRequest | undefined) =>
      /<saml2:Assertion .*<\/saml2:Assertion>/.exec(Buffer.concat(request?.body ?? []).toString())?.[0];
    const kept = client(accepted);
    await sent(kept.dmp);
    await kept.dmp.find(entry.uniqueId, sentPatient(), acting);
    assert.ok(assertionOf(kept.requests[0]));
    assert.equal(assertionOf(kept.requests[0]), assertionOf(kept.requests[1]));
    const fresh = client(accepted, { vihfLifetimeMs: 0 });
    await sent(fresh.dmp);
    await sent(fresh.dmp);
    assert.notEqual(assertionOf(fresh.requests[0]), assertionOf(fresh.requests[1]));
  });
});
