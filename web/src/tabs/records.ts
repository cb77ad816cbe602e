/** Where drafts are kept: one record for each open workflow, in this browser. */
import { createStore, entries, promisifyRequest, type UseStore } from "idb-keyval";

/** All or nothing: what is put and what is dropped. */
export interface RecordChange {
  readonly put?: readonly (readonly [key: string, value: unknown])[];
  readonly drop?: readonly string[];
}

export interface Records {
  readonly all: () => Promise<readonly (readonly [key: string, value: unknown])[]>;
  readonly change: (change: RecordChange) => Promise<void>;
}

function inBrowser(): Records {
  let store: UseStore | null = null;
  const open = (): UseStore => (store ??= createStore("heddle-drafts", "records"));
  return {
    all: async () => (await entries<string, unknown>(open())).map(([key, value]) => [key, value] as const),
    change: async ({ put = [], drop = [] }) =>
      open()("readwrite", (records) => {
        for (const [key, value] of put) records.put(value, key);
        for (const key of drop) records.delete(key);
        // A page that is going away would not live to see it commit by itself.
        records.transaction.commit();
        return promisifyRequest(records.transaction);
      }),
  };
}

const shelf: { records: Records } = { records: inBrowser() };

export const records = (): Records => shelf.records;

/** Other shelves are for browsers without a database, and for tests. */
export function keepIn(other: Records): void {
  shelf.records = other;
}
