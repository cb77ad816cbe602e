/** Whether what people type is found in a text: all its words, in any order, whatever their case and accents. */

const ACCENTS = /[\u0300-\u036f]/g;

/** A text as it is compared: İ and ı are i, é is e, full width is plain. */
export const folded = (text: string): string => text.normalize("NFKD").replace(ACCENTS, "").normalize("NFC").toLowerCase().replaceAll("ı", "i");

export const wordsOf = (query: string): readonly string[] => folded(query).split(/\s+/).filter((word) => word !== "");

/** A query to ask of many texts; an empty one finds all. */
export function finder(query: string): (text: string) => boolean {
  const words = wordsOf(query);
  return (text) => {
    if (words.length === 0) return true;
    const plain = folded(text);
    return words.every((word) => plain.includes(word));
  };
}
