/** The catalogue of products to migrate, as the other use cases may use it. */
export { catalogueCsv } from './csv.ts';
export { editProduct } from './edit.ts';
export type { Product, ProductFields } from './product.ts';
export { historyOf, readCatalogue } from './read.ts';
export { compactName, productOf, type Recognition, verdictOf } from './recognise.ts';
export { compareVersions, isOfLine, versionNumbers } from './version.ts';
