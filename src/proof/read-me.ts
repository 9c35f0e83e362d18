/** What an export says of itself to somebody who has nothing of ours: how to verify it with OpenSSL and Python. */
import { FILES } from './manifest.ts';

export function readMe(): string {
  return `PREUVE D'ALIMENTATION

${FILES.manifest}   chiffres, formules, période, premier et dernier maillons
${FILES.signature}    signature CMS détachée du manifeste
${FILES.certificate}   certificat du signataire
${FILES.lines}    une ligne par acte accepté ; aucun trait de patient

Avec Trait d'Union, sans base ni configuration :

  traitdunion proof verify CE-FICHIER.zip --json

Sans Trait d'Union (autorite.pem : l'autorité du signataire, obtenue par ailleurs) :

  openssl cms -verify -binary -inform DER -purpose any -in ${FILES.signature} -content ${FILES.manifest} -CAfile autorite.pem -out /dev/null
  python3 -c '
${PYTHON}'

La première commande dit que le manifeste est celui qui a été signé. La seconde refait l'empreinte du fichier des lignes et chaque
maillon, du premier au dernier, puis recompte les documents ; elle écrit « intact » et le nombre de documents.

Chaque maillon vaut SHA-256 (les 32 octets du maillon précédent, puis « text » en UTF-8). Un document compte une fois, à sa
première acceptation ; un remplacement ne compte pas de nouveau ; ce qui a été supprimé, ou est revenu, ne compte plus.
`;
}

/** Without an apostrophe: it stands between two of them in a shell. */
const PYTHON = `import json, hashlib
m = json.load(open("${FILES.manifest}", encoding="utf-8"))
raw = open("${FILES.lines}", "rb").read()
assert hashlib.sha256(raw).hexdigest() == m["lines"]["sha256"], "lines altered"
at, previous = m["chain"]["first"], bytes.fromhex(m["chain"]["previousHash"])
alive, counted = {}, 0
scope = m["scope"]
for l in map(json.loads, raw.decode("utf-8").splitlines()):
    previous = hashlib.sha256(previous + l["text"].encode("utf-8")).digest()
    assert l["position"] == at and previous.hex() == l["hash"], "link %d" % at
    at += 1
    key = (l["destination"], l["uniqueId"])
    if l["act"] == "acceptance":
        alive[key] = (l["at"], l["legalEntity"], l["establishment"])
    elif l["act"] == "replacement":
        first = alive.pop((l["destination"], l["replaces"]), None)
        if first or key not in alive: alive[key] = first
    else:
        alive.pop(key, None)
assert at == m["chain"]["last"] + 1 and previous.hex() == m["chain"]["lastHash"], "chain cut"
here = lambda d: d and scope["from"][:19] <= d[0][:19] < scope["to"][:19] and scope["legalEntity"] in (None, d[1]) and scope["establishment"] in (None, d[2])
counted = sum(1 for d in alive.values() if here(d))
assert counted == sum(c["documents"] for c in m["counts"]), "figures"
print("intact", counted)
`;
