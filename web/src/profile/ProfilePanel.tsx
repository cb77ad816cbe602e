/** Comes next. */
export function ProfilePanel() {
  return null;
}
