/** A name while it is rewritten in place: Enter keeps it, and so does going elsewhere; Escape leaves it as it was. */

interface Props {
  readonly label: string;
  readonly name: string;
  readonly className: string | undefined;
  readonly onKeep: (name: string) => void;
  readonly onLeave: () => void;
  /** Where keys go on, of names that are not written in their node. */
  readonly home?: () => HTMLElement | SVGElement | null;
}

/** Keys go on at what the name is of, once the field is gone. */
function goBack(field: HTMLElement, home: Props["home"]): void {
  const node = field.closest<HTMLElement>(".react-flow__node");
  setTimeout(() => {
    if (!field.isConnected && document.activeElement === document.body) (node ?? home?.())?.focus({ preventScroll: true });
  });
}

export function NameInput({ label, name, className = "", onKeep, onLeave, home }: Props) {
  return (
    <input
      className={`${className} nodrag nopan`}
      aria-label={label}
      defaultValue={name}
      autoFocus
      onFocus={(event) => event.target.select()}
      onBlur={(event) => onKeep(event.target.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter" || event.key === "Escape") goBack(event.currentTarget, home);
        if (event.key === "Enter") onKeep(event.currentTarget.value);
        if (event.key === "Escape") onLeave();
      }}
    />
  );
}
