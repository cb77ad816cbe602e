/** How well one colour reads on another: WCAG 2.2, "contrast ratio" and "relative luminance". */

function channels(color: string): readonly [number, number, number] {
  const hex = color.replace("#", "");
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  const at = (i: number): number => Number.parseInt(full.slice(i, i + 2), 16) / 255;
  return [at(0), at(2), at(4)];
}

function luminance(color: string): number {
  const [red, green, blue] = channels(color).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** From 1 (the same) to 21 (black on white). */
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}
