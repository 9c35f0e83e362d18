/**
 * Signature attacks on everything here that verifies one: the DMP simulator (VIHF, signature of the lot), the verifier of the
 * product, and the door of old connectors, which consumes the VIHF that it verified. The last test makes whoever verifies
 * elsewhere come here.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { CERTIFIED_IDENTITY, envelope, plain } from '../../src/legacy/connector.fixture.ts';
import { openTestDmp } from '../../src/simulators/dmp/bench.fixture.ts';
import { feedRequest, writeToken } from '../../src/simulators/dmp/message.fixture.ts';
import { readLegacyRequest } from '../../src/wire/legacy/request.ts';
import type { LegacyVihf } from '../../src/wire/legacy/vihf.ts';
import { verifyEnveloped } from '../../src/wire/xml/signature-verify.ts';
import { element, withXml, XmlRefused } from '../../src/wire/xml/xml.ts';
import { isTestCode, readModules } from '../../tools/modules.ts';
import { SIGNATURE_ATTACKS } from './hostile-signature.fixture.ts';

const SAML = { saml: 'urn:oasis:names:tc:SAML:2.0:assertion' };

describe('Hostile XML signatures', () => {
  test('there are 150 cases at least, no two alike, and each changes something', () => {
    assert.ok(SIGNATURE_ATTACKS.length >= 150, `${SIGNATURE_ATTACKS.length} cases`);
    assert.equal(new Set(SIGNATURE_ATTACKS.map(({ name }) => name)).size, SIGNATURE_ATTACKS.length);
    const plain = writeToken({});
    for (const { name, token } of SIGNATURE_ATTACKS)
      if (token !== undefined) assert.notEqual(token(plain), plain, name);
  });

  test('as the token that opens the DMP: 0 accepted, nothing held', async (t) => {
    const dmp = await openTestDmp(t);
    const accepted: string[] = [];
    for (const { name, ...recipe } of SIGNATURE_ATTACKS) {
      const { status } = await dmp.send(feedRequest(recipe));
      if (status !== 500) accepted.push(`${name}: ${status}`);
    }
    assert.deepEqual(accepted, []);
    assert.deepEqual(dmp.holdings.documents(), []);
    assert.match((await dmp.send(feedRequest())).body, /Success/, 'the untouched one passes');
  });

  test('before the verifier of our own signatures: what is believed is what was signed', () => {
    const believed: string[] = [];
    let refused = 0;
    for (const { name, token, signedInfo } of SIGNATURE_ATTACKS) {
      const xml = writeToken({ ...(token && { token }), ...(signedInfo && { signedInfo }) });
      const read = consumed(`<e xmlns:x="urn:e">${xml}</e>`);
      if (read === undefined) refused += 1;
      else if (read.includes('FORGE') || signedInfo !== undefined) believed.push(name);
    }
    assert.deepEqual(believed, []);
    assert.ok(refused > 100, `${refused} refused`);
    assert.ok(consumed(writeToken({})) !== undefined, 'the untouched one is believed');
  });

  test('as the token of an old connector: nothing forged is read as what its signer said', () => {
    const read = (recipe: Parameters<typeof writeToken>[0]) => {
      const { contentType, body } = plain(envelope(writeToken(recipe), CERTIFIED_IDENTITY));
      const request = readLegacyRequest('V2', contentType, body);
      return request.ok && request.value.vihf.ok ? request.value.vihf.value : undefined;
    };
    const said = ({ signer, ...claims }: LegacyVihf) => ({ ...claims, signer: signer.fingerprint256 });
    const own = read({});
    assert.ok(own !== undefined, 'the untouched one is read');
    const believed: string[] = [];
    for (const { name, token, signedInfo } of SIGNATURE_ATTACKS) {
      const claims = read({ ...(token && { token }), ...(signedInfo && { signedInfo }) });
      if (claims !== undefined && !isDeepStrictEqual(said(claims), said(own))) believed.push(name);
    }
    assert.deepEqual(believed, []);
  });

  test('on the signature of a lot: 0 accepted, nothing held', async (t) => {
    const dmp = await openTestDmp(t);
    const accepted: string[] = [];
    let tried = 0;
    const reference = writeLotReference();
    for (const { name, token } of SIGNATURE_ATTACKS) {
      const changed = lotEdit(token);
      // Some of them speak of an assertion only.
      if (changed === undefined || changed(reference).trim() === reference) continue;
      tried += 1;
      const { body } = await dmp.send(feedRequest({ signedXades: changed }));
      if (body.includes('ResponseStatusType:Success')) accepted.push(name);
    }
    assert.deepEqual(accepted, []);
    assert.ok(tried >= 40, `${tried} tried`);
    assert.deepEqual(dmp.holdings.documents(), []);
  });

  test('the product verifies signatures of XML in one place, the strict one tested here; the simulator does by code of its own', () => {
    const users = readModules(process.cwd(), ['src'])
      .filter(({ path }) => !isTestCode(path))
      .filter(({ imports }) =>
        imports.some(
          ({ specifier, names }) =>
            specifier === 'node:crypto' &&
            (names === 'all' || names.some((name) => /^(verify|createVerify)$/.test(name))),
        ),
      )
      .map(({ path }) => path);
    // The counts of other installations are plain text: no part of them can stand for another.
    const plainText = 'src/region/push-text.ts';
    assert.deepEqual(users, [plainText, 'src/simulators/dmp/xml-signature.ts', 'src/wire/xml/signature-parts.ts']);
  });
});

/** What a reader would take from the first assertion after it was verified; undefined when it was refused. */
function consumed(xml: string): string | undefined {
  try {
    return withXml(Buffer.from(xml), (root) => {
      const assertion = element(root, 'descendant-or-self::saml:Assertion', SAML);
      if (assertion === undefined || !verifyEnveloped(assertion, ['rsa-sha256']).ok) return undefined;
      return assertion.content;
    });
  } catch (error) {
    if (error instanceof XmlRefused) return undefined;
    throw error;
  }
}

/** A signature as a lot carries it, by which one sees whether an edit touches it. */
function writeLotReference(): string {
  let seen = '';
  feedRequest({
    signedXades: (xml) => {
      seen = xml;
      return xml;
    },
  });
  return seen;
}

/** The same attack where it applies: an edit that finds nothing to replace does not. */
function lotEdit(token: ((xml: string) => string) | undefined): ((xml: string) => string) | undefined {
  if (token === undefined) return undefined;
  return (xml) => {
    try {
      return token(xml);
    } catch {
      return xml;
    }
  };
}
