// The part of abstract-level's API that the adapters use, as classic-level has it. Written down
// here because the packages are optional: their own types may not be there.

export interface LevelSnapshot {
  close(): Promise<void>;
}

export interface LevelIterator {
  /** Up to so many records; none at the end. */
  nextv(count: number): Promise<[Uint8Array, Uint8Array | undefined][]>;
  close(): Promise<void>;
}

export interface LevelChainedBatch {
  put(key: Uint8Array, value: Uint8Array): this;
  del(key: Uint8Array): this;
  write(options: { readonly sync: boolean }): Promise<void>;
}

export interface LevelStore {
  open(): Promise<void>;
  close(): Promise<void>;
  getSync(key: Uint8Array, options?: { readonly snapshot: LevelSnapshot }): Uint8Array | undefined;
  put(key: Uint8Array, value: Uint8Array, options: { readonly sync: boolean }): Promise<void>;
  del(key: Uint8Array, options: { readonly sync: boolean }): Promise<void>;
  batch(): LevelChainedBatch;
  iterator(options: object): LevelIterator;
  snapshot(): LevelSnapshot;
  compactRange(start: Uint8Array, end: Uint8Array): Promise<void>;
  getProperty(name: string): string;
}

export type ClassicLevelConstructor = new (location: string, options: object) => LevelStore;
