/** One of a few, side by side. */
import { ToggleGroup } from "radix-ui";

import styles from "./Panel.module.css";

interface Props<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [Value, string])[];
  readonly onChange: (value: Value) => void;
  /** The name stands above instead of beside. */
  readonly isWide?: boolean;
}

export function Choices<Value extends string>({ label, value, options, onChange, isWide = false }: Props<Value>) {
  const choose = (name: string): void => {
    const option = options.find(([each]) => each === name);
    if (option !== undefined) onChange(option[0]);
  };
  return (
    <div className={styles.choices} data-wide={isWide || undefined}>
      <span aria-hidden="true">{label}</span>
      <ToggleGroup.Root type="single" className={styles.group} aria-label={label} value={value} onValueChange={choose}>
        {options.map(([name, text]) => (
          <ToggleGroup.Item key={name} value={name} className={styles.choice}>{text}</ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
    </div>
  );
}
