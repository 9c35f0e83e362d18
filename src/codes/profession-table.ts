/**
 * Professions and specialties of authors other than specialised physicians (JDV_J01, 2025-01-31): code, then label, under
 * the code system that heads them. Facts transcribed from the public value set; `author-specialties.ts` reads them.
 */
export const PROFESSIONS: Readonly<Record<string, string>> = {
  '1.2.250.1.213.1.1.4.5': `
G15_10|Médecin
G15_21|Pharmacien
G15_21/A|Pharmacien titulaire d'officine
G15_21/B|Pharmacien d'entreprise - industrie
G15_21/C|Pharmacien d'entreprise - distribution
G15_21/D|Pharmacien adjoint, remplaçant ou gérant
G15_21/DA|Pharmacien adjoint
G15_21/DM|Pharmacien mutualiste ou minier
G15_21/E|Pharmacien d'Outre-Mer
G15_21/EA|Pharmacien titulaire d'officine - OM
G15_21/EB|Pharmacien d'entreprise - industrie - OM
G15_21/EC|Pharmacien d'entreprise - distribution - OM
G15_21/ED|Pharmacien adjoint - OM
G15_21/EG|Pharmacien biologiste - OM
G15_21/EH|Pharmacien d'un établissement de santé - OM
G15_21/G|Pharmacien biologiste
G15_21/H|Pharmacien d'établissement de santé
G15_21/M|Pharmacien militaire
G15_26|Audioprothésiste
G15_28|Opticien-Lunetier
G15_31|Assistant dentaire
G15_32|Physicien médical
G15_40|Chirurgien-Dentiste
G15_40/SCD01|Chirurgien-Dentiste - Orthopédie dento-faciale (SCD)
G15_40/SCD02|Chirurgien-Dentiste - Chirurgie orale (SCD)
G15_40/SCD03|Chirurgien-Dentiste - Médecine bucco-dentaire (SCD)
G15_50|Sage-Femme
G15_60|Infirmier
G15_60/SI01|Infirmier - Exercice infirmier en pratique avancée pathologies chroniques stabilisées (SI)
G15_60/SI02|Infirmier - Exercice infirmier en pratique avancée oncologie et hémato-oncologie (SI)
G15_60/SI03|Infirmier - Exerc. infirmier pratique avancée maladie rénale chroniq.,dialyse,transp. rénale (SI)
G15_60/SI04|Infirmier - Exercice infirmier en pratique avancée santé mentale (SI)
G15_60/SI05|Infirmier - Exercice infirmier en pratique avancée urgences (SI)
G15_69|Infirmier psychiatrique
G15_70|Masseur-Kinésithérapeute
G15_80|Pédicure-Podologue
G15_81|Orthoprothésiste
G15_82|Podo-Orthésiste
G15_83|Orthopédiste-Orthésiste
G15_84|Oculariste
G15_85|Epithésiste
G15_86|Technicien de laboratoire médical
G15_91|Orthophoniste
G15_92|Orthoptiste
G15_94|Ergothérapeute
G15_95|Diététicien
G15_96|Psychomotricien
G15_98|Manipulateur ERM
G16_10|Médecin en formation
G16_21|Pharmacien en formation
G16_40|Chirurgien-Dentiste en formation
G16_50|Sage-Femme en formation
G15_21/FQ01|Pharmacien - Expérience prat. art. R.5124-16 du CSP Fabricant
G15_21/FQ02|Pharmacien - Expérience prat. art. R.5124-16 du CSP Exploitant
G15_21/FQ03|Pharmacien - Exp. prat. art. R.5124-16 du CSP Thérapie Cellulaire
G15_21/FQ04|Pharmacien - Expérience pratique article R.5124-18 du CSP
G15_21/FQ05|Pharmacien - Expérience pratique article R.5141-129 du CSP
`,
  '1.2.250.1.213.1.6.1.107': `
300|Assistant de service social (PAERPA)
301|Coordination territoriale d'appui (PAERPA)
302|Aide et accompagnement à domicile (PAERPA)
303|Avocat participant aux processus de soins sans consentement (eSSS)
304|Assistant de service social (Expérimentation MAIA)
305|Psychologue (Expérimentation MAIA)
306|Psychothérapeute (Expérimentation MAIA)
307|Mandataire judiciaire à la protection des majeurs (MJPM)
308|Pilote MAIA
309|Gestionnaire de cas MAIA
310|Equipe médico-sociale APA
311|Autre acteur mettant en oeuvre la méthode MAIA
312|Autre professionnel
313|Aide-soignant
314|Ambulancier
315|Auxiliaire de puériculture
316|Préparateur en pharmacie hospitalière
317|Préparateur en pharmacie (officine)
318|Auxiliaire de vie sociale
319|Technicien de l'intervention sociale et familiale
320|Conseiller en économie sociale et familiale
321|Médiateur familial
322|Assistant familial
323|Aide médico-psychologique (AMP)
324|Moniteur éducateur
325|Educateur de jeunes enfants
326|Educateur spécialisé
327|Educateur technique spécialisé
328|Accompagnant éducatif et social
329|Conseiller en génétique
330|Coordonnateur de parcours
331|Secrétaire assistante médico-administrative
333|Responsable de secteur
334|Biologiste médical ni médecin ni pharmacien
332|Assistant médical
335|Gestionnaire alertes et urgences sanitaires
336|Autre professionnel intervenant dans l'accueil et l'orientation des personnes
337|Autre professionnel intervenant dans la logistique
338|Autre professionnel intervenant dans l'hôtellerie et la restauration
339|Autre professionnel intervenant dans la direction de la qualité, hygiène, sécurité et environnement
340|Autre professionnel intervenant dans la direction des systèmes d'information
341|Autre professionnel intervenant dans la direction des finances et comptabilité
342|Autre professionnel intervenant dans la direction de la communication
343|Autre professionnel intervenant dans la direction des ressources humaines
344|Autre professionnel intervenant dans la direction des affaires médicales
345|Autre professionnel intervenant dans le social, éducatif, psychologie et culturel
346|Etudiant - infirmier
347|Etudiant - aide-soignant
348|Etudiant - auxiliaire de puériculture
349|Etudiant - masseur-kinésithérapeute
350|Aide à domicile
351|Assistant(e) maternel(le)
353|Membre de l'équipe de soins
354|Externe en médecine
355|Externe en odontologie
356|Externe en maïeutique
357|Externe en pharmacie
358|Autre étudiant
359|Directeur d'établissement
360|Brancardier
361|Educateur en activité physique adaptée
362|Technicien d'informations médicales
363|Attaché de recherche clinique
364|Praticien A Diplôme Hors Union Européenne (PADHUE)
365|Gestionnaire admissions / frais de séjour / traitement externe
366|Archiviste
367|Surveillant de nuit
368|Animateur
369|Biologiste médical non-médecin
370|Opérateur de Soins Non Programmés
`,
  '1.2.250.1.213.1.6.1.109': `
71|Ostéopathe
72|Psychothérapeute
73|Chiropracteur
93|Psychologue
`,
  '1.2.250.1.213.1.6.1.4': `
41|Assistant de service social
`,
};
