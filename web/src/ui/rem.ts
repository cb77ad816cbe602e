/** One rem in pixels: the size of the text is a setting. */
export const rem = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
