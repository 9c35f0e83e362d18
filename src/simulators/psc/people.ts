/** Synthetic professionals of the simulator: numbers in 8999, which belong to nobody. */

export interface SimulatedPerson {
  /** PS_IdNat. */
  readonly id: string;
  readonly family: string;
  readonly given: string;
  readonly civility: string;
  /** Shown on the page of choice. */
  readonly description: string;
  readonly profession: string;
  readonly specialty?: string;
  readonly pharmacistSection?: string;
  readonly site: { readonly finess: string; readonly legalFiness: string; readonly name: string };
}

/** The userinfo of Pro Santé Connect, as the ANS's VIHF generator reads it (dmp.md 0, GV). */
export function claimsOf(person: SimulatedPerson): Record<string, unknown> {
  const { id, family, given, civility, profession, specialty = '', pharmacistSection = '', site } = person;
  return {
    Secteur_Activite: 'SA01^1.2.250.1.71.4.2.4',
    email_verified: false,
    SubjectOrganization: site.name,
    Mode_Acces_Raison: '',
    preferred_username: id,
    given_name: given,
    family_name: family,
    Acces_Regulation_Medicale: 'FAUX',
    UITVersion: '1.0',
    Palier_Authentification: 'APPPRIP3^1.2.250.1.213.1.5.1.1.1',
    SubjectOrganizationID: `F${site.finess}`,
    SubjectRole: [`${profession}^1.2.250.1.213.1.1.5.5`],
    PSI_Locale: '1.2.250.1.213.1.3.1.1',
    otherIds: [{ identifiant: id, origine: 'RPPS', qualite: 1 }],
    SubjectNameID: id,
    SubjectRefPro: {
      codeCivilite: civility,
      exercices: [
        {
          codeProfession: profession,
          codeCategorieProfessionnelle: 'C',
          codeCiviliteDexercice: civility,
          nomDexercice: family,
          prenomDexercice: given,
          codeTypeSavoirFaire: specialty === '' ? '' : 'S',
          codeSavoirFaire: specialty,
          activities: [
            {
              codeModeExercice: 'S',
              codeSecteurDactivite: 'SA01',
              codeSectionPharmacien: pharmacistSection,
              codeRole: '',
              numeroFinessSite: site.finess,
              numeroFinessetablissementJuridique: site.legalFiness,
              identifiantTechniqueDeLaStructure: `F${site.finess}`,
              raisonSocialeSite: site.name,
            },
          ],
        },
      ],
    },
  };
}
