/** Which socket may feed which, and what a bypassed node passes through. */

const WORDS = (type: string): string[] => type.split(",").map((word) => word.trim().toUpperCase());
const WILD = new Set(["", "*", "COMFY_MATCHTYPE_V3"]);
const isAny = (type: string): boolean => WILD.has(type);

/** Equal ignoring case, either one anything, or comma lists that share a member. */
export function canConnect(output: string, input: string): boolean {
  if (isAny(output) || isAny(input)) return true;
  if (output.toUpperCase() === input.toUpperCase()) return true;
  const accepted = new Set(WORDS(input));
  return WORDS(output).some((word) => accepted.has(word));
}

/** Index of the input that stands in for output `slot` of a bypassed node, or -1. */
export function resolveBypass(inputs: readonly string[], outputs: readonly string[], slot: number, wanted: string): number {
  const same = inputs[slot];
  if (isAny(wanted)) return inputs.length === 0 ? -1 : same === undefined ? 0 : slot;
  const produced = outputs[slot] ?? "*";
  const fits = (type: string): boolean => canConnect(type, produced) && canConnect(type, wanted);
  if (same !== undefined && fits(same)) return slot;
  const exact = inputs.indexOf(wanted);
  return exact >= 0 ? exact : inputs.findIndex(fits);
}
