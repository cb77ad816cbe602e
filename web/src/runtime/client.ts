/** Who this browser tab is for the server: the same after a reload, so that a run's messages still find it. */

import { freshUuid } from "@/model/uuid";

const KEY = "heddle.client";

function kept(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(id: string): string {
  try {
    sessionStorage.setItem(KEY, id);
  } catch {
    // A browser that keeps nothing gets a new name at each reload.
  }
  return id;
}

const fresh = (): string => freshUuid().replaceAll("-", "");

export const client: { id: string } = { id: kept() ?? keep(fresh()) };

/** A duplicated browser tab has the name of its twin: whoever comes second takes another. */
export async function claimClientId(): Promise<string> {
  const { locks } = navigator;
  if (locks === undefined) return client.id;
  const isMine = (id: string): Promise<boolean> =>
    new Promise((resolve) => {
      // Held for as long as the page lives.
      void locks.request(`heddle.client.${id}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise(() => undefined);
      });
    });
  if (!(await isMine(client.id))) {
    client.id = keep(fresh());
    await isMine(client.id);
  }
  return client.id;
}
