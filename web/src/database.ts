/** What the browser keeps of the page: galaxies, votes, records of labelled galaxies, and models. */
import { type DBSchema, openDB } from 'idb';
import type { RecordPixels } from '../../src/picture/record.ts';
import type { GalaxyRecord, VoteRecord } from './protocol.ts';

interface Schema extends DBSchema {
  galaxies: { key: [model: string, id: string]; value: GalaxyRecord };
  votes: { key: [tree: string, id: string, person: string]; value: VoteRecord };
  /** Decoded pictures of galaxies to train on, by ID and the description of their frames. */
  records: { key: [frames: string, id: string]; value: { frames: string; id: string; record: RecordPixels } };
  models: { key: string; value: Uint8Array<ArrayBuffer> };
  settings: { key: string; value: unknown };
}

export const openDatabase = () =>
  openDB<Schema>('tuningfork', 1, {
    upgrade(database) {
      database.createObjectStore('galaxies', { keyPath: ['model', 'id'] });
      database.createObjectStore('votes', { keyPath: ['tree', 'id', 'person'] });
      database.createObjectStore('records', { keyPath: ['frames', 'id'] });
      database.createObjectStore('models');
      database.createObjectStore('settings');
    },
  });

/** All keys that begin with a text. */
export const beginningWith = (first: string) => IDBKeyRange.bound([first], [first, []]);
