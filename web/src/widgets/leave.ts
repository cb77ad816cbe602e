/** Out of a field and back to its node, so that the keys of the canvas work on. */
export function leaveField(field: Element | null): void {
  field?.closest<HTMLElement>(".react-flow__node")?.focus({ preventScroll: true });
}
