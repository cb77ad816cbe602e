/** The websocket: connects again by itself, longer between each try. */
import { isObject, parseJson, type JsonObject } from "@/formats/json";

import { readFrame, type PreviewFrame } from "./frames";

export interface SocketHandlers {
  readonly onMessage: (type: string, data: JsonObject) => void;
  readonly onPreview: (frame: PreviewFrame) => void;
  readonly onOpen: () => void;
  /** The next try comes in so many milliseconds. */
  readonly onLost: (retryIn: number) => void;
}

export interface Connection {
  readonly retryNow: () => void;
  readonly close: () => void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

export const backoff = (attempt: number): number => Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);

function address(clientId: string): string {
  const url = new URL("./ws", window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("clientId", clientId);
  return url.href;
}

export function connectSocket(clientId: string, handlers: SocketHandlers): Connection {
  let attempt = 0;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const open = (): void => {
    clearTimeout(timer);
    const opened = new WebSocket(address(clientId));
    socket = opened;
    opened.binaryType = "arraybuffer";
    opened.onopen = () => {
      attempt = 0;
      opened.send(JSON.stringify({ type: "feature_flags", data: { supports_preview_metadata: true } }));
      handlers.onOpen();
    };
    opened.onmessage = (event: MessageEvent<unknown>) => {
      deliver(event.data, handlers);
    };
    opened.onclose = () => {
      if (closed || socket !== opened) return;
      const wait = backoff(attempt);
      attempt += 1;
      handlers.onLost(wait);
      timer = setTimeout(open, wait);
    };
  };
  open();
  return {
    retryNow: () => {
      if (socket?.readyState === WebSocket.CLOSED) open();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}

function deliver(data: unknown, handlers: SocketHandlers): void {
  if (data instanceof ArrayBuffer) {
    const frame = readFrame(data);
    if (frame !== null) handlers.onPreview(frame);
  } else if (typeof data === "string") {
    const message = parseMessage(data);
    if (message !== null) handlers.onMessage(message.type, message.data);
  }
}

export function parseMessage(text: string): { type: string; data: JsonObject } | null {
  try {
    const parsed = parseJson(text);
    if (!isObject(parsed) || typeof parsed["type"] !== "string") return null;
    return { type: parsed["type"], data: isObject(parsed["data"]) ? parsed["data"] : {} };
  } catch {
    return null;
  }
}
