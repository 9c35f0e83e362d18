/** The catalogue of products to migrate, as the other use cases may use it. */
export { editProduct } from './edit.ts';
export type { Product } from './product.ts';
export { historyOf, readCatalogue } from './read.ts';
export { productOf, type Recognition, verdictOf } from './recognise.ts';
