/** Comes next. */
export function ModelsDrawer() {
  return null;
}
