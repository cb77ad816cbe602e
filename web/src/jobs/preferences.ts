/** How this person is told about runs: kept in the browser, shown by the settings. */
import { create } from "zustand";

export interface RunPreferences {
  /** A sound when the queue is done or a run fails, while the page is hidden. */
  readonly sound: boolean;
  /** A message of the browser at the same moments. */
  readonly notify: boolean;
  /** Nodes show the most memory that they held beside their time. */
  readonly memory: boolean;
}

const KEY = "heddle.runs";
const USUAL: RunPreferences = { sound: false, notify: false, memory: false };

/** What was kept, as far as it makes sense. */
export function readPreferences(text: string | null): RunPreferences {
  try {
    const kept = JSON.parse(text ?? "{}") as Partial<RunPreferences> | null;
    return { sound: kept?.sound === true, notify: kept?.notify === true, memory: kept?.memory === true };
  } catch {
    return USUAL;
  }
}

const storage = (): Storage | null => (typeof localStorage === "undefined" ? null : localStorage);

export const runPreferences = create<RunPreferences>()(() => readPreferences(storage()?.getItem(KEY) ?? null));

runPreferences.subscribe((state) => storage()?.setItem(KEY, JSON.stringify(state)));

export const toggleMemory = (): void => runPreferences.setState(({ memory }) => ({ memory: !memory }));
export const toggleSound = (): void => runPreferences.setState(({ sound }) => ({ sound: !sound }));

/** Asks the browser for leave when it is switched on; whether messages will come. */
export async function toggleNotify(): Promise<boolean> {
  const wants = !runPreferences.getState().notify;
  const isAllowed = wants && typeof Notification !== "undefined" && (await Notification.requestPermission()) === "granted";
  runPreferences.setState({ notify: isAllowed });
  return isAllowed || !wants;
}
