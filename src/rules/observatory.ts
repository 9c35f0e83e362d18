import type { Rule } from './rule.ts';

type Words = Pick<Rule, 'title' | 'cause' | 'remedy'> & { readonly owner?: Rule['owner']; readonly source?: string };

/** What was asked is not recorded: somebody corrects it and asks again. */
function refuses(id: string, http: number, { owner = 'interopérabilité', ...words }: Words): Rule {
  return { id, owner, ...words, retry: 'after-correction', safeToResend: true, http };
}

/** Rules `TDU-OBS-nnn`: inventory files, declarations of vendors, catalogue of products to migrate. */
export const observatoryRules = {
  fileUnreadable: refuses('TDU-OBS-001', 422, {
    title: 'Fichier d’inventaire illisible',
    cause: 'Le fichier n’est pas un CSV en UTF-8, ou des colonnes attendues manquent. Rien n’a été enregistré.',
    remedy: 'Reprendre le modèle de fichier donné par la documentation, puis importer de nouveau.',
  }),
  valueMissing: refuses('TDU-OBS-002', 422, {
    title: 'Valeur obligatoire absente',
    cause: 'La ligne ne dit pas ce qui permet de la reconnaître. Elle n’a pas été enregistrée ; les autres l’ont été.',
    remedy: 'Compléter la ligne, puis importer de nouveau le fichier : les lignes déjà prises ne changent pas.',
  }),
  valueIncorrect: refuses('TDU-OBS-003', 422, {
    title: 'Valeur incorrecte',
    cause:
      'Une valeur de la ligne est trop longue, n’est pas une date, ou ne figure pas dans la liste attendue. La ligne n’a pas été enregistrée.',
    remedy: 'Corriger la valeur signalée, puis importer de nouveau.',
  }),
  lineRepeated: refuses('TDU-OBS-005', 422, {
    title: 'Ligne contredite par une autre du même fichier',
    cause: 'Deux lignes du fichier parlent de la même chose et ne disent pas la même chose. La première a été prise.',
    remedy: 'Ne garder que la ligne juste, puis importer de nouveau.',
  }),
  productUnknown: refuses('TDU-OBS-020', 404, {
    title: 'Produit absent du catalogue',
    cause: 'Aucun produit du catalogue ne porte cet identifiant.',
    remedy: 'Relire le catalogue.',
  }),
  productIncorrect: refuses('TDU-OBS-021', 422, {
    title: 'Fiche de produit incorrecte',
    cause: 'Une valeur de la fiche est absente, trop longue ou mal écrite. Rien n’a été enregistré.',
    remedy: 'Corriger la valeur signalée, puis enregistrer de nouveau.',
  }),
  productChanged: refuses('TDU-OBS-022', 409, {
    title: 'Fiche modifiée entre-temps',
    cause: 'Quelqu’un a enregistré cette fiche depuis que vous l’avez lue. Rien n’a été enregistré.',
    remedy: 'Relire la fiche, puis refaire la modification.',
  }),
  productTwice: refuses('TDU-OBS-023', 409, {
    title: 'Produit déjà au catalogue',
    cause: 'Un autre produit du catalogue porte ce nom, cette version et cette API.',
    remedy: 'Modifier la fiche qui existe, ou y ajouter un autre nom.',
  }),
} as const satisfies Record<string, Rule>;
