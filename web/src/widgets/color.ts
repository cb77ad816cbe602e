/** Colours as files hold them: words of six or eight digits, and plain numbers. */
import { text as asText } from "@/formats/file";
import type { Json } from "@/formats/json";

export interface Color {
  /** `#rrggbb` */
  readonly hex: string;
  /** 0 to 1. */
  readonly alpha: number;
}

const BLACK: Color = { hex: "#000000", alpha: 1 };
const byte = (value: number): string => Math.round(Math.min(255, Math.max(0, value))).toString(16).padStart(2, "0");

/** Any of `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, `rgb(1, 2, 3 / 50%)`, with or without `#`; null when it is none. */
export function parseColor(text: string): Color | null {
  const plain = text.trim().toLowerCase();
  const digits = /^#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.exec(plain)?.[1];
  if (digits !== undefined) return fromDigits(digits.length < 6 ? [...digits].map((digit) => digit + digit).join("") : digits);
  const parts = /^rgba?\(([^()]+)\)$/.exec(plain)?.[1]?.split(/[\s,/]+/).filter(Boolean);
  if (parts === undefined || parts.length < 3 || parts.length > 4) return null;
  const [red = 0, green = 0, blue = 0] = parts.map(Number.parseFloat);
  const alpha = parts[3] === undefined ? 1 : Number.parseFloat(parts[3]) / (parts[3].endsWith("%") ? 100 : 1);
  return [red, green, blue, alpha].some(Number.isNaN) ? null : { hex: `#${byte(red)}${byte(green)}${byte(blue)}`, alpha: Math.min(1, Math.max(0, alpha)) };
}

const fromDigits = (digits: string): Color => ({ hex: `#${digits.slice(0, 6)}`, alpha: digits.length === 8 ? Number.parseInt(digits.slice(6), 16) / 255 : 1 });

export function colorOf(value: Json | undefined): Color {
  if (typeof value === "number") return { hex: `#${(Math.round(value) & 0xffffff).toString(16).padStart(6, "0")}`, alpha: 1 };
  return parseColor(asText(value)) ?? BLACK;
}

/** Eight digits only where something is seen through. */
export const colorText = ({ hex, alpha }: Color): string => (alpha >= 1 ? hex : `${hex}${byte(alpha * 255)}`);
export const colorNumber = ({ hex }: Color): number => Number.parseInt(hex.slice(1), 16);
