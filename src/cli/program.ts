/** The commands and their options. What a command does is loaded only when it runs, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { ROLES } from '../roles/role.ts';
import type { AccessOptions, AccountOptions, SenderOptions } from './commands/access.ts';
import type { BackupOptions, RestoreOptions } from './commands/backup.ts';
import type { ConformanceOptions } from './commands/conformance.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { Hl7SendOptions } from './commands/hl7-send.ts';
import type { ImportCommunesOptions } from './commands/import-communes.ts';
import type { InventoryOptions } from './commands/import-inventory.ts';
import type { ImportOptions } from './commands/import-patients.ts';
import type { TakeoverOptions } from './commands/import-takeover.ts';
import type { ExportOptions, VerifyOptions } from './commands/proof.ts';
import type { PruneOptions } from './commands/prune.ts';
import type { ReportOptions } from './commands/report.ts';
import type { ScanCommandOptions } from './commands/scan.ts';
import type { SimOptions } from './commands/sim.ts';
import type { SimConnectorOptions } from './commands/sim-connector.ts';
import type { StampCommandOptions } from './commands/stamp.ts';
import type { TransitionOptions } from './commands/transition.ts';
import type { XdmOpenOptions } from './commands/xdm-open.ts';
import { frenchCommand } from './french.ts';
import { contextNumber, csvEncoding, isoDate, millimetres, portNumber, roleNames, wholeNumber } from './options.ts';
import { type Outcome, printOutcome } from './outcome.ts';
import type { StartOptions } from './start.ts';

/** Folder of `npm start`. */
const DEFAULT_DATA = 'data';

interface Json {
  readonly json?: boolean;
}

/** `exit` is told the exit code of the command that ran. */
export function createProgram(exit: (code: number) => void): Command {
  const finish = ({ json }: Json, outcome: Outcome): void => {
    printOutcome(outcome, json === true);
    exit(outcome.code);
  };
  const program = frenchCommand('traitdunion')
    .description("Trait d'Union : l'INS et l'alimentation du DMP.")
    .version(version(), '-V, --version', 'afficher la version')
    .helpCommand('help [commande]', "afficher l'aide d'une commande");
  addStart(program, exit);
  addSimulators(program, finish);
  addDocumentCommands(program, finish);
  addExchangeCommands(program, finish);
  addAccessCommands(program, finish);
  addOperationCommands(program, finish);
  addProofCommands(program, finish);
  addConformanceCommands(program, finish);
  addTransition(program, exit);
  return program;
}

type Finish = (options: Json, outcome: Outcome) => void;

function version(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
  );
  return manifest.version;
}

/** Set to nothing is not set. */
function databaseUrl(): string | undefined {
  const url = process.env.DATABASE_URL;
  return url === '' ? undefined : url;
}

/** A command whose result `--json` gives as the last line. */
function add(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'donner le résultat en JSON, dernière ligne de la sortie');
}

/** A command that only holds others. */
function group(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).helpCommand(false);
}

function addStart(program: Command, exit: (code: number) => void): void {
  add(program, 'start', "démarrer la démonstration, ou l'installation décrite par --config")
    .option('--data <dossier>', `dossier de la base, des clés et des journaux (${DEFAULT_DATA})`, DEFAULT_DATA)
    .option('--port <numéro>', 'port de la console et de l’API, 0 pour un port libre (8080)', portNumber, 8080)
    .option('--mllp-port <numéro>', 'port MLLP, 0 pour un port libre (2575)', portNumber, 2575)
    .option('--context <numéro>', 'contexte 1, 2 ou 3 (1)', contextNumber, 1)
    .option('--quiet-feed', "sans trafic d'exemple ; les patients d'exemple restent", false)
    .option('--config <fichier>', "configuration d'une installation, YAML ou JSON")
    .option('--roles <rôles>', 'ce que fait ce processus : intake,worker,console (tous)', roleNames, ROLES)
    .option('--supervision-port <numéro>', 'sans le rôle console : port de /healthz, /readyz et /metrics', portNumber)
    .action(async ({ json, ...options }: Omit<StartOptions, 'json'> & Json) => {
      const { startCommand } = await import('./start.ts');
      exit(await startCommand({ ...options, json: json === true }));
    });
}

function addSimulators(program: Command, finish: Finish): void {
  const sims = group(program, 'sim', 'lancer seul un simulateur');
  for (const [kind, title, modes] of [
    ['insi', 'le simulateur INSi', 'spec, live ou cnda, et prefix-shuffle ou verification après une virgule (spec)'],
    ['dmp', 'le simulateur DMP', 'test, ou production qui refuse les INS de test (test)'],
    ['mssante', 'le simulateur MSSanté (SMTP)', 'aucun'],
  ] as const) {
    const command = add(sims, kind, `lancer ${title}, jusqu'à Ctrl-C`)
      .option('--data <dossier>', 'dossier de ce que le simulateur garde (data/sim)', join(DEFAULT_DATA, 'sim'))
      .option('--port <numéro>', 'port du service, 0 pour un port libre (0)', portNumber, 0)
      .option('--control-port <numéro>', 'port de pilotage, 0 pour un port libre (0)', portNumber, 0)
      .option('--mode <modes>', modes)
      .option('--pki <dossier>', 'dossier avec ca.pem, server.pem et server.key (créés si absent : DOSSIER/pki)');
    if (kind === 'dmp') command.option('--options <fichier>', 'choix du DMP simulé, en JSON (docs/fr/simulateurs.md)');
    command.action(async (options: SimOptions & Json) => {
      const { sim } = await import('./commands/sim.ts');
      await sim(kind, options, (outcome) => finish(options, outcome));
    });
  }
  add(
    sims,
    'connector <fichier>',
    "jouer un connecteur DMP d'hier (JSON : docs/fr/simulateurs.md) : un document, ou une PFI",
  )
    .option('--data <dossier>', 'dossier de son journal (data/sim)', join(DEFAULT_DATA, 'sim'))
    .action(async (file: string, options: SimConnectorOptions & Json) => {
      const { simConnector } = await import('./commands/sim-connector.ts');
      await simConnector(file, options, (outcome) => finish(options, outcome));
    });
}

function addTransition(program: Command, exit: (code: number) => void): void {
  add(
    program,
    'transition',
    'rejouer en quelques minutes une transition entière, de l’API V1 à l’API V2, et la mesurer',
  )
    .option('--data <dossier>', 'dossier du rejeu, vidé au départ', join(DEFAULT_DATA, 'transition'))
    .option('--establishments <nombre>', 'établissements (40)', wholeNumber, 40)
    .option('--documents <nombre>', 'documents (2000)', wholeNumber, 2_000)
    .option('--months <nombre>', 'mois de trafic (6)', wholeNumber, 6)
    .action(async ({ json, ...options }: Omit<TransitionOptions, 'version'> & Json) => {
      const { transition } = await import('./commands/transition.ts');
      const { code, lines, result } = await transition({ ...options, version: version() });
      // The measures and nothing else: a contract of its own (issue 6).
      console.log(json === true ? JSON.stringify(result) : lines.join('\n'));
      exit(code);
    });
}

function addDocumentCommands(program: Command, finish: Finish): void {
  add(program, 'stamp <pdf>', 'poser le bandeau INS et son DataMatrix sur un PDF')
    .requiredOption(
      '--patient <json>',
      'identité du patient : fichier JSON ou le JSON, forme de l’API REST, statut QUAL',
    )
    .requiredOption('-o, --output <fichier>', 'PDF à écrire')
    .option('--module-mm <mm>', "côté d'un module du DataMatrix, 0,4 au moins", millimetres)
    .option('--cover-page', 'ajouter une page de garde quand la page 1 est pleine')
    .action(async (file: string, options: StampCommandOptions & Json) => {
      const { stamp } = await import('./commands/stamp.ts');
      finish(options, await stamp(file, options));
    });
  add(program, 'scan <fichier>', "lire et auditer, page par page, chaque DataMatrix d'un PDF, PNG ou JPEG")
    .option('--patient <json>', 'identité attendue, comparée champ par champ : fichier JSON ou le JSON, comme stamp')
    .option('--module-mm <mm>', "côté minimal d'un module, 0,35 par défaut", millimetres)
    .action(async (file: string, options: ScanCommandOptions & Json) => {
      const { scan } = await import('./commands/scan.ts');
      finish(options, await scan(file, options));
    });
  const pdf = group(program, 'pdf', 'PDF/A-1b');
  add(pdf, 'check <fichier>', 'chercher dans un PDF ce que PDF/A-1b interdit ou exige').action(
    async (file: string, options: Json) => {
      const { pdfCheck } = await import('./commands/pdf.ts');
      finish(options, await pdfCheck(file));
    },
  );
  add(pdf, 'convert <fichier>', 'convertir un PDF en PDF/A-1b avec Ghostscript, et le comparer à l’original')
    .requiredOption('-o, --output <fichier>', 'PDF à écrire')
    .action(async (file: string, options: Json & { readonly output: string }) => {
      const { pdfConvert } = await import('./commands/pdf.ts');
      finish(options, await pdfConvert(file, options.output));
    });
  add(group(program, 'ins', 'matricule INS'), 'check <matricule>', 'vérifier forme, clé et nature d’un matricule')
    .option('--oid <oid>', 'OID de l’INS, pour en dire la nature')
    .action(async (matricule: string, options: Json & { readonly oid?: string }) => {
      const { insCheck } = await import('./commands/ins-check.ts');
      finish(options, insCheck(matricule, options.oid));
    });
  add(group(program, 'cda', 'documents CDA R2'), 'check <fichier>', "vérifier l'en-tête d'un CDA avant le DMP")
    .option('--xsd <fichier>', 'schéma français des CDA (CDA_extended.xsd), pour le vérifier aussi')
    .option('--pack <dossier>', 'paquet de règles (schématrons), pour le vérifier aussi')
    .action(async (file: string, options: Json & { readonly xsd?: string; readonly pack?: string }) => {
      const { cdaCheck } = await import('./commands/cda-check.ts');
      finish(options, await cdaCheck(file, options));
    });
  add(
    group(program, 'xds', 'métadonnées XDS'),
    'metadata <fichier>',
    "montrer les métadonnées XDS que donne un CDA. L'identité est celle que le document déclare, tenue pour qualifiée ; rien n'est envoyé",
  ).action(async (file: string, options: Json) => {
    const { xdsMetadata } = await import('./commands/xds-metadata.ts');
    finish(options, await xdsMetadata(file));
  });
  add(
    group(program, 'xdm', 'archives IHE XDM'),
    'open <archive>',
    "vérifier une archive IHE_XDM.zip et ce qu'elle porte",
  )
    .option('-o, --output <dossier>', 'dossier où écrire les documents')
    .action(async (file: string, options: XdmOpenOptions & Json) => {
      const { xdmOpen } = await import('./commands/xdm-open.ts');
      finish(options, await xdmOpen(file, options));
    });
}

function addExchangeCommands(program: Command, finish: Finish): void {
  add(
    group(program, 'hl7', 'messages HL7 v2'),
    'send <fichier>',
    'envoyer les messages d’un fichier et montrer les acquittements',
  )
    .requiredOption('--to <adresse>', 'mllp://machine:port ou mllps://machine:port')
    .option('--ca <fichier>', 'autorité du serveur, PEM (mllps)')
    .option('--cert <fichier>', 'certificat client, PEM (mllps)')
    .option('--key <fichier>', 'clé du certificat client, PEM (mllps)')
    .option('--allow-plain', 'permettre mllp:// vers une autre machine, en clair')
    .action(async (file: string, options: Hl7SendOptions & Json) => {
      const { hl7Send } = await import('./commands/hl7-send.ts');
      finish(options, await hl7Send(file, options));
    });
  const imports = group(program, 'import', 'reprises de données');
  addTakeoverCommand(imports, finish);
  add(imports, 'communes <csv>', 'charger le fichier INSEE des événements de communes (fusions, scissions, codes)')
    .option('--config <fichier>', "configuration de l'installation, YAML ou JSON")
    .option('--data <dossier>', `dossier de la démonstration (${DEFAULT_DATA})`, DEFAULT_DATA)
    .action(async (file: string, options: ImportCommunesOptions & Json) => {
      const { importCommunes } = await import('./commands/import-communes.ts');
      finish(options, await importCommunes(file, options, databaseUrl()));
    });
  add(imports, 'inventaire <csv>', 'importer un inventaire d’applications, ou les versions déclarées par les éditeurs')
    .option('--to <adresse>', "adresse de l'API, par exemple http://127.0.0.1:8080 ; sinon la démonstration en marche")
    .addOption(new Option('--token <jeton>', "jeton de l'API, ou variable TRAITDUNION_TOKEN").env('TRAITDUNION_TOKEN'))
    .option('--data <dossier>', `dossier de cette démonstration (${DEFAULT_DATA})`, DEFAULT_DATA)
    .addOption(
      new Option('--kind <nature>', 'installed : ce qui est installé ; versions : ce que déclarent les éditeurs')
        .choices(['installed', 'versions'])
        .default('installed'),
    )
    .option('--report <fichier>', 'y écrire le fichier avec la suite de chaque ligne (CSV)')
    .action(async (file: string, options: InventoryOptions & Json) => {
      const { importInventoryFile } = await import('./commands/import-inventory.ts');
      finish(options, await importInventoryFile(file, options));
    });
  add(imports, 'patients <csv>', 'importer les identités d’un CSV par l’API REST')
    .option('--to <adresse>', "adresse de l'API, par exemple http://127.0.0.1:8080 ; sinon la démonstration en marche")
    .addOption(new Option('--token <jeton>', "jeton de l'API, ou variable TRAITDUNION_TOKEN").env('TRAITDUNION_TOKEN'))
    .option('--data <dossier>', `dossier de cette démonstration (${DEFAULT_DATA})`, DEFAULT_DATA)
    .option('--domain <oid>', "domaine de l'IPP quand le fichier n'a pas cette colonne (celui de l'installation)")
    .option('--encoding <nom>', 'utf-8 ou windows-1252 (utf-8)', csvEncoding, 'utf-8')
    .option('--rehearsal', 'compter ce que ferait l’import, sans rien écrire')
    .option('--update', 'mettre à jour les identités dont l’IPP est déjà connu, au lieu de rejeter leurs lignes')
    .option('--rejected <fichier>', 'y écrire les lignes rejetées, à corriger et à renvoyer (CSV)')
    .action(async (file: string, options: ImportOptions & Json) => {
      const { importPatients } = await import('./commands/import-patients.ts');
      finish(options, await importPatients(file, options));
    });
}

function addTakeoverCommand(imports: Command, finish: Finish): void {
  add(
    imports,
    'reprise <fichier>',
    'reprendre la base d’un référentiel d’identités : jamais une INS, au plus VALI, et un rapport d’écarts',
  )
    .option('--to <adresse>', "adresse de l'API")
    .addOption(new Option('--token <jeton>', "jeton de l'API, ou variable TRAITDUNION_TOKEN").env('TRAITDUNION_TOKEN'))
    .addOption(
      new Option('--format <nom>', 'csv, ou hl7 : un fichier de messages A28').choices(['csv', 'hl7']).default('csv'),
    )
    .option('--domain <oid>', "domaine de l'IPP quand le fichier ne le dit pas (celui de l'installation)")
    .option('--encoding <nom>', 'd’un CSV : utf-8 ou windows-1252 (utf-8)', csvEncoding, 'utf-8')
    .option(
      '--trust-status',
      "l'établissement se porte garant des contrôles de l'ancien référentiel : VALI et QUAL deviennent VALI",
    )
    .option('--report <fichier>', "où écrire le rapport d'écarts, CSV")
    .option('--resume <id>', 'continuer une reprise arrêtée, avec le même fichier')
    .action(async (file: string, options: TakeoverOptions & Json) => {
      const { importTakeover } = await import('./commands/import-takeover.ts');
      finish(options, await importTakeover(file, options));
    });
}

function addProofCommands(program: Command, finish: Finish): void {
  const proof = group(program, 'proof', 'preuve d’alimentation');
  add(proof, 'export', 'demander à la passerelle un export signé de la preuve (ZIP)')
    .requiredOption('--from <date>', 'premier jour ou instant compté', isoDate)
    .requiredOption('--until <date>', 'dernier jour compté, ou instant exclu', isoDate)
    .requiredOption('-o, --output <fichier>', 'archive à écrire')
    .option('--legal-entity <finess>', 'une seule entité juridique')
    .option('--establishment <finess>', 'un seul établissement géographique')
    .option('--after <maillon>', 'dernier maillon d’un export précédent, à prolonger')
    .option('--to <adresse>', "adresse de l'API ; sinon la démonstration en marche")
    .addOption(new Option('--token <jeton>', "jeton de l'API, ou variable TRAITDUNION_TOKEN").env('TRAITDUNION_TOKEN'))
    .option('--data <dossier>', `dossier de cette démonstration (${DEFAULT_DATA})`, DEFAULT_DATA)
    .action(async (options: ExportOptions & Json) => {
      const { proofExport } = await import('./commands/proof.ts');
      finish(options, await proofExport(options));
    });
  add(proof, 'verify <fichier>', 'vérifier un export : signature, chaîne et chiffres, sans base ni configuration')
    .option('--after <fichier>', 'un export précédent, que celui-ci doit prolonger')
    .option('--ca <fichier>', 'autorité du signataire, PEM')
    .option('--fingerprint <hex>', 'empreinte SHA-256 attendue du certificat du signataire')
    .action(async (file: string, options: VerifyOptions & Json) => {
      const { proofVerify } = await import('./commands/proof.ts');
      finish(options, await proofVerify(file, options));
    });
}

/** Options shared by what opens an installation to a person or a program. */
function withAccess(command: Command): Command {
  return command
    .requiredOption('--config <fichier>', "configuration de l'installation, YAML ou JSON")
    .requiredOption('--role <rôle>', 'admissions, identitovigilance, interop, administrator, regional ou auditor')
    .option('--establishment <finess>', 'un seul établissement géographique');
}

function addAccessCommands(program: Command, finish: Finish): void {
  withAccess(
    add(
      group(program, 'account', 'comptes de la console'),
      'add <identifiant>',
      'créer un compte, ou lui donner un nouveau mot de passe',
    ),
  )
    .option('--name <nom>', 'nom affiché')
    .action(async (login: string, options: AccountOptions & Json) => {
      const { accountAdd } = await import('./commands/access.ts');
      finish(options, await accountAdd(login, options));
    });
  const tokens = group(program, 'token', "jetons de l'API");
  withAccess(add(tokens, 'add <nom>', "créer un jeton de l'API")).action(
    async (name: string, options: AccessOptions & Json) => {
      const { tokenAdd } = await import('./commands/access.ts');
      finish(options, await tokenAdd(name, options));
    },
  );
  add(tokens, 'add-sender <nom>', 'créer un jeton par lequel un émetteur suit ses propres documents, et eux seuls')
    .requiredOption('--config <fichier>', "configuration de l'installation, YAML ou JSON")
    .requiredOption('--sender <émetteur>', "l'émetteur : MSH-3|MSH-4, ou REST|token:NOM pour un déposant de l'API")
    .action(async (name: string, options: SenderOptions & Json) => {
      const { senderTokenAdd } = await import('./commands/access.ts');
      finish(options, await senderTokenAdd(name, options));
    });
}

/** Options shared by what reads or writes the whole database. */
function withPlace(command: Command): Command {
  return command
    .option('--config <fichier>', "configuration de l'installation, YAML ou JSON")
    .option('--data <dossier>', `dossier de la démonstration (${DEFAULT_DATA})`, DEFAULT_DATA)
    .option('--key-file <fichier>', 'clé de chiffrement : 32 octets en hexadécimal ou en Base64');
}

function addBackupCommands(program: Command, finish: Finish): void {
  withPlace(add(program, 'backup', 'sauvegarder toute la base dans un fichier, sans arrêter la passerelle'))
    .requiredOption('--to <chemin>', 'fichier à écrire, ou dossier')
    .option('--force', 'remplacer le fichier s’il existe déjà', false)
    .action(async (options: BackupOptions & Json) => {
      const { backup } = await import('./commands/backup.ts');
      finish(options, await backup(options, databaseUrl(), version()));
    });
  withPlace(add(program, 'restore <fichier>', 'vérifier une sauvegarde, puis la restaurer ; passerelle arrêtée'))
    .option('--replace', 'remplacer tout le contenu de la base de destination', false)
    .option('--check', 'vérifier seulement, sans toucher à aucune base', false)
    .action(async (file: string, options: RestoreOptions & Json) => {
      const { restore } = await import('./commands/backup.ts');
      finish(options, await restore(file, options, databaseUrl()));
    });
}

function addConformanceCommands(program: Command, finish: Finish): void {
  const packs = group(program, 'conformance', 'paquets de règles d’une installation');
  const command = (usage: string, description: string): Command =>
    add(packs, usage, description).option('--config <fichier>', "configuration de l'installation, YAML ou JSON");
  const load = () => import('./commands/conformance.ts');
  command('list', 'paquets installés, dossiers à installer, répétitions').action(
    async (options: ConformanceOptions & Json) =>
      finish(options, await (await load()).conformanceList(options, databaseUrl())),
  );
  command('install <dossier>', 'installer un paquet, par le nom de son dossier').action(
    async (folder: string, options: ConformanceOptions & Json) =>
      finish(options, await (await load()).conformanceInstall(folder, options, databaseUrl())),
  );
  command('mode <paquet> <mode>', 'hors service (off), en observation (observe) ou bloquant (block)')
    .option('--application <nom>', 'une seule application, « application|établissement » de la configuration')
    .action(async (id: string, mode: string, options: ConformanceOptions & Json & { readonly application?: string }) =>
      finish(options, await (await load()).conformanceMode(id, mode, options, databaseUrl())),
    );
  command('rehearse <paquet>', 'répéter un paquet sur les documents d’une période (les trente derniers jours)')
    .option('--from <date>', 'début inclus, AAAA-MM-JJ', isoDate)
    .option('--to <date>', 'fin exclue, AAAA-MM-JJ', isoDate)
    .action(async (id: string, options: ConformanceOptions & Json & { readonly from?: string; readonly to?: string }) =>
      finish(options, await (await load()).conformanceRehearse(id, options, databaseUrl())),
    );
  command('show <répétition>', 'avancement d’une répétition, et ce qui casserait').action(
    async (id: string, options: ConformanceOptions & Json) =>
      finish(options, await (await load()).conformanceShow(id, options, databaseUrl())),
  );
}

function addOperationCommands(program: Command, finish: Finish): void {
  add(program, 'doctor', 'vérifier une installation (--config) ou une démonstration en marche (--data)')
    .option('--config <fichier>', "configuration de l'installation, YAML ou JSON")
    .option('--data <dossier>', `dossier de la démonstration (${DEFAULT_DATA})`, DEFAULT_DATA)
    .action(async (options: DoctorOptions & Json) => {
      const { doctor } = await import('./commands/doctor.ts');
      finish(options, await doctor(options, process.env, databaseUrl()));
    });
  addBackupCommands(program, finish);
  add(program, 'prune', 'appliquer les règles de conservation ; avec --dry-run, dire seulement ce qui serait purgé')
    .option('--config <fichier>', "configuration de l'installation, YAML ou JSON")
    .option('--data <dossier>', `dossier de la démonstration (${DEFAULT_DATA})`, DEFAULT_DATA)
    .option('--dry-run', 'ne rien changer', false)
    .action(async (options: PruneOptions & Json) => {
      const { pruneCommand } = await import('./commands/prune.ts');
      finish(options, await pruneCommand(options, databaseUrl()));
    });
  add(program, 'report', "compteurs de l'instance en marche ; avec DATABASE_URL, intégrité des preuves")
    .option('--data <dossier>', `dossier de l'instance (${DEFAULT_DATA})`, DEFAULT_DATA)
    .option('--from <date>', 'début inclus, AAAA-MM-JJ (30 jours avant la fin)', isoDate)
    .option('--to <date>', 'dernier jour, compris, AAAA-MM-JJ (maintenant)', isoDate)
    .option('--establishment <finess>', 'un seul établissement géographique')
    .action(async (options: ReportOptions & Json) => {
      const { report } = await import('./commands/report.ts');
      finish(options, await report(options, databaseUrl()));
    });
}
