/** How the browser's own surroundings tell of runs: title and icon of its tab, a sound, a message. */
import { useEffect } from "react";
import { toast } from "sonner";

import { t } from "@/i18n";
import { runtimeStore, type RuntimeState } from "@/runtime/store";
import { sessionStore } from "@/session/store";
import { setSetting, setting, settingsStore } from "@/settings/store";


export interface Signs {
  /** Steps of a twentieth, so that the icon is not drawn at every message; null while nothing runs. */
  readonly share: number | null;
  readonly isAsked: boolean;
  readonly isPaused: boolean;
}

const isAsked = ({ nodes }: Pick<RuntimeState, "nodes">): boolean => {
  for (const key in nodes) if (nodes[key]?.question) return true;
  return false;
};

export const signsOf = (state: Pick<RuntimeState, "run" | "progress" | "isPaused" | "nodes">): Signs => ({
  share: state.run === null ? null : Math.round(state.progress * 20) / 20,
  isAsked: isAsked(state),
  isPaused: state.isPaused,
});

export function titleFor(name: string, { isAsked: asks, isPaused }: Signs, percent: number | null): string {
  const title = name === "" ? t("app.name") : `${name} · ${t("app.name")}`;
  if (asks) return `${t("jobs.tab.waiting")} · ${title}`;
  if (percent !== null) return `${percent} % · ${title}`;
  return isPaused ? `${t("jobs.tab.paused")} · ${title}` : title;
}

/** Title and icon of the browser's tab follow the run. */
export function useRunSigns(): void {
  const name = sessionStore((state) => state.name);
  const percent = runtimeStore((state) => (state.run === null ? null : Math.round(state.progress * 100)));
  const share = runtimeStore((state) => signsOf(state).share);
  const asks = runtimeStore(isAsked);
  const isPaused = runtimeStore((state) => state.isPaused);
  useEffect(() => {
    document.title = titleFor(name, { share, isAsked: asks, isPaused }, percent);
  }, [name, percent, share, asks, isPaused]);
  useEffect(() => showIcon(share, asks), [share, asks]);
  useEffect(() => runtimeStore.subscribe(tell), []);
  useEffect(
    () =>
      settingsStore.subscribe((state, before) => {
        if (state.notification && !before.notification) void askForLeave();
      }),
    [],
  );
}

/** Browsers show messages only where the person allowed it. */
async function askForLeave(): Promise<void> {
  const isAllowed = typeof Notification !== "undefined" && (await Notification.requestPermission()) === "granted";
  if (isAllowed) return;
  setSetting("notification", false);
  toast.error(t("jobs.notify.refused"), { description: t("jobs.notify.refusedHint") });
}

const ICON = "./heddle.svg";
const SIZE = 32;

function showIcon(share: number | null, asks: boolean): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link === null) return;
  const drawn = share === null && !asks ? null : draw(share ?? 0, asks);
  link.type = drawn === null ? "image/svg+xml" : "image/png";
  link.href = drawn ?? ICON;
}

/** A ring that fills, or a full disc while somebody is asked. */
function draw(share: number, asks: boolean): string | null {
  const canvas = document.createElement("canvas");
  canvas.width = SIZE;
  canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  if (pen === null) return null;
  const middle = SIZE / 2;
  pen.lineWidth = 5;
  pen.strokeStyle = "rgb(128 128 128 / 45%)";
  pen.beginPath();
  pen.arc(middle, middle, 12, 0, 2 * Math.PI);
  pen.stroke();
  pen.strokeStyle = "#f2a33c";
  pen.fillStyle = "#f2a33c";
  pen.beginPath();
  pen.arc(middle, middle, 12, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * (asks ? 1 : share));
  pen.stroke();
  if (asks) {
    pen.beginPath();
    pen.arc(middle, middle, 6, 0, 2 * Math.PI);
    pen.fill();
  }
  return canvas.toDataURL("image/png");
}

/** What is worth telling to somebody who looks elsewhere: the end of the queue, a failure, a question. */
export function newsOf(state: RuntimeState, before: RuntimeState): "done" | "failed" | "waiting" | null {
  if (state.nodes !== before.nodes && isAsked(state) && !isAsked(before)) return "waiting";
  if (state.ended !== before.ended && state.ended?.outcome === "error") return "failed";
  const isDone = state.queueRemaining === 0 && before.queueRemaining > 0;
  return isDone && state.ended?.outcome === "success" ? "done" : null;
}

function tell(state: RuntimeState, before: RuntimeState): void {
  if (!document.hidden) return;
  const news = newsOf(state, before);
  if (news === null) return;
  if (setting("sound")) play(news === "failed" ? [330, 220] : [523, 784]);
  if (setting("notification") && typeof Notification !== "undefined" && Notification.permission === "granted") {
    const message = new Notification(t(`jobs.notify.${news}`), { body: sessionStore.getState().name, tag: "heddle.run", icon: ICON });
    message.onclick = () => {
      window.focus();
      message.close();
    };
  }
}

/** Two soft tones, one after the other. */
function play(tones: readonly number[]): void {
  const audio = new AudioContext();
  tones.forEach((frequency, i) => {
    const at = audio.currentTime + i * 0.16;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.45);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.5);
  });
  setTimeout(() => void audio.close(), 1500);
}
