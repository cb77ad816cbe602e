/** Which windows of this browser are alive: a draft belongs to the window that wrote it, until that window is gone. */
import { client } from "@/runtime/client";

import { freshId } from "./store";

const LOCK = "heddle.client.";
const ADOPTING = "heddle.adopting";
const CHANNEL = "heddle.windows";
/** Windows that are asked who they are answer at once, or are gone. */
const ANSWER = 250;

export interface Owners {
  readonly own: string;
  readonly living: ReadonlySet<string>;
}

/** A window is known by its client id, whose lock it holds as long as it lives. */
export async function claimOwner(): Promise<Owners> {
  if (navigator.locks === undefined) return claimByAsking();
  const { held = [] } = await navigator.locks.query().catch(() => ({ held: [] }));
  const names = held.flatMap(({ name }) => (name?.startsWith(LOCK) === true ? [name.slice(LOCK.length)] : []));
  return { own: client.id, living: new Set(names) };
}

/** Only one window at a time takes over what others left. */
export function whileAdopting<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks === undefined ? work() : navigator.locks.request(ADOPTING, work);
}

/** Pages that are not secure have no locks: the windows ask each other. */
async function claimByAsking(): Promise<Owners> {
  if (typeof BroadcastChannel === "undefined") return { own: client.id, living: new Set() };
  const channel = new BroadcastChannel(CHANNEL);
  const living = new Set<string>();
  let own: string | null = null;
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === "who" && own !== null) channel.postMessage({ window: own });
    else if (typeof data === "object" && data !== null && "window" in data) living.add(String(data.window));
  };
  channel.postMessage("who");
  await new Promise((resolve) => setTimeout(resolve, ANSWER));
  own = living.has(client.id) ? freshId() : client.id;
  return { own, living };
}
