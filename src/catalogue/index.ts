/** The catalogue of products to migrate, as the other use cases may use it. */
export { editProduct } from './edit.ts';
export type { Product } from './product.ts';
export { historyOf, readCatalogue } from './read.ts';
export { compactName, productOf, type Recognition, verdictOf } from './recognise.ts';
export { compareVersions, isOfLine, versionNumbers } from './version.ts';
