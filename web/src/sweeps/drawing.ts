/** A sheet as one picture: rows and columns with their labels. */

export interface Drawn {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** By row, then by column; null where there is no picture. */
  readonly pictures: readonly (readonly (ImageBitmap | HTMLImageElement | null)[])[];
}

const FONT = "Inter, system-ui, sans-serif";
const PAD = 16;
const GAP = 8;
/** Browsers draw no canvas larger than this. */
const LARGEST = 16000;
const MOST_LINES = 6;

/** Words in lines no wider than `width`; a word that is too long is cut, and so is what does not fit into the lines. */
export function wrapText(text: string, width: number, measure: (text: string) => number, most = MOST_LINES): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).flatMap((part) => pieces(part, width, measure))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (measure(longer) <= width || line === "") line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== "") lines.push(line);
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `${lines[most - 1] ?? ""}…`];
}

function pieces(word: string, width: number, measure: (text: string) => number): readonly string[] {
  if (word === "" || measure(word) <= width) return [word];
  let end = word.length;
  while (end > 1 && measure(word.slice(0, end)) > width) end -= 1;
  return [word.slice(0, end), ...pieces(word.slice(end), width, measure)];
}

interface Layout {
  readonly cell: { readonly width: number; readonly height: number };
  readonly left: number;
  readonly top: number;
  readonly scale: number;
}

function largest(pictures: Drawn["pictures"]): { width: number; height: number } {
  const all = pictures.flat().filter((picture) => picture !== null);
  return { width: Math.max(64, ...all.map((picture) => picture.width)), height: Math.max(64, ...all.map((picture) => picture.height)) };
}

export async function drawSheet({ title, columns, rows, pictures }: Drawn): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("no canvas");
  const size = largest(pictures);
  const font = Math.max(14, Math.round(size.width / 22));
  const measure = (text: string): number => pen.measureText(text).width;
  pen.font = `500 ${font}px ${FONT}`;
  const rowWidth = rows.every((row) => row === "") ? 0 : Math.min(size.width, Math.max(...rows.map(measure)) + PAD);
  const heads = columns.map((label) => wrapText(label, size.width - GAP, measure));
  const sides = rows.map((label) => wrapText(label, rowWidth - GAP, measure, Math.max(2, Math.floor(size.height / (font * 1.3)))));
  const line = font * 1.3;
  pen.font = `600 ${font}px ${FONT}`;
  const titled = wrapText(title, rowWidth + columns.length * (size.width + GAP) - GAP, measure, 4);
  const top = PAD + titled.length * line + GAP + Math.max(0, ...heads.map((lines) => lines.length)) * line + GAP;
  const left = PAD + rowWidth;
  const width = left + columns.length * (size.width + GAP) - GAP + PAD;
  const height = top + rows.length * (size.height + GAP) - GAP + PAD;
  const layout: Layout = { cell: size, left, top, scale: Math.min(1, LARGEST / width, LARGEST / height) };
  canvas.width = Math.round(width * layout.scale);
  canvas.height = Math.round(height * layout.scale);
  pen.scale(layout.scale, layout.scale);
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = "#1d2126";
  pen.textBaseline = "top";
  pen.font = `600 ${font}px ${FONT}`;
  titled.forEach((words, i) => pen.fillText(words, PAD, PAD + i * line));
  pen.font = `500 ${font}px ${FONT}`;
  heads.forEach((lines, i) => lines.forEach((words, k) => pen.fillText(words, left + i * (size.width + GAP) + (size.width - measure(words)) / 2, top - GAP - (lines.length - k) * line)));
  sides.forEach((lines, i) => lines.forEach((words, k) => pen.fillText(words, PAD, top + i * (size.height + GAP) + (size.height - lines.length * line) / 2 + k * line)));
  pictures.forEach((row, y) => row.forEach((picture, x) => drawCell(pen, layout, picture, x, y)));
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob === null ? reject(new Error("too large")) : resolve(blob)), "image/png"));
}

function drawCell(pen: CanvasRenderingContext2D, { cell, left, top }: Layout, picture: ImageBitmap | HTMLImageElement | null, x: number, y: number): void {
  const [at, down] = [left + x * (cell.width + GAP), top + y * (cell.height + GAP)];
  if (picture !== null) return pen.drawImage(picture, at + (cell.width - picture.width) / 2, down + (cell.height - picture.height) / 2);
  pen.fillStyle = "#efece5";
  pen.fillRect(at, down, cell.width, cell.height);
  pen.fillStyle = "#1d2126";
}
