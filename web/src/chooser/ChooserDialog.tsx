/** Comes next. */
export function ChooserDialog() {
  return null;
}
