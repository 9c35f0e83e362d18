/**
 * How the pinned Node runs this program. Each document passes a megabyte and more of Buffers; by default V8 answers every 64 MB of
 * them with a full collection of the heap, about one a second under load: a quarter of the processor time of a document
 * (bench/README.md). Counted with the heap and given room, they are collected with it. Costs some 300 MB of memory under load.
 */
export const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--external-memory-accounted-in-global-limit',
  '--initial-old-space-size=256',
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
];
